"""What the rest of the program means by a photograph and a face in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.science.errors import LikenessError


class FaceError(LikenessError, ValueError):
    """A photograph or face that cannot be used; the message says which and what to do."""


@dataclass(frozen=True, eq=False)
class Photograph:
    """An upright colour photograph, stripped of all metadata.

    pixels: (H, W, 3) uint8 RGB.
    name: file name without directories, or a label such as "pasted image".
    sha256: of the encoded bytes as handed in (hex); of the raw pixels for a pasted image.
    """

    pixels: NDArray[np.uint8]
    name: str
    sha256: str


@dataclass(frozen=True, eq=False)
class Face:
    """One face of a photograph, by its five points.

    points: (5, 2) float64 pixel coordinates (x right, y down, pixel centres at +0.5) in the order eye on the
        image's left, eye on the image's right, nose tip, mouth corner left, mouth corner right.
    box: left, top, right, bottom in pixels; the points' own bounds where the points were placed by hand.
    score: the detector's confidence in [0, 1]; 1 where placed by hand.
    """

    points: NDArray[np.float64]
    box: tuple[float, float, float, float]
    score: float
    by_hand: bool = False


@dataclass(frozen=True, eq=False)
class FaceCrop:
    """A face brought into the common frame (the FFHQ-aligned crop; DESIGN "Words and frames").

    frame: (S, S, 3) uint8 RGB.
    """

    photograph: Photograph
    face: Face
    frame: NDArray[np.uint8]

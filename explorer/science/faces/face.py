"""What the rest of the program means by a photograph and a face in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.science.errors import LikenessError


class FaceError(LikenessError, ValueError):
    """A photograph or face that cannot be used; the message says which and what to do.

    Example:
        >>> import numpy as np
        >>> from explorer.science.faces import FaceError, photograph_of
        >>> try:
        ...     photograph_of(np.zeros((4, 4), np.uint8), "grey.png")
        ... except FaceError as error:
        ...     print(error)
        grey.png is no (height, width, 3) uint8 picture: (4, 4) uint8
    """


@dataclass(frozen=True, eq=False)
class Photograph:
    """An upright colour photograph, stripped of all metadata.

    pixels: (H, W, 3) uint8 RGB.
    name: file name without directories, or a label such as "pasted image".
    sha256: of the encoded bytes as handed in (hex); of the raw pixels for a pasted image.
    remarks: what was odd about the file and what was done about it, each the second half of a sentence.
    generated: whether a generator drew what it shows, where that is known.

    Example:
        >>> from explorer.science.faces import read_file
        >>> photograph = read_file(samples / "astronaut.png")
        >>> photograph.name, photograph.pixels.shape, photograph.pixels.dtype
        ('astronaut.png', (512, 512, 3), dtype('uint8'))
    """

    pixels: NDArray[np.uint8]
    name: str
    sha256: str
    remarks: tuple[str, ...] = ()
    generated: bool = False


@dataclass(frozen=True, eq=False)
class Face:
    """One face of a photograph, by its five points.

    points: (5, 2) float64 pixel coordinates (x right, y down, pixel centres at +0.5) in the order eye on the
        image's left, eye on the image's right, nose tip, mouth corner left, mouth corner right.
    box: left, top, right, bottom in pixels; the points' own bounds where the points were placed by hand.
    score: the detector's confidence in [0, 1]; 1 where placed by hand.

    Example:
        >>> import numpy as np
        >>> from explorer.science.faces import Face
        >>> points = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], float)
        >>> Face(points, box=(30, 40, 70, 80), score=1.0, by_hand=True).points.shape
        (5, 2)
    """

    points: NDArray[np.float64]
    box: tuple[float, float, float, float]
    score: float
    by_hand: bool = False


@dataclass(frozen=True, eq=False)
class FaceCrop:
    """A face brought into the common frame (the FFHQ-aligned crop; DESIGN "Words and frames").

    frame: (S, S, 3) uint8 RGB.

    Example:
        >>> import numpy as np
        >>> from explorer.science.faces import crop_frame, face_by_hand, photograph_of
        >>> photograph = photograph_of(np.full((100, 100, 3), 90, np.uint8), "plain.png")
        >>> points = [[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]]
        >>> crop = crop_frame(photograph, face_by_hand(points, photograph), size=64)
        >>> crop.photograph.name, crop.frame.shape
        ('plain.png', (64, 64, 3))
    """

    photograph: Photograph
    face: Face
    frame: NDArray[np.uint8]

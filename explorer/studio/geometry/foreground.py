"""Which pixels of a fitted frame are the person's own: by face parsing where its network is there, else by the fit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.geometry.foreground import own_by_fit, own_by_parsing
from explorer.science.geometry.projection import Pose
from explorer.studio import catalogue

if TYPE_CHECKING:
    from explorer.science.leakage.labels.parsing import FaceParsing

# Who says what is background; "none" masks nothing, as earlier versions did.
ForegroundSource = Literal["parsing", "fit", "none"]
NETWORK = "face-parsing"
_SIDE = 448  # of what the network sees


@dataclass(frozen=True, eq=False)
class Foreground:
    """The person's own pixels.

    by: who says so. own: (H, H) of the frame, at any resolution; None where nothing is masked.
    """

    by: ForegroundSource = "none"
    own: NDArray[np.bool_] | None = None


def foreground_source() -> ForegroundSource:
    """Face parsing where its network is in the cache, else the fit."""
    return "parsing" if catalogue.is_present(catalogue.catalogue().entry(NETWORK)) else "fit"


def foreground_of(
    source: ForegroundSource, frame: NDArray[np.uint8], vertices: Tensor, triangles: Tensor, pose: Pose
) -> Foreground:
    """Find the person's own pixels in a frame (S, S, 3) to which a shape was fitted, its vertices (V, 3) millimetres.

    Raises:
        MissingNetwork: it is to be found by face parsing, whose network is not in the cache.
    """
    if source == "none":
        return Foreground()
    if source == "fit":
        return Foreground(source, own_by_fit(vertices, triangles, pose, len(frame)))
    return Foreground(source, _parsed(frame))


def _parsed(frame: NDArray[np.uint8]) -> NDArray[np.bool_]:
    picture = torch.from_numpy(frame).permute(2, 0, 1)[None].float() / 255
    small = torch.nn.functional.interpolate(picture, size=(_SIDE, _SIDE), mode="area")
    return own_by_parsing(_parser(catalogue.path(NETWORK)).classes(small)[0].numpy())


@lru_cache(maxsize=1)
def _parser(file: Path) -> FaceParsing:
    from explorer.science.leakage.labels.parsing import FaceParsing

    return FaceParsing(file.read_bytes())

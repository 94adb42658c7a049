"""Small values of the gallery that requests and panels share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.studio.arrays import Image


@dataclass(frozen=True, eq=False)
class DifferenceMap:
    """The difference of colours, pixel by pixel.

    painted: (H, W, 3) uint8. scale: (256, 3) uint8, its colours from 0 to `top`, in CIELAB units.
    mean: of the whole picture, in CIELAB units. one, other: the pictures.
    """

    painted: Image
    scale: Image
    top: float
    mean: float
    one: Image
    other: Image


Order = Literal["name", "person", "similarity"]


Method = Literal["pca", "t-sne"]

"""What can be hidden of a face, and by what: the words alone, which a window offers before torch is loaded."""

from __future__ import annotations

from typing import Literal, get_args

Region = Literal["eyes", "left-eye", "right-eye", "brows", "nose", "mouth"]
Fill = Literal["colour", "mean", "blur"]

REGIONS: tuple[Region, ...] = get_args(Region)

"""A map of numbers as colours, and the scale beside it."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import Colormap
from numpy.typing import NDArray

SCALE = "cividis"


def colour_map() -> Colormap:
    """From dark blue to yellow, of even steps for any kind of colour vision."""
    import matplotlib

    return matplotlib.colormaps[SCALE]


def coloured(spread: NDArray[np.float32]) -> tuple[NDArray[np.uint8], float]:
    """A map in colours, (R, R, 3) uint8, and the spread at the end of its scale: what one pixel in 200 exceeds."""
    top = max(float(np.percentile(spread, 99.5)), 1.0)
    painted: NDArray[np.uint8] = colour_map()(np.clip(spread / top, 0, 1), bytes=True)[..., :3]
    return painted, top

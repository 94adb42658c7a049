"""What a frame shows where it leaves its photograph: the colours at the edge go on, blurred."""

from __future__ import annotations

from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

# Standard deviations of the blurred colours and of the step to them, as shares of the frame's side.
_BLUR, _STEP = 0.04, 0.02
# Weights add up to 1 but for rounding: a step that falls no lower has its doubled blur above 1 everywhere.
_SURELY_INSIDE = 0.75


def filled(drawn: NDArray[np.float32], inside: NDArray[np.float32]) -> NDArray[np.float32]:
    """Blur a frame where it leaves the photograph.

    Blurred are only rows that need it, for their kernel reaches far; of most frames that is none.

    Args:
        drawn: (S, S, 3), the colours at the photograph's edge going on.
        inside: (S, S), 1 within the photograph and 0 beyond it.

    Returns:
        (S, S, 3); no pixel that was photographed is another.
    """
    if inside.min() > _SURELY_INSIDE:
        return drawn
    size = len(drawn)
    # Twice a blurred step falls from 1 at the step to 0 beyond it: no pixel that was photographed changes.
    feather = 2 * cv2.GaussianBlur(inside, (0, 0), _STEP * size, borderType=cv2.BORDER_REPLICATE)
    weight = np.clip(feather, 0, 1)[..., None]
    reach, mixed = ceil(4 * _BLUR * size) + 2, drawn.copy()
    rows = np.flatnonzero((weight < 1).any(axis=(1, 2)))
    ends = np.flatnonzero(np.diff(rows, append=2**31) > 2 * reach)
    for start, end in zip([0, *(ends[:-1] + 1)], ends, strict=False):
        first, behind = int(rows[start]), int(rows[end]) + 1
        top = max(first - reach, 0)
        around = drawn[top : behind + reach]
        blurred = cv2.GaussianBlur(around, (0, 0), _BLUR * size, borderType=cv2.BORDER_REFLECT_101)
        here = weight[first:behind]
        mixed[first:behind] = drawn[first:behind] * here + blurred[first - top : behind - top] * (1 - here)
    return mixed

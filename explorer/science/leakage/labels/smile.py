"""The smile: how far MediaPipe's blendshapes say that the corners of the mouth are drawn up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.science.leakage.labels.mesh import BLENDSHAPES

_CORNERS = [BLENDSHAPES.index("mouthSmileLeft"), BLENDSHAPES.index("mouthSmileRight")]


def smile(blendshapes: NDArray[np.float32]) -> float:
    """Mean of the two smile blendshapes, (52,) to a number in [0, 1]."""
    return float(blendshapes[_CORNERS].mean())

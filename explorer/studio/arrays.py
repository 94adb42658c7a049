"""The arrays that values are made of, by what they hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""(H, W, 3) RGB."""

Frame = NDArray[np.uint8]
"""(S, S, 3) RGB: a face as it lies in the common frame."""

Vector = NDArray[np.float32]
"""(D,): an embedding as its network gives it."""

Matrix = NDArray[np.float32]
"""(N, D): embeddings, row by row."""

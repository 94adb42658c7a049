"""Intensity histograms of the three colours: exact counts, and the bins that a head predicts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEVELS = 256
BINS = 10


def counts(frame: NDArray[np.uint8]) -> NDArray[np.int32]:
    """How many pixels of a frame have each level: (R, R, 3) uint8 RGB to (3, 256), each row summing to R * R."""
    rows = [np.bincount(frame[..., colour].reshape(-1), minlength=LEVELS) for colour in range(3)]
    return np.stack(rows).astype(np.int32)


def binned(level_counts: NDArray[np.int32], bins: int = BINS) -> NDArray[np.float32]:
    """Shares of the pixels in equal bins from -0.5 to 255.5 (DESIGN, "Slips in the papers"); no level lies on an edge.

    Args:
        level_counts: (..., 256).

    Returns:
        (..., bins), summing to 1.
    """
    bin_of_level = (np.arange(LEVELS) + 0.5) * bins // LEVELS
    starts = np.searchsorted(bin_of_level, np.arange(bins))
    shares: NDArray[np.float32] = np.add.reduceat(level_counts, starts, -1) / level_counts.sum(-1, keepdims=True)
    return shares.astype(np.float32)

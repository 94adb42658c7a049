"""What an inversion works towards, and what can be drawn onto its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.studio.arrays import Image, Vector
from explorer.studio.inversion.record import TargetRecord


@dataclass(frozen=True, eq=False)
class RunTarget:
    """What an inversion works towards: one embedding, and for a photograph its embeddings under held-out encoders.

    held_out: by encoder, (D,) float32; empty for a bare vector.
    frame: the photograph's face in the common frame; None for a bare vector.
    """

    key: str
    record: TargetRecord
    vector: Vector
    held_out: Mapping[str, Vector]
    frame: Image | None = None


@dataclass(frozen=True, eq=False)
class Overlay:
    """What can be drawn onto a picture: landmarks (68, 2) in units of its side, and histograms (3, bins) in shares.

    landmarks, histogram: the picture's own; wanted_landmarks, wanted_histogram: those that are sought.
    """

    landmarks: NDArray[np.float32] | None = None
    wanted_landmarks: NDArray[np.float32] | None = None
    histogram: NDArray[np.float32] | None = None
    wanted_histogram: NDArray[np.float32] | None = None

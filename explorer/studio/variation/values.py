"""What several inversions of one embedding come to, as the window shows it. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explorer.studio.leakage.reconstructions import Reconstruction

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.studio.variation.running import FinishedVariation


RANDOM_FACE = "Random face"


@dataclass(frozen=True, eq=False)
class RunNow:
    """What is under way.

    title: such as "Run 3", or `RANDOM_FACE`. words: how far it is. picture: (S, S, 3) uint8, the newest.
    """

    title: str
    words: str
    picture: NDArray[np.uint8] | None = None


@dataclass(frozen=True, eq=False)
class EnsembleResult:
    """The runs compared; while others are still to come, those that have ended.

    painted: (448, 448, 3) uint8, the map of where they vary in colours. scale: (256, 3) uint8, those colours from no
    spread to `top`, in CIELAB units.
    reconstruction: what the results say of the vector; None where the photograph guided them, and in a session of an
    earlier version.
    """

    key: str
    finished: FinishedVariation
    painted: NDArray[np.uint8]
    scale: NDArray[np.uint8]
    top: float
    reconstruction: Reconstruction | None = None

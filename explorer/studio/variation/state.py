"""What the variation panel draws: several inversions of one embedding, under way or compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.studio.inversion.values import Target
from explorer.studio.variation.requests import Varied

VariationStatus = Literal["running", "finishing", "finished", "stopped", "failed"]


@dataclass(frozen=True, eq=False)
class VariationState:
    """Several inversions.

    runs: how many are wanted. pictures: (1024, 1024, 3) uint8 of those that ended, in order; facts: a line about each.
    result: the comparison, once they are compared.
    """

    key: str
    target: Target
    runs: int
    guided: bool
    status: VariationStatus = "running"
    pictures: tuple[NDArray[np.uint8], ...] = ()
    facts: tuple[str, ...] = ()
    result: Varied | None = None

    @property
    def active(self) -> bool:
        """Whether it still holds the device."""
        return self.status in ("running", "finishing")

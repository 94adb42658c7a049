"""What the variation panel draws: several inversions of one embedding, under way or compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.studio.inversion.values import RunTarget
from explorer.studio.session.slices import Forgotten, Slice
from explorer.studio.variation.values import EnsembleResult, RunNow

VariationStatus = Literal["running", "finishing", "finished", "stopped", "failed"]


@dataclass(frozen=True, eq=False)
class VariationState:
    """Several inversions.

    runs: how many are wanted. pictures: (1024, 1024, 3) uint8 of those that ended, in order; facts: a line about each.
    result: the comparison, once they are compared. so_far: of those that have ended, while others are still to come.
    now: what is under way.
    """

    key: str
    target: RunTarget
    runs: int
    guided: bool
    status: VariationStatus = "running"
    pictures: tuple[NDArray[np.uint8], ...] = ()
    facts: tuple[str, ...] = ()
    result: EnsembleResult | None = None
    so_far: EnsembleResult | None = None
    now: RunNow | None = None

    @property
    def compared(self) -> EnsembleResult | None:
        """The comparison, or of those that have ended."""
        return self.result or self.so_far

    @property
    def active(self) -> bool:
        """Whether it still holds the device."""
        return self.status in ("running", "finishing")


def _without(state: VariationState | None, forgotten: Forgotten) -> VariationState | None:
    gone = state is not None and (
        forgotten.holds(state.target.key) or state.target.record.sha256 in forgotten.photographs
    )
    return None if gone else state


def _size(state: VariationState | None) -> Iterator[tuple[int, int]]:
    for picture in () if state is None else state.pictures:
        yield id(picture), picture.nbytes


def _started(old: VariationState | None, new: VariationState | None) -> str:
    return "invert several times" if new is not None and (old is None or old.key != new.key) else ""


VARIATION = Slice[VariationState | None](
    name="variation",
    default=lambda: None,
    without=_without,
    mark=lambda state: None if state is None or state.result is None else state.key,
    undo=True,
    change=_started,
    size=_size,
    active=lambda state: state is not None and state.active,
)
"""Several inversions of one embedding, under way or the last."""

SLICES = (VARIATION,)

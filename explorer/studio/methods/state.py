"""What the methods panel draws: the ways back to a face of one vector, under way or gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.inversion.values import RunTarget
from explorer.studio.methods.values import WayNow, WaySeen
from explorer.studio.session.slices import Forgotten, Slice

MethodsStatus = Literal["running", "finishing", "finished", "stopped", "failed"]


@dataclass(frozen=True, eq=False)
class MethodsState:
    """The ways back to a face of one vector.

    settings: of the search; its encoder is attacked by every way. seen: the ways that ended, in order.
    now: the one under way.
    """

    key: str
    target: RunTarget
    settings: InversionSettings
    status: MethodsStatus = "running"
    seen: tuple[WaySeen, ...] = ()
    now: WayNow | None = None

    @property
    def active(self) -> bool:
        """Whether it still holds the device."""
        return self.status in ("running", "finishing")

    @property
    def pictured(self) -> bool:
        """Whether any way made a face."""
        return any(one.picture is not None for one in self.seen)

    @property
    def exportable(self) -> bool:
        """Whether there is something to export: a face, and no way under way."""
        return self.pictured and not self.active


def _without(state: MethodsState | None, forgotten: Forgotten) -> MethodsState | None:
    gone = state is not None and (
        forgotten.holds(state.target.key) or state.target.record.sha256 in forgotten.photographs
    )
    return None if gone else state


def _size(state: MethodsState | None) -> Iterator[tuple[int, int]]:
    for one in () if state is None else state.seen:
        if one.picture is not None:
            yield id(one.picture), one.picture.nbytes


def _started(old: MethodsState | None, new: MethodsState | None) -> str:
    return "go all ways back" if new is not None and (old is None or old.key != new.key) else ""


METHODS = Slice[MethodsState | None](
    name="methods",
    default=lambda: None,
    without=_without,
    mark=None,
    unsaved="the ways are gone again from the vector, which is saved; runs that begin with an answer are saved as runs",
    undo=True,
    change=_started,
    size=_size,
    active=lambda state: state is not None and state.active,
    cleared=lambda state: None,
)
"""The ways back to a face of one vector, under way or the last."""

SLICES = (METHODS,)

"""Undo and redo: what slices held before each change, kept as they were and not as inverse operations.

Every value is immutable, so that a change costs a reference. An entry holds the slices that its change touches; taking
it back swaps them with what is there now, which is what bringing it back needs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from explorer.studio.session.forgetting import values_without
from explorer.studio.session.slices import Forgotten, Slice
from explorer.studio.session.state import DOCUMENT, Session

MOST = 200
BUDGET = 512 * 2**20
# Changes of one thing that follow each other this closely, as a slider's do, are taken back together.
_TOGETHER = 1.0


@dataclass(frozen=True, eq=False)
class Change:
    """One entry. name: as in "Undo: move points". values: of the slices, on the other side of the change.

    thing: what was changed, for changes that follow each other closely; also the key of a face, a vector or a
    photograph, so that forgetting it forgets the change, whose name may hold its own.
    """

    name: str
    values: Mapping[Slice[Any], Any]
    thing: str = ""
    at: float = 0.0


class History:
    """What can be taken back, and what was. It records by itself the changes of slices that name them (`change`).

    Args:
        subject: what such a change is of, as `thing`: the key of the face that is selected.
        clock: seconds.
    """

    def __init__(
        self, session: Session, subject: Callable[[], str] = str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._session, self._subject, self._clock = session, subject, clock
        self._done: list[Change] = []
        self._undone: list[Change] = []
        self._suspended = False
        for slice_ in session.slices:
            if slice_.change is not None:
                session.changed(slice_).connect(self._recorder(slice_, slice_.change))

    def record(self, name: str, slices: Iterable[Slice[Any]], thing: str = "") -> None:
        """Say that a change of these slices comes now."""
        self.record_previous(name, {slice_: self._session[slice_] for slice_ in slices}, thing)

    def record_previous(self, name: str, values: Mapping[Slice[Any], Any], thing: str = "") -> None:
        """Say that slices, which had these values, have just been changed.

        Raises:
            ValueError: a slice is none that can be taken back.
        """
        for slice_ in values:
            if not slice_.undo:
                raise ValueError(f"the slice {slice_.name!r} does not say that its changes can be taken back")
        if self._suspended:
            return
        now, last = self._clock(), self._done[-1] if self._done else None
        self._undone.clear()
        if thing and last is not None and (last.name, last.thing) == (name, thing) and now - last.at < _TOGETHER:
            self._done[-1] = replace(last, at=now)
        else:
            self._done.append(Change(name, values, thing, now))
            self._bound()
        self._tell()

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Record nothing of what is changed inside of this: it follows from what was recorded."""
        before, self._suspended = self._suspended, True
        try:
            yield
        finally:
            self._suspended = before

    def clear(self) -> None:
        """Forget everything."""
        self._done.clear()
        self._undone.clear()
        self._tell()

    def sides(self) -> Iterator[Mapping[Slice[Any], Any]]:
        """The values of every entry, the newest first."""
        for change in reversed([*self._done, *self._undone]):
            yield change.values

    def forget(self, forgotten: Forgotten) -> None:
        """Drop every trace of what is forgotten."""
        for changes in (self._done, self._undone):
            changes[:] = [
                replace(change, values=values_without(change.values, forgotten))
                for change in changes
                if not (forgotten.holds(change.thing) or forgotten.photograph_of(change.thing))
            ]
        self._tell()

    def swap(self, *, back: bool) -> Mapping[Slice[Any], Any] | None:
        """Take the newest change back, or bring the one taken back last.

        Returns:
            The values that its slices are to have; None where there is nothing, or where something under way stands in
            the way.
        """
        source, other = (self._done, self._undone) if back else (self._undone, self._done)
        if not source or not self._may(source[-1]):
            return None
        change = source.pop()
        now = {slice_: self._session[slice_] for slice_ in change.values}
        other.append(replace(change, values=now, at=float("-inf")))
        return change.values

    def refresh(self) -> None:
        """Say anew what can be taken back: something under way has begun or ended."""
        self._tell()

    def _recorder(self, slice_: Slice[Any], named: Callable[[Any, Any], str]) -> Callable[[Any, Any], None]:
        def changed(new: Any, old: Any) -> None:
            name = named(old, new)
            if name:
                self.record_previous(name, {slice_: old}, self._subject())
            elif slice_.active(old) != slice_.active(new):
                self.refresh()

        return changed

    def _may(self, change: Change) -> bool:
        return not any(slice_.active(self._session[slice_]) for slice_ in change.values)

    def _tell(self) -> None:
        undo = self._done[-1].name if self._done and self._may(self._done[-1]) else None
        redo = self._undone[-1].name if self._undone and self._may(self._undone[-1]) else None
        document = self._session[DOCUMENT]
        if (document.undo, document.redo) != (undo, redo):
            self._session[DOCUMENT] = replace(document, undo=undo, redo=redo)

    def _bound(self) -> None:
        """Let the oldest go where there are too many, or where they alone hold too much memory."""
        del self._done[:-MOST]
        here = dict(_heavy({slice_: self._session[slice_] for slice_ in self._session.slices if slice_.undo}))
        held: dict[int, int] = {}
        for index in range(len(self._done) - 1, -1, -1):
            held |= {key: size for key, size in _heavy(self._done[index].values) if key not in here}
            if sum(held.values()) > BUDGET:
                del self._done[: index + 1]
                return


def _heavy(values: Mapping[Slice[Any], Any]) -> Iterator[tuple[int, int]]:
    """Identity and bytes of what takes room."""
    for slice_, value in values.items():
        yield from slice_.size(value)

"""What of the session is kept in a file: its values at one moment, which nobody changes any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from explorer.studio.session.slices import Key, Slice
from explorer.studio.session.state import Session

S = TypeVar("S")


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The values of a session that are kept; a slice that has none here has its default.

    codecs: dotted names of what writes them.
    layout: how the window's parts lie, in bytes that only the window can read.
    """

    values: Mapping[Slice[Any], Any] = field(default_factory=dict)
    codecs: tuple[str, ...] = ()
    layout: bytes = b""

    def __getitem__(self, key: Key[S]) -> S:
        slice_ = cast("Slice[S]", key)
        value: S = self.values[slice_] if slice_ in self.values else slice_.default()
        return value

    def having(self, values: Mapping[Slice[Any], Any]) -> Snapshot:
        """This snapshot with some values in place of its own."""
        return replace(self, values={**self.values, **values})

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it that was loaded or made."""
        return not any(slice_.content(value) for slice_, value in self.values.items())


def capture(session: Session, layout: bytes = b"") -> Snapshot:
    """The session as it stands."""
    kept = {slice_: session[slice_] for slice_ in session.slices if not slice_.unsaved}
    return Snapshot(kept, session.codecs, layout)


def load(session: Session, snapshot: Snapshot) -> None:
    """Give the session what a snapshot holds, and nothing else.

    What is built on other things goes first and comes last: whoever draws looks up a face's photograph, a run's
    place in the list and the like at once.
    """
    for slice_ in reversed(session.slices):
        session[slice_] = slice_.between(session[slice_])
    for slice_ in session.slices:
        if not slice_.unsaved:
            session[slice_] = slice_.merged(session[slice_], snapshot[slice_])

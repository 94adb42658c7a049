"""What the user has loaded, set and got: the observable state that every panel draws. No Qt, no torch.

Everything in it is an immutable value; a change replaces the value of a slice, and `session.changed(SLICE)` emits
`(new, old)`. Only controllers write, on the consumer's thread only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from psygnal import SignalInstance

from explorer.science.names import shown
from explorer.studio.session.slices import Forgotten, Key, Slice, holds_no_face
from explorer.studio.session.unknown import UNKNOWN

Level = Literal["info", "warning", "error"]
S = TypeVar("S")
T = TypeVar("T", bound="Notification | LogEntry")


@dataclass(frozen=True, eq=False)
class Activity:
    """Something under way, for the status line. `total` is 0 where the end is unknown; `cancel` takes `generation`."""

    generation: int
    title: str
    message: str
    done: float = 0.0
    total: float = 0.0
    unit: str = ""


@dataclass(frozen=True, eq=False)
class Notification:
    """One thing the user should know. `details` (a traceback, or empty) is for the log and the copyable report.

    path: the file or folder that was written, where it tells of one. about: keys of the faces that it is about.
    """

    number: int
    level: Level
    title: str
    text: str
    details: str = ""
    path: Path | None = None
    about: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class LogEntry:
    """One thing that was done: "opened", a name, and what there is to say of it.

    name: of the face, file or folder, which copies of the log leave out. about: as in `Notification`.
    """

    number: int
    at: datetime
    what: str
    name: str = ""
    text: str = ""
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """The session as a file. path: where it was last saved or opened, or None. modified: whether it differs from that.

    undo, redo: what these would take back or bring back, in words; None where there is nothing.
    """

    path: Path | None = None
    modified: bool = False
    undo: str | None = None
    redo: str | None = None

    @property
    def name(self) -> str:
        """What the title says."""
        return "Untitled" if self.path is None else shown(self.path.stem)


def _no_activities() -> tuple[Activity, ...]:
    return ()


def _no_notifications() -> tuple[Notification, ...]:
    return ()


def _no_entries() -> tuple[LogEntry, ...]:
    return ()


def _told_of_others(told: tuple[T, ...], forgotten: Forgotten) -> tuple[T, ...]:
    def of_them(key: str) -> bool:
        return forgotten.holds(key) or forgotten.photograph_of(key)

    return tuple(one for one in told if not any(map(of_them, one.about)))


DOCUMENT = Slice(
    name="document",
    default=Document,
    without=holds_no_face("it names a file of sessions and the last change, never a face's key"),
    mark=None,
    unsaved="it says where the session is saved",
)
ACTIVITIES = Slice(
    name="activities",
    default=_no_activities,
    without=holds_no_face("what is under way ends by itself; what works on a forgotten face is cancelled"),
    mark=None,
    unsaved="what is under way is not work that was done",
)
"""What is under way, oldest first."""
NOTIFICATIONS = Slice[tuple[Notification, ...]](
    name="notifications",
    default=_no_notifications,
    without=_told_of_others,
    mark=None,
    unsaved="they are of this run of the program",
)
"""What the user was told, newest last."""
LOG = Slice[tuple[LogEntry, ...]](
    name="log",
    default=_no_entries,
    without=_told_of_others,
    mark=None,
    unsaved="it is of this run of the program, and never written to disk",
)
"""What was opened, run and written, newest last."""

SLICES: tuple[Slice[Any], ...] = (DOCUMENT, ACTIVITIES, NOTIFICATIONS, LOG, UNKNOWN)


class Session:
    """The observable state: `session[FACES]` is the value of a slice.

    Args:
        slices: all that there are; those of the session itself come first by themselves.
        codecs: dotted names of the modules whose `CODEC` keeps them in a file, in the order in which they are read.

    Attributes:
        any_changed: emitted, without arguments, after a value was replaced.
    """

    def __init__(self, slices: Iterable[Slice[Any]], codecs: Iterable[str] = ()) -> None:
        self.slices = (*SLICES, *slices)
        self.codecs = tuple(codecs)
        self.any_changed = SignalInstance((), name="any_changed")
        self._values: dict[Key[Any], Any] = {one: one.default() for one in self.slices}
        self._signals = {one: SignalInstance((object, object), name=one.name) for one in self.slices}

    def __getitem__(self, slice_: Key[S]) -> S:
        value: S = self._values[slice_]
        return value

    def __setitem__(self, slice_: Slice[S], value: S) -> None:
        old = self._values[slice_]
        if _same(old, value):
            return
        self._values[slice_] = value
        self._signals[slice_].emit(value, old)
        self.any_changed.emit()

    def changed(self, slice_: Slice[Any]) -> SignalInstance:
        """The signal that tells of a slice's changes: `(new, old)`, as many of them as the callback takes."""
        return self._signals[slice_]


def _same(old: object, new: object) -> bool:
    if old is new:
        return True
    try:
        # The order of what is loaded is seen, and dictionaries do not compare it.
        ordered = not isinstance(old, Mapping) or not isinstance(new, Mapping) or list(old) == list(new)
        return ordered and bool(old == new)
    except ValueError:  # arrays that are not the same have no single answer
        return False

"""The requests around session files and autosaves. Their worker is their own: no download may hold them up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from explorer.studio.engine.requests import Request, Worker

if TYPE_CHECKING:  # a request is described without loading what reads and writes sessions
    from explorer.studio.session.saving.generations import Abandoned, Generations
    from explorer.studio.session.snapshot import Snapshot


@dataclass(frozen=True, eq=False)
class SaveSession(Request):
    """Write a session file. Result: `SessionSaved`."""

    worker: ClassVar[Worker] = "sessions"
    priority: ClassVar[int] = 10
    title: ClassVar[str] = "saving the session"
    path: Path
    snapshot: Snapshot

    @property
    def lane(self) -> tuple[object, ...]:
        """One lane a file."""
        return type(self), self.path


@dataclass(frozen=True, eq=False)
class SessionSaved:
    """The session file is on the disk."""

    path: Path


@dataclass(frozen=True, eq=False)
class OpenSession(Request):
    """Read a session file, or an autosave that was left behind. Result: `SessionOpened`.

    path: of the file; None for an autosave.
    """

    worker: ClassVar[Worker] = "sessions"
    priority: ClassVar[int] = 20
    title: ClassVar[str] = "opening a session"
    path: Path | None
    read: Callable[[], Snapshot]


@dataclass(frozen=True, eq=False)
class SessionOpened:
    """A session. path: its file; None for an autosave."""

    path: Path | None
    snapshot: Snapshot


@dataclass(frozen=True, eq=False)
class Autosave(Request):
    """Write a generation of the session. Result: `Autosaved`. path: of the session's file, where it has one."""

    worker: ClassVar[Worker] = "sessions"
    title: ClassVar[str] = "keeping the session"
    hidden: ClassVar[bool] = True
    generations: Generations
    snapshot: Snapshot
    path: Path | None = None


@dataclass(frozen=True, eq=False)
class Autosaved:
    """The session is safe. written: bytes that were new."""

    written: int


@dataclass(frozen=True, eq=False)
class LookForAutosaves(Request):
    """Look what programs left behind that did not end by themselves. Result: `AutosavesFound`."""

    worker: ClassVar[Worker] = "sessions"
    title: ClassVar[str] = "looking for autosaves"
    hidden: ClassVar[bool] = True
    root: Path


@dataclass(frozen=True, eq=False)
class AutosavesFound:
    """The newest first; this program holds their locks."""

    found: tuple[Abandoned, ...]

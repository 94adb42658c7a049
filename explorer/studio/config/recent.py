"""What the user came by lately: sessions, and the folder of each kind of file, in a file of the user's state folder.

Folders are often called after the persons in them, so that forgetting a face drops all of them, and every session whose
path holds one of its names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from psygnal import Signal
from pydantic import BaseModel, ConfigDict, Field

from explorer.science.names import kept_path, path_kept
from explorer.studio.errors import UserError
from explorer.studio.json_store import JsonStore

FILE = "recent.json"
LARGEST = 256 * 1024  # bytes of the file
MOST = 10
LONGEST_PATH = 4096

Kind = Literal["photographs", "vectors", "sessions", "exports", "gallery", "batch", "probes", "models", "generators"]


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    version: Literal[1] = 1
    sessions: tuple[str, ...] = Field((), max_length=100)
    folders: dict[str, str] = Field({}, max_length=100)


class RecentStore:
    """Holds them. `changed` is emitted when sessions come or go. Nothing is written before `persist_in`.

    Attributes:
        sessions: paths of session files, the last one first.
        folders: the last one by kind of file.
    """

    changed = Signal()

    def __init__(self) -> None:
        self.sessions: tuple[Path, ...] = ()
        self.folders: dict[str, Path] = {}
        self._store = JsonStore(_File, LARGEST, "recent files", "it is left alone")

    def persist_in(self, folder: Path) -> str | None:
        """Read what a folder holds, and keep what changes there; return what is wrong with the file, or None."""
        try:
            found = self._store.open(folder / FILE)
        except UserError as error:
            return str(error)
        sessions = [path for kept in found.sessions if (path := _read(kept)) is not None]
        self.sessions = tuple(dict.fromkeys(sessions))[:MOST]
        self.folders = {kind: path for kind, kept in found.folders.items() if (path := _read(kept)) is not None}
        self.changed.emit()
        return None

    def opened(self, session: Path) -> None:
        """Put a session first.

        Raises:
            UserError: the file cannot be written, as from each of the following.
        """
        path = session.absolute()
        self._keep((path, *(one for one in self.sessions if one != path))[:MOST], self.folders)

    def drop(self, session: Path) -> None:
        """Take a session out of the list; its file stays."""
        self._keep(tuple(one for one in self.sessions if one != session), self.folders)

    def clear(self) -> None:
        """Remember no session and no folder."""
        self._keep((), {})

    def remember(self, kind: Kind, folder: Path) -> None:
        """Begin with this folder when files of a kind are asked for next."""
        self._keep(self.sessions, {**self.folders, kind: folder.absolute()})

    def folder(self, kind: Kind) -> Path | None:
        """The folder of a kind of file, where there is one and it is still there."""
        folder = self.folders.get(kind)
        return folder if folder is not None and folder.is_dir() else None

    def forget(self, names: Iterable[str]) -> None:
        """Drop all folders, and sessions in whose path one of these names of faces stands, without its suffix."""
        sought = [words for name in names if (words := _words(Path(name).stem))]
        left = tuple(one for one in self.sessions if not any(_stands_in(one, words) for words in sought))
        self._keep(left, {})

    def _keep(self, sessions: tuple[Path, ...], folders: dict[str, Path]) -> None:
        if (sessions, folders) == (self.sessions, self.folders):
            return
        moved, self.sessions, self.folders = sessions != self.sessions, sessions, folders
        if moved:
            self.changed.emit()
        written = {kind: kept_path(place) for kind, place in folders.items()}
        self._store.write(_File(sessions=tuple(map(kept_path, sessions)), folders=written))


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\W_]+", text.casefold()) if word]


def _stands_in(path: Path, words: list[str]) -> bool:
    """Whether a part of a path has these words beside each other; who owns the home folder is no trace of a face."""
    home = Path.home()
    parts = path.relative_to(home).parts if path.is_relative_to(home) else path.parts
    count = len(words)
    return any(
        held[start : start + count] == words for held in map(_words, parts) for start in range(len(held) - count + 1)
    )


def _read(kept: str) -> Path | None:
    """A path that was kept; None of what a stranger's file may hold instead."""
    if not 0 < len(kept) <= LONGEST_PATH or "\0" in kept:
        return None
    path = path_kept(kept)
    return path if path.is_absolute() and "\0" not in str(path) else None

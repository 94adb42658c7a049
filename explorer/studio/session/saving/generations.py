"""Autosaves: a folder for each running program, in it the newest generation of its session.

A generation is a manifest and the blobs that it names. Blobs are written first, each whole or not at all, and only what
is new; then the manifest, whole or not at all; and only then what no manifest names any more goes. At every moment one
complete generation is on the disk, whenever the program is killed and however full the disk is.

A lock that the system lets go of when its process ends tells the folders of running programs from those left behind.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import ValidationError

from explorer.science.faces.face import FaceError
from explorer.science.names import kept_path, path_kept
from explorer.studio import places
from explorer.studio.errors import Cancelled, UserError, explain
from explorer.studio.files import atomic_write, flush_to_disk
from explorer.studio.session.saving.blobs import (
    LARGEST_BLOB,
    LARGEST_JSON,
    REFERENCE,
    DamagedSessionError,
    checked,
    reference_of,
)
from explorer.studio.session.saving.document import read_document, write_document
from explorer.studio.session.snapshot import Snapshot

_LOCK = "lock"
_MANIFEST = re.compile(r"session-(\d{10})\.json")


class Generations:
    """The autosaves of this program.

    Args:
        root: the folder in which every running program has one of its own.

    Raises:
        OSError: that cannot be made.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.folder, self._lock = _own_folder(root)
        self._generation = 0
        self._known: dict[tuple[object, ...], tuple[tuple[object, ...], str]] = {}
        self._unsettled: set[str] = set()

    def save(
        self, snapshot: Snapshot, path: Path | None = None, should_stop: Callable[[], bool] = lambda: False
    ) -> int:
        """Write a generation in place of the one before; what is not in the session any more goes.

        An empty session leaves nothing that would have to be restored.

        Args:
            path: of the session's file, where it has one.

        Returns:
            How many bytes had to be written.

        Raises:
            UserError: the disk is full, or the folder cannot be written to; the generation before stays.
            Cancelled: `should_stop` said so; likewise.
        """
        if snapshot.empty:
            self._known = {}
            _sweep(self.folder, {_LOCK})
            return 0
        sink = _FolderSink(self.folder, self._known, self._unsettled, should_stop)
        manifest = write_document(snapshot, sink)
        # Waited for one by one as they are written, a hundred small files would take a hundred turns of the disk.
        for reference in sink.used & self._unsettled:
            flush_to_disk(self.folder / reference)
        self._unsettled.clear()
        self._generation += 1
        file = self.folder / f"session-{self._generation:010d}.json"
        about = {"path": None if path is None else kept_path(path), "manifest": json.loads(manifest)}
        atomic_write(file, json.dumps(about).encode())
        self._known = sink.kept
        _sweep(self.folder, {file.name, _LOCK, *sink.used})
        return sink.written

    def close(self, *, keep: bool) -> None:
        """Let go of the folder; unless it is to be restored at the next start, it goes."""
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.release()


@dataclass(frozen=True, eq=False)
class Abandoned:
    """An autosave that a program left behind. This program holds its lock until it is taken over or discarded.

    saved: when. path: of the session's file, where it had one.
    """

    folder: Path
    saved: datetime
    path: Path | None
    lock: FileLock

    def read(self, codecs: Sequence[str]) -> Snapshot:
        """Read its session by the codecs of these dotted names.

        Raises:
            UserError: it is damaged.
        """
        try:
            about = json.loads(_newest(self.folder).read_bytes())
            manifest = json.dumps(about["manifest"]).encode()
            return read_document(manifest, _FolderSource(self.folder), codecs)
        except (OSError, ValueError, KeyError, TypeError, StopIteration, RecursionError) as error:
            known = isinstance(error, DamagedSessionError | ValidationError | FaceError)
            reason = explain(error) if known else "it is damaged"
            raise UserError(f"the autosaved session cannot be restored: {reason}") from error

    def discard(self) -> None:
        """Remove it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.lock.release()

    def leave(self) -> None:
        """Leave it for another time."""
        self.lock.release()


def abandoned(root: Path) -> list[Abandoned]:
    """The autosaves under a folder that no running program holds, the newest first; empty ones are cleared away."""
    found = []
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        lock = _locked(folder) if folder.is_dir() else None
        if lock is None:
            continue
        try:
            manifest = _newest(folder)
            path = json.loads(manifest.read_bytes())["path"]
            saved = datetime.fromtimestamp(manifest.stat().st_mtime, UTC)
            found.append(Abandoned(folder, saved, None if path is None else path_kept(path), lock))
        except (OSError, ValueError, KeyError, TypeError, StopIteration, RecursionError):
            shutil.rmtree(folder, ignore_errors=True)
            lock.release()
    return sorted(found, key=lambda one: one.saved, reverse=True)


def _own_folder(root: Path) -> tuple[Path, FileLock]:
    places.private_folder(root)
    while True:
        # Another program that looks for what was left behind may take a folder that is not locked yet.
        folder = places.private_folder(root / secrets.token_hex(8))
        lock = _locked(folder)
        if lock is not None:
            return folder, lock


def _locked(folder: Path) -> FileLock | None:
    """The folder's lock, or None where another program holds it."""
    lock = FileLock(folder / _LOCK, timeout=0, thread_local=False, mode=0o600)
    try:
        lock.acquire()
    except (Timeout, OSError):
        return None
    if folder.is_dir():
        return lock
    lock.release()
    return None


def _newest(folder: Path) -> Path:
    """The newest manifest; `StopIteration` where there is none."""
    return next(iter(sorted((one for one in folder.iterdir() if _MANIFEST.fullmatch(one.name)), reverse=True)))


def _sweep(folder: Path, kept: set[str]) -> None:
    """Remove what is not kept: older generations, blobs of theirs, files half written when a program was killed."""
    for file in folder.iterdir():
        if file.name not in kept:
            with suppress(OSError):
                file.unlink()


class _FolderSink:
    """Writes blobs that are not there yet.

    unsettled: references of blobs that the disk itself may not have yet.
    known: references by the objects that they were made from, of the generation before; kept: of this one. They hold
    these objects, so that no other can come by their identity.
    """

    def __init__(
        self,
        folder: Path,
        known: dict[tuple[object, ...], tuple[tuple[object, ...], str]],
        unsettled: set[str],
        should_stop: Callable[[], bool],
    ) -> None:
        self._folder, self._known, self._should_stop = folder, known, should_stop
        self._unsettled = unsettled
        self.kept: dict[tuple[object, ...], tuple[tuple[object, ...], str]] = {}
        self.used: set[str] = set()
        self.written = 0

    def put(self, ending: str, made_from: tuple[object, ...], encode: Callable[[], bytes]) -> str:
        if self._should_stop():
            raise Cancelled("the autosave is not written")
        key = (ending, *map(id, made_from))
        known = self._known.get(key)
        reference = self._write(encode(), ending) if known is None else known[1]
        self.kept[key] = (made_from, reference)
        self.used.add(reference)
        return reference

    def _write(self, data: bytes, ending: str) -> str:
        reference = reference_of(data, ending)
        file = self._folder / reference
        if not file.exists():
            self._unsettled.add(reference)
            atomic_write(file, data, settled=False)
            self.written += len(data)
        return reference


class _FolderSource:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, reference: str) -> bytes:
        file = self._folder / reference
        if not REFERENCE.fullmatch(reference) or not file.is_file():
            raise DamagedSessionError(f"its part {reference[:12]} is missing")
        limit = LARGEST_JSON if reference.endswith(".json") else LARGEST_BLOB
        with file.open("rb") as opened:
            data = opened.read(limit + 1)
        if len(data) > limit:
            raise DamagedSessionError(f"its part {reference[:12]} is too large")
        return checked(data, reference)

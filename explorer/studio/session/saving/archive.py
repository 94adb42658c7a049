"""The session file: a zip of the manifest and its blobs, `NAME.likeness`.

Nothing in it is compressed but the manifest: pictures and arrays would hardly shrink, and what is stored as it is
cannot swell when it is read. Nothing is ever unpacked to a path.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from explorer.science.errors import LikenessError
from explorer.science.faces.face import FaceError
from explorer.science.names import name_of, shown
from explorer.studio.archives import DAMAGED_ZIP
from explorer.studio.errors import Cancelled, UserError, explain
from explorer.studio.files import atomic_write
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

SUFFIX = ".likeness"
MANIFEST = "session.json"
LARGEST_FILE = 64 * 2**30
_LARGEST_DIRECTORY = 16 * 2**20
_BLOB_NAME = re.compile(rf"blobs/({REFERENCE.pattern})")
_END, _END_64, _LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"


def is_session_file(path: Path) -> bool:
    """Whether a file's name says that it holds a session."""
    return path.suffix.lower() == SUFFIX


def write_session(path: Path, snapshot: Snapshot, should_stop: Callable[[], bool] = lambda: False) -> Path:
    """Write a session whole or not at all, readable by its owner only.

    Raises:
        UserError: it cannot be written.
        Cancelled: `should_stop` said so; what stood there before stays.
    """

    def write(file: BinaryIO) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            manifest = write_document(snapshot, _ZipSink(archive, should_stop))
            archive.writestr(zipfile.ZipInfo(MANIFEST), manifest, zipfile.ZIP_DEFLATED)

    return atomic_write(path, write)


def read_session(path: Path, codecs: Sequence[str]) -> Snapshot:
    """Read a session file by the codecs of these dotted names.

    Raises:
        UserError: there is none, it may not be read, is damaged or hostile, or a newer program wrote it.
    """
    try:
        if not path.is_file():
            raise UserError(f"there is no file {shown(path)}: check its name")
        with path.open("rb") as file:
            with _damage_named():
                _check_directory(file, path.stat().st_size)
                archive = zipfile.ZipFile(file)
            with archive:
                source = _ZipSource(archive, path.stat().st_size)
                return read_document(source.manifest(), source, codecs)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    except _NoArchiveError:
        raise UserError(f"{name_of(path)} is no session, or it is damaged: open a {SUFFIX} file") from None
    except (DamagedSessionError, ValidationError, FaceError, MemoryError) as error:
        raise UserError(f"{name_of(path)} is not opened: {_short(explain(error))}") from None


class _NoArchiveError(DamagedSessionError):
    """What Python's reader of archives stumbled over."""


@contextmanager
def _damage_named() -> Iterator[None]:
    """Turn whatever reading a damaged archive raises into an error of ours."""
    try:
        yield
    except (LikenessError, OSError):
        raise
    except DAMAGED_ZIP as error:
        raise _NoArchiveError(str(error)) from error


def _short(reason: str | None) -> str:
    reason = reason or "it is damaged"
    return reason if len(reason) <= 300 else f"{reason[:300]}…"


class _ZipSink:
    def __init__(self, archive: zipfile.ZipFile, should_stop: Callable[[], bool]) -> None:
        self._archive, self._should_stop = archive, should_stop
        self._known: dict[tuple[object, ...], str] = {}
        self._written: set[str] = set()

    def put(self, ending: str, made_from: tuple[object, ...], encode: Callable[[], bytes]) -> str:
        """Write a part unless it is there. The snapshot keeps its objects alive, so that their ids stay their own."""
        if self._should_stop():
            raise Cancelled("the session is not written")
        key = (ending, *map(id, made_from))
        if key not in self._known:
            data = encode()
            reference = self._known[key] = reference_of(data, ending)
            if reference not in self._written:
                self._written.add(reference)
                self._archive.writestr(zipfile.ZipInfo(f"blobs/{reference}"), data)
        return self._known[key]


class _ZipSource:
    """Blobs of an archive whose whole directory has been found in order.

    Raises:
        DamagedSessionError: something in it has no place in a session.
    """

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self._archive = archive
        self._manifest: zipfile.ZipInfo | None = None
        self._blobs: dict[str, zipfile.ZipInfo] = {}
        total = 0
        for entry in archive.infolist():
            found = _BLOB_NAME.fullmatch(entry.filename)
            if entry.flag_bits & 1:
                raise DamagedSessionError("it is encrypted, which a session never is")
            if entry.filename == MANIFEST and self._manifest is None:
                self._manifest = entry
            elif found is None or found[1] in self._blobs:
                raise DamagedSessionError(f"it holds {entry.filename[:80]!r}, which has no place in a session")
            elif entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
                raise DamagedSessionError("it holds compressed parts, which a session never does")
            else:
                self._blobs[found[1]] = entry
                total += entry.file_size
        if total > size:
            raise DamagedSessionError("its parts claim to be larger than the file")

    def manifest(self) -> bytes:
        """The manifest, inflated no further than a manifest may be large."""
        if self._manifest is None:
            raise DamagedSessionError(f"it lacks {MANIFEST}")
        with _damage_named(), self._archive.open(self._manifest) as file:
            return file.read(LARGEST_JSON + 1)

    def get(self, reference: str) -> bytes:
        """A part's bytes."""
        entry = self._blobs.get(reference)
        if entry is None:
            raise DamagedSessionError(f"its part {reference[:12]} is missing")
        if entry.file_size > LARGEST_BLOB:
            raise DamagedSessionError(f"its part {reference[:12]} is too large")
        with _damage_named():
            return checked(self._archive.read(entry), reference)


def _check_directory(file: BinaryIO, size: int) -> None:
    """Refuse a directory of absurd size before it is read into memory.

    Raises:
        DamagedSessionError: it is too large. zipfile.BadZipFile: there is none.
    """
    if size > LARGEST_FILE:
        raise DamagedSessionError(f"it has {size / 2**30:.0f} GB; at most {LARGEST_FILE // 2**30} GB are read")
    tail_size = min(size, 2**16 + 22 + 20 + 56)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        raise zipfile.BadZipFile
    length = struct.unpack_from("<L", tail, at + 12)[0]
    locator = at - 20
    if locator >= 0 and tail[locator : locator + 4] == _LOCATOR_64:
        file.seek(struct.unpack_from("<Q", tail, locator + 8)[0])
        end = file.read(56)
        if len(end) < 56 or end[:4] != _END_64:
            raise zipfile.BadZipFile
        length = struct.unpack_from("<Q", end, 40)[0]
    if length > _LARGEST_DIRECTORY:
        raise DamagedSessionError(f"its directory has {length / 2**20:.0f} MB")
    file.seek(0)

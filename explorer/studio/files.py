"""Writing files so that they are either whole or not there, and readable by their owner only."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from explorer.science.names import shown
from explorer.science.processes import processes
from explorer.studio.errors import UserError

# Of files being written; one that is left over from a killed process may be removed.
TEMPORARY_PREFIX = ".likeness-"

# Of a name on nearly all file systems, in bytes; ".json" of a record beside a file has to fit in as well.
_LONGEST_NAME = 255
_RECORD = ".json"
_LONGEST_SUFFIX = 16

_ADVICE = {
    errno.ENOSPC: "the disk is full: free some space or choose another folder",
    errno.EDQUOT: "your quota on this disk is used up: free some space or choose another folder",
    errno.EACCES: "you may not write there: choose another folder or change its permissions",
    errno.EPERM: "you may not write there: choose another folder or change its permissions",
    errno.EROFS: "the disk is read-only: choose another folder",
    errno.ENOENT: "the folder does not exist: make it first or choose another",
    errno.ENOTDIR: "what should be its folder is a file: choose another folder",
    errno.EISDIR: "there is a folder of that name: choose another name",
    errno.ENAMETOOLONG: "the name is too long: choose a shorter one",
}

# Device and inode of each file that is read and must outlive the reading.
_sources: ContextVar[frozenset[tuple[int, int]]] = ContextVar("_sources", default=frozenset())


@contextmanager
def sparing(sources: Iterable[Path]) -> Iterator[None]:
    """Refuse, within the block, to write onto any of these files, by whatever name or link it is called.

    Args:
        sources: files that are read; one that is not there is left alone.
    """
    known = set(_sources.get())
    for source in sources:
        with suppress(OSError, ValueError):  # what cannot be looked at cannot be read either
            known.add(_identity(source))
    token = _sources.set(frozenset(known))
    try:
        yield
    finally:
        _sources.reset(token)


def refuse_source(path: Path) -> None:
    """Refuse a place where a file lies that is being read.

    Raises:
        UserError: it is one of those that `sparing` names, be it by a symbolic or a hard link.
    """
    try:
        lies_there = _identity(path)
    except (OSError, ValueError):
        return  # there is nothing
    if lies_there in _sources.get():
        raise UserError(f"{path} is what is read, and would be overwritten: choose another name for what is written")


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def atomic_write(
    path: Path, content: bytes | Callable[[BinaryIO], object], mode: int = 0o600, *, settled: bool = True
) -> Path:
    """Write a file whole or not at all: whatever stood there before stays until the new file is on the disk.

    Args:
        path: where to; its folder must exist.
        content: the bytes, or a function that writes them to the open binary file it is handed.
        mode: the file's permissions; by default only its owner may read it.
        settled: whether to wait until the disk itself has it; whoever writes many files waits for all at once.

    Returns:
        The path.

    Raises:
        UserError: the disk is full, the folder is missing or may not be written to, or a file lies there that is read.
    """
    with replacing(path, mode, settled=settled) as temporary, temporary.open("wb") as file:
        if callable(content):
            content(file)
        else:
            file.write(content)
    return path


@contextmanager
def replacing(path: Path, mode: int = 0o600, *, settled: bool = True) -> Iterator[Path]:
    """Hand out an empty file beside `path` to be filled, and put it in place of `path` if all ends well.

    For writers that want a path of their own, such as a film encoder. The temporary file keeps the suffix.

    Raises:
        UserError: as `atomic_write`.
    """
    refuse_source(path)
    temporary: Path | None = None
    try:
        # What is so long is no suffix that a writer goes by, and would make the temporary name too long.
        suffix = path.suffix if len(path.suffix) <= _LONGEST_SUFFIX else ""
        handle, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, suffix=suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        if settled:
            flush_to_disk(temporary)
        temporary.chmod(mode)
        # Of processes that work together one writes; the others have made the same.
        if processes().first:
            temporary.replace(path)
    except OSError as error:
        raise explained(error, path) from error
    finally:
        # After the replacement there is nothing left to remove.
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def fitting_name(stem: str, ending: str = "") -> str:
    """A name that the program makes of another one: with its record beside it, it fits into a file system.

    Args:
        stem: what it begins with; cut where the name would be too long, and then told apart by a hash of it.
        ending: what it ends with, kept.
    """
    room = _LONGEST_NAME - len(_RECORD) - len(os.fsencode(ending))
    whole = os.fsencode(stem)
    if len(whole) <= room:
        return stem + ending
    mark = f"~{hashlib.sha256(whole).hexdigest()[:8]}"
    return whole[: room - len(mark)].decode(errors="ignore") + mark + ending


def record_beside(path: Path) -> Path:
    """Where the JSON beside an exported file lies: `film.mp4.json` for `film.mp4`.

    Where that name would be too long for a file system, it is cut: the file and its record are both there, or none is.
    """
    if len(os.fsencode(path.name)) + len(_RECORD) <= _LONGEST_NAME:
        return path.with_name(path.name + _RECORD)
    suffix = path.suffix if len(path.suffix) <= _LONGEST_SUFFIX else ""
    stem = path.name.removesuffix(suffix) if suffix else path.name
    return path.with_name(fitting_name(stem, suffix) + _RECORD)


def written_at(path: Path) -> datetime | None:
    """When a file was written, in local time; None where there is none."""
    with suppress(OSError):
        return datetime.fromtimestamp(path.stat().st_mtime)
    return None


def flush_to_disk(path: Path) -> None:
    """Wait until a file is on the disk itself, so that it outlives a loss of power.

    Raises:
        OSError: the disk cannot take it.
    """
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def explained(error: OSError, path: Path) -> UserError:
    """What is said of a file or folder that cannot be written."""
    advice = _ADVICE.get(error.errno or 0, error.strerror or str(error))
    return UserError(f"cannot write {shown(path)}: {advice}")

"""Writing files so that they are either whole or not there, and readable by their owner only."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from explorer.science.names import shown
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
        UserError: the disk is full, the folder is missing or may not be written to.
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
        temporary.replace(path)
    except OSError as error:
        raise _explained(error, path) from error
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


def flush_to_disk(path: Path) -> None:
    """Wait until a file is on the disk itself, so that it outlives a loss of power.

    Raises:
        OSError: the disk cannot take it.
    """
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _explained(error: OSError, path: Path) -> UserError:
    advice = _ADVICE.get(error.errno or 0, error.strerror or str(error))
    return UserError(f"cannot write {shown(path)}: {advice}")

"""Results in files and folders: there as a whole or not at all, and never mixed with what was there before.

What a command makes is written to a hidden folder first, and put in its place when all of it is there. Whatever ends
the work before that, an error or a signal, takes the hidden folder along, and every folder that was made for it.
"""

from __future__ import annotations

import errno
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from explorer.studio.errors import UserError
from explorer.studio.files import TEMPORARY_PREFIX, explained, refuse_source
from explorer.studio.places import output_folder

# Endings of files; a folder that is asked for by a name with one of them is meant to be a file.
_FILES = (
    *(".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".mp4", ".svg", ".pdf"),
    *(".npy", ".npz", ".csv", ".json", ".parquet", ".txt", ".tex", ".glb", ".obj", ".ply", ".stl", ".safetensors"),
)

# Whether a name, of what lies in a folder, belongs to a result like the one that is to come.
Mine = Callable[[str], bool]
Say = Callable[[str], object]


@dataclass
class Result:
    """Being made. folder: where it is written. place: where it lies when all is well."""

    folder: Path
    place: Path

    def settled(self, files: Iterable[Path]) -> list[Path]:
        """Where files that were written are, once the result is in its place."""
        return [self.place / file.relative_to(self.folder) for file in files]


def as_folder(out: Path, singles: Sequence[str] = ()) -> Path:
    """The folder that is meant for results.

    Args:
        singles: endings of what would have been written as one file, for the message.

    Raises:
        UserError: a file lies there, or its name is one of a file.
    """
    instead = f", or a name that ends in {', '.join(singles)}" if singles else ""
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file, but the results are several: give a folder{instead}")
    if out.suffix.lower() in _FILES and not out.exists():
        raise UserError(f"{out.name} is a file's name, but the results are several: give a folder{instead}")
    return out


def anything(name: str) -> bool:
    """Every name but a hidden one."""
    return not name.startswith(".")


@contextmanager
def result_folder(wanted: Path, say: Say, mine: Mine = anything) -> Iterator[Result]:
    """Fill a folder with one result. Nothing that is there is replaced: the next free number is added to its name.

    Args:
        wanted: the folder; it may hold other things already.
        say: told in a line where the result goes instead. mine: which names in the folder are of such results.

    Raises:
        UserError: a file lies there, or the folder cannot be made or written to.
    """
    place = _free(wanted, mine, say)
    host = place if place.is_dir() else place.parent
    with _hidden(host) as folder:
        result = Result(folder, place)
        yield result
        _settle(result, wanted, mine, say)


@contextmanager
def result_files(path: Path) -> Iterator[Result]:
    """Write a file, and what goes beside it, in a folder that is made where it is missing; earlier ones are replaced.

    Raises:
        UserError: one of them is a source (`sparing`) or a folder, or cannot be written; of the file itself this is
            said before the work begins.
    """
    host = path.absolute().parent
    _refuse_taken(path)
    with _hidden(host) as folder:
        yield Result(folder, path.parent)
        names = sorted(one.name for one in folder.iterdir())
        for name in names:
            _refuse_taken(path.with_name(name))
        _move(folder, host, names)


def _refuse_taken(path: Path) -> None:
    """Refuse a name that a folder has, or that is of what is read."""
    refuse_source(path)
    if path.is_dir():
        raise UserError(f"cannot write {path}: there is a folder of that name")


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Make a folder as `output_folder` does; if the work fails, what it left in a new one goes, too."""
    new = not folder.exists()
    with output_folder(folder):
        try:
            yield folder
        except BaseException:
            if new:
                shutil.rmtree(folder, ignore_errors=True)
            raise


@contextmanager
def alone_in(folder: Path, lock: str, other: str) -> Iterator[None]:
    """Keep others out of a folder whose results are gone on with.

    Args:
        folder: it is there. lock: name of the file in it that says so. other: who else may be at work, in words.

    Raises:
        UserError: somebody else is at work in it.
    """
    held = FileLock(folder / lock, timeout=0, mode=0o600)
    try:
        held.acquire()
    except Timeout as error:
        raise UserError(f"{folder.name} is in use by {other}: wait for it, or choose another folder") from error
    try:
        yield
    finally:
        held.release()


@contextmanager
def _hidden(host: Path) -> Iterator[Path]:
    """A folder of one's own within another, which is made where it is missing and goes if nothing came into it."""
    with ExitStack() as stack:
        try:
            stack.enter_context(output_folder(host))
            folder = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=host))
        except OSError as error:
            raise explained(error, host) from error
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            yield folder
        except UserError as error:
            if str(folder) not in str(error):
                raise
            # The user does not know this folder.
            raise UserError(str(error).replace(str(folder), str(host))) from error


def _free(wanted: Path, mine: Mine, say: Say) -> Path:
    """The folder itself, or the first with a number that holds no such result."""
    for number in itertools.count(1):
        place = wanted if number == 1 else _numbered(wanted, number)
        if place.exists() and not place.is_dir():
            if number == 1:
                raise UserError(f"{place} is a file: give a folder")
        elif not place.is_dir() or not any(map(mine, (one.name for one in place.iterdir()))):
            if number > 1:
                say(f"{wanted} holds an earlier result, which stays: this one goes to {place}")
            return place
    raise AssertionError("numbers do not end")


def _numbered(wanted: Path, number: int) -> Path:
    if not wanted.name or wanted.name == "..":
        raise UserError(f"{wanted.resolve()} holds an earlier result: choose another folder")
    return wanted.with_name(f"{wanted.name}-{number}")


def _settle(result: Result, wanted: Path, mine: Mine, say: Say) -> None:
    """Put a result in its place, or in the next one where another process was quicker."""
    names = [one.name for one in result.folder.iterdir()]
    while True:
        if not result.place.exists():
            with suppress(FileExistsError):
                _rename(result)
                return
        elif not set(names) & {one.name for one in result.place.iterdir()}:
            _join(result, names)
            return
        result.place = _free(wanted, lambda name: mine(name) or name in names, say)


def _rename(result: Result) -> None:
    try:
        result.folder.rename(result.place)
    except OSError as error:
        if error.errno in {errno.EEXIST, errno.ENOTEMPTY}:
            raise FileExistsError from error
        raise explained(error, result.place) from error


def _join(result: Result, names: Sequence[str]) -> None:
    """Put a result beside what is in its place; all of it or nothing."""
    try:
        _move(result.folder, result.place, names)
    except BaseException:
        for moved in (result.place / name for name in names if not (result.folder / name).exists()):
            shutil.rmtree(moved) if moved.is_dir() else moved.unlink()
        raise


def _move(folder: Path, place: Path, names: Iterable[str]) -> None:
    """Put files and folders from one folder into another on the same disk."""
    for name in names:
        try:
            (folder / name).replace(place / name)
        except OSError as error:
            raise explained(error, place / name) from error

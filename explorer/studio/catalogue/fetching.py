"""Fetch networks into the cache: find each archive, check it, take the members, keep nothing else."""

from __future__ import annotations

import errno
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from filelock import FileLock, Timeout

from explorer.science.contents import LOOKED_AT, stand_in
from explorer.studio import places
from explorer.studio.catalogue import store
from explorer.studio.catalogue.entries import Archive, Entry, NotThere, catalogue, folder
from explorer.studio.catalogue.interruptible import POLL_SECONDS, interruptible
from explorer.studio.catalogue.npm_settings import npm_registry
from explorer.studio.catalogue.pip_settings import PipSettings, local_copies, pip_settings
from explorer.studio.catalogue.unpack import CHUNK, take, take_from_stream
from explorer.studio.errors import Cancelled, UserError, disk_full
from explorer.studio.files import TEMPORARY_PREFIX


class FetchError(UserError):
    """An archive that could not be had; the message says which and where to put it by hand."""


@dataclass(frozen=True)
class FetchProgress:
    """How far a fetch is: bytes of this archive, and of all archives to fetch."""

    archive: str
    done: int
    size: int
    all_done: int
    all_size: int


def fetch(
    ids: Iterable[str] | None = None,
    progress: Callable[[FetchProgress], None] = lambda _: None,
    should_cancel: Callable[[], bool] = lambda: False,
) -> list[str]:
    """Bring the given entries (the default group if None) into the cache, where they are not there already.

    Several processes may do so at once: the later waits for the earlier and finds its work done.

    Args:
        ids: catalogue ids.
        progress: told after every chunk.
        should_cancel: asked at least ten times a second.

    Returns:
        The ids that were fetched now.

    Raises:
        FetchError: an archive cannot be had, is not the pinned one, or the disk is full.
        UserError: an id is unknown.
        Cancelled: `should_cancel` became true; what was finished stays, nothing half-written does.
    """
    wanted = [catalogue().entry(id) for id in (catalogue().group("default") if ids is None else ids)]
    if all(store.state(entry) == "present" for entry in wanted):
        return []
    with _disk_errors(places.cache()), _only_one(should_cancel):
        # Made now, so that whoever is told to put an archive there finds it.
        for place in (folder(), *{archive.drop_place().parent for archive in catalogue().archive}):
            places.private_folder(place)
        _sweep()
        missing = [entry for entry in wanted if store.state(entry) != "present"]
        by_archive = [
            (archive, entries)
            for archive in catalogue().archive
            if (entries := [entry for entry in archive.entry if entry in missing])
        ]
        _check_room(by_archive)
        settings = pip_settings()
        all_size, all_done = sum(archive.size for archive, _ in by_archive), 0
        for archive, entries in by_archive:

            def tell(done: int, archive: Archive = archive, before: int = all_done) -> None:
                progress(FetchProgress(archive.file, done, archive.size, before + done, all_size))

            tell(0)
            _fetch_archive(archive, entries, settings, tell, should_cancel)
            all_done += archive.size
        return [entry.id for entry in missing]


def _fetch_archive(
    archive: Archive,
    entries: list[Entry],
    settings: PipSettings,
    tell: Callable[[int], None],
    should_cancel: Callable[[], bool],
) -> None:
    failures: list[str] = []
    if archive.streamed:
        for source in _streams(archive, settings, should_cancel):
            with closing(source), closing(_checked(archive, source, tell, should_cancel)) as checked:
                try:
                    take_from_stream(archive, checked, entries[0], should_cancel)
                except NotThere as failure:
                    failures.append(str(failure))
                else:
                    return
    else:
        with closing(_copies(archive, settings, tell, should_cancel, failures)) as copies:
            for content in copies:
                for entry in entries:
                    take(archive, content, entry, should_cancel)
                return
    client = "npm" if archive.registry == "npm" else "pip"
    raise FetchError(
        f"cannot get {archive.file} ({archive.project} {archive.version}): "
        f"{'; '.join(failures) or f'{client} is set to use no index'}. "
        f"Without a network, put that file at {archive.drop_place()} and fetch again"
    )


def _streams(
    archive: Archive, settings: PipSettings, should_cancel: Callable[[], bool]
) -> Iterator[Generator[bytes, None, None]]:
    """The archive's bytes, unchecked, from each place that may have it; they raise NotThere where it does not."""
    for place in local_copies(archive, settings):
        yield _read(place)
    for index, follow in _indexes(archive, settings):
        from explorer.studio.catalogue.index import chunks  # brings the network's libraries: only where they are used

        yield interruptible(chunks(archive, index, follow), should_cancel)


def _read(place: Path) -> Generator[bytes, None, None]:
    try:
        with place.open("rb") as stream:
            yield from iter(partial(stream.read, CHUNK), b"")
    except OSError as error:
        raise NotThere(f"{place}: {error.strerror or error}") from error


def _indexes(archive: Archive, settings: PipSettings) -> Iterator[tuple[str, PipSettings]]:
    """Where an archive may be had over the network, and the settings to follow there."""
    if archive.registry == "npm":
        yield from npm_registry(archive.project, settings)
    else:
        for index in settings.indexes:
            yield index, settings


def _copies(
    archive: Archive,
    settings: PipSettings,
    tell: Callable[[int], None],
    should_cancel: Callable[[], bool],
    failures: list[str],
) -> Generator[BinaryIO, None, None]:
    """Yield the archive, open and checked, from each place that has it; note in `failures` why others do not."""
    for place in local_copies(archive, settings):
        try:
            with place.open("rb") as stream:
                _check(archive, iter(partial(stream.read, CHUNK), b""), tell, should_cancel)
                yield stream
        except (NotThere, OSError) as failure:
            failures.append(f"{place}: {failure}")
    for index, follow in _indexes(archive, settings):
        from explorer.studio.catalogue.index import chunks  # brings the network's libraries: only where they are used

        # A file without a name: whatever happens, even to the whole process, nothing of it stays.
        with tempfile.TemporaryFile(dir=places.cache()) as part:
            content = cast(BinaryIO, part)
            try:
                source = interruptible(chunks(archive, index, follow), should_cancel)
                _check(archive, _written(source, content), tell, should_cancel)
            except NotThere as failure:
                failures.append(str(failure))
            else:
                yield content


def _written(source: Iterator[bytes], part: BinaryIO) -> Iterator[bytes]:
    for chunk in source:
        part.write(chunk)
        yield chunk


def _check(
    archive: Archive, source: Iterator[bytes], tell: Callable[[int], None], should_cancel: Callable[[], bool]
) -> None:
    """Read an archive to its end, no further than its pinned size.

    Raises:
        NotThere: it is not the pinned archive.
    """
    for _ in _checked(archive, source, tell, should_cancel):
        pass


def _checked(
    archive: Archive, source: Iterator[bytes], tell: Callable[[int], None], should_cancel: Callable[[], bool]
) -> Generator[bytes, None, None]:
    """Hand on an archive's bytes; raise at their end where they were not those of the pinned archive, as `_check`."""
    digest, done, head = hashlib.sha256(), 0, b""
    for chunk in source:
        head = head or chunk[:LOOKED_AT]
        if should_cancel():
            raise Cancelled(f"stopped while reading {archive.file}")
        done += len(chunk)
        if done > archive.size:
            raise NotThere(f"{archive.file} is larger than the {archive.size} bytes of the catalogue")
        digest.update(chunk)
        tell(done)
        yield chunk
    if digest.hexdigest() != archive.sha256:
        instead = stand_in(head, archives=False).partition(":")[0]
        if instead:
            raise NotThere(f"{archive.file} is {instead}")
        what = f"broke off after {done} of {archive.size} bytes" if done < archive.size else "is another file"
        raise NotThere(f"{archive.file} {what}: sha256 {digest.hexdigest()}, not {archive.sha256}")


@contextmanager
def _only_one(should_cancel: Callable[[], bool]) -> Iterator[None]:
    """Hold the cache's lock, waiting for another process that fetches."""
    lock = FileLock(places.private_folder(places.cache()) / "fetch.lock", mode=0o600)
    while True:
        try:
            lock.acquire(timeout=POLL_SECONDS)
        except Timeout:
            if should_cancel():
                raise Cancelled("stopped while another process was fetching") from None
        else:
            break
    try:
        yield
    finally:
        lock.release()


def _sweep() -> None:
    """Remove what a killed process left half-written; whoever holds the lock is alone."""
    for part in folder().glob(f"{TEMPORARY_PREFIX}*"):
        part.unlink(missing_ok=True)


def _check_room(by_archive: list[tuple[Archive, list[Entry]]]) -> None:
    kept = sum(entry.size for _, entries in by_archive for entry in entries)
    needed = kept + max((archive.size for archive, _ in by_archive if not archive.streamed), default=0)
    free = shutil.disk_usage(places.cache()).free
    if free < needed:
        raise OSError(errno.ENOSPC, f"{needed / 1e6:.0f} MB are needed and {free / 1e6:.0f} MB are free")


@contextmanager
def _disk_errors(cache: Path) -> Iterator[None]:
    """Turn a refusal of the disk into one line that says what to do."""
    try:
        yield
    except (OSError, UserError) as error:
        refused = error if isinstance(error, OSError) else error.__cause__
        if not isinstance(refused, OSError) or isinstance(error, FetchError):
            raise
        what = f"the disk is full at {cache}" if disk_full(refused) else f"cannot write to {cache}"
        raise FetchError(
            f"{what} ({refused.strerror or refused}): make room there, or set {places.CACHE_VARIABLE} "
            "to another folder, and fetch again; nothing half-written was kept"
        ) from error

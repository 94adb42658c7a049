"""Take named members out of an archive, as data, and put them into the cache whole or not at all."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import IO, BinaryIO

from explorer.studio.catalogue.entries import Archive, Entry
from explorer.studio.errors import Cancelled, UserError
from explorer.studio.files import atomic_write
from explorer.studio.places import private_folder

CHUNK = 1 << 18
# A stream that unpacks to more than so many times its size is none of ours: networks hardly compress.
_UNPACKED_AT_MOST = 20


def take(archive: Archive, content: BinaryIO, entry: Entry, should_cancel: Callable[[], bool]) -> None:
    """Copy an entry's members from a verified archive to its place in the cache, one behind the other.

    A member is read by its exact name, never past the catalogue's size, and all are kept only if their hash is right.

    Args:
        archive: what the archive is.
        content: its bytes, seekable.
        entry: what to take.
        should_cancel: asked between chunks.

    Raises:
        UserError: a member is absent or is not what the catalogue pins, or the disk refused.
        Cancelled: it was asked to stop.
    """

    def copy(part: BinaryIO) -> None:
        kept = _Kept(archive, entry, part, should_cancel)
        for member in entry.members or (None,):
            content.seek(0)
            with _member(archive, content, entry, member) as source:
                kept.add(source)
        kept.check()

    private_folder(entry.location().parent)
    atomic_write(entry.location(), copy)


def take_from_stream(
    archive: Archive, source: Iterator[bytes], entry: Entry, should_cancel: Callable[[], bool]
) -> None:
    """Copy an entry's one member to its place in the cache while its archive streams by; nothing else is written.

    Args:
        archive: what the archive is, a compressed tar.
        source: its bytes; raises at its end where they were not those of the archive, and then nothing is kept.
        entry: what to take.
        should_cancel: asked between chunks.

    Raises:
        UserError, Cancelled: as `take`. Whatever `source` raises goes through.
    """

    def copy(part: BinaryIO) -> None:
        kept = _Kept(archive, entry, part, should_cancel)
        failure: UserError | None = None
        try:
            with _member_of_stream(archive, source, entry) as found:
                kept.add(found)
            kept.check()
        except UserError as error:
            failure = error
        # The rest is read for its hash: that this is another archive says more than what is wrong with it.
        for _ in source:
            pass
        if failure is not None:
            raise failure

    private_folder(entry.location().parent)
    atomic_write(entry.location(), copy)


class _Kept:
    """What is written of an entry: counted and hashed on the way."""

    def __init__(self, archive: Archive, entry: Entry, part: BinaryIO, should_cancel: Callable[[], bool]) -> None:
        self._archive, self._entry, self._part, self._should_cancel = archive, entry, part, should_cancel
        self._digest, self._left = hashlib.sha256(), entry.size

    def add(self, source: IO[bytes]) -> None:
        while chunk := source.read(min(CHUNK, self._left + 1)):
            if self._should_cancel():
                raise Cancelled(f"stopped while unpacking {self._archive.file}")
            self._left -= len(chunk)
            if self._left < 0:
                raise _wrong(self._archive, self._entry, "is larger than the catalogue says")
            self._digest.update(chunk)
            self._part.write(chunk)

    def check(self) -> None:
        if self._digest.hexdigest() != self._entry.sha256:
            raise _wrong(self._archive, self._entry, "does not have the sha256 of the catalogue")


@contextmanager
def _member(archive: Archive, content: BinaryIO, entry: Entry, member: str | None) -> Iterator[IO[bytes]]:
    if member is None:
        yield content
        return
    with _read_errors(archive, entry):
        if archive.is_tar:
            with tarfile.open(fileobj=content, mode="r:gz") as tar:
                yield _plain_file(archive, entry, tar, tar.getmember(member))
        else:
            with zipfile.ZipFile(content) as zipped, zipped.open(member) as stream:
                yield stream


@contextmanager
def _member_of_stream(archive: Archive, source: Iterator[bytes], entry: Entry) -> Iterator[IO[bytes]]:
    (member,) = entry.members
    with (
        _read_errors(archive, entry),
        closing(_Unpacked(source, _UNPACKED_AT_MOST * archive.size)) as unpacked,
        tarfile.open(fileobj=unpacked, mode="r|") as tar,
    ):
        for info in tar:
            if info.name == member:
                yield _plain_file(archive, entry, tar, info)
                return
        raise KeyError(member)


def _plain_file(archive: Archive, entry: Entry, tar: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    source = tar.extractfile(info) if info.isreg() else None
    if source is None:
        raise _wrong(archive, entry, "is not a plain file")
    return source


@contextmanager
def _read_errors(archive: Archive, entry: Entry) -> Iterator[None]:
    try:
        yield
    except KeyError:
        raise _wrong(archive, entry, "is not in it") from None
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        gzip.BadGzipFile,
        zlib.error,
        EOFError,
        RuntimeError,
        NotImplementedError,
    ) as error:
        raise _wrong(archive, entry, f"cannot be read ({error})") from error


class _Unpacked(io.RawIOBase):
    """The bytes of a gzip that comes in chunks, up to a limit; nothing is kept of what was read."""

    def __init__(self, source: Iterator[bytes], limit: int) -> None:
        self._stream, self._left = gzip.GzipFile(fileobj=io.BufferedReader(_Chunks(source))), limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise tarfile.ReadError("it unpacks to far more than its size")
        buffer[: len(data)] = data
        return len(data)


class _Chunks(io.RawIOBase):
    """A file of what an iterator yields."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source, self._waiting = source, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._waiting:
            chunk = next(self._source, None)
            if chunk is None:
                return 0
            self._waiting = memoryview(chunk)
        count = min(len(buffer), len(self._waiting))
        buffer[:count], self._waiting = self._waiting[:count], self._waiting[count:]
        return count


def _wrong(archive: Archive, entry: Entry, what: str) -> UserError:
    return UserError(
        f"{' and '.join(entry.members) or archive.file} of {archive.file} ({archive.project} {archive.version}) {what}"
        "; nothing was kept"
    )

"""Take one named member out of an archive, as data, and put it into the cache whole or not at all."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO

from explorer.studio.catalogue.entries import Archive, Entry
from explorer.studio.errors import Cancelled, UserError
from explorer.studio.files import atomic_write
from explorer.studio.places import private_folder

CHUNK = 1 << 18


def take(archive: Archive, content: BinaryIO, entry: Entry, should_cancel: Callable[[], bool]) -> None:
    """Copy an entry's member from a verified archive to its place in the cache.

    The member is read by its exact name, never past the catalogue's size, and kept only if its hash is right.

    Args:
        archive: what the archive is.
        content: its bytes, seekable.
        entry: what to take.
        should_cancel: asked between chunks.

    Raises:
        UserError: the member is absent or is not what the catalogue pins, or the disk refused.
        Cancelled: it was asked to stop.
    """
    content.seek(0)

    def copy(part: BinaryIO) -> None:
        digest, left = hashlib.sha256(), entry.size
        with _member(archive, content, entry) as source:
            while chunk := source.read(min(CHUNK, left + 1)):
                if should_cancel():
                    raise Cancelled(f"stopped while unpacking {archive.file}")
                left -= len(chunk)
                if left < 0:
                    raise _wrong(archive, entry, "is larger than the catalogue says")
                digest.update(chunk)
                part.write(chunk)
        if digest.hexdigest() != entry.sha256:
            raise _wrong(archive, entry, "does not have the sha256 of the catalogue")

    private_folder(entry.location().parent)
    atomic_write(entry.location(), copy)


@contextmanager
def _member(archive: Archive, content: BinaryIO, entry: Entry) -> Iterator[IO[bytes]]:
    if entry.member is None:
        yield content
        return
    try:
        if archive.file.endswith(".tar.gz"):
            with tarfile.open(fileobj=content, mode="r:gz") as tar:
                info = tar.getmember(entry.member)
                source = tar.extractfile(info) if info.isreg() else None
                if source is None:
                    raise _wrong(archive, entry, "is not a plain file")
                yield source
        else:
            with zipfile.ZipFile(content) as zipped, zipped.open(entry.member) as stream:
                yield stream
    except KeyError:
        raise _wrong(archive, entry, "is not in it") from None
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, RuntimeError, NotImplementedError) as error:
        raise _wrong(archive, entry, f"cannot be read ({error})") from error


def _wrong(archive: Archive, entry: Entry, what: str) -> UserError:
    return UserError(
        f"{entry.member or archive.file} of {archive.file} ({archive.project} {archive.version}) {what}; "
        "nothing was kept"
    )

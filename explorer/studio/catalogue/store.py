"""The cache of networks: where each lies, and whether it is the file that the catalogue pins."""

from __future__ import annotations

import hashlib
import stat
from functools import lru_cache
from pathlib import Path
from typing import Literal

from explorer.science.contents import open_file, stand_in_at
from explorer.science.names import shown
from explorer.studio.catalogue.entries import Entry, catalogue
from explorer.studio.catalogue.kept_networks import kept_network
from explorer.studio.catalogue.plugged import plugged
from explorer.studio.errors import UserError

State = Literal["present", "missing", "damaged"]


class MissingNetwork(UserError):  # noqa: N818 - the name says it
    """A network that is not in the cache, or is there damaged.

    Example:
        >>> import explorer as lk
        >>> issubclass(lk.MissingNetwork, lk.UserError)
        True
    """


def path(id: str) -> Path:
    """Return the file of a catalogue entry or of a network that was imported, its hash checked (once per process and
    file).

    Raises:
        MissingNetwork: it is absent or damaged; the message says how to get it.
        UserError: the catalogue has no such entry.
    """
    own = kept_network(id)
    if own is not None:
        fault = own.fault()
        if fault:
            raise MissingNetwork(f"the network {id} cannot be loaded ({fault}): {own.mended_by()}")
        return own.files[0]
    entry = catalogue().entry(id)
    found = state(entry)
    if found == "present":
        return entry.location()
    archive = catalogue().archive_of(entry)
    why = f", {damage(entry)}" if found == "damaged" else ""
    raise MissingNetwork(
        f"{id} is {found} ({shown(entry.location())}{why}): run `likeness models fetch {id}`; or, without a network, "
        f"put {archive.file} ({archive.project} {archive.version}) at {archive.drop_place()} and run the same"
    )


def read(id: str) -> bytes:
    """Return the bytes of a network's file, of the catalogue or of a plug-in.

    Raises:
        MissingNetwork, UserError: as `path`; or the plug-in's file cannot be read.
    """
    own = plugged(id)
    return path(id).read_bytes() if own is None else own.data()


def sha256(id: str) -> str:
    """Return the pinned sha256 (hex) of a catalogue entry; of a network that was imported one of its file and of how it
    is used, of a plug-in's network one of its file and version."""
    kept, own = kept_network(id), plugged(id)
    if kept is not None:
        return kept.computes
    return catalogue().entry(id).sha256 if own is None else own.sha256


def is_usable(id: str) -> bool:
    """Tell whether a network can be loaded: a plug-in's, one that was imported, or one whose file is in the cache, and
    right."""
    own = kept_network(id)
    if own is not None:
        return not own.fault()
    return plugged(id) is not None or state(catalogue().entry(id)) == "present"


def state(entry: Entry) -> State:
    """Return whether an entry's file is in the cache and its hash right."""
    try:
        status = entry.location().stat()
    except OSError:
        return "missing"
    if not stat.S_ISREG(status.st_mode) or status.st_size != entry.size:
        return "damaged"
    right = _digest(entry.location(), status.st_size, status.st_mtime_ns) == entry.sha256
    return "present" if right else "damaged"


def damage(entry: Entry) -> str:
    """What is wrong with an entry's file that is there and damaged, in words."""
    file = entry.location()
    try:
        what, size = stand_in_at(file, archives=False), file.stat().st_size
    except OSError as error:
        return error.strerror or str(error)
    if what:
        return f"which is {what.partition(':')[0]}"
    if size < entry.size:
        return f"which has {size} of {entry.size} bytes"
    return "which is another file" if size == entry.size else f"which has {size} bytes instead of {entry.size}"


def is_present(entry: Entry) -> bool:
    """Tell at once, by size alone, whether an entry's file is in the cache."""
    try:
        return entry.location().stat().st_size == entry.size
    except OSError:
        return False


def verify(ids: list[str] | None = None) -> dict[str, State]:
    """Read and check the files of the given entries (all if None) afresh; return state by id."""
    _digest.cache_clear()
    entries = catalogue().entries() if ids is None else [catalogue().entry(id) for id in ids]
    return {entry.id: state(entry) for entry in entries}


@lru_cache(maxsize=256)
def _digest(file: Path, size: int, modified_ns: int) -> str:
    """Hash a file; size and time are there to key the memory."""
    with open_file(file) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

"""Network files that the user brought and the program keeps, by the id of the network. No torch.

What asks the catalogue for a network by its id is answered for these too: where it lies, and its sha256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from explorer.science.contents import open_file
from explorer.science.names import shown


@dataclass(frozen=True)
class KeptNetwork:
    """One network of the user's.

    files: the file, or of a model in several all of them in their order, the first being the one that names the others.
    sha256, size: of all files, one after the other. source: the name of the file that it came from.
    computes: a hash (hex) of all that its embeddings follow from: the files, the layer, and how it is fed.
    """

    id: str
    files: tuple[Path, ...]
    sha256: str
    size: int
    source: str
    computes: str

    def fault(self) -> str:
        """What is wrong with the files, in words; empty where they are as they were. They are read once a process."""
        try:
            states = tuple((file, file.stat().st_size, file.stat().st_mtime_ns) for file in self.files)
            right = _digest(states) == self.sha256
        except OSError as error:
            return f"{shown(Path(error.filename or self.files[0]))}: {error.strerror or error}"
        return "" if right else f"{shown(self.files[0])}: it is not the file any more that was imported"

    def mended_by(self) -> str:
        """What the user can do where there is a fault."""
        return f"run `likeness networks remove {self.id}`, and import {shown(self.source)} again"


_kept: dict[str, KeptNetwork] = {}


def kept_network(id: str) -> KeptNetwork | None:
    """The network of that id; None where the user has brought none of that name."""
    return _kept.get(id)


def keep_these(networks: Iterable[KeptNetwork]) -> None:
    """From now on these networks are known, and no others."""
    known = {network.id: network for network in networks}
    _kept.clear()
    _kept.update(known)


def digest_of_files(files: Iterable[Path]) -> str:
    """The sha256 of files, one after the other."""
    digest = hashlib.sha256()
    for file in files:
        with open_file(file) as stream:
            while chunk := stream.read(1 << 22):
                digest.update(chunk)
    return digest.hexdigest()


@lru_cache(maxsize=64)
def _digest(states: tuple[tuple[Path, int, int], ...]) -> str:
    """Hash files; their sizes and times are there to key the memory."""
    return digest_of_files(file for file, _, _ in states)

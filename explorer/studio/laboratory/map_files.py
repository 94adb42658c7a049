"""Maps of embeddings in files: one file an encoder, which its owner alone may read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as encode

from explorer.science.laboratory.geometry_maps import EmbeddingMap, MapError, maps_from_tensors, maps_to_tensors
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write


@dataclass(frozen=True, eq=False)
class MapFile:
    """A file of maps: its name, the sha256 of its bytes, and what is in it."""

    name: str
    sha256: str
    maps: tuple[EmbeddingMap, ...]


def map_file(path: Path, name: str | None = None) -> MapFile:
    """Read a file of maps, under another name where one is given.

    Raises:
        UserError: it cannot be read, or holds none.
    """
    maps = tuple(load_maps(path))
    return MapFile(name or path.name, hashlib.sha256(path.read_bytes()).hexdigest(), maps)


def save_maps(path: Path, maps: Sequence[EmbeddingMap]) -> Path:
    """Write maps, with what each was fitted on.

    Raises:
        UserError: the file cannot be written.
    """
    tensors, metadata = maps_to_tensors(maps)
    return atomic_write(path, encode({name: tensor.contiguous() for name, tensor in tensors.items()}, metadata))


def load_maps(path: Path) -> list[EmbeddingMap]:
    """The maps of a file.

    Raises:
        UserError: it cannot be read, or holds none.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return maps_from_tensors({name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {})  # noqa: SIM118 - it is no mapping
    except (OSError, SafetensorError) as error:
        raise UserError(f"{path} cannot be read as a file of maps: {error}") from error
    except MapError as error:
        raise UserError(f"{path}: {error}") from error

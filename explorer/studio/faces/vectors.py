"""Bare embeddings in files, with the record beside them: biometric data, written for their owner's eyes only."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.science.contents import open_file, special
from explorer.science.names import name_of, shown
from explorer.studio.errors import UserError
from explorer.studio.faces.vector_formats import LARGEST_FILE, NOT_READ, PARSERS
from explorer.studio.faces.vector_record import beside
from explorer.studio.faces.vector_text import ENCODER_COMMENT
from explorer.studio.files import atomic_write

Vector = NDArray[np.float32]

SUFFIXES = (".npy", ".csv", ".json")
"""Of the files that are written."""
READ_SUFFIXES = tuple(PARSERS)
"""Of the files that are read."""
_FORMAT = "likeness-embedding/1"
# Beyond these, lengths and products of float32 run over or vanish.
_SHORTEST, _LONGEST = 1e-12, 1e12


@dataclass(frozen=True, eq=False)
class StoredVector:
    """An embedding as a file holds it.

    vector: (D,) float32, finite and not zero. encoder: the encoder that the record beside the file, or else the file
    itself names, or None. sha256: of the file. named_by: which of both, "" where neither.
    remark: what is odd about the record, "" where nothing is.
    """

    name: str
    vector: Vector
    encoder: str | None
    sha256: str
    named_by: Literal["record", "file", ""] = ""
    remark: str = ""

    @property
    def norm(self) -> float:
        """Its Euclidean length."""
        return norm_of(self.vector)


def is_vector_file(path: Path) -> bool:
    """Whether a file's name says that it holds an embedding and not a photograph; not whether it can be read."""
    return path.suffix.lower() in PARSERS or path.suffix.lower() in NOT_READ


def load_vector(path: Path) -> StoredVector:
    """Read an embedding.

    `.npy`: one array of numbers, never a pickle; `.npz`: the same, alone. `.safetensors`: one tensor. `.csv`, `.tsv`,
    `.txt`: the numbers in one row or one column, `#` begins a comment, and a line `# encoder: NAME` names the encoder.
    `.json`: a list of numbers, or an object with `vector` and perhaps `encoder`.

    The record beside it that `likeness embed` writes (`me.npy.json`) says which encoder made it, if it is of this file.

    Raises:
        UserError: no such file, another kind, damaged, more than one vector, too large, or numbers that are no
            embedding.
    """
    suffix = path.suffix.lower()
    parse = PARSERS.get(suffix)
    if parse is None:
        kind = NOT_READ.get(suffix, "no vector file")
        raise UserError(f"{path.name} is {kind}: embeddings are read from {', '.join(READ_SUFFIXES)}; save it as one")
    data = _read(path)
    try:
        values, encoder = parse(data)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise UserError(f"{path.name} cannot be read as {path.suffix[1:].upper()}: {_reason(error)}") from None
    vector, sha256 = _checked(values, path.name), hashlib.sha256(data).hexdigest()
    record = beside(path, sha256, len(vector))
    if record.encoder is not None:
        return StoredVector(name_of(path), vector, record.encoder, sha256, "record", record.remark)
    return StoredVector(name_of(path), vector, encoder, sha256, "file" if encoder else "", record.remark)


def belonging(stored: StoredVector, dimension: int, encoder: str) -> Vector:
    """The numbers of a stored embedding as those of an encoder.

    Args:
        dimension: how many numbers the encoder's embeddings have. encoder: its name.

    Returns:
        (D,) float32. Of an absurdly long or short vector only the direction is left: its length would run over.

    Raises:
        UserError: the file or its record names another encoder, or it has another length.
    """
    if stored.encoder not in {None, encoder}:
        says = ", as the record beside it says" if stored.named_by == "record" else ""
        raise UserError(
            f"{stored.name} is an embedding of {stored.encoder}, not of {encoder}{says}: choose {stored.encoder}"
        )
    return _of_dimension(stored.vector, stored.name, dimension, encoder)


def vector_of(values: ArrayLike, name: str, dimension: int, encoder: str) -> Vector:
    """An array that is already there as an embedding of a known encoder, (D,) float32; copied.

    Args:
        values: (D,), (1, D) or (D, 1) numbers. name: for messages. dimension: D of the encoder.

    Raises:
        UserError: not so many numbers, not finite, or zeros only.
    """
    return _of_dimension(_checked(np.asarray(values), name), name, dimension, encoder)


def norm_of(vector: Vector) -> float:
    """The Euclidean length of an embedding (D,), which float32 could not hold."""
    return float(np.linalg.norm(vector.astype(np.float64)))


def is_absurd(vector: Vector) -> bool:
    """Whether a vector (D,) is so long or short that only its direction can be used."""
    return not _SHORTEST < norm_of(vector) < _LONGEST


def write_vector(path: Path, vector: Vector, encoder: str) -> Path:
    """Write an embedding in the format that the file's suffix names, readable by its owner only.

    Args:
        vector: (D,) finite numbers; kept to the last bit of float32.

    Raises:
        UserError: another suffix, or the file cannot be written.
    """
    values = _checked(vector, path.name)
    suffix = path.suffix.lower()
    if suffix == ".npy":
        content = npy_bytes(values)
    elif suffix == ".csv":
        content = f"{ENCODER_COMMENT} {encoder}\n{','.join(str(value) for value in values)}\n".encode()
    elif suffix == ".json":
        record = {"format": _FORMAT, "encoder": encoder, "dimension": len(values), "vector": exact_numbers(values)}
        content = json.dumps(record).encode()
    else:
        raise UserError(f"{path.name}: embeddings are written as {', '.join(SUFFIXES)}; choose one of these endings")
    return atomic_write(path, content)


def npy_bytes(vector: Vector) -> bytes:
    """An embedding (D,) as the bytes of a `.npy` file."""
    file = io.BytesIO()
    np.save(file, vector, allow_pickle=False)
    return file.getvalue()


def exact_numbers(values: Vector) -> list[float]:
    """The shortest decimals that are the same float32, (D,)."""
    return [float(str(value)) for value in values]


def _read(path: Path) -> bytes:
    if not path.exists():
        raise UserError(f"there is no file {shown(path)}: check its name")
    if not path.is_file():
        raise UserError(
            f"{path.name} is not a file but {special(path)}: give an embedding in {', '.join(READ_SUFFIXES)}"
        )
    with open_file(path) as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise UserError(f"{path.name} is larger than {LARGEST_FILE // 1_000_000} MB: that is not one embedding")
    return data


def _checked(values: NDArray[Any], name: str) -> Vector:
    if values.dtype.kind not in "fiu":
        raise UserError(f"{name} holds {values.dtype} and not numbers")
    if values.ndim == 2 and 1 in values.shape:
        values = values.reshape(-1)
    if values.ndim != 1 or len(values) < 2:
        raise UserError(f"{name} holds an array of shape {values.shape}: one embedding, a row of numbers, is needed")
    with np.errstate(all="ignore"):
        vector = values.astype(np.float32)
    if not np.isfinite(values).all():
        raise UserError(f"{name} holds numbers that are not finite: make the embedding again")
    if not np.isfinite(vector).all():
        raise UserError(f"{name} holds numbers beyond 3e38, which no embedding has: divide it by its norm")
    if not vector.any():
        raise UserError(f"{name} holds zeros only: that is not an embedding")
    return vector


def _of_dimension(vector: Vector, name: str, dimension: int, encoder: str) -> Vector:
    if len(vector) != dimension:
        raise UserError(
            f"{name} has {len(vector)} numbers, but {encoder} makes {dimension}: choose the encoder it was made by"
        )
    if is_absurd(vector):
        return (vector.astype(np.float64) / norm_of(vector)).astype(np.float32)
    return vector


def _reason(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)

"""Bare embeddings in files: `.npy`, `.csv`, `.json`. They are biometric data, written for their owner's eyes only."""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.science.contents import open_file, special
from explorer.science.names import name_of, shown
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write

Vector = NDArray[np.float32]

SUFFIXES = (".npy", ".csv", ".json")
_FORMAT = "likeness-embedding/1"
# Embeddings have hundreds of numbers. A megabyte holds a thousand times as many.
_LARGEST_FILE = 1_000_000
_ENCODER_COMMENT = "# encoder:"


@dataclass(frozen=True, eq=False)
class StoredVector:
    """An embedding as a file holds it.

    vector: (D,) float32, finite and not zero. encoder: the encoder that the file itself names, or None.
    sha256: of the file.
    """

    name: str
    vector: Vector
    encoder: str | None
    sha256: str


def is_vector_file(path: Path) -> bool:
    """Whether a file's name says that it holds an embedding and not a photograph."""
    return path.suffix.lower() in SUFFIXES


def load_vector(path: Path) -> StoredVector:
    """Read an embedding.

    `.npy`: one array of numbers, never a pickle. `.csv`: the numbers in one row or one column, `#` begins a comment,
    and a line `# encoder: NAME` names the encoder. `.json`: a list of numbers, or an object with `vector` and perhaps
    `encoder`.

    Raises:
        UserError: no such file, another kind, damaged, more than one vector, too large, or numbers that are no
            embedding.
    """
    parse = _PARSERS.get(path.suffix.lower())
    if parse is None:
        raise UserError(f"{path.name} is no vector file: embeddings are read from {', '.join(SUFFIXES)}")
    data = _read(path)
    try:
        values, encoder = parse(data)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise UserError(f"{path.name} cannot be read as {path.suffix[1:].upper()}: {_reason(error)}") from None
    return StoredVector(name_of(path), _checked(values, path.name), encoder, hashlib.sha256(data).hexdigest())


def read_vector(path: Path, dimension: int, encoder: str | None = None) -> tuple[Vector, str]:
    """Read an embedding of a known encoder.

    Args:
        dimension: how many numbers the encoder's embeddings have.
        encoder: its name, checked where the file names one.

    Returns:
        The (D,) float32 vector and the file's sha256.

    Raises:
        UserError: as `load_vector`, and where the file is of another encoder or has another length.
    """
    stored = load_vector(path)
    if encoder is not None and stored.encoder not in {None, encoder}:
        raise UserError(f"{stored.name} is an embedding of {stored.encoder}, not of {encoder}: choose {stored.encoder}")
    return _of_dimension(stored.vector, stored.name, dimension, encoder), stored.sha256


def vector_of(values: ArrayLike, name: str, dimension: int, encoder: str) -> Vector:
    """An array that is already there as an embedding of a known encoder, (D,) float32; copied.

    Args:
        values: (D,), (1, D) or (D, 1) numbers. name: for messages. dimension: D of the encoder.

    Raises:
        UserError: not so many numbers, not finite, or zeros only.
    """
    return _of_dimension(_checked(np.asarray(values), name), name, dimension, encoder)


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
        file = io.BytesIO()
        np.save(file, values, allow_pickle=False)
        content = file.getvalue()
    elif suffix == ".csv":
        content = f"{_ENCODER_COMMENT} {encoder}\n{','.join(str(value) for value in values)}\n".encode()
    elif suffix == ".json":
        record = {"format": _FORMAT, "encoder": encoder, "dimension": len(values), "vector": exact_numbers(values)}
        content = json.dumps(record).encode()
    else:
        raise UserError(f"{path.name}: embeddings are written as {', '.join(SUFFIXES)}; choose one of these endings")
    return atomic_write(path, content)


def exact_numbers(values: Vector) -> list[float]:
    """The shortest decimals that are the same float32, (D,)."""
    return [float(str(value)) for value in values]


def _read(path: Path) -> bytes:
    if not path.exists():
        raise UserError(f"there is no file {shown(path)}: check its name")
    if not path.is_file():
        raise UserError(f"{path.name} is not a file but {special(path)}: give an embedding in {', '.join(SUFFIXES)}")
    with open_file(path) as file:
        data = file.read(_LARGEST_FILE + 1)
    if len(data) > _LARGEST_FILE:
        raise UserError(f"{path.name} is larger than {_LARGEST_FILE // 1_000_000} MB: that is not one embedding")
    return data


def _checked(values: NDArray[Any], name: str) -> Vector:
    if values.dtype.kind not in "fiu":
        raise UserError(f"{name} holds {values.dtype} and not numbers")
    if values.ndim == 2 and 1 in values.shape:
        values = values.reshape(-1)
    if values.ndim != 1 or len(values) < 2:
        raise UserError(f"{name} holds an array of shape {values.shape}: one embedding, a row of numbers, is needed")
    with np.errstate(over="ignore"):
        vector = values.astype(np.float32)
    if not np.isfinite(vector).all():
        raise UserError(f"{name} holds numbers that are not finite: make the embedding again")
    if not vector.any():
        raise UserError(f"{name} holds zeros only: that is not an embedding")
    return vector


def _of_dimension(vector: Vector, name: str, dimension: int, encoder: str | None) -> Vector:
    if len(vector) != dimension:
        of = f"{encoder} makes" if encoder else "the encoder makes"
        raise UserError(f"{name} has {len(vector)} numbers, but {of} {dimension}: choose the encoder it was made by")
    return vector


def _parse_npy(data: bytes) -> tuple[NDArray[Any], str | None]:
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    if version not in {(1, 0), (2, 0)}:
        raise ValueError(f"version {version} of the format is not read")
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = header(file)
    # The header is believed only as far as there are bytes: it may claim terabytes.
    if dtype.hasobject or math.prod(shape) * dtype.itemsize != len(data) - file.tell():
        raise ValueError("the file is cut short, or holds something else than numbers")
    return np.frombuffer(data, dtype, offset=file.tell()).reshape(shape), None


def _parse_csv(data: bytes) -> tuple[NDArray[Any], str | None]:
    encoder = None
    rows: list[list[float]] = []
    for line in data.decode("utf-8-sig").splitlines():
        if line.startswith(_ENCODER_COMMENT):
            encoder = line.removeprefix(_ENCODER_COMMENT).strip() or None
        numbers = line.split("#", 1)[0].replace(";", " ").replace(",", " ").split()
        if numbers:
            rows.append([float(number) for number in numbers])
    if len({len(row) for row in rows}) > 1:
        raise ValueError("its rows have different lengths")
    return np.array(rows, np.float64), encoder


def _parse_json(data: bytes) -> tuple[NDArray[Any], str | None]:
    record = json.loads(data)
    encoder = None
    if isinstance(record, dict):
        encoder = record.get("encoder")
        if encoder is not None and not isinstance(encoder, str):
            raise ValueError("its encoder is not a name")
        if "vector" not in record:
            raise ValueError("it has no `vector`")
        record = record["vector"]
    if not isinstance(record, list) or not all(type(value) in {int, float} for value in record):
        raise ValueError("its vector is not a list of numbers")
    return np.array(record, np.float64), encoder


_PARSERS: dict[str, Callable[[bytes], tuple[NDArray[Any], str | None]]] = {
    ".npy": _parse_npy,
    ".csv": _parse_csv,
    ".json": _parse_json,
}


def _reason(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)

"""The kinds of files that hold an embedding, each taken apart without running anything of it.

Every parser takes a file's bytes and returns an array of numbers, and the encoder that the file names or None. It
raises `ValueError` with the reason where the bytes are something else.
"""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.studio.archives import DAMAGED_ZIP
from explorer.studio.faces.vector_text import parse_text

Parsed = tuple[NDArray[Any], str | None]

# Embeddings have hundreds of numbers. A megabyte holds a thousand times as many.
LARGEST_FILE = 1_000_000

_NPY = b"\x93NUMPY"
_LENGTHS = {1: 2, 2: 4, 3: 4}
_DESCRIPTION = re.compile(r"""['"]descr['"]\s*:\s*['"]([^'"]*)['"]""")
_SHAPE = re.compile(r"""['"]shape['"]\s*:\s*\(([\d\sL,]*)\)""", re.ASCII)
_NUMBERS = re.compile(r"[<>|=]?(f[248]|f16|[iu][1248])", re.ASCII)
_VECTOR_KEYS = ("vector", "embedding")


def _parse_npy(data: bytes) -> Parsed:
    """Numpy's format, by its own words: numpy's reader hands the header to Python's parser, which has many errors."""
    length = _LENGTHS.get(data[6]) if data.startswith(_NPY) and len(data) > 12 else None
    if length is None:
        raise ValueError("it does not begin as an array of numpy does")
    end = 8 + length + int.from_bytes(data[8 : 8 + length], "little")
    header = data[8 + length : end].decode("utf-8", errors="replace")
    described, shaped = _DESCRIPTION.search(header), _SHAPE.search(header)
    if described is None or shaped is None:
        raise ValueError("its header is damaged, or it holds something else than one array of numbers")
    if _NUMBERS.fullmatch(described[1]) is None:
        raise ValueError(f"it holds {described[1][:20]} and not numbers")
    dtype = np.dtype(described[1])
    shape = tuple(int(side.strip().rstrip("L")) for side in shaped[1].split(",") if side.strip())
    # The header is believed only as far as there are bytes: it may claim terabytes.
    if math.prod(shape) * dtype.itemsize != len(data) - end:
        raise ValueError("the file is cut short, or holds something else than numbers")
    return np.frombuffer(data, dtype, offset=end).reshape(shape), None


def _parse_npz(data: bytes) -> Parsed:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) == 1 and entries[0].file_size <= LARGEST_FILE:
                with archive.open(entries[0]) as file:
                    # What it inflates to may be more than it says.
                    content = file.read(LARGEST_FILE + 1)
    except DAMAGED_ZIP:
        raise ValueError("it is damaged, or no archive of numpy's") from None
    _refuse_several([entry.filename.removesuffix(".npy") for entry in entries], "array")
    if entries[0].file_size > LARGEST_FILE or len(content) > LARGEST_FILE:
        raise ValueError("its array is too large for one embedding")
    return _parse_npy(content)


def _parse_safetensors(data: bytes) -> Parsed:
    from safetensors import SafetensorError  # what the first paint does without
    from safetensors.numpy import load as load_tensors

    try:
        tensors = load_tensors(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    except (SafetensorError, TypeError, KeyError, AttributeError, ValueError, RecursionError) as error:
        raise ValueError(f"its tensors cannot be read: {error}") from None
    _refuse_several(sorted(tensors), "tensor")
    named = header.get("__metadata__", {}).get("encoder")
    return next(iter(tensors.values())), named if isinstance(named, str) else None


def _refuse_several(names: list[str], kind: str) -> None:
    if len(names) != 1:
        shown = ", ".join(name[:30] for name in names[:5]) + (", …" if len(names) > 5 else "")
        those = f"{len(names)} {kind}s ({shown})" if names else f"no {kind}"
        raise ValueError(f"it holds {those}: save one {kind} alone")


def _parse_json(data: bytes) -> Parsed:
    record = json.loads(data)
    encoder = None
    if isinstance(record, list) and len(record) == 1:
        record = record[0]  # what `likeness embed --json` prints, or a row of a matrix
    if isinstance(record, dict):
        encoder = record.get("encoder")
        if encoder is not None and not isinstance(encoder, str):
            raise ValueError("its encoder is not a name")
        key = next((key for key in _VECTOR_KEYS if key in record), None)
        if key is None:
            raise ValueError("it has no `vector`")
        record = record[key]
    if not isinstance(record, list) or not all(type(value) in {int, float} for value in record):
        raise ValueError("its vector is not a list of numbers")
    return np.array(record, np.float64), encoder


PARSERS: Mapping[str, Callable[[bytes], Parsed]] = MappingProxyType(
    {
        ".npy": _parse_npy,
        ".csv": parse_text,
        ".json": _parse_json,
        ".npz": _parse_npz,
        ".safetensors": _parse_safetensors,
        ".txt": parse_text,
        ".tsv": parse_text,
    }
)
"""By ending, in lower case."""

_PICKLE = "a pickle, which could run a program and is never opened"
_TABLE = "a spreadsheet or table"
NOT_READ: Mapping[str, str] = MappingProxyType(
    dict.fromkeys((".pkl", ".pickle", ".joblib", ".pt", ".pth"), _PICKLE)
    | dict.fromkeys((".bin", ".raw", ".dat"), "bare bytes, which do not say what numbers they are")
    | dict.fromkeys((".xlsx", ".xls", ".ods", ".parquet", ".feather"), _TABLE)
    | dict.fromkeys((".mat", ".h5", ".hdf5"), "a file of Matlab or HDF5")
)
"""What other programs keep embeddings in and this one does not read, by ending: in words."""

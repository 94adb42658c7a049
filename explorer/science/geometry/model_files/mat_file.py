"""Arrays of numbers out of MATLAB's files of version 5 ("Level 5 MAT-File Format", MathWorks), and nothing else.

scipy's reader trusts the sizes in a file: a damaged file can take the whole program down.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.geometry.morphable_model import MorphableModelError

_HEADER = 128
_MATRIX, _COMPRESSED = 14, 15
_STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_CLASSES = dict(zip(range(6, 16), ("f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"), strict=True))
_COMPLEX = 0x800
# Of one array as it is packed out, and of the numbers of all that are wanted; the model of 2009 nearly has them.
_LARGEST, _MOST_NUMBERS = 1 << 28, 72_000_000
# Of an array as it is packed out, for its name.
_BEGINNING = 1 << 12

Part = memoryview


def read_mat_arrays(data: bytes, wanted: Collection[str]) -> dict[str, NDArray[Any]]:
    """Arrays of these names, as far as the file has them.

    Raises:
        MorphableModelError: it is damaged, or no such file.
    """
    if data[: len(b"MATLAB 7.3")] == b"MATLAB 7.3":
        raise MorphableModelError("it is a file of MATLAB 7.3: save it with -v7")
    order = {b"IM": "<", b"MI": ">"}.get(data[_HEADER - 2 : _HEADER])
    if order is None:
        raise MorphableModelError("it is no MAT-file of version 5")
    found: dict[str, NDArray[Any]] = {}
    for kind, content in _elements(order, memoryview(data)[_HEADER:]):
        if kind == _COMPRESSED:
            if not _is_wanted(content, wanted):
                continue
            inner = _elements(order, memoryview(_inflated(content)))
            kind, content = next(inner, (0, content))  # noqa: PLW2901
        if kind == _MATRIX:
            name, values = _matrix(order, content, wanted)
            if values is not None:
                found[name] = values
                if sum(one.size for one in found.values()) > _MOST_NUMBERS:
                    raise MorphableModelError("it is larger than any morphable model")
    return found


def _elements(order: str, data: Part) -> Iterator[tuple[int, Part]]:
    """Type and content of one element after the other."""
    at = 0
    while at + 8 <= len(data):
        kind, size = struct.unpack_from(f"{order}II", data, at)
        if kind >> 16:  # a small one, which lies in its own tag
            kind, size, begin, after = kind & 0xFFFF, kind >> 16, at + 4, at + 8
        else:
            begin = at + 8
            after = begin + size + (0 if kind == _COMPRESSED else -size % 8)
        if begin + size > len(data) or (after == at + 8 and size > 4):
            raise MorphableModelError("it is cut short")
        yield kind, data[begin : begin + size]
        at = after


def _is_wanted(content: Part, wanted: Collection[str]) -> bool:
    """Whether one of the names stands in the beginning of a packed array: others are not packed out."""
    beginning = zlib.decompressobj().decompress(content, _BEGINNING)
    return any(name.encode() in beginning for name in wanted)


def _inflated(content: Part) -> bytes:
    unpacking = zlib.decompressobj()
    whole = unpacking.decompress(content, _LARGEST)
    if unpacking.unconsumed_tail:
        raise MorphableModelError("it is larger than any morphable model")
    return whole


def _matrix(order: str, content: Part, wanted: Collection[str]) -> tuple[str, NDArray[Any] | None]:
    """Name and numbers of a matrix; None where it is not wanted, or holds something else."""
    parts = _elements(order, content)
    flags, sides, named = (next(parts, (0, content[:0]))[1] for _ in range(3))
    name = bytes(named).decode("ascii", errors="replace")
    if name not in wanted:
        return name, None
    (flag,) = struct.unpack_from(f"{order}I", flags)
    shape = tuple(np.frombuffer(sides, f"{order}i4").tolist())
    kind, numbers = next(parts, (0, content[:0]))
    if flag & 0xFF not in _CLASSES or flag & _COMPLEX or kind not in _STORED:
        raise MorphableModelError(f"{name[:40]} holds something else than real numbers")
    values = np.frombuffer(numbers, order + _STORED[kind])
    if min(shape, default=0) < 0 or math.prod(shape) != values.size:
        raise MorphableModelError(f"{name[:40]} is cut short")
    if values.size > _MOST_NUMBERS:
        raise MorphableModelError("it is larger than any morphable model")
    return name, values.reshape(shape, order="F").astype(_CLASSES[flag & 0xFF])

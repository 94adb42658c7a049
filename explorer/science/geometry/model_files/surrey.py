"""The Surrey Face Model in eos's binary format (Huber et al. 2016), `sfm_shape_3448.bin` and whatever else eos saves.

The format is cereal's: numbers as they lie in memory, little-endian; the model's version, 32 bits; a matrix as rows,
columns (32 bits each) and its numbers by column; a list as its length (64 bits) and its items; an optional part behind
a byte that is 1 where there is none; one of several kinds behind its number (32 bits).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.geometry.model_files.assembling import assemble
from explorer.science.geometry.model_files.stand_ins import read_whole, refuse_stand_in
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError

_MODEL_VERSIONS = range(1, 5)
_LARGEST = 1 << 28
# Of names in a list, and of letters in a name.
_MOST_NAMES, _LONGEST_NAME = 10_000, 1_000


@dataclass(frozen=True, eq=False)
class _Components:
    """mean: (3 V,). basis: (3 V, K), at one standard deviation. triangles: (T, 3)."""

    mean: NDArray[np.float32]
    basis: NDArray[np.float32]
    triangles: NDArray[np.int32]


def read_surrey(path: Path) -> MorphableModel:
    """Shape, expressions, texture coordinates and colours, as far as the file has them.

    The shape-only model comes without expressions: those of eos's `expression_blendshapes_*.bin` beside it are taken.
    """
    stream = _Stream(read_whole(path))
    version = stream.integer("<u4")
    if version not in _MODEL_VERSIONS:
        raise MorphableModelError("it is no model saved by eos, or by an eos before 1.0: save it with a later one")
    shape, colour = _components(stream), _components(stream)
    rest = _rest(stream, version)
    mean = shape.mean if rest.offset is None else shape.mean + rest.offset
    expression, names = rest.expression, rest.names
    if expression is None:
        expression, names = _blendshapes_beside(path, shape.mean.size)
    has_colour = colour.mean.size == shape.mean.size and shape.mean.size > 0
    corners = rest.uv_triangles
    own = len(corners) == len(shape.triangles) and corners.min() >= 0 and corners.max() < len(rest.uv)
    mapped = len(rest.uv) > 0 and (own or len(rest.uv) * 3 == mean.size)
    return assemble(
        "Surrey Face Model",
        mean,
        shape.basis,
        shape.triangles,
        millimetres=1.0,
        expression=expression,
        expression_names=names,
        albedo_mean=colour.mean if has_colour else None,
        albedo=colour.basis if has_colour else None,
        uv=rest.uv if mapped else None,
        uv_triangles=corners if mapped and own else None,
    )


@dataclass(frozen=True, eq=False)
class _Rest:
    """What follows shape and colours. offset: (3 V,) of the expressions' mean. uv: (U, 2). uv_triangles: (T, 3)."""

    offset: NDArray[np.float32] | None = None
    expression: NDArray[np.float32] | None = None
    names: tuple[str, ...] = ()
    uv: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    uv_triangles: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 3), np.int32))


def _rest(stream: _Stream, version: int) -> _Rest:
    """As far as it can be read: a model can be fitted without, and early versions of eos wrote some of it otherwise."""
    rest = _Rest()
    with suppress(MorphableModelError):
        if version > 1 and not stream.flag():
            rest = _Rest(*_expressions(stream))
        if version > 2 and not stream.flag():
            _pass_names(stream)
        rest = replace(rest, uv=stream.numbers("<f8", 2 * stream.integer("<u8")).reshape(-1, 2))
        if version > 3:
            corners = stream.numbers("<i4", 3 * stream.integer("<u8")).reshape(-1, 3)
            rest = replace(rest, uv_triangles=corners)
    return rest


Expressions = tuple[NDArray[np.float32] | None, NDArray[np.float32] | None, tuple[str, ...]]


def _expressions(stream: _Stream) -> Expressions:
    """Mean (3 V,) of components, what they or the named shapes do (3 V, E), and the names."""
    if stream.integer("<i4") == 0:
        part = _components(stream)
        return part.mean, part.basis, ()
    return (None, *_blendshapes(stream))


def _blendshapes(stream: _Stream) -> tuple[NDArray[np.float32] | None, tuple[str, ...]]:
    named = [(stream.text(), stream.matrix().ravel()) for _ in range(stream.count(_MOST_NAMES))]
    if len({part.size for _, part in named}) > 1:
        raise MorphableModelError("its expressions are not of one mesh")
    return (np.stack([part for _, part in named], 1) if named else None), tuple(name for name, _ in named)


def _blendshapes_beside(path: Path, size: int) -> tuple[NDArray[np.float32] | None, tuple[str, ...]]:
    """Those of the first file of eos's own name that fit a mean of so many numbers."""
    for file in sorted(path.parent.glob("expression_blendshapes*.bin")):
        refuse_stand_in(file)
        found, names = _blendshapes(_Stream(read_whole(file)))
        if found is not None and len(found) == size:
            return found, names
    return None, ()


def _pass_names(stream: _Stream) -> None:
    """Named vertices, which are not those of the 68 landmarks."""
    for _ in range(stream.count(_MOST_NAMES)):
        stream.text()
        stream.integer("<i4")


def _components(stream: _Stream) -> _Components:
    mean, basis, eigenvalues = stream.matrix(), stream.matrix(), stream.matrix()
    triangles = stream.numbers("<i4", 3 * stream.integer("<u8")).reshape(-1, 3)
    if basis.shape[1] != eigenvalues.size:
        raise MorphableModelError(f"{basis.shape[1]} components have {eigenvalues.size} eigenvalues")
    return _Components(mean.ravel(), basis * np.sqrt(np.maximum(eigenvalues.ravel(), 0)), triangles)


class _Stream:
    """Bytes read from front to end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def integer(self, kind: str) -> int:
        return int(self.numbers(kind, 1)[0])

    def numbers(self, kind: str, count: int) -> NDArray[Any]:
        dtype = np.dtype(kind)
        if not 0 <= count <= _LARGEST or self._at + count * dtype.itemsize > len(self._data):
            raise MorphableModelError("the file is cut short, or no model saved by eos")
        found = np.frombuffer(self._data, dtype, count, self._at)
        self._at += count * dtype.itemsize
        return found

    def flag(self) -> bool:
        """What precedes an optional part: whether it is left out."""
        return self.integer("<u1") != 0

    def count(self, most: int) -> int:
        """How long a list is."""
        found = self.integer("<u8")
        if found > most:
            raise MorphableModelError("the file is cut short, or no model saved by eos")
        return found

    def text(self) -> str:
        return self.numbers("<u1", self.count(_LONGEST_NAME)).tobytes().decode("utf-8", errors="replace")

    def matrix(self) -> NDArray[np.float32]:
        rows, columns = self.integer("<i4"), self.integer("<i4")
        if rows < 0 or columns < 0:
            raise MorphableModelError("the file holds no matrix where one should be: it is no model saved by eos")
        return self.numbers("<f4", rows * columns).reshape(rows, columns, order="F").astype(np.float32)

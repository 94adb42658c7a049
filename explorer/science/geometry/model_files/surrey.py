"""The Surrey Face Model in eos's binary format (Huber et al. 2016), `sfm_shape_3448.bin` and whatever else eos saves.

The format is cereal's: numbers as they lie in memory, little-endian; the model's version, 32 bits; a matrix as rows,
columns (32 bits each) and its numbers by column; a list as its length (64 bits) and its items.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.geometry.model_files.assembling import assemble
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError

_MODEL_VERSIONS = range(1, 5)
_LARGEST = 1 << 28


@dataclass(frozen=True, eq=False)
class _Components:
    """mean: (3 V,). basis: (3 V, K), at one standard deviation. triangles: (T, 3)."""

    mean: NDArray[np.float32]
    basis: NDArray[np.float32]
    triangles: NDArray[np.int32]


def read_surrey(path: Path) -> MorphableModel:
    """Shape and, where the file has them, colours; what follows them in the file is not needed."""
    stream = _Stream(path.read_bytes())
    version = stream.integer("<u4")
    if version not in _MODEL_VERSIONS:
        raise MorphableModelError("it is no model saved by eos, or by an eos before 1.0: save it with a later one")
    shape, colour = _components(stream), _components(stream)
    has_colour = colour.mean.size == shape.mean.size and shape.mean.size > 0
    return assemble(
        "Surrey Face Model",
        shape.mean,
        shape.basis,
        shape.triangles,
        millimetres=1.0,
        albedo_mean=colour.mean if has_colour else None,
        albedo=colour.basis if has_colour else None,
    )


def _components(stream: _Stream) -> _Components:
    mean, basis, eigenvalues = stream.matrix(), stream.matrix(), stream.matrix()
    triangles = stream.numbers("<i4", 3 * stream.integer("<u8")).reshape(-1, 3)
    if basis.shape[1] != eigenvalues.size:
        raise MorphableModelError(f"{basis.shape[1]} components have {eigenvalues.size} eigenvalues")
    return _Components(mean.ravel(), basis * np.sqrt(eigenvalues.ravel()), triangles)


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

    def matrix(self) -> NDArray[np.float32]:
        rows, columns = self.integer("<i4"), self.integer("<i4")
        if rows < 0 or columns < 0:
            raise MorphableModelError("the file holds no matrix where one should be: it is no model saved by eos")
        return self.numbers("<f4", rows * columns).reshape(rows, columns, order="F").astype(np.float32)

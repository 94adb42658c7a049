"""Read pickled numpy arrays as tensors, by an unpickler that knows arrays of plain numbers and nothing else."""

from __future__ import annotations

import io
import math
import pickle
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.science.networks.onnx_graph import NetworkFileError

Tree = dict[str, "Tree | Tensor"]
_KINDS = ("f2", "f4", "f8", "i4", "i8", "u1")


def read_numpy_pickle(data: bytes) -> Tree:
    """Nested dictionaries of arrays, as Flax writes them.

    No class of numpy's is called: what the file names stands for the small classes below.

    Raises:
        NetworkFileError: the file holds anything else, or is damaged.
    """
    try:
        found = _Unpickler(io.BytesIO(data)).load()
        return {str(name): _as_tree(part) for name, part in found.items()}
    except NetworkFileError:
        raise
    except Exception as error:
        # A crafted file can make the unpickler stumble in any way; each is the file's fault.
        raise NetworkFileError(f"the file of arrays is damaged: {error}") from error


class _Dtype:
    """Stands for `numpy.dtype`: a plain number in either byte order."""

    def __init__(self, kind: str, *_: object) -> None:
        if kind not in _KINDS:
            raise NetworkFileError(f"the file of arrays holds elements of type {kind!r}, not plain numbers")
        self.kind, self.order = kind, "<"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = ">" if state[1] == ">" else "<"


class _Array:
    """Stands for `numpy.ndarray`, from its shape, dtype and bytes."""

    tensor: Tensor

    def __setstate__(self, state: tuple[int, tuple[int, ...], _Dtype, bool, bytes]) -> None:
        _, shape, dtype, by_column, content = state
        numbers = np.frombuffer(content, np.dtype(dtype.order + dtype.kind))
        if numbers.size != math.prod(shape):
            raise NetworkFileError(f"an array of shape {shape} has {numbers.size} numbers")
        native = numbers.astype(numbers.dtype.newbyteorder("=")).reshape(shape, order="F" if by_column else "C")
        self.tensor = torch.from_numpy(np.ascontiguousarray(native))


def _empty_array(*_: object) -> _Array:
    return _Array()


_KNOWN: dict[tuple[str, str], Any] = {
    ("numpy", "dtype"): _Dtype,
    ("numpy", "ndarray"): _Array,
    ("numpy.core.multiarray", "_reconstruct"): _empty_array,
    ("numpy._core.multiarray", "_reconstruct"): _empty_array,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise NetworkFileError(f"the file of arrays asks for {module}.{name}, which is never loaded")
        return _KNOWN[module, name]


def _as_tree(part: object) -> Tree | Tensor:
    if isinstance(part, _Array):
        return part.tensor
    if isinstance(part, dict):
        return {str(name): _as_tree(inner) for name, inner in part.items()}
    raise NetworkFileError(f"the file of arrays holds a {type(part).__name__}, not an array")

"""Read pickled arrays and nothing else: no class or function that a file names is ever called.

FLAME's files are pickles of Python 2 with arrays of numpy, matrices of scipy and chumpy's lazy arrays; 3DDFA's of
Python 3 with arrays alone. Every name in them stands for an inert class of this file; unknown names are refused.
"""

from __future__ import annotations

import io
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.geometry.morphable_model import MorphableModelError

_LARGEST = 1 << 30
_KINDS = "fiub"


class _Dtype:
    """Stands for `numpy.dtype`: plain numbers only."""

    def __init__(self, kind: object = "", *_: object) -> None:
        self.kind, self.order = str(kind), "<"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = ">" if state[1] == ">" else "<"

    def plain(self) -> np.dtype[Any]:
        """The dtype; raises for anything but numbers."""
        if self.kind[:1] not in _KINDS or not self.kind[1:].isdigit():
            raise MorphableModelError(f"an array holds elements of type {self.kind!r}, not numbers")
        return np.dtype(self.order + self.kind)


class _Array:
    """Stands for `numpy.ndarray`."""

    values: NDArray[Any]

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, by_column, content = state
        if isinstance(content, str):  # a string of Python 2
            content = content.encode("latin1")
        if not isinstance(content, bytes):
            raise MorphableModelError("an array holds objects, not numbers")
        numbers = np.frombuffer(content, dtype.plain())
        if numbers.size != math.prod(shape):
            raise MorphableModelError(f"an array of shape {shape} has {numbers.size} numbers")
        self.values = numbers.reshape(shape, order="F" if by_column else "C")


class _Inert:
    """Stands for classes that wrap arrays: keeps what it is given, does nothing."""

    def __init__(self, *_: object, **__: object) -> None:
        self.state: Any = {}

    def __setstate__(self, state: Any) -> None:
        self.state = state


def _empty_array(*_: object) -> _Array:
    return _Array()


def _array_of(content: Any, dtype: _Dtype, shape: tuple[int, ...], order: str) -> _Array:
    """What numpy's `_frombuffer` does, in pickles of protocol 5."""
    array = _Array()
    array.__setstate__((1, shape, dtype, order == "F", bytes(content)))
    return array


def _scalar(dtype: _Dtype, content: bytes | str) -> Any:
    data = content.encode("latin1") if isinstance(content, str) else content
    return np.frombuffer(data, dtype.plain())[0]


def _bytes_of(text: str, encoding: str) -> bytes:
    """What `_codecs.encode` does in pickles of Python 3 for Python 2."""
    if encoding not in {"latin1", "latin-1"}:
        raise MorphableModelError(f"it encodes text as {encoding!r}")
    return text.encode("latin1")


def _reconstructed(*_: object) -> _Inert:
    return _Inert()


_KNOWN: dict[tuple[str, str], Any] = {
    ("numpy", "dtype"): _Dtype,
    ("numpy", "ndarray"): _Array,
    ("numpy.core.multiarray", "_reconstruct"): _empty_array,
    ("numpy._core.multiarray", "_reconstruct"): _empty_array,
    ("numpy.core.numeric", "_frombuffer"): _array_of,
    ("numpy._core.numeric", "_frombuffer"): _array_of,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy._core.multiarray", "scalar"): _scalar,
    ("_codecs", "encode"): _bytes_of,
    ("copy_reg", "_reconstructor"): _reconstructed,
    ("copyreg", "_reconstructor"): _reconstructed,
    ("__builtin__", "object"): _Inert,
    ("builtins", "object"): _Inert,
    ("chumpy.ch", "Ch"): _Inert,
    ("chumpy.reordering", "Select"): _Inert,
    ("scipy.sparse.csc", "csc_matrix"): _Inert,
    ("scipy.sparse._csc", "csc_matrix"): _Inert,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise MorphableModelError(f"it asks for {module}.{name}, which is never loaded")
        return _KNOWN[module, name]

    def persistent_load(self, pid: Any) -> Any:
        raise MorphableModelError("it refers to objects outside of the file")


def read_arrays(path: Path) -> dict[str, Any]:
    """The dictionary in a pickle: arrays as numpy's, chumpy's lazy arrays as the arrays that they wrap.

    A pickle of one array comes as {"": array}.

    Raises:
        MorphableModelError: it holds something that is never loaded, or is damaged.
    """
    if path.stat().st_size > _LARGEST:
        raise MorphableModelError("it is larger than any morphable model")
    try:
        found = _Unpickler(io.BytesIO(path.read_bytes()), encoding="latin1").load()
    except MorphableModelError:
        raise
    except Exception as error:
        # A crafted file can make the unpickler stumble in any way; each is the file's fault.
        raise MorphableModelError(f"the pickle is damaged: {error}") from error
    if isinstance(found, dict):
        return {str(name): _plain(part) for name, part in found.items()}
    return {"": _plain(found)}


def _plain(part: Any) -> Any:
    if isinstance(part, _Array):
        return part.values
    if isinstance(part, _Inert):
        state = part.state if isinstance(part.state, dict) else {}
        # chumpy keeps the numbers under "x", or, selected from a larger array, that array under "a".
        inner = state.get("x", state.get("a"))
        if inner is not None and "idxs" in state:
            whole, chosen = np.asarray(_plain(inner)), np.asarray(_plain(state["idxs"]))
            shape = state.get("preferred_shape")
            selected = whole.ravel()[chosen.ravel()]
            return selected.reshape(shape) if shape is not None else selected
        return None if inner is None else _plain(inner)
    return part

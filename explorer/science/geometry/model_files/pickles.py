"""Read pickled arrays and nothing else: no class or function that a file names is ever called.

FLAME's files are pickles of Python 2 with arrays of numpy, matrices of scipy and chumpy's lazy arrays; 3DDFA's of
Python 3 with arrays alone. Every name in them stands for an inert class of this file; unknown names are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from explorer.science.geometry.model_files.stand_ins import refuse_stand_in
from explorer.science.geometry.morphable_model import MorphableModelError
from explorer.science.networks.restricted_pickle import (
    ARRAY_NAMES,
    InertArray,
    InertDtype,
    PickleError,
    bytes_of,
    load_restricted,
    scalar,
)

_LARGEST = 1 << 30


class _Inert:
    """Stands for classes that wrap arrays: keeps what it is given, does nothing."""

    def __init__(self, *_: object, **__: object) -> None:
        self.state: Any = {}

    def __setstate__(self, state: Any) -> None:
        self.state = state


def _array_of(content: Any, dtype: InertDtype, shape: tuple[int, ...], order: str) -> InertArray:
    """What numpy's `_frombuffer` does, in pickles of protocol 5."""
    array = InertArray()
    array.__setstate__((1, shape, dtype, order == "F", bytes(content)))
    return array


def _reconstructed(*_: object) -> _Inert:
    return _Inert()


_KNOWN: Mapping[tuple[str, str], Any] = {
    **ARRAY_NAMES,
    ("numpy.core.numeric", "_frombuffer"): _array_of,
    ("numpy._core.numeric", "_frombuffer"): _array_of,
    ("numpy.core.multiarray", "scalar"): scalar,
    ("numpy._core.multiarray", "scalar"): scalar,
    ("_codecs", "encode"): bytes_of,
    ("copy_reg", "_reconstructor"): _reconstructed,
    ("copyreg", "_reconstructor"): _reconstructed,
    ("__builtin__", "object"): _Inert,
    ("builtins", "object"): _Inert,
    ("chumpy.ch", "Ch"): _Inert,
    ("chumpy.reordering", "Select"): _Inert,
    ("scipy.sparse.csc", "csc_matrix"): _Inert,
    ("scipy.sparse._csc", "csc_matrix"): _Inert,
}


def read_arrays(path: Path) -> dict[str, Any]:
    """The dictionary in a pickle: arrays as numpy's, chumpy's lazy arrays as the arrays that they wrap.

    A pickle of one array comes as {"": array}.

    Raises:
        MorphableModelError: it holds something that is never loaded, or is damaged.
    """
    if path.stat().st_size > _LARGEST:
        raise MorphableModelError("it is larger than any morphable model")
    refuse_stand_in(path)
    try:
        found = load_restricted(path.read_bytes(), _KNOWN, encoding="latin1")
    except PickleError as error:
        raise MorphableModelError(str(error)) from error
    if isinstance(found, dict):
        return {str(name): _plain(part) for name, part in found.items()}
    return {"": _plain(found)}


def _plain(part: Any) -> Any:
    if isinstance(part, InertArray):
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

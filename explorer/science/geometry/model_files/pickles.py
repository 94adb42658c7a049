"""Read pickled arrays and nothing else: no class or function that a file names is ever called.

FLAME's files are pickles of Python 2 with arrays of numpy, matrices of scipy and chumpy's lazy arrays; 3DDFA's of
Python 3 with arrays alone. Every name in them stands for an inert class of this file; unknown names are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from explorer.science.geometry.model_files.stand_ins import read_whole, refuse_stand_in
from explorer.science.geometry.morphable_model import MorphableModelError
from explorer.science.networks.restricted_pickle import (
    ARRAY_NAMES,
    InertArray,
    PickleError,
    bytes_of,
    load_restricted,
    scalar,
)

# Of arrays that wrap each other, and of numbers that are selected from an array.
_DEEPEST, _MOST_CHOSEN = 8, 1 << 26

Numbers = NDArray[Any]


class _Inert:
    """Stands for classes that wrap arrays: keeps what it is given, does nothing."""

    def __init__(self, *_: object, **__: object) -> None:
        self.state: Any = {}

    def __setstate__(self, state: Any) -> None:
        self.state = state


def _reconstructed(*_: object) -> _Inert:
    return _Inert()


_KNOWN: Mapping[tuple[str, str], Any] = {
    **ARRAY_NAMES,
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


def read_arrays(path: Path) -> dict[str, Numbers]:
    """The dictionary in a pickle: arrays as numpy's, chumpy's lazy arrays as the arrays that they wrap.

    A pickle of one array comes as {"": array}. What is no array is left out.

    Raises:
        MorphableModelError: it holds something that is never loaded, or is damaged.
    """
    refuse_stand_in(path)
    try:
        found = load_restricted(read_whole(path), _KNOWN, encoding="latin1")
    except PickleError as error:
        raise MorphableModelError(str(error)) from error
    named = found if isinstance(found, dict) else {"": found}
    plain = {name: _plain(part) for name, part in named.items() if isinstance(name, str)}
    return {name: part for name, part in plain.items() if part is not None}


def _plain(part: Any, depth: int = 0) -> Numbers | None:
    """The numbers of an array, or of one that wraps it; None of anything else: lists could hold each other."""
    if isinstance(part, InertArray):
        return part.values
    if isinstance(part, _Inert) and depth < _DEEPEST:
        state = part.state if isinstance(part.state, dict) else {}
        # chumpy keeps the numbers under "x", or, selected from a larger array, that array under "a".
        inner = state.get("x", state.get("a"))
        numbers = _plain(inner, depth + 1)
        if numbers is None or "idxs" not in state:
            return numbers
        chosen = _plain(state["idxs"], depth + 1)
        shape = state.get("preferred_shape")
        if chosen is None or chosen.size > _MOST_CHOSEN:
            raise MorphableModelError("it selects numbers in a way that is not known")
        selected = numbers.ravel()[chosen.ravel()]
        return selected.reshape(shape) if shape is not None else selected
    return None

"""An unpickler that builds arrays of plain numbers and calls nothing that a file names.

What a file calls numpy's array and dtype stands for the inert classes below; a reader may let further names stand for
inert classes of its own, and every other name is refused.
"""

from __future__ import annotations

import io
import math
import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_KINDS = "fiub"


class PickleError(ValueError):
    """A pickle that is damaged or holds something that is never loaded; the message says what."""


class InertDtype:
    """Stands for `numpy.dtype`: plain numbers in either byte order."""

    def __init__(self, kind: object = "", *_: object) -> None:
        self.kind, self.order = str(kind), "<"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = ">" if state[1] == ">" else "<"

    def plain(self) -> np.dtype[Any]:
        """The dtype.

        Raises:
            PickleError: its elements are no numbers.
        """
        if self.kind[:1] not in _KINDS or not self.kind[1:].isdigit():
            raise PickleError(f"an array holds elements of type {self.kind!r}, not plain numbers")
        return np.dtype(self.order + self.kind)


class InertArray:
    """Stands for `numpy.ndarray`, from its shape, dtype and bytes."""

    values: NDArray[Any]

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, by_column, content = state
        plain = dtype.plain()
        if isinstance(content, str):  # a string of Python 2
            content = content.encode("latin1")
        if not isinstance(content, bytes):
            raise PickleError("an array holds objects, not numbers")
        numbers = np.frombuffer(content, plain)
        if numbers.size != math.prod(shape):
            raise PickleError(f"an array of shape {shape} has {numbers.size} numbers")
        self.values = numbers.reshape(shape, order="F" if by_column else "C")


def _empty_array(*_: object) -> InertArray:
    return InertArray()


# What arrays are made of in the pickles of numpy 1 and 2.
ARRAY_NAMES: Mapping[tuple[str, str], Any] = {
    ("numpy", "dtype"): InertDtype,
    ("numpy", "ndarray"): InertArray,
    ("numpy.core.multiarray", "_reconstruct"): _empty_array,
    ("numpy._core.multiarray", "_reconstruct"): _empty_array,
}


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, known: Mapping[tuple[str, str], Any], subject: str, encoding: str) -> None:
        super().__init__(io.BytesIO(data), encoding=encoding)
        self._known, self._subject = known, subject

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._known:
            raise PickleError(f"{self._subject} asks for {module}.{name}, which is never loaded")
        return self._known[module, name]

    def persistent_load(self, pid: Any) -> Any:
        raise PickleError(f"{self._subject} refers to objects outside of the file")


def load_restricted(
    data: bytes, known: Mapping[tuple[str, str], Any] = ARRAY_NAMES, subject: str = "it", encoding: str = "ASCII"
) -> Any:
    """What a pickle holds, with `InertArray` for its arrays.

    Args:
        known: what the names in it stand for, by module and name.
        subject: what messages call the file.
        encoding: of the strings of Python 2.

    Raises:
        PickleError: it names anything else, or is damaged.
    """
    try:
        return _Unpickler(data, known, subject, encoding).load()
    except PickleError:
        raise
    except Exception as error:
        # A crafted file can make the unpickler stumble in any way; each is the file's fault.
        raise PickleError(f"{subject} is damaged: {error}") from error

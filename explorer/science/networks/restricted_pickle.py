"""An unpickler that builds arrays of plain numbers and calls nothing that a file names.

What a file calls numpy's array and dtype stands for the inert classes below; a reader may let further names stand for
inert classes of its own, and every other name is refused.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from explorer.science.names import said

_KINDS = "fiub"
_LONGEST_NAME, _LONGEST_KIND = 100, 16
_LARGEST_RANK = 32
# Of what immutable objects hold, counted as often as it is met: what is hashed is walked through. So many, and for each
# step of a pickle so many more.
_MOST_PARTS, _PARTS_OF_EACH = 1 << 22, 64


class PickleError(ValueError):
    """A pickle that is damaged or holds something that is never loaded; the message says what."""


class InertDtype:
    """Stands for `numpy.dtype`: plain numbers in either byte order."""

    def __init__(self, kind: object = "", *_: object) -> None:
        # Of anything but text not even the words are asked for: tuples within tuples could have any number of them.
        self.kind, self.order = kind[:_LONGEST_KIND] if isinstance(kind, str) else "?", "<"

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
        # Multiplied, text or a tuple among the sizes would be made as long as the others say.
        if len(shape) > _LARGEST_RANK or not all(type(size) is int and size >= 0 for size in shape):
            raise PickleError("an array has sizes that are no counts")
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


def _array_of(content: Any, dtype: Any, shape: tuple[int, ...], order: str) -> InertArray:
    """What numpy's `_frombuffer` does, in pickles of protocol 5."""
    if not isinstance(content, bytes | bytearray):  # of a number, `bytes` would make as many zeros
        raise PickleError("an array holds objects, not numbers")
    array = InertArray()
    array.__setstate__((1, shape, dtype, order == "F", bytes(content)))
    return array


# What arrays are made of in the pickles of numpy 1 and 2.
ARRAY_NAMES: Mapping[tuple[str, str], Any] = {
    ("numpy", "dtype"): InertDtype,
    ("numpy", "ndarray"): InertArray,
    ("numpy.core.multiarray", "_reconstruct"): _empty_array,
    ("numpy._core.multiarray", "_reconstruct"): _empty_array,
    ("numpy.core.numeric", "_frombuffer"): _array_of,
    ("numpy._core.numeric", "_frombuffer"): _array_of,
}


def scalar(dtype: InertDtype, content: bytes | str) -> Any:
    """What numpy's `scalar` does: one number."""
    data = content.encode("latin1") if isinstance(content, str) else content
    return np.frombuffer(data, dtype.plain())[0]


def bytes_of(text: str, encoding: str) -> bytes:
    """What `_codecs.encode` does in pickles of Python 3 for Python 2."""
    if encoding not in {"latin1", "latin-1"}:
        raise PickleError(f"it encodes text as {encoding!r}")
    return text.encode("latin1")


class Maker:
    """Stands for a function that a pickle names: it can be called, and unlike a function's its parts not replaced."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[..., Any]) -> None:
        self.make = make

    def __call__(self, *arguments: Any) -> Any:
        """Call it."""
        return self.make(*arguments)

    def __setstate__(self, state: Any) -> None:
        raise PickleError("it changes what it is read by")


class RestrictedUnpickler(pickle.Unpickler):
    """An unpickler that finds no name but by a function of the reader's.

    Args:
        file: stands at the pickle's beginning.
        find: what a name stands for, by module and name; None refuses it.
        outside: what a reference to something outside of the pickle stands for; all are refused where None.
        subject: what messages call the file.
        encoding: of the strings of Python 2.
    """

    def __init__(
        self,
        file: BinaryIO,
        find: Callable[[str, str], Any],
        outside: Callable[[Any], Any] | None = None,
        subject: str = "it",
        encoding: str = "ASCII",
    ) -> None:
        super().__init__(file, encoding=encoding)
        self._find, self._outside, self._subject = find, outside, subject

    def find_class(self, module: str, name: str) -> Any:
        """What a name stands for; raises PickleError where it is refused."""
        found = self._find(module, name)
        if found is None:
            asked = f"{module}.{name}"[:_LONGEST_NAME]
            raise PickleError(f"{self._subject} asks for {asked}, which is never loaded")
        return Maker(found) if isinstance(found, FunctionType) else found

    def persistent_load(self, pid: Any) -> Any:
        """What a reference to outside stands for; raises PickleError where it is refused."""
        if self._outside is None:
            raise PickleError(f"{self._subject} refers to objects outside of the file")
        return self._outside(pid)


def refuse_crafted(file: BinaryIO, subject: str = "it") -> None:
    """Look through a pickle without loading it, and put the file back to its beginning.

    No pickler numbers what it remembers far beyond what it wrote; the unpickler would make room for all those numbers.
    Nor does one put tuples into each other until they hold billions: as the key of a dictionary they would be hashed.

    Raises:
        PickleError: it does, or it has no end or no meaning.
    """
    beginning, weighed = file.tell(), _Weighed()
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(file)):
            if opcode.name in _REMEMBERING and isinstance(argument, int) and argument > count:
                raise PickleError(f"{subject} is damaged: it remembers more than it holds")
            weighed.do(opcode, argument)
            if weighed.total > _MOST_PARTS + _PARTS_OF_EACH * count:
                raise PickleError(f"{subject} is damaged: its parts hold each other millions of times")
    except PickleError:
        raise
    except Exception as error:
        raise PickleError(f"{subject} is damaged: {said(error)}") from error
    file.seek(beginning)


_REMEMBERING = {"PUT", "BINPUT", "LONG_BINPUT"}
_RECALLING = {"GET", "BINGET", "LONG_BINGET"}
# Behind these stands an object that can change, and cannot be hashed: what it holds does not count.
_CHANGING = {"EMPTY_LIST", "EMPTY_DICT", "EMPTY_SET", "LIST", "DICT"}
_FILLING = {"APPEND", "APPENDS", "SETITEM", "SETITEMS", "ADDITEMS", "BUILD"}
_MARK = 0


class _Weighed:
    """A pickle's stack, on which each object is the number of parts that it holds; `total` is the sum of all."""

    def __init__(self) -> None:
        self.total = 0
        self._stack: list[int] = []
        self._memo: dict[int, int] = {}

    def do(self, opcode: pickletools.OpcodeInfo, argument: Any) -> None:
        """Do what an opcode does."""
        name, stack = opcode.name, self._stack
        if name == "MARK":
            stack.append(_MARK)
        elif name in _REMEMBERING or name == "MEMOIZE":
            self._memo[len(self._memo) if name == "MEMOIZE" else int(argument)] = stack[-1] if stack else 1
        elif name in _RECALLING:
            self._put(self._memo.get(int(argument), 1))
        elif name == "DUP":
            self._put(stack[-1] if stack else 1)
        elif name in _FILLING:
            self._taken(opcode, kept=1)
        else:
            weight = 1 + self._taken(opcode)
            for _ in opcode.stack_after:
                self._put(1 if name in _CHANGING else weight)

    def _put(self, weight: int) -> None:
        self._stack.append(weight)
        self.total += weight

    def _taken(self, opcode: pickletools.OpcodeInfo, kept: int = 0) -> int:
        """Take from the stack what an opcode takes, but for so many below it; what that weighs."""
        stack, before = self._stack, opcode.stack_before
        if pickletools.markobject in before:
            start = next((place for place in range(len(stack) - 1, -1, -1) if stack[place] == _MARK), 0)
        else:
            start = max(0, len(stack) - len(before) + kept)
        weight = sum(stack[start:])
        del stack[start:]
        return weight


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
    file = io.BytesIO(data)
    refuse_crafted(file, subject)
    try:
        return RestrictedUnpickler(file, lambda module, name: known.get((module, name)), None, subject, encoding).load()
    except PickleError:
        raise
    except Exception as error:
        # A crafted file can make the unpickler stumble in any way; each is the file's fault.
        raise PickleError(f"{subject} is damaged: {said(error)}") from error

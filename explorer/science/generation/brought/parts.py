"""A network as its file holds it: tensors, constructor's arguments, and parts that are the same again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor

from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.restricted_pickle import InertArray, PickleError
from explorer.science.networks.torch_pickle import InertTensor

# Of a whole generator; the largest that are published have a fifth of it.
_MOST_NUMBERS = 300_000_000
# Of numbers for each of a file's bytes, and of parts.
_TIMES_READ, _ROOM, _MOST_PARTS = 8, 1 << 20, 4096


class Budget:
    """How many numbers a network may still read, so that a small file cannot ask for more memory than there is.

    Args:
        size: of the file in bytes; each of its numbers is read a few times, but no more.
    """

    def __init__(self, size: int | None = None) -> None:
        self.left = _MOST_NUMBERS if size is None else min(_MOST_NUMBERS, _TIMES_READ * size + _ROOM)
        self._parts = 0

    def part(self) -> None:
        """Count a part: one may stand in several places, and those parts again.

        Raises:
            NetworkFileError: there are too many.
        """
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise NetworkFileError("its parts hold each other thousands of times: no known generator's do")

    def take(self, count: int) -> None:
        """Take so many numbers.

        Raises:
            NetworkFileError: there are not so many left.
        """
        self.left -= count
        if self.left < 0:
            raise NetworkFileError("its tensors have more numbers than its file can hold, or than any known generator")


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a network.

    path: its name within the network, for messages. kind: its class's name; empty where the file does not say.
    tensors: parameters and buffers by name; None where there is none. arguments: what it was made with.
    """

    path: str
    kind: str
    tensors: Mapping[str, InertTensor | Tensor | None]
    parts: Mapping[str, Part]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)

    def tensor(self, name: str, *shape: int | None) -> Tensor:
        """A tensor as float32.

        Args:
            shape: what it must have; None for any size of a side; unchecked where empty.

        Raises:
            NetworkFileError: it is missing, of another shape, or not finite.
        """
        found = self.optional(name)
        if found is None:
            raise NetworkFileError(f"{self._named(name)} is missing")
        fits = len(found.shape) == len(shape) and all(
            wanted in (None, size) for size, wanted in zip(found.shape, shape, strict=True)
        )
        if shape and not fits:
            wanted = "x".join("?" if size is None else str(size) for size in shape)
            raise NetworkFileError(f"{self._named(name)} has shape {tuple(found.shape)}, not {wanted}")
        return found

    def optional(self, name: str) -> Tensor | None:
        """A tensor as float32, of whatever shape; None where there is none."""
        found = self.tensors.get(name)
        if found is None:
            return None
        if isinstance(found, InertTensor):
            self.budget.take(int(np.prod(found.shape, dtype=np.float64)))
            try:
                found = found.tensor()
            except PickleError as error:
                raise NetworkFileError(f"{self._named(name)}: {error}") from error
        if found.dtype.is_complex:
            raise NetworkFileError(f"{self._named(name)} holds complex numbers")
        numbers = found.detach().float()
        if not bool(numbers.isfinite().all()):
            raise NetworkFileError(f"{self._named(name)} holds numbers that are not finite")
        return numbers

    def part(self, name: str) -> Part:
        """A part by its name.

        Raises:
            NetworkFileError: there is none.
        """
        if name not in self.parts:
            raise NetworkFileError(f"{self._named(name)} is missing")
        return self.parts[name]

    def number(self, name: str, default: float, low: float, high: float) -> float:
        """A number among the arguments.

        Raises:
            NetworkFileError: it is none, or not within low..high.
        """
        found = self.arguments.get(name, default)
        if isinstance(found, bool) or not isinstance(found, int | float | np.integer | np.floating):
            raise NetworkFileError(f"{self._named(name)} is no number")
        if not low <= found <= high:
            raise NetworkFileError(f"{self._named(name)} is {found}, not within {low:g} to {high:g}")
        return float(found)

    def count(self, name: str, default: int, low: int, high: int) -> int:
        """As `number`, a whole number."""
        found = self.number(name, default, low, high)
        if found != int(found):
            raise NetworkFileError(f"{self._named(name)} is {found:g}, not a whole number")
        return int(found)

    def limit(self, name: str, default: float | None) -> float | None:
        """A positive number among the arguments, or None."""
        if self.arguments.get(name, default) is None:
            return None
        return self.number(name, default or 0, 0, 1e6)

    def flag(self, name: str, default: bool) -> bool:
        """A switch among the arguments."""
        found = self.arguments.get(name, default)
        if not isinstance(found, bool | np.bool_):
            raise NetworkFileError(f"{self._named(name)} is neither on nor off")
        return bool(found)

    def word(self, name: str, default: str) -> str:
        """A word among the arguments."""
        found = self.arguments.get(name, default)
        if not isinstance(found, str):
            raise NetworkFileError(f"{self._named(name)} is no word")
        return found

    def side(self, name: str, default: float) -> int:
        """A size of a square among the arguments: a number, or twice the same."""
        found = self.arguments.get(name, default)
        if isinstance(found, InertArray):
            found = found.values.tolist() if found.values.size <= 2 else None
        if isinstance(found, list | tuple):
            if len(found) != 2 or found[0] != found[1]:
                raise NetworkFileError(f"{self._named(name)} is no square")
            found = found[0]
        return replace_argument(self, name, found).count(name, 0, 1, 8192)

    def walk(self) -> Iterator[Part]:
        """Itself and all parts in it."""
        yield self
        for part in self.parts.values():
            yield from part.walk()

    def _named(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


def replace_argument(part: Part, name: str, value: Any) -> Part:
    """The part with another value of an argument."""
    return Part(part.path, part.kind, part.tensors, part.parts, {**part.arguments, name: value}, part.budget)

"""A generator that is iterated for what it yields and asked for what it returns."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Steps(Iterator[T], Generic[T, R]):
    """A generator whose return value is kept, where a plain `for` would lose it.

    A loop that was left can be gone on with. What the generator raises comes out of the iteration unchanged.

    Args:
        generator: iterated by nobody else.

    Example:
        >>> from explorer.science import Steps
        >>> def halved(number):
        ...     while number % 2 == 0:
        ...         yield number
        ...         number //= 2
        ...     return number
        >>> steps = Steps(halved(24))
        >>> [number for number in steps]
        [24, 12, 6]
        >>> steps.result
        3
    """

    def __init__(self, generator: Generator[T, None, R]) -> None:
        self._returned: list[R] = []
        # It must not refer to this object: that would keep a generator that was given up from being closed at once.
        self._running = _kept(generator, self._returned)

    def __next__(self) -> T:
        return next(self._running)

    @property
    def result(self) -> R:
        """What the generator returns; whatever is left of it is run first.

        Raises:
            RuntimeError: it failed or was closed before its end.
        """
        for _ in self._running:
            pass
        if not self._returned:
            raise RuntimeError("the work failed or was closed before its end, and has no result")
        return self._returned[0]

    def close(self) -> None:
        """Give up what is left, as a generator's own `close` does."""
        self._running.close()


def _kept(generator: Generator[T, None, R], returned: list[R]) -> Generator[T, None, None]:
    returned.append((yield from generator))

"""Embeddings that lie in several places, as one matrix of which blocks and rows can be taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.recognition.neighbours import Matrix


class JoinedRows:
    """Some rows of some arrays, one behind the other; what is taken of them is float32, and nothing is held.

    It stands where an (N, D) array does that is asked for its shape, a slice of rows, or rows by their numbers.

    Args:
        parts: arrays (N, D), memory-mapped or not, and the rows (n,) that count of each; all for None.
    """

    ndim = 2

    def __init__(self, parts: Sequence[tuple[NDArray[np.floating], NDArray[np.integer] | None]]) -> None:
        self._parts = tuple(parts)
        lengths = [len(vectors) if rows is None else len(rows) for vectors, rows in parts]
        self._starts = np.cumsum([0, *lengths])
        self.shape = (int(self._starts[-1]), int(parts[0][0].shape[1]))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, asked: Any) -> Matrix:
        """Rows by a slice, or by an array of their numbers."""
        if isinstance(asked, slice):
            return self._between(*asked.indices(len(self))[:2])
        numbers = np.asarray(asked)
        if numbers.ndim == 0:
            at = int(numbers)
            row: Matrix = self._between(at, at + 1)[0]
            return row
        found = np.empty((len(numbers), self.shape[1]), np.float32)
        for number, (vectors, rows) in enumerate(self._parts):
            first, behind = self._starts[number : number + 2]
            here = np.flatnonzero((numbers >= first) & (numbers < behind))
            if len(here):
                own = numbers[here] - first
                found[here] = vectors[own if rows is None else rows[own]]
        return found

    def _between(self, begin: int, end: int) -> Matrix:
        taken: list[Matrix] = []
        for number, (vectors, rows) in enumerate(self._parts):
            first, behind = (int(one) for one in self._starts[number : number + 2])
            low, high = max(begin, first) - first, min(end, behind) - first
            if low < high:
                some = vectors[low:high] if rows is None else vectors[rows[low:high]]
                taken.append(np.asarray(some, np.float32))
        return np.concatenate(taken) if taken else np.zeros((0, self.shape[1]), np.float32)


Rows = NDArray[np.floating] | JoinedRows
"""(N, D) embeddings of which blocks and single rows are read."""

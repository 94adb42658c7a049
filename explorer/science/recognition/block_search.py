"""Which of very many embeddings are nearest to some: exactly, a block of rows at a time, wherever the array lies.

The array may be memory-mapped and of half precision: no more of it than a block is ever held as float32.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from explorer.science.recognition.base import Metric
from explorer.science.recognition.joined_rows import Rows
from explorer.science.recognition.neighbours import Matrix, unit

BLOCK_ROWS = 8192


class BlockSearch:
    """Embeddings of one encoder, searched exactly in blocks.

    Args:
        vectors: (N, D) float16 or float32 raw embeddings, memory-mapped or not.
        measure: cosine, or Euclidean distance.
        present: (N,) whether a row counts; all do for None. What does not is farthest from everybody.
        block: rows that are held as float32 at once.

    Raises:
        ValueError: `vectors` is no (N, D) matrix.
    """

    def __init__(
        self,
        vectors: Rows,
        measure: Metric,
        present: NDArray[np.bool_] | None = None,
        block: int = BLOCK_ROWS,
    ) -> None:
        if vectors.ndim != 2:
            raise ValueError(f"embeddings are searched as an (N, D) matrix, not {vectors.shape}")
        self.measure = measure
        self._vectors, self._present = vectors, present
        self._block = block

    def __len__(self) -> int:
        return len(self._vectors)

    @property
    def dimension(self) -> int:
        """D."""
        return int(self._vectors.shape[1])

    def scores(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Compare an embedding (D,) with all: (N,) cosines in [-1, 1], or distances from 0; infinite ones of
        rows that do not count."""
        found = np.empty(len(self), np.float32)
        for start, some in self._scores(query[None]):
            found[start : start + some.shape[1]] = some[0]
        return found

    def nearest(self, queries: NDArray[np.float32], count: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the nearest to each of some embeddings.

        Args:
            queries: (Q, D) raw embeddings. count: how many of each; no more than N.

        Returns:
            Rows (Q, count), the nearest first, equally near ones in their own order; and their scores.
        """
        count = min(count, len(self))
        sign = -1.0 if self.measure == "cosine" else 1.0
        rows = np.zeros((len(queries), 0), np.int64)
        away = np.zeros((len(queries), 0), np.float32)
        for start, some in self._scores(queries):
            width = some.shape[1]
            numbers = np.broadcast_to(np.arange(start, start + width), (len(queries), width))
            rows = np.concatenate([rows, numbers], 1)
            away = np.concatenate([away, sign * some], 1)
            if rows.shape[1] > count:
                # A stable sort by distance keeps equal ones in their order, which a partial one would not.
                best = np.argsort(away, axis=1, kind="stable")[:, :count] if width <= 4 * count else _few(away, count)
                rows, away = np.take_along_axis(rows, best, 1), np.take_along_axis(away, best, 1)
        best = np.argsort(away, axis=1, kind="stable")
        return np.take_along_axis(rows, best, 1), sign * np.take_along_axis(away, best, 1)

    def rescored(
        self, query: NDArray[np.float32], rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Sort some rows (n,) by their exact scores against an embedding (D,); and these scores."""
        ordered = np.sort(rows)
        scores = _compare(query[None], np.asarray(self._vectors[ordered], np.float32), self.measure)[0]
        order = np.argsort(-scores if self.measure == "cosine" else scores, kind="stable")
        return ordered[order], scores[order]

    def _scores(self, queries: NDArray[np.float32]) -> Iterator[tuple[int, NDArray[np.float32]]]:
        queries = np.asarray(queries, np.float32)
        for start in range(0, len(self), self._block):
            here = slice(start, start + self._block)
            scores = _compare(queries, np.asarray(self._vectors[here], np.float32), self.measure)
            if self._present is not None:
                scores[:, ~self._present[here]] = -np.inf if self.measure == "cosine" else np.inf
            yield start, scores


def _few(away: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Places of the `count` smallest of each row, ascending; of equal ones at the edge, the first."""
    chosen = np.empty((len(away), count), np.intp)
    for number, row in enumerate(away):
        edge = np.partition(row, count - 1)[count - 1]
        below = np.flatnonzero(row < edge)
        chosen[number] = np.sort(np.concatenate([below, np.flatnonzero(row == edge)[: count - len(below)]]))
    return chosen


def _compare(queries: Matrix, vectors: Matrix, measure: Metric) -> NDArray[np.float32]:
    """Scores (Q, n)."""
    if measure == "cosine":
        lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
        lengths[lengths == 0] = 1
        cosines: NDArray[np.float32] = (unit(queries) @ vectors.T) / lengths
        return np.clip(cosines, -1.0, 1.0, out=cosines)
    squared = np.square(queries).sum(1)[:, None] - 2 * (queries @ vectors.T) + np.square(vectors).sum(1)[None]
    distances: NDArray[np.float32] = np.sqrt(np.maximum(squared, 0.0))
    return distances

"""Which of many faces are nearest to one: all scores from one matrix product, and the nearest by a partial sort."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.science.recognition.base import Metric

Matrix = NDArray[np.float32]


class Neighbours:
    """Embeddings of one encoder, made ready to be searched.

    Args:
        vectors: (N, D) float32 raw embeddings.
        measure: cosine, or Euclidean distance.

    Raises:
        ValueError: `vectors` is no (N, D) matrix.
    """

    def __init__(self, vectors: Matrix, measure: Metric) -> None:
        if vectors.ndim != 2:
            raise ValueError(f"embeddings are searched as an (N, D) matrix, not {vectors.shape}")
        self.measure = measure
        self._matrix = unit(vectors) if measure == "cosine" else np.ascontiguousarray(vectors, np.float32)
        self._squares = np.einsum("nd,nd->n", self._matrix, self._matrix)

    def __len__(self) -> int:
        return len(self._matrix)

    @property
    def dimension(self) -> int:
        """D."""
        return int(self._matrix.shape[1])

    def scores(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Compare an embedding (D,) with all: (N,) cosines in [-1, 1], or distances from 0."""
        if self.measure == "cosine":
            cosines: NDArray[np.float32] = np.clip(self._matrix @ unit(query[None])[0], -1.0, 1.0)
            return cosines
        # |a - b|^2 = |a|^2 - 2 ab + |b|^2, which rounding may leave a little below nought.
        squared = self._squares - 2 * (self._matrix @ query) + float(query @ query)
        distances: NDArray[np.float32] = np.sqrt(np.maximum(squared, 0.0))
        return distances

    def nearest(self, query: NDArray[np.float32], count: int) -> NDArray[np.intp]:
        """Rows of the `count` nearest embeddings, the nearest first; equally near ones in their own order."""
        away = self.away(self.scores(query))
        near = np.argpartition(away, count)[:count] if count < len(away) else np.arange(len(away))
        chosen = np.sort(near)
        return chosen[np.argsort(away[chosen], kind="stable")]

    def away(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn scores into what grows with the distance."""
        return -scores if self.measure == "cosine" else scores


def unit(vectors: Matrix) -> Matrix:
    """Scale (N, D) embeddings to length 1; one of length 0 stays as it is."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0), np.float32)

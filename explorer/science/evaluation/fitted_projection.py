"""Very many embeddings on a plane: a projection is fitted on a sample of them and carries all others over.

Faces that come later are carried over by the same projection; those that are there stay where they lie.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.science.evaluation.projection import Moving, Plane, Points, t_sne
from explorer.science.recognition.base import Metric
from explorer.science.recognition.joined_rows import Rows
from explorer.science.recognition.neighbours import Matrix, unit

# Faces that the principal components are found from: their error is far below what a screen shows.
PCA_SAMPLE = 50_000
# Faces that t-SNE lays out; the others lie among those of them that they are next to.
T_SNE_SAMPLE = 5_000
_NEAREST = 5
_BLOCK = 4096


@dataclass(frozen=True, eq=False)
class FittedComponents:
    """Two principal components of a sample.

    mean: (D,). axes: (D, 2). explained: share of the sample's variance along each. measure: of the embeddings.
    """

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    explained: tuple[float, float]
    measure: Metric

    def transform(self, vectors: NDArray[np.floating]) -> Points:
        """Carry raw embeddings (n, D) over, (n, 2)."""
        return np.asarray((_compared(vectors, self.measure) - self.mean) @ self.axes, np.float32)


@dataclass(frozen=True, eq=False)
class FittedNeighbours:
    """A sample that t-SNE has laid out.

    vectors: (M, D) as they are compared. points: (M, 2).
    """

    vectors: Matrix
    points: Points
    measure: Metric
    explained: None = None

    def transform(self, vectors: NDArray[np.floating]) -> Points:
        """Put raw embeddings (n, D) among the faces of the sample that they are nearest to, (n, 2): at the mean of
        these, weighed by how near they are (as openTSNE begins with points that are new)."""
        compared = _compared(vectors, self.measure)
        few = min(_NEAREST, len(self.vectors))
        squared = (
            np.square(compared).sum(1)[:, None] - 2 * compared @ self.vectors.T + np.square(self.vectors).sum(1)[None]
        )
        near = np.argpartition(squared, few - 1, axis=1)[:, :few]
        weights = 1 / (np.maximum(np.take_along_axis(squared, near, 1), 0) + 1e-6)
        weights /= weights.sum(1, keepdims=True)
        points: Points = np.einsum("nk,nkc->nc", weights, self.points[near]).astype(np.float32)
        return points


Fitted = FittedComponents | FittedNeighbours


def fit_components(vectors: Rows, measure: Metric, rows: NDArray[np.intp]) -> FittedComponents:
    """Find the two directions in which a sample of embeddings varies most; signs as in `principal_components`.

    Args:
        vectors: (N, D) raw embeddings, float16 or float32, memory-mapped or not.
        rows: (M,) those of the sample, ascending.
    """
    size = vectors.shape[1]
    total, products = np.zeros(size), np.zeros((size, size))
    for start in range(0, len(rows), _BLOCK):
        some = _compared(vectors[rows[start : start + _BLOCK]], measure).astype(np.float64)
        total += some.sum(0)
        products += some.T @ some
    mean = total / max(len(rows), 1)
    values, axes = np.linalg.eigh(products - len(rows) * np.outer(mean, mean))
    leading = axes[:, ::-1][:, :2]
    leading = leading * np.sign(leading[np.abs(leading).argmax(0), [0, 1]])
    variance = float(values.sum())
    shares = [float(value) / variance if variance > 0 else 0.0 for value in values[::-1][:2]]
    return FittedComponents(mean.astype(np.float32), leading.astype(np.float32), (shares[0], shares[1]), measure)


def fit_t_sne(
    vectors: Rows, measure: Metric, rows: NDArray[np.intp], seed: int = 0
) -> Generator[Moving, None, FittedNeighbours]:
    """Lay a sample of embeddings out by t-SNE.

    Raises:
        ValueError: there are too few.
    """
    sample = np.asarray(vectors[rows], np.float32)
    plane: Plane = yield from t_sne(sample, measure, seed)
    return FittedNeighbours(_compared(sample, measure), plane.points, measure)


def transform_all(fitted: Fitted, vectors: Rows) -> Generator[int, None, Points]:
    """Carry all embeddings (N, D) over, a block at a time.

    Yields:
        How many are done.

    Returns:
        (N, 2).
    """
    points = np.empty((len(vectors), 2), np.float32)
    for start in range(0, len(vectors), _BLOCK):
        points[start : start + _BLOCK] = fitted.transform(vectors[start : start + _BLOCK])
        yield min(start + _BLOCK, len(vectors))
    return points


def sample_of(rows: NDArray[np.intp], most: int, seed: int = 0) -> NDArray[np.intp]:
    """Some of many rows, ascending; all where they are few enough."""
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def _compared(vectors: NDArray[np.floating], measure: Metric) -> Matrix:
    some = np.asarray(vectors, np.float32)
    return unit(some) if measure == "cosine" else some

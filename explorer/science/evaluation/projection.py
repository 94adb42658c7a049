"""Embeddings on a plane: their principal components at once, or t-SNE in steps.

Principal components keep what distances they can and say how much that is. t-SNE keeps who is near to whom; distances
between its clusters, and their sizes, mean nothing.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.science.recognition.base import Metric
from explorer.science.recognition.neighbours import Matrix, unit

Method = Literal["pca", "t-sne"]
Points = NDArray[np.float32]

PERPLEXITY = 30.0
# Fewer faces have no neighbourhoods to keep.
FEWEST = 10
EXAGGERATION, EXAGGERATED_STEPS, STEPS = 12.0, 250, 500
_MOMENTA = (0.5, 0.8)
_AT_ONCE = 10


@dataclass(frozen=True, eq=False)
class Plane:
    """points: (N, 2). explained: share of the variance along each axis; None where axes mean nothing."""

    points: Points
    explained: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class Moving:
    """How far t-SNE has come. points: (N, 2) as they lie now."""

    done: int
    total: int
    points: Points


def principal_components(vectors: Matrix, measure: Metric) -> Plane:
    """Project embeddings onto the two directions in which they vary most.

    The sign of each axis is free; the one is taken in which the largest coordinate of the axis is positive.

    Args:
        vectors: (N, D) float32 raw embeddings; of an encoder compared by cosine, their directions are taken.

    Example:
        >>> import numpy as np
        >>> from explorer.science.evaluation import principal_components
        >>> line = np.linspace(-1, 1, 12, dtype=np.float32)[:, None] * np.ones(8, np.float32)
        >>> plane = principal_components(line, "euclidean")
        >>> plane.points.shape, round(plane.explained[0], 5)  # a line lies along one axis
        ((12, 2), 1.0)
    """
    compared = _compared(vectors, measure).astype(np.float64)
    centred = compared - compared.mean(0)
    # The D x D covariance is small, however many faces there are.
    values, axes = np.linalg.eigh(centred.T @ centred)
    leading = axes[:, ::-1][:, :2]
    leading = leading * np.sign(leading[np.abs(leading).argmax(0), [0, 1]])
    total = float(values.sum())
    shares = [float(value) / total if total > 0 else 0.0 for value in values[::-1][:2]]
    return Plane((centred @ leading).astype(np.float32), (shares[0], shares[1]))


def t_sne(vectors: Matrix, measure: Metric, seed: int = 0) -> Generator[Moving, None, Plane]:
    """Lay embeddings out so that neighbours stay neighbours (van der Maaten and Hinton 2008; Poličar et al. 2024).

    It begins with the principal components, so that the layout at large is theirs, and takes the same seed to the same
    layout.

    Args:
        vectors: (N, D) float32 raw embeddings of at least `FEWEST` faces.

    Yields:
        `Moving`, after every ten steps.

    Raises:
        ValueError: there are too few faces.

    Example:
        >>> import numpy as np
        >>> from explorer.science.evaluation import t_sne
        >>> next(t_sne(np.ones((3, 8), np.float32), "cosine"))
        Traceback (most recent call last):
        ValueError: t-SNE needs at least 10 faces to have neighbourhoods, not 3
    """
    if len(vectors) < FEWEST:
        raise ValueError(f"t-SNE needs at least {FEWEST} faces to have neighbourhoods, not {len(vectors)}")
    from openTSNE import TSNEEmbedding, affinity, initialization

    total = EXAGGERATED_STEPS + STEPS
    compared = _compared(vectors, measure)
    start = initialization.rescale(principal_components(vectors, measure).points)
    yield Moving(0, total, _plain(start))
    perplexity = min(PERPLEXITY, (len(vectors) - 1) / 3)
    # Of unit vectors, Euclidean distances are in the order of cosines.
    near = affinity.PerplexityBasedNN(compared, perplexity=perplexity, random_state=seed, n_jobs=1)
    layout = TSNEEmbedding(start, near, random_state=seed, n_jobs=1)
    done = 0
    for steps, exaggeration, momentum in (
        (EXAGGERATED_STEPS, EXAGGERATION, _MOMENTA[0]),
        (STEPS, 1.0, _MOMENTA[1]),
    ):
        for _ in range(steps // _AT_ONCE):
            layout.optimize(n_iter=_AT_ONCE, exaggeration=exaggeration, momentum=momentum, inplace=True)
            done += _AT_ONCE
            yield Moving(done, total, _plain(layout))
    return Plane(_plain(layout))


def _compared(vectors: Matrix, measure: Metric) -> Matrix:
    return unit(vectors) if measure == "cosine" else np.asarray(vectors, np.float32)


def _plain(points: NDArray[np.floating]) -> Points:
    return np.array(points, np.float32)

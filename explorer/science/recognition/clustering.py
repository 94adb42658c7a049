"""Which of many faces are of one person, by their embeddings alone: average linkage, cut at a threshold.

Two groups are joined where the mean score over all pairs between them passes the threshold. Of unit vectors that mean
is the product of the groups' sums over the product of their sizes, so no matrix of all pairs is ever held; and since
joining two groups never brings them nearer to a third than the nearer of them was, the order of joining does not matter
and nearest neighbours may be followed to their end (nearest-neighbour chain: Murtagh 1983).

Mean scores forgive what single ones do not: in 10,000 faces there are 50 million pairs, of which a false match rate of
1e-3 passes 50,000, and single linkage would chain nearly everybody to one person.
"""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray

from explorer.science.recognition.base import Metric
from explorer.science.recognition.neighbours import Matrix, unit


def average_linkage(
    vectors: Matrix, measure: Metric, threshold: float, report_every: int = 64
) -> Generator[int, None, NDArray[np.intp]]:
    """Group embeddings.

    Args:
        vectors: (N, D) float32 raw embeddings.
        measure: cosine; or Euclidean distance, of which the mean is taken over squares.
        threshold: score at which two faces count as one person.
        report_every: steps between two reports.

    Yields:
        How many faces have found their group, now and then.

    Returns:
        (N,) numbers of the groups, the largest first, from 0; of groups of one size in the order of their first faces.

    Example:
        >>> import numpy as np
        >>> from explorer.science.iteration import Steps
        >>> from explorer.science.recognition import average_linkage
        >>> vectors = np.array([[1, 0], [0, 1], [1, 0.1], [0.9, 0]], np.float32)
        >>> Steps(average_linkage(vectors, "cosine", threshold=0.5)).result.tolist()
        [0, 1, 0, 0]
    """
    links = _Links(vectors, measure, threshold)
    chain: list[int] = []
    steps = 0
    while links.open.any():
        if not chain:
            chain = [int(np.argmax(links.open))]
        top = chain[-1]
        near = links.near(top)
        nearest = int(np.argmax(near))
        if near[nearest] < links.least:
            # Nobody is near enough, and no later joining brings anybody nearer.
            links.close(top)
            chain.pop()
        elif len(chain) > 1 and near[chain[-2]] >= near[nearest]:
            links.join(chain[-2], top)
            del chain[-2:]
        else:
            chain.append(nearest)
        steps += 1
        if steps % report_every == 0:
            yield int(len(vectors) - links.open.sum())
    return numbered(links.group_of)


class _Links:
    """Groups as they grow. A group stands at the place of its first face."""

    def __init__(self, vectors: Matrix, measure: Metric, threshold: float) -> None:
        cosine = measure == "cosine"
        self._sums = np.array(unit(vectors) if cosine else vectors, np.float32)
        # Closeness is the mean cosine, or the mean squared distance with its sign turned.
        self._doubled = 1.0 if cosine else 2.0
        squares = np.zeros(len(vectors)) if cosine else np.square(vectors, dtype=np.float64).sum(1)
        self._squares = squares
        self.least = threshold if cosine else -(threshold**2)
        self._sizes = np.ones(len(vectors))
        self.open = np.ones(len(vectors), bool)
        self.group_of = np.arange(len(vectors))

    def near(self, one: int) -> NDArray[np.float64]:
        """How near every open group is to one; minus infinity for itself."""
        sizes = self._sizes
        products = (self._sums @ self._sums[one]) / (sizes * sizes[one])
        means = self._squares / sizes
        near: NDArray[np.float64] = self._doubled * products - means - means[one]
        near[~self.open] = -np.inf
        near[one] = -np.inf
        return near

    def join(self, one: int, other: int) -> None:
        """Make two groups one."""
        first, second = sorted((one, other))
        self._sums[first] += self._sums[second]
        self._squares[first] += self._squares[second]
        self._sizes[first] += self._sizes[second]
        self.open[second] = False
        self.group_of[self.group_of == second] = first

    def close(self, one: int) -> None:
        """Let a group be as it is."""
        self.open[one] = False


def numbered(groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """Number groups (N,), the largest first, from 0; of groups of one size in the order of their first faces."""
    first, inverse, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return np.asarray(places[inverse])

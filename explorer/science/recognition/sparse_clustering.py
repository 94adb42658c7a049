"""Average linkage of very many embeddings: only pairs that are near enough by themselves are ever looked at.

Where the mean score between two groups passes the threshold, so does that of one pair between them at least. With all
pairs that pass, the result is therefore that of `average_linkage`, which compares each group with all others. Where
these pairs are too many to be held, the nearest few of each face stand for them: groups then are joined through those
alone, and a person can fall apart whose photographs are hardly alike, while strangers lie between them.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.science.recognition.base import Metric
from explorer.science.recognition.clustering import numbered
from explorer.science.recognition.joined_rows import Rows
from explorer.science.recognition.neighbours import Matrix, unit

# Of a face, where all pairs that pass are too many.
NEAREST = 16
# Pairs that are held: at four bytes, twice, some hundreds of megabytes.
MOST_PAIRS = 20_000_000
_BLOCK = 2048
# Scores of a pair by another product of matrices may differ in their last bits: such a pair only costs a look.
_SLACK = 1e-4


@dataclass(frozen=True, eq=False)
class Pairs:
    """Who may be one person with whom, in both directions: those of row i are `others[starts[i]:starts[i + 1]]`.

    starts: (N + 1,) int64. others: int32. complete: whether every pair that passes the threshold is there.
    """

    starts: NDArray[np.int64]
    others: NDArray[np.int32]
    complete: bool

    def of(self, row: int) -> NDArray[np.int32]:
        """Of a row."""
        return self.others[self.starts[row] : self.starts[row + 1]]


def passing_pairs(
    vectors: Rows, measure: Metric, threshold: float, most: int = MOST_PAIRS
) -> Generator[int, None, Pairs | None]:
    """Find all pairs whose score passes a threshold, a block of scores at a time.

    Args:
        vectors: (N, D) raw embeddings, float16 or float32, memory-mapped or not.
        threshold: a cosine, or a distance.
        most: pairs that may be held.

    Yields:
        How many rows have been compared with all before them.

    Returns:
        The pairs; None where they are more than `most`.
    """
    firsts: list[NDArray[np.int32]] = []
    seconds: list[NDArray[np.int32]] = []
    held = 0
    for start in range(0, len(vectors), _BLOCK):
        here = _compared(vectors[start : start + _BLOCK], measure)
        for before in range(0, start + 1, _BLOCK):
            there = here if before == start else _compared(vectors[before : before + _BLOCK], measure)
            one, other = np.nonzero(_passing(here, there, measure, threshold))
            if before == start:
                one, other = one[one > other], other[one > other]
            firsts.append((one + start).astype(np.int32))
            seconds.append((other + before).astype(np.int32))
            held += len(one)
            if held > most:
                return None
        yield min(start + _BLOCK, len(vectors))
    empty = np.zeros(0, np.int32)
    return _in_both(len(vectors), np.concatenate([empty, *firsts]), np.concatenate([empty, *seconds]), complete=True)


def pairs_of_neighbours(nearest: NDArray[np.integer]) -> Pairs:
    """Make pairs of the nearest few of each face.

    Args:
        nearest: (N, k) rows; negative where there are fewer. Itself counts as none.
    """
    count, few = nearest.shape
    first = np.repeat(np.arange(count, dtype=np.int32), few)
    second = nearest.astype(np.int32).reshape(-1)
    kept = (second >= 0) & (second != first)
    return _in_both(count, first[kept], second[kept], complete=False)


def sparse_average_linkage(
    vectors: Rows, measure: Metric, threshold: float, pairs: Pairs, report_every: int = 1024
) -> Generator[int, None, NDArray[np.intp]]:
    """Group embeddings as `average_linkage` does, but join only groups between which there is one of some pairs.

    Args:
        vectors: (N, D) raw embeddings, float16 or float32, memory-mapped or not; single rows of them are read.
        measure: cosine; or Euclidean distance, of which the mean is taken over squares.
        threshold: score at which two faces count as one person.
        pairs: who may be one person with whom.
        report_every: steps between two reports.

    Yields:
        How many faces have found their group, now and then.

    Returns:
        (N,) numbers of the groups, the largest first, from 0; of groups of one size in the order of their first faces.
    """
    links = _Links(vectors, measure, threshold, pairs)
    chain: list[int] = []
    steps = first = 0
    while chain or first < len(vectors):
        if not chain:
            if links.open[first]:
                chain = [first]
            else:
                first += 1
                continue
        top = chain[-1]
        groups, near = links.near(top)
        best = int(np.argmax(near)) if len(near) else -1
        if best < 0 or near[best] < links.least:
            # Nobody is near enough, and no later joining brings anybody nearer.
            links.close(top)
            chain.pop()
        elif len(chain) > 1 and near[np.searchsorted(groups, chain[-2])] >= near[best]:
            links.join(chain[-2], top)
            del chain[-2:]
        else:
            chain.append(int(groups[best]))
        steps += 1
        if steps % report_every == 0:
            yield links.closed
    return numbered(links.group_of)


class _Links:
    """Groups as they grow. A group stands at the place of its first face; the sums of single faces are not held."""

    def __init__(self, vectors: Rows, measure: Metric, threshold: float, pairs: Pairs) -> None:
        cosine = measure == "cosine"
        self._vectors, self._measure, self._pairs = vectors, measure, pairs
        self._doubled = 1.0 if cosine else 2.0
        self.least = threshold if cosine else -(threshold**2)
        self.open = np.ones(len(vectors), bool)
        self.group_of = np.arange(len(vectors))
        self.closed = 0
        # Of groups of two and more that are still open.
        self._sums: dict[int, NDArray[np.float32]] = {}
        self._squares: dict[int, float] = {}
        self._members: dict[int, NDArray[np.intp]] = {}
        self._others: dict[int, NDArray[np.integer]] = {}

    def near(self, one: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The open groups that a group may be joined with, ascending, and how near they are."""
        linked = self._others.get(one)
        groups = np.unique(self.group_of[self._pairs.of(one) if linked is None else linked])
        groups = groups[self.open[groups] & (groups != one)]
        if linked is not None:
            self._others[one] = groups
        sums, squares, sizes = self._of([one, *groups.tolist()])
        products = (sums[1:] @ sums[0]) / (sizes[1:] * sizes[0])
        means = squares / sizes
        near: NDArray[np.float64] = self._doubled * products - means[1:] - means[0]
        return groups, near

    def join(self, one: int, other: int) -> None:
        """Make two groups one."""
        first, second = sorted((one, other))
        sums, squares, _ = self._of([first, second])
        members = np.concatenate([self._members.pop(group, np.array([group])) for group in (first, second)])
        others = np.concatenate([self._others.pop(group, self._pairs.of(group)) for group in (first, second)])
        self._sums.pop(second, None)
        self._squares.pop(second, None)
        self._sums[first], self._squares[first] = sums[0] + sums[1], float(squares.sum())
        self._members[first], self._others[first] = members, others
        self.open[second] = False
        self.closed += 1
        self.group_of[members] = first

    def close(self, one: int) -> None:
        """Let a group be as it is."""
        self.open[one] = False
        self.closed += 1
        for held in (self._sums, self._squares, self._members, self._others):
            held.pop(one, None)

    def _of(self, groups: list[int]) -> tuple[Matrix, NDArray[np.float64], NDArray[np.float64]]:
        """Sums (n, D), sums of squared lengths (n,) and sizes (n,) of some groups."""
        sums = np.empty((len(groups), self._vectors.shape[1]), np.float32)
        single = np.array([group not in self._sums for group in groups])
        alone = np.array(groups)[single]
        sums[single] = _compared(self._vectors[alone], self._measure)
        for place in np.flatnonzero(~single).tolist():
            sums[place] = self._sums[groups[place]]
        sizes = np.array([len(self._members[group]) if group in self._members else 1 for group in groups], np.float64)
        if self._measure == "cosine":
            return sums, np.zeros(len(groups)), sizes
        squares = np.array([self._squares.get(group, 0.0) for group in groups])
        squares[single] = np.square(sums[single], dtype=np.float64).sum(1)
        return sums, squares, sizes


def _in_both(count: int, one: NDArray[np.int32], other: NDArray[np.int32], *, complete: bool) -> Pairs:
    starts = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(one, minlength=count) + np.bincount(other, minlength=count), out=starts[1:])
    order = np.argsort(np.concatenate([one, other]), kind="stable")
    return Pairs(starts, np.concatenate([other, one])[order], complete)


def _passing(here: Matrix, there: Matrix, measure: Metric, threshold: float) -> NDArray[np.bool_]:
    products = here @ there.T
    if measure == "cosine":
        return np.asarray(products >= threshold - _SLACK)
    squared = np.square(here).sum(1)[:, None] - 2 * products + np.square(there).sum(1)[None]
    return np.asarray(squared <= threshold**2 + _SLACK * max(1.0, threshold**2))


def _compared(vectors: NDArray[np.floating], measure: Metric) -> Matrix:
    some = np.asarray(vectors, np.float32)
    return unit(some) if measure == "cosine" else some

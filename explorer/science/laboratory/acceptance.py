"""The share of genuine pairs that are accepted where so many impostors are (TAR at FAR), with intervals by person.

A pair is accepted whose closeness lies above the threshold, and the threshold is the lowest above which at most that
share of the impostor pairs lies: with fewer pairs than 1 / FAR no impostor passes. In every draw of people the
threshold is found anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.science.evaluation.accepting import FAR, estimate
from explorer.science.evaluation.people import times_drawn
from explorer.science.evaluation.same_person import Estimate
from explorer.science.recognition.base import Metric
from explorer.science.recognition.neighbours import unit

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Comparisons:
    """Pairs of a claim and a photograph, by how near they are: more is nearer, whatever the encoder's measure.

    people: how many there are; numbers of people lie below it.
    genuine: (G,) closeness of pairs of one person; whose: (G,) who that is.
    impostors: (M,) of pairs of two; first, second: (M,) who these are.
    """

    people: int
    genuine: Floats
    whose: Numbers
    impostors: Floats
    first: Numbers
    second: Numbers


def comparisons(closeness: Floats, claimed: Numbers, shown: Numbers) -> Comparisons:
    """All pairs of a matrix of closeness (C, S) of claims with photographs.

    Args:
        claimed: (C,) whose each claim is, whole numbers from 0. shown: (S,) who each photograph shows.
    """
    alike = claimed[:, None] == shown[None]
    rows, columns = np.nonzero(alike)
    others, strangers = np.nonzero(~alike)
    return Comparisons(
        int(max(claimed.max(initial=-1), shown.max(initial=-1))) + 1,
        closeness[rows, columns].astype(np.float64),
        claimed[rows],
        closeness[others, strangers].astype(np.float64),
        claimed[others],
        shown[strangers],
    )


def joined(parts: list[Comparisons]) -> Comparisons:
    """The pairs of several comparisons of the same people."""
    return Comparisons(
        max(part.people for part in parts),
        np.concatenate([part.genuine for part in parts]),
        np.concatenate([part.whose for part in parts]),
        np.concatenate([part.impostors for part in parts]),
        np.concatenate([part.first for part in parts]),
        np.concatenate([part.second for part in parts]),
    )


def accepted(pairs: Comparisons, far: float = FAR) -> float:
    """TAR at a FAR.

    Raises:
        ValueError: there is no genuine pair, or no impostor pair.

    Example:
        >>> import numpy as np
        >>> from explorer.science.laboratory.acceptance import accepted, comparisons
        >>> closeness = np.array([[0.9, 0.2], [0.5, 0.4]])
        >>> accepted(comparisons(closeness, np.array([0, 1]), np.array([0, 1])))  # 0.9 passes, 0.4 lies below 0.5
        0.5
    """
    if not len(pairs.genuine) or not len(pairs.impostors):
        raise ValueError("at least one pair of one person is needed, and one of two people")
    return float((pairs.genuine > threshold_of(pairs, far)).mean())


def threshold_of(pairs: Comparisons, far: float = FAR) -> float:
    """The closeness above which at most that share of the impostor pairs lies."""
    place = min(int(far * len(pairs.impostors)), len(pairs.impostors) - 1)
    return float(np.partition(pairs.impostors, len(pairs.impostors) - 1 - place)[len(pairs.impostors) - 1 - place])


def accepted_in_draws(pairs: Comparisons, far: float = FAR) -> Floats:
    """TAR at a FAR in each of 1,000 draws of people, (1000,); nan where a draw has no such pairs.

    Two pairs that share a person are not independent: people are drawn again with all their photographs. A person who
    is drawn twice is no stranger to themselves.
    """
    pairs = _of_those_there(pairs)
    drawn = times_drawn(pairs.people)
    thresholds = _thresholds(pairs, drawn, far)
    counts = np.bincount(pairs.whose, minlength=pairs.people).astype(np.float64)
    passing = np.zeros_like(drawn)
    order = np.lexsort((pairs.genuine, pairs.whose))
    ends = np.cumsum(counts).astype(np.intp)
    for person in np.flatnonzero(counts):
        own = pairs.genuine[order[ends[person] - int(counts[person]) : ends[person]]]
        passing[:, person] = len(own) - np.searchsorted(own, thresholds, side="right")
    total = drawn @ counts
    shares = np.divide((drawn * passing).sum(1), total, out=np.full(len(drawn), np.nan), where=total > 0)
    return np.where(np.isnan(thresholds), np.nan, shares)


def _of_those_there(pairs: Comparisons) -> Comparisons:
    """The same pairs with people numbered anew: only those are drawn who are there."""
    there = np.zeros(pairs.people, bool)
    for numbers in (pairs.whose, pairs.first, pairs.second):
        there[numbers] = True
    place = there.cumsum() - 1
    return replace(
        pairs,
        people=int(there.sum()),
        whose=place[pairs.whose],
        first=place[pairs.first],
        second=place[pairs.second],
    )


def estimate_of(pairs: Comparisons, far: float = FAR) -> Estimate:
    """TAR at a FAR with its 95 % interval by person, which contains it."""
    return estimate(accepted(pairs, far), accepted_in_draws(pairs, far))


def _thresholds(pairs: Comparisons, drawn: Floats, far: float) -> Floats:
    """The threshold in each draw, (1000,)."""
    between = np.zeros((pairs.people, pairs.people))
    np.add.at(between, (pairs.first, pairs.second), 1.0)
    allowed = far * ((drawn @ between) * drawn).sum(1)
    nearest = np.argsort(-pairs.impostors, kind="stable")
    found = np.full(len(drawn), np.nan)
    looked = min(len(nearest), 200 + int(20 * far * len(nearest)))
    left = np.flatnonzero(allowed > 0)
    while len(left):
        # Where the nearest pairs are of people whom a draw lacks, it is looked further.
        some = nearest[:looked]
        weights = drawn[np.ix_(left, pairs.first[some])] * drawn[np.ix_(left, pairs.second[some])]
        beyond = weights.cumsum(1) > allowed[left, None]
        reached = beyond.any(1)
        found[left[reached]] = pairs.impostors[some][beyond[reached].argmax(1)]
        left = left[~reached] if looked < len(nearest) else left[:0]
        looked = min(len(nearest), 4 * looked)
    return found


def photographs_compared(vectors: NDArray[np.float32], people: Numbers, measure: Metric) -> Comparisons:
    """Every pair of photographs once, under an encoder's measure.

    Args:
        vectors: (N, D). people: (N,) whose photograph each is, whole numbers from 0.
    """
    nearness = closeness_of(vectors, vectors, measure)
    rows, columns = np.triu_indices(len(people), 1)
    alike = people[rows] == people[columns]
    values = nearness[rows, columns]
    return Comparisons(
        int(people.max(initial=-1)) + 1,
        values[alike],
        people[rows[alike]],
        values[~alike],
        people[rows[~alike]],
        people[columns[~alike]],
    )


def closeness_of(one: NDArray[np.float32], other: NDArray[np.float32], measure: Metric) -> Floats:
    """How near vectors (C, D) are to others (S, D), (C, S): cosines, or distances with their sign turned."""
    if measure == "cosine":
        return (unit(one) @ unit(other).T).astype(np.float64)
    squared = np.square(one).sum(1)[:, None] + np.square(other).sum(1)[None] - 2 * one @ other.T
    nearness: Floats = -np.sqrt(np.maximum(squared, 0)).astype(np.float64)
    return nearness

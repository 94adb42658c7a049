"""How often an encoder turns people away, at a rate at which strangers are let in (DIFFUSE, 6.2.6.1).

Cosines of all pairs of pictures are counted in steps of 0.001. The threshold is the first step at which no more than
the given share of the impostor pairs passes (FAR); the false rejection rate (FRR) is the share of the pairs of one
person that lie below it. Intervals are by person and by training: people are drawn again with all their pictures, in
which the threshold is found anew, and so are the trainings. Of three trainings, an interval knows little of how they
scatter: each one's figure stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.science.errors import LikenessError
from explorer.science.evaluation.people import DRAWS, RULE_OF_THREE, interval_of_draws, times_drawn
from explorer.science.evaluation.same_person import Estimate

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

STEP = 0.001
# Steps from -1 to 1, and one that no score reaches.
STEPS = round(2 / STEP) + 2
LEAST_PASSING = 10
"""A FAR is told where so many impostor pairs may pass: 1e-3 from 10,000 pairs on, 1e-5 from a million."""
_ROUNDING = 1e-6


class AuthenticationError(LikenessError, ValueError):
    """There are too few people or pairs for what is asked."""


@dataclass(frozen=True, eq=False)
class PairCounts:
    """The scores of all pairs of pictures that one encoder sees.

    same: (P, STEPS) pairs of each person at each step. different: (Q, STEPS) those of each pair of people. pairs:
    (Q, 2) which people these are.
    """

    same: Floats
    different: Floats
    pairs: Whole

    @property
    def people(self) -> int:
        """How many there are."""
        return len(self.same)

    @property
    def genuine(self) -> int:
        """Pairs of pictures of one person."""
        return int(self.same.sum())

    @property
    def impostors(self) -> int:
        """Pairs of pictures of two."""
        return int(self.different.sum())

    def tells(self, far: float) -> bool:
        """Whether so many impostor pairs tell a FAR."""
        return far * self.impostors >= LEAST_PASSING * (1 - 1e-9)


def count_pairs(embeddings: NDArray[np.float32], people: Whole) -> PairCounts:
    """Count the cosines of all pairs of pictures.

    Args:
        embeddings: (N, D) of length 1. people: (N,) whole numbers from 0, none left out.

    Raises:
        AuthenticationError: there are fewer than two people, somebody's number is missing, or nobody has two pictures.
    """
    count = int(people.max(initial=-1)) + 1
    rows = [np.flatnonzero(people == person) for person in range(count)]
    if count < 2 or min(map(len, rows)) == 0 or max(map(len, rows)) < 2:
        raise AuthenticationError(f"{len(people)} pictures of {count} people: give two people, and two pictures of one")
    same, different, pairs = (
        np.zeros((count, STEPS)),
        np.zeros((count * (count - 1) // 2, STEPS)),
        list[Sequence[int]](),
    )
    for person, own in enumerate(rows):
        inside = np.triu_indices(len(own), 1)
        same[person] = _counted((embeddings[own] @ embeddings[own].T)[inside])
        for other in range(person + 1, count):
            different[len(pairs)] = _counted(embeddings[own] @ embeddings[rows[other]].T)
            pairs.append((person, other))
    return PairCounts(same, different, np.array(pairs, np.int64))


def step_of(cosines: NDArray[np.floating]) -> Whole:
    """The last step that each cosine passes, from 0 at -1.

    Example:
        >>> import numpy as np
        >>> from explorer.science.evaluation.authentication import step_of
        >>> step_of(np.array([-1.0, 0.0, 0.0005, 1.0])).tolist()
        [0, 1000, 1000, 2000]
    """
    steps: Whole = np.floor((np.clip(cosines, -1, 1).astype(np.float64) + 1) / STEP + _ROUNDING).astype(np.int64)
    return steps


def thresholds(counts: PairCounts, fars: Sequence[float]) -> Whole:
    """The step from which on a pair passes, (1 + draws, F): of these people, then with people drawn again.

    Args:
        fars: the share of impostor pairs that may pass.
    """
    times = _times(counts.people)
    strangers = times[:, counts.pairs[:, 0]] * times[:, counts.pairs[:, 1]]
    passing = (strangers @ counts.different)[:, ::-1].cumsum(1)[:, ::-1]
    found: Whole = np.stack([(passing > far * passing[:, :1] * (1 + 1e-12)).sum(1) for far in fars], 1)
    # A person who is drawn twice is no stranger to themselves: a draw of one person alone has none, and no threshold.
    found[passing[:, 0] == 0] = -1
    return found


def rejected(counts: PairCounts, steps: Whole, among: NDArray[np.bool_] | None = None) -> Floats:
    """The share of pairs of one person below thresholds, (1 + draws, F); nan where there is no threshold or no pair.

    Args:
        steps: as of `thresholds`. among: (P,) of whom pairs count; None for all.
    """
    times = _times(counts.people)
    own = (times if among is None else times * among) @ counts.same
    below = np.concatenate([np.zeros((len(own), 1)), own.cumsum(1)], 1)
    shares = np.take_along_axis(below, np.maximum(steps, 0), 1)
    whole = np.broadcast_to(below[:, -1:], shares.shape)
    found: Floats = np.divide(shares, whole, out=np.full(shares.shape, np.nan), where=(whole > 0) & (steps >= 0))
    return found


def rejections(counts: PairCounts, fars: Sequence[float], among: NDArray[np.bool_] | None = None) -> Floats:
    """False rejection rates, (1 + draws, F): of these people, then with people drawn again; nan where none is known.

    Args:
        fars: the share of impostor pairs of all people that may pass.
        among: (P,) of whom pairs of one person count; None for all. Strangers are all, whoever is counted.

    Example:
        >>> import numpy as np
        >>> from explorer.science.evaluation.authentication import count_pairs, rejections
        >>> people = np.repeat(np.arange(10), 4)
        >>> embeddings = np.eye(10, dtype=np.float32)[people]
        >>> rejections(count_pairs(embeddings, people), [0.001])[0].tolist()
        [0.0]
    """
    return rejected(counts, thresholds(counts, fars), among)


def over_trainings(each: Sequence[Floats], stream: int = 0) -> Floats:
    """The mean of several trainings' rates, (1 + draws, F): of all, and then with trainings drawn again, too.

    Args:
        each: (1 + draws, F) of each training, of the same people. stream: of which trainings are drawn; of results
            that were trained apart, another for each.
    """
    stacked = np.stack(each)
    chosen = np.random.default_rng([1, stream]).integers(len(each), size=(len(each), DRAWS))
    drawn = stacked[chosen, np.arange(1, DRAWS + 1)[None]].mean(0)
    return np.concatenate([stacked[:, 0].mean(0, keepdims=True), drawn])


def estimate(values: Floats, people: int | None = None) -> Estimate:
    """A rate with its 95 % interval.

    Args:
        values: (1 + draws,). people: how many there are, where a rate of 0 has the rule of three's upper end.
    """
    value, ends = float(values[0]), interval_of_draws(values[1:])
    if ends is None:
        return Estimate(value=value)
    low, high = min(ends[0], value), max(ends[1], value)
    if people is not None and value == 0:
        high = max(high, min(1.0, RULE_OF_THREE / people))
    return Estimate(value=value, low=low, high=high)


def roc_fars(impostors: int, points: int = 61) -> Floats:
    """The FARs of a curve: from the least that so many impostor pairs tell up to 1, evenly on a logarithmic axis."""
    least = min(1.0, LEAST_PASSING / max(1, impostors))
    fars: Floats = np.logspace(np.log10(least), 0, points)
    return fars


def _counted(cosines: NDArray[np.floating]) -> Floats:
    return np.bincount(step_of(cosines).ravel(), minlength=STEPS).astype(np.float64)


def _times(people: int) -> Floats:
    """How often each of P people counts, (1 + draws, P): once, and then by draws."""
    return np.vstack([np.ones(people), times_drawn(people)])

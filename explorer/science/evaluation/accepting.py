"""The share of pairs of one person that an encoder accepts where it accepts few pairs of strangers: TAR at a FAR.

The threshold is the set's own: the nearest pairs of strangers, so many as the rate allows, are accepted, and what is
nearer than the next one passes; with fewer pairs than 1 / FAR no stranger passes. Of every draw of people the threshold
is found anew (the cluster bootstrap of `explorer.science.evaluation.people`): two pairs that share a person are not
independent, and a person who is drawn twice is no stranger to themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.errors import LikenessError
from explorer.science.evaluation.people import interval_of_draws, times_drawn
from explorer.science.evaluation.same_person import Estimate
from explorer.science.recognition.base import Metric, similarity_or_distance
from explorer.science.recognition.impostors import sign_of
from explorer.science.recognition.score_reference import score_matrix

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

FAR = 1e-3
# Of the pairs of strangers, the nearest ones that are looked at first in draws of people: so many, and so many times
# those that may pass; where a draw of people lacks them, so many times more are looked at.
_LEAST, _TIMES, _FURTHER = 200, 20, 4
_CHUNK, _LARGEST = 20_000, 20_000_000


class PairsError(LikenessError, ValueError):
    """Pairs that no rate can be told from; the message says why."""


@dataclass(frozen=True, eq=False)
class Accepted:
    """How many pairs of one person pass at a threshold that so few pairs of strangers pass.

    tar: their share, with its interval by person. threshold: the score that must be surpassed.
    passing: how many pairs of strangers pass. draws: (1000,) the share in each draw of people, nan where it has none.
    """

    tar: Estimate
    threshold: float
    passing: int
    draws: Floats

    def gained_over(self, other: Accepted) -> Estimate:
        """The difference of two shares of the same pairs, with the interval of the difference by person."""
        return estimate(self.tar.value - other.tar.value, self.draws - other.draws)


class PairsOfPeople:
    """Whose pairs are compared, and how often each is there when the people in them are drawn again.

    Args:
        whose: (G,) of each pair of one person, who that is, by number.
        first, second: (M,) of each pair of strangers, who these are.

    Raises:
        PairsError: there is no pair of one person, or none of strangers.

    Example:
        >>> import numpy as np
        >>> from explorer.science.evaluation.accepting import PairsOfPeople
        >>> pairs = PairsOfPeople(np.array([0, 1]), np.array([0, 1]), np.array([1, 0]))
        >>> found = pairs.accepted(np.array([0.9, 0.4]), np.array([0.2, 0.5]))
        >>> found.tar.value, found.threshold  # 0.9 passes, 0.4 lies below 0.5
        (0.5, 0.5)
    """

    def __init__(self, whose: Numbers, first: Numbers, second: Numbers) -> None:
        if not len(whose) or not len(first):
            raise PairsError("at least one pair of one person is needed, and one of two people")
        there, places = np.unique(np.concatenate([whose, first, second]), return_inverse=True)
        self._whose, self._first, self._second = np.split(places, [len(whose), len(whose) + len(first)])
        self._drawn = times_drawn(len(there))
        self._strangers = self._total_of_strangers(len(there))

    @property
    def people(self) -> int:
        """How many people are in a pair."""
        return int(self._drawn.shape[1])

    def accepted(self, genuine: Floats, impostors: Floats, far: float = FAR) -> Accepted:
        """The share of pairs of one person that pass where at most a share `far` of the strangers' pairs does.

        Args:
            genuine, impostors: (G,) and (M,) how near the two of each pair are: more is nearer. What is not finite
                passes nowhere.

        Returns:
            The threshold as a closeness.
        """
        own, strangers = (one.astype(np.float64) for one in (genuine, impostors))
        own, strangers = (np.where(np.isfinite(one), one, -np.inf) for one in (own, strangers))
        nearest = np.argsort(-strangers, kind="stable")
        threshold = float(strangers[nearest[min(int(far * len(strangers)), len(nearest) - 1)]])
        draws = self._shares(own, self._thresholds(strangers, nearest, far))
        share = estimate(float((own > threshold).mean()), draws)
        return Accepted(share, threshold, int((strangers > threshold).sum()), draws)

    def _total_of_strangers(self, people: int) -> Floats:
        """How many pairs of strangers each draw of people has, (1000,)."""
        used, counts = np.unique(self._first * people + self._second, return_counts=True)
        total = np.zeros(len(self._drawn))
        for start in range(0, len(used), _CHUNK):
            pair = used[start : start + _CHUNK]
            drawn = self._drawn[:, pair // people] * self._drawn[:, pair % people]
            total += drawn @ counts[start : start + _CHUNK]
        return total

    def _thresholds(self, strangers: Floats, nearest: Numbers, far: float) -> Floats:
        """The threshold in each draw of people, (1000,); nan where a draw has no strangers."""
        found = np.full(len(self._drawn), np.nan)
        looked = min(len(nearest), _LEAST + int(_TIMES * far * len(nearest)))
        left = np.flatnonzero(self._strangers > 0)
        while len(left):
            some, missed = nearest[:looked], list[Numbers]()
            for draws in np.array_split(left, -(-len(left) * looked // _LARGEST)):
                weights = self._drawn[np.ix_(draws, self._first[some])] * self._drawn[np.ix_(draws, self._second[some])]
                beyond = weights.cumsum(1) > far * self._strangers[draws, None]
                reached = beyond.any(1)
                found[draws[reached]] = strangers[some][beyond[reached].argmax(1)]
                missed.append(draws[~reached])
            left = np.concatenate(missed) if looked < len(nearest) else left[:0]
            looked = min(len(nearest), _FURTHER * looked)
        return found

    def _shares(self, own: Floats, thresholds: Floats) -> Floats:
        """The share of pairs of one person above the threshold of each draw of people, (1000,)."""
        counts = np.bincount(self._whose, minlength=self.people)
        order = np.lexsort((own, self._whose))
        passing = np.zeros_like(self._drawn)
        for person, theirs in enumerate(np.split(own[order], np.cumsum(counts)[:-1])):
            passing[:, person] = len(theirs) - np.searchsorted(theirs, thresholds, side="right")
        total = self._drawn @ counts
        shares = np.divide((self._drawn * passing).sum(1), total, out=np.full(len(total), np.nan), where=total > 0)
        return np.where(np.isnan(thresholds), np.nan, shares)


@dataclass(frozen=True, eq=False)
class Comparisons:
    """Pairs of a claim and a photograph, by how near they are: more is nearer, whatever the encoder's measure.

    genuine: (G,) closeness of pairs of one person; whose: (G,) who that is, by number.
    impostors: (M,) of pairs of two; first, second: (M,) who these are.
    """

    genuine: Floats
    whose: Numbers
    impostors: Floats
    first: Numbers
    second: Numbers

    def accepted(self, far: float = FAR) -> Accepted:
        """The share of genuine pairs that pass where at most a share `far` of the impostors does.

        Raises:
            PairsError: there is no genuine pair, or no impostor pair.
        """
        return PairsOfPeople(self.whose, self.first, self.second).accepted(self.genuine, self.impostors, far)


def comparisons(closeness: Floats, claimed: Numbers, shown: Numbers) -> Comparisons:
    """All pairs of a matrix of closeness (C, S) of claims with photographs.

    Args:
        claimed: (C,) whose each claim is, by number. shown: (S,) who each photograph shows.

    Example:
        >>> import numpy as np
        >>> from explorer.science.evaluation.accepting import comparisons
        >>> closeness = np.array([[0.9, 0.2], [0.5, 0.4]])
        >>> comparisons(closeness, np.array([0, 1]), np.array([0, 1])).accepted().tar.value
        0.5
    """
    alike = claimed[:, None] == shown[None]
    rows, columns = np.nonzero(alike)
    others, strangers = np.nonzero(~alike)
    return Comparisons(
        closeness[rows, columns].astype(np.float64),
        claimed[rows],
        closeness[others, strangers].astype(np.float64),
        claimed[others],
        shown[strangers],
    )


def joined(parts: Sequence[Comparisons]) -> Comparisons:
    """The pairs of several comparisons of the same people."""
    return Comparisons(
        np.concatenate([part.genuine for part in parts]),
        np.concatenate([part.whose for part in parts]),
        np.concatenate([part.impostors for part in parts]),
        np.concatenate([part.first for part in parts]),
        np.concatenate([part.second for part in parts]),
    )


class Pairs:
    """Pairs of photographs of a set, and how often people's pairs are drawn when people are drawn again.

    Args:
        people: of each photograph, whose it is.
        first, second: (K,) rows of the photographs; all pairs where None, each once, the earlier photograph first.

    Raises:
        PairsError: there is no pair of one person, or none of two.

    Example:
        >>> import torch
        >>> from explorer.science.evaluation.accepting import Pairs
        >>> pairs = Pairs(["a", "a", "b", "b", "c"])
        >>> int(pairs.same.sum()), int((~pairs.same).sum())
        (2, 8)
        >>> faces = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9], [-1.0, 0.0]])
        >>> found = pairs.accepted(pairs.scores(faces, faces, "cosine"), "cosine", far=0.01)
        >>> found.tar.value, found.passing
        (1.0, 0)
    """

    def __init__(
        self, people: Sequence[str] | Sequence[int], first: Tensor | None = None, second: Tensor | None = None
    ) -> None:
        order = np.unique(np.array(people), return_inverse=True)[1]
        if first is None or second is None:
            first, second = torch.triu_indices(len(people), len(people), 1)
        self.first, self.second = first, second
        one, other = order[first.numpy()], order[second.numpy()]
        self.same = torch.from_numpy(one == other)
        if not bool(self.same.any()):
            raise PairsError("no person has two photographs with a face: give several photographs of each person")
        if bool(self.same.all()):
            raise PairsError("all pairs show one person: give photographs of several people")
        same = self.same.numpy()
        self._of_people = PairsOfPeople(one[same], one[~same], other[~same])

    @property
    def genuine(self) -> int:
        """How many pairs show one person."""
        return int(self.same.sum())

    @property
    def impostors(self) -> int:
        """How many pairs show two people."""
        return len(self.same) - self.genuine

    def scores(self, one: Tensor, other: Tensor, measure: Metric) -> Tensor:
        """The scores (K,) of the pairs, the first photograph's embedding being of `one`, the second's of `other`.

        Args:
            one, other: (N, D), row by row of the photographs; a row of nan is of a face that was not found.
        """
        if len(self.first) > len(one):
            return score_matrix(one.float(), other.float(), measure)[self.first, self.second]
        return similarity_or_distance(one[self.first].float(), other[self.second].float(), measure)

    def accepted(self, scores: Tensor, measure: Metric, far: float = FAR) -> Accepted:
        """The share of pairs of one person that pass where at most a share `far` of the strangers' pairs does.

        Args:
            scores: (K,); what is not finite, of a face that was not found, passes nowhere.
        """
        closeness, same = (sign_of(measure) * scores.double()).numpy(), self.same.numpy()
        found = self._of_people.accepted(closeness[same], closeness[~same], far)
        return replace(found, threshold=sign_of(measure) * found.threshold)


def estimate(value: float, draws: Floats) -> Estimate:
    """A measure with the interval of its values in draws of people, which holds the measure itself."""
    interval = interval_of_draws(draws)
    if interval is None:
        return Estimate(value=value)
    return Estimate(value=value, low=min(interval[0], value), high=max(interval[1], value))


def mean_by_person(values: Tensor, people: Sequence[str]) -> Estimate | None:
    """The mean of values (N,) of photographs, with its interval by person; values of nan are left out.

    Returns:
        None where all of them are.
    """
    known = values.isfinite().numpy()
    if not known.any():
        return None
    names, order = np.unique(np.array(people)[known], return_inverse=True)
    numbers = values.double().numpy()[known]
    sums, counts = (np.bincount(order, weights=of, minlength=len(names)) for of in (numbers, np.ones_like(numbers)))
    if len(names) < 2:
        return Estimate(value=float(numbers.mean()))
    drawn = times_drawn(len(names))
    return estimate(float(numbers.mean()), (drawn @ sums) / (drawn @ counts))

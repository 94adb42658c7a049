"""The share of pairs of one person that an encoder accepts where it accepts few pairs of strangers: TAR at a FAR.

The threshold is the set's own: the nearest pairs of strangers, so many as the rate allows, are accepted, and what is
nearer than the next one passes. Of every draw of people the threshold is found anew (the cluster bootstrap of
`explorer.science.evaluation.people`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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

FAR = 1e-3
# Of the pairs of strangers, the nearest ones that are looked at in draws of people: at least so many, and so many times
# those that may pass.
_LEAST, _TIMES = 200, 30
_CHUNK = 20_000


class PairsError(LikenessError, ValueError):
    """Pairs of photographs that no rate can be told from; the message says why."""


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

    def __init__(self, people: Sequence[str], first: Tensor | None = None, second: Tensor | None = None) -> None:
        names, order = np.unique(np.array(people), return_inverse=True)
        if first is None or second is None:
            first, second = torch.triu_indices(len(people), len(people), 1)
        self.first, self.second = first, second
        self._one, self._other = order[first.numpy()], order[second.numpy()]
        self.same = torch.from_numpy(self._one == self._other)
        if not bool(self.same.any()):
            raise PairsError("no person has two photographs with a face: give several photographs of each person")
        if bool(self.same.all()):
            raise PairsError("all pairs show one person: give photographs of several people")
        self._drawn = times_drawn(len(names))
        same = self.same.numpy()
        self._of_one = self._drawn[:, self._one[same]].astype(np.float32)
        self._strangers = self._total_of_strangers(~same, len(names))

    @property
    def genuine(self) -> int:
        """How many pairs show one person."""
        return int(self.same.sum())

    @property
    def impostors(self) -> int:
        """How many pairs show two people."""
        return len(self.same) - self.genuine

    def _total_of_strangers(self, different: NDArray[np.bool_], people: int) -> Floats:
        """How many pairs of strangers each draw of people has, (1000,)."""
        used, counts = np.unique(self._one[different] * people + self._other[different], return_counts=True)
        total = np.zeros(len(self._drawn))
        for start in range(0, len(used), _CHUNK):
            pair = used[start : start + _CHUNK]
            drawn = self._drawn[:, pair // people] * self._drawn[:, pair % people]
            total += drawn @ counts[start : start + _CHUNK]
        return total

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
        closeness = (sign_of(measure) * scores.double()).nan_to_num(-np.inf, -np.inf, -np.inf).numpy()
        same = self.same.numpy()
        own, strangers = closeness[same], closeness[~same]
        nearest = np.argsort(-strangers, kind="stable")
        allowed = int(far * len(strangers))
        threshold = float(strangers[nearest[min(allowed, len(nearest) - 1)]])
        share = float((own > threshold).mean())
        draws = self._draws(own, strangers, nearest, far)
        return Accepted(estimate(share, draws), sign_of(measure) * threshold, int((strangers > threshold).sum()), draws)

    def _draws(self, own: Floats, strangers: Floats, nearest: NDArray[np.int64], far: float) -> Floats:
        """The share that passes in each draw of people, at the threshold of that draw."""
        kept = nearest[: max(_LEAST, int(_TIMES * far * len(nearest)))]
        one, other = (rows[~self.same.numpy()][kept] for rows in (self._one, self._other))
        passed = (self._drawn[:, one] * self._drawn[:, other]).cumsum(1)
        allowed = far * self._strangers
        # Of a draw in which all that are looked at may pass, the threshold lies below them: it is not told.
        place = (passed <= allowed[:, None]).sum(1)
        told = (place < len(kept)) & (self._strangers > 0)
        thresholds = strangers[kept][np.minimum(place, len(kept) - 1)]
        order = np.argsort(-own, kind="stable")
        weights = self._of_one[:, order].cumsum(1, dtype=np.float64)
        counts = np.searchsorted(-own[order], -thresholds, side="left")
        total = weights[:, -1]
        above = np.where(counts > 0, weights[np.arange(len(weights)), np.maximum(counts, 1) - 1], 0.0)
        shares: Floats = np.divide(above, total, out=np.full(len(total), np.nan), where=(total > 0) & told)
        return shares


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

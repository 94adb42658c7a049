"""The area under the ROC curve of many thousand people, with its interval: by sorting, where `ranking` counts pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.science.evaluation.people import DRAWS, interval_of_draws
from explorer.science.evaluation.same_person import Estimate

Floats = NDArray[np.float64]

# So many draws of people are judged at a time.
_AT_ONCE = 50


def auc_of_people(scores: Floats, truth: NDArray[np.int64], people: NDArray[np.str_] | None = None) -> Estimate | None:
    """The share of pairs of the two classes that scores rank rightly, with its 95 % interval by person.

    Args:
        scores: (N,). truth: (N,) of 0 and 1. people: (N,) whose scores they are; each its own where that is None.

    Returns:
        None where a class is missing.

    Example:
        >>> import numpy as np
        >>> from explorer.science.evaluation.sorted_ranking import auc_of_people
        >>> auc_of_people(np.array([0.1, 0.9, 0.4, 0.4]), np.array([0, 1, 0, 1])).value
        0.875
    """
    whose = np.arange(len(scores)) if people is None else np.unique(people, return_inverse=True)[1]
    if set(np.unique(truth)) != {0, 1}:
        return None
    ranked = _Sorted(scores, truth)
    value = float(ranked.areas(np.ones((1, len(scores))))[0])
    count, random, areas = int(whose.max()) + 1, np.random.default_rng(0), list[Floats]()
    for _ in range(0, DRAWS, _AT_ONCE):
        drawn = random.integers(count, size=(_AT_ONCE, count)) + count * np.arange(_AT_ONCE)[:, None]
        times = np.bincount(drawn.ravel(), minlength=_AT_ONCE * count).reshape(_AT_ONCE, count)
        areas.append(ranked.areas(times[:, whose].astype(np.float64)))
    ends = interval_of_draws(np.concatenate(areas))
    if ends is None:
        return Estimate(value=value)
    return Estimate(value=value, low=min(ends[0], value), high=max(ends[1], value))


class _Sorted:
    """Scores in their order, with where those begin that are equal."""

    def __init__(self, scores: Floats, truth: NDArray[np.int64]) -> None:
        self._order = np.argsort(scores, kind="stable")
        ordered = scores[self._order]
        self._begins = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        self._has = truth[self._order] == 1

    def areas(self, times: Floats) -> Floats:
        """(R,) of draws that have each score so many times (R, N); nan where one lacks a class."""
        ordered = times[:, self._order]
        with_it, without = (
            np.add.reduceat(np.where(kind, ordered, 0.0), self._begins, axis=1) for kind in (self._has, ~self._has)
        )
        below = np.cumsum(without, axis=1) - without / 2
        pairs = with_it.sum(1) * without.sum(1)
        won = (with_it * below).sum(1)
        areas: Floats = np.divide(won, pairs, out=np.full(len(times), np.nan), where=pairs > 0)
        return areas

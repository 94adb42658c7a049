"""How well a score ranks faces with an attribute above those without: the area under the ROC curve, by person.

It is the share of pairs of such faces that are ranked rightly, a tie counting half (Hanley and McNeil, Radiology 143,
1982), whatever threshold or calibration the score has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.evaluation.people import interval_of_draws, times_drawn
from explorer.science.leakage.readout import MetricValue

MEASURE = "AUC"


@dataclass(frozen=True, eq=False)
class Ranked:
    """Scores of the faces of some people.

    scores: (N,) higher where the attribute is likelier. truth: (N,) of 0 and 1. people: (N,) whose face each is.
    """

    scores: Tensor
    truth: Tensor
    people: Tensor


def auc(scores: Tensor, truth: Tensor) -> float | None:
    """The area under the ROC curve of scores (N,) with truth (N,) of 0 and 1; None where a class has no face.

    Example:
        >>> import torch
        >>> from explorer.science.evaluation.ranking import auc
        >>> auc(torch.tensor([0.1, 0.9, 0.4, 0.4]), torch.tensor([0, 1, 0, 1]))
        0.875
    """
    one = torch.zeros(len(truth), dtype=torch.int64)
    table, with_it, without = _pairs(Ranked(scores, truth, one))
    return float(table[0, 0] / (with_it[0] * without[0])) if with_it[0] and without[0] else None


def _pairs(one: Ranked) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Of P people: how many pairs of a face with the attribute of one and a face without of another are ranked rightly,
    (P, P), and how many faces of either kind each has, (P,)."""
    names, whose = np.unique(one.people.numpy(), return_inverse=True)
    scores, has = one.scores.double().numpy(), one.truth.numpy() > 0.5
    lacking, theirs = scores[~has], whose[~has]
    table = np.zeros((len(names), len(names)))
    for person in np.unique(whose[has]):
        own = scores[has & (whose == person)][:, None]
        right = (own > lacking).sum(0) + (own == lacking).sum(0) / 2
        table[person] = np.bincount(theirs, right, minlength=len(names))
    counts = [np.bincount(whose[kind], minlength=len(names)).astype(np.float64) for kind in (has, ~has)]
    return table, counts[0], counts[1]


def mean_auc(sets: Sequence[Ranked]) -> MetricValue | None:
    """The area within each set, averaged over those sets that have both classes; None where there is none.

    The interval is that of the people, drawn again within each set.
    """
    values, draws, faces, people = [], [], 0, 0
    for one in sets:
        table, with_it, without = _pairs(one)
        if not with_it.any() or not without.any():
            continue
        values.append(float(table.sum() / (with_it.sum() * without.sum())))
        times = times_drawn(len(table))
        tries = (times @ with_it) * (times @ without)
        hits = ((times @ table) * times).sum(1)
        draws.append(np.divide(hits, tries, out=np.full(len(tries), np.nan), where=tries > 0))
        faces, people = faces + len(one.scores), people + len(table)
    if not values:
        return None
    value = float(np.mean(values))
    low, high = interval_of_draws(np.mean(draws, axis=0)) or (0.0, 1.0)
    return MetricValue(
        measure=MEASURE,
        unit="",
        value=value,
        low=min(low, value),
        high=max(high, value),
        chance=0.5,
        faces=faces,
        people=people,
    )


def joined(parts: Sequence[Ranked]) -> Ranked:
    """Scores of several folds of one set as those of the set."""
    return Ranked(*(torch.cat([getattr(one, name) for one in parts]) for name in ("scores", "truth", "people")))


def change_in_auc(before: Sequence[Ranked], after: Sequence[Ranked]) -> tuple[float, float, float] | None:
    """How much the area grows from one score to another of the same faces, averaged over sets, with its 95 % interval.

    The people are drawn again once for both, within each set: what makes a set easy or hard does not count.

    Args:
        before, after: of the same faces in the same order, set by set.

    Returns:
        The change and its ends; None where no set has both classes or hardly a draw has.
    """
    changes, draws = [], []
    for one, other in zip(before, after, strict=True):
        first, second = auc(one.scores, one.truth), auc(other.scores, other.truth)
        if first is None or second is None:
            continue
        names, whose = np.unique(one.people.numpy(), return_inverse=True)
        times = times_drawn(len(names))[:, whose]
        changes.append(second - first)
        draws.append(_areas(other, times) - _areas(one, times))
    ends = interval_of_draws(np.mean(draws, axis=0)) if draws else None
    return None if ends is None else (float(np.mean(changes)), *ends)


def _areas(ranked: Ranked, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """The area in each draw (R,) of faces, given how often each draw has each of them (R, N); nan without a class."""
    scores, has = ranked.scores.double().numpy(), ranked.truth.numpy() > 0.5
    difference = scores[has][:, None] - scores[~has]
    wins = (difference > 0) + 0.5 * (difference == 0)
    with_it, without = times[:, has], times[:, ~has]
    pairs = with_it.sum(1) * without.sum(1)
    won = ((with_it @ wins) * without).sum(1)
    areas: NDArray[np.float64] = np.divide(won, pairs, out=np.full(len(times), np.nan), where=pairs > 0)
    return areas

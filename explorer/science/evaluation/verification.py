"""How well an encoder tells whether two photographs show one person: the area under the ROC curve, by person."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.evaluation.people import interval_of_draws, times_drawn
from explorer.science.recognition.base import Metric
from explorer.science.recognition.impostors import sign_of
from explorer.science.recognition.score_reference import score_matrix

_STEPS = 4000


class Verification(NamedTuple):
    """The share of all (pair of one person, pair of two) that are ranked rightly, a tie counting half.

    low, high: the 95 % interval, people being drawn again; chance is 0.5.
    same, different: how many pairs of either kind there are.
    """

    area: float
    low: float
    high: float
    same: int
    different: int


def verification(embeddings: Tensor, people: Tensor, measure: Metric) -> Verification:
    """The area under the ROC curve of all pairs of photographs; scores count in 4,000 steps of their range.

    Two pairs that share a person are not independent: the interval is that of the people, drawn again with all their
    photographs; a person who is drawn twice is no stranger to themselves.

    Args:
        embeddings: (N, D) of one encoder.
        people: (N,) whose photograph each is, by any numbers.

    Raises:
        ValueError: there are fewer than two people, or nobody has two photographs.

    Example:
        >>> import torch
        >>> from explorer.science.evaluation.verification import verification
        >>> people = torch.arange(40) // 4
        >>> faces = torch.eye(10)[people] + 0.1 * torch.randn(40, 10, generator=torch.Generator().manual_seed(0))
        >>> found = verification(faces, people, "cosine")
        >>> found.area, found.same, found.different
        (1.0, 60, 720)
    """
    names, order = people.unique(return_inverse=True)
    rows, columns = torch.triu_indices(len(people), len(people), 1)
    closeness = sign_of(measure) * score_matrix(embeddings.float(), embeddings.float(), measure)[rows, columns]
    one, other = order[rows].numpy(), order[columns].numpy()
    alike = one == other
    if len(names) < 2 or not alike.any():
        raise ValueError("at least two people are needed, and two photographs of one of them")
    low, high = float(closeness.min()), float(closeness.max())
    steps = ((closeness - low) / max(high - low, 1e-12) * (_STEPS - 1)).round().long().numpy()
    count = len(names)
    same = _counted(one[alike], steps[alike], count)
    pair_of = np.minimum(one, other) * count + np.maximum(one, other)
    used, pairs = np.unique(pair_of[~alike], return_inverse=True)
    different = _counted(pairs, steps[~alike], len(used))
    first, second = used // count, used % count
    area = _areas(same.sum(0, keepdims=True), different.sum(0, keepdims=True))[0]
    drawn = times_drawn(count)
    interval = interval_of_draws(_areas(drawn @ same, (drawn[:, first] * drawn[:, second]) @ different))
    ends = (float("nan"), float("nan")) if interval is None else interval
    return Verification(float(area), *ends, int(same.sum()), int(different.sum()))


def _counted(whose: NDArray[np.int64], steps: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """How many scores each of some has at each step, (count, steps)."""
    cells = np.bincount(whose * _STEPS + steps, minlength=count * _STEPS)
    return cells.reshape(count, _STEPS).astype(np.float64)


def _areas(same: NDArray[np.float64], different: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of counts at each step, (K, steps) each, the areas (K,); nan where one kind has no pair."""
    below = different.cumsum(1) - different / 2
    totals = same.sum(1) * different.sum(1)
    right = (same * below).sum(1)
    areas: NDArray[np.float64] = np.divide(right, totals, out=np.full(len(totals), np.nan), where=totals > 0)
    return areas

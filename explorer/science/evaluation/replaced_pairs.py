"""Verification where one picture of each genuine pair is a reconstruction (Vec2Face-v2, VI-A and table II)."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.science.evaluation.people import interval_of_people
from explorer.science.evaluation.same_person import Estimate


def verification_accuracy(closeness: Tensor, same: Tensor, people: Tensor, folds: Tensor) -> Estimate:
    """The share of pairs that are judged rightly, genuine and other ones counting alike, with its interval by person.

    The threshold of a fold is the one that judges the other folds best, as LFW has it (Huang et al. 2008).

    Args:
        closeness: (K,), higher for one person; -inf where no face was found, which passes nowhere.
        same: (K,) bool, whether a pair shows one person. people: (K,), whose pairs are drawn together.
        folds: (K,) whole numbers, of which there are two at least.

    Raises:
        ValueError: a kind of pair is missing, or there is one fold only.

    Example:
        >>> import torch
        >>> from explorer.science.evaluation.replaced_pairs import verification_accuracy
        >>> closeness = torch.tensor([0.9, 0.8, 0.1, 0.2, 0.7, 0.3, 0.1, 0.6])
        >>> same = torch.tensor([True, True, False, False] * 2)
        >>> verification_accuracy(closeness, same, torch.arange(8), torch.arange(8) // 4).value
        0.625
    """
    numbers = folds.unique()
    if not bool(same.any()) or bool(same.all()):
        raise ValueError("accuracy needs pairs of one person and pairs of two")
    if len(numbers) < 2:
        raise ValueError("all pairs are of one fold: a threshold is chosen on the others")
    right = torch.zeros(len(closeness), dtype=torch.float64)
    for fold in numbers:
        inside = folds == fold
        passed = closeness[inside] > _threshold(closeness[~inside].double(), same[~inside])
        right[inside] = (passed == same[inside]).double()

    def accuracy(rows: Tensor) -> float | None:
        its, genuine = right[rows], same[rows]
        if not bool(genuine.any()) or bool(genuine.all()):
            return None
        return float((its[genuine].mean() + its[~genuine].mean()) / 2)

    value = accuracy(torch.arange(len(same)))
    assert value is not None, "both kinds are there"
    low, high = interval_of_people(people, accuracy) or (None, None)
    return Estimate(value=value, low=low, high=high)


def replaced_first(count: int, seed: int = 0) -> Tensor:
    """Which of the two pictures of each of so many genuine pairs is replaced: (count,) bool, whether the first."""
    return torch.rand(count, generator=torch.Generator().manual_seed(seed)) < 0.5


def _threshold(closeness: Tensor, same: Tensor) -> float:
    """The middle between two scores that parts genuine pairs and others best, the lower one of several."""
    order = closeness.argsort()
    ordered, genuine = closeness[order], same[order].double()
    kinds = genuine.sum().clamp_min(1), (1 - genuine).sum().clamp_min(1)
    # Behind so many of the lowest scores: genuine pairs above, others below.
    passing = 1 - torch.cat([genuine.new_zeros(1), genuine.cumsum(0)]) / kinds[0]
    refused = torch.cat([genuine.new_zeros(1), (1 - genuine).cumsum(0)]) / kinds[1]
    # Between two equal scores there is no threshold.
    ends = torch.cat([ordered[:1] - 1, ordered, ordered[-1:] + 1])
    parts = ends[1:] > ends[:-1]
    best = int(torch.where(parts, passing + refused, -1.0).argmax())
    low, high = float(ends[best]), float(ends[best + 1])
    return high - 1.0 if low == float("-inf") else (low + high) / 2

"""Ridge regression whose penalty is chosen by people: nobody is on both sides of a fold.

Photographs of one person are no independent samples: a fit that has seen a person recognises the others of them. Every
person weighs the same, however many photographs there are, and of classes each does (Hastie, Tibshirani and Friedman,
The Elements of Statistical Learning, 2009, sections 3.4.1 and 7.10).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

FOLDS = 5
# Times the mean variance of the inputs.
PENALTIES = tuple(10.0 ** (exponent / 2) for exponent in range(-6, 7))


@dataclass(frozen=True, eq=False)
class Linear:
    """Outputs (N, K) of inputs (N, D): x @ weight + bias. weight: (D, K). bias: (K,)."""

    weight: Tensor
    bias: Tensor

    def __call__(self, inputs: Tensor) -> Tensor:
        """(N, D) to (N, K)."""
        return inputs @ self.weight + self.bias


@dataclass(frozen=True, eq=False)
class Chosen:
    """What people decided.

    penalty: the one with the least error. errors: (P,) mean squared error of each, by the rows' weights.
    held_out: (N, K) what fits with that penalty say of each row, its person having no part in them.
    """

    penalty: float
    errors: Tensor
    held_out: Tensor


def equal_people(people: Tensor) -> Tensor:
    """Weights (N,) of photographs of mean 1 with which everybody (N,) weighs the same.

    Example:
        >>> import torch
        >>> from explorer.science.evaluation.ridge import equal_people
        >>> equal_people(torch.tensor([7, 7, 3])).tolist()
        [0.75, 0.75, 1.5]
    """
    _, place, counts = people.unique(return_inverse=True, return_counts=True)
    weights: Tensor = len(people) / len(counts) / counts[place].double()
    return weights


def equal_classes(people: Tensor, classes: Tensor) -> Tensor:
    """Weights (N,) of mean 1 with which all classes (N,) weigh the same, and within a class everybody who shows it.

    Example:
        >>> import torch
        >>> from explorer.science.evaluation.ridge import equal_classes
        >>> equal_classes(torch.tensor([1, 1, 2, 3]), torch.tensor([0, 0, 0, 1])).tolist()
        [0.5, 0.5, 1.0, 2.0]
    """
    weights = torch.zeros(len(people), dtype=torch.float64)
    known = classes.unique()
    for one in known:
        rows = classes == one
        weights[rows] = equal_people(people[rows]) * len(people) / len(known) / int(rows.sum())
    return weights


def folds_of(people: Tensor, folds: int = FOLDS) -> Tensor:
    """In which fold (N,) each row is held out: people are dealt out in turn, those with most photographs first."""
    names, place, counts = people.unique(return_inverse=True, return_counts=True)
    turn = torch.empty(len(names), dtype=torch.int64)
    turn[counts.argsort(descending=True, stable=True)] = torch.arange(len(names)) % folds
    return turn[place]


def fit_ridge(inputs: Tensor, targets: Tensor, weights: Tensor, penalties: Sequence[float]) -> Iterator[Linear]:
    """The ridge regression of each penalty, by one decomposition of the inputs.

    Args:
        inputs: (N, D). targets: (N, K). weights: (N,) of the rows, positive.
        penalties: in units of the mean variance of the inputs.
    """
    parts = decomposed(inputs, targets, weights)
    for penalty in penalties:
        yield parts.linear(penalty)


@dataclass(frozen=True, eq=False)
class Decomposed:
    """Inputs by the R directions in which they vary, and what of the targets goes with each.

    vectors: (D, R). values: (R,) variances. turned: (R, K). centre: (D,) and middle: (K,) the weighted means. unit: of
    penalties.
    """

    vectors: Tensor
    values: Tensor
    turned: Tensor
    centre: Tensor
    middle: Tensor
    unit: Tensor

    def linear(self, penalty: float) -> Linear:
        """The ridge regression of a penalty."""
        weight = self.vectors @ self._shrunk(penalty)
        return Linear(weight, self.middle - self.centre @ weight)

    def said(self, inputs: Tensor, penalties: Sequence[float]) -> Iterator[Tensor]:
        """What the regression of each penalty says of inputs (N, D): (N, K) each."""
        seen = (inputs.double() - self.centre) @ self.vectors
        for penalty in penalties:
            yield seen @ self._shrunk(penalty) + self.middle

    def _shrunk(self, penalty: float) -> Tensor:
        """The weights (R, K) of the directions."""
        return self.turned / (self.values + penalty * self.unit)[:, None]


def decomposed(inputs: Tensor, targets: Tensor, weights: Tensor, *, intercept: bool = True) -> Decomposed:
    """What the ridge regressions of all penalties have in common; arguments as `fit_ridge`.

    Args:
        intercept: whether outputs have one; without, nothing becomes nothing.
    """
    inputs, targets, weights = inputs.double(), targets.double(), weights.double()[:, None]
    total = weights.sum()
    centre, middle = (weights * inputs).sum(0) / total, (weights * targets).sum(0) / total
    if not intercept:
        centre, middle = torch.zeros_like(centre), torch.zeros_like(middle)
    rows = (weights / total).sqrt() * (inputs - centre)
    # Few rows span fewer directions than there are inputs: the smaller of the two products has the same variances.
    few = rows.shape[0] < rows.shape[1]
    values, vectors = torch.linalg.eigh(rows @ rows.T if few else rows.T @ rows)
    there = values > values.amax().clamp_min(0.0) * rows.shape[1] * torch.finfo(torch.float64).eps
    values, vectors = values[there], vectors[:, there]
    if few:
        vectors = rows.T @ vectors / values.sqrt()
    turned = vectors.T @ (rows.T @ ((weights / total).sqrt() * (targets - middle)))
    unit = (rows.square().sum() / rows.shape[1]).clamp_min(1e-12)
    return Decomposed(vectors, values, turned, centre, middle, unit)


def choose_by_people(
    inputs: Tensor,
    targets: Tensor,
    people: Tensor,
    weights: Tensor,
    penalties: Sequence[float] = PENALTIES,
    folds: int = FOLDS,
) -> Chosen:
    """Choose the penalty under which those who are held out are read best.

    Args:
        inputs: (N, D). targets: (N, K). people: (N,) whose photograph each is. weights: (N,) of the rows.

    Raises:
        ValueError: there are fewer people than folds.
    """
    if len(people.unique()) < folds:
        raise ValueError(f"{folds} folds need as many people, not {len(people.unique())}")
    fold = folds_of(people, folds)
    said = torch.empty(len(penalties), *targets.shape, dtype=torch.float64)
    for number in range(folds):
        out = fold == number
        fitted = decomposed(inputs[~out], targets[~out], weights[~out])
        for place, answers in enumerate(fitted.said(inputs[out], penalties)):
            said[place, out] = answers
    squared = (said - targets.double()).square().mean(-1)
    errors = (weights * squared).sum(-1) / weights.sum()
    best = int(errors.argmin())
    return Chosen(penalties[best], errors, said[best])

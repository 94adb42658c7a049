"""How far apart an encoder's scores of the same and of different people lie: the area of `verification`, and a distance
that still tells encoders apart where all areas are one."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import torch
from torch import Tensor

from explorer.science.errors import LikenessError
from explorer.science.evaluation.verification import verification
from explorer.science.recognition.base import Metric
from explorer.science.recognition.impostors import sign_of
from explorer.science.recognition.score_reference import score_matrix


class SeparationError(LikenessError, ValueError):
    """Photographs that hold no pair of one person or none of two; the message says which."""


@dataclass(frozen=True)
class Separation:
    """How far apart the scores of the same and of different people lie.

    auc, low, high: the area under the ROC curve and its 95 % interval by person; 0 to 1 where people are too few.
    apart: the difference of the two means in units of their joint deviation (d').
    same, different: how many pairs. people: how many people.
    """

    auc: float
    low: float
    high: float
    apart: float
    same: int
    different: int
    people: int


def separation(embeddings: Tensor, people: Tensor, measure: Metric, *, interval: bool = True) -> Separation:
    """Measure how an encoder's embeddings separate people.

    Args:
        embeddings: (N, D). people: (N,) whose photograph each is, by any numbers.
        interval: whether the interval is wanted, which takes most of the time; else it is all from 0 to 1.

    Raises:
        SeparationError: there is no pair of one person, or none of two.

    Example:
        >>> import torch
        >>> from explorer.science.evaluation.separation import separation
        >>> people = torch.arange(12) // 3
        >>> found = separation(torch.eye(4)[people] + 0.01, people, "cosine")
        >>> found.auc, found.low, found.same, found.different
        (1.0, 1.0, 12, 54)
    """
    names, whose = people.unique(return_inverse=True)
    first, second = torch.triu_indices(len(whose), len(whose), 1)
    alike = whose[first] == whose[second]
    if not bool(alike.any()):
        raise SeparationError("no person has two photographs with a face: give several photographs of each person")
    if bool(alike.all()):
        raise SeparationError("all photographs show one person: give photographs of several people")
    score = score_matrix(embeddings.float(), embeddings.float(), measure)[first, second].double()
    one, other = score[alike], score[~alike]
    deviation = float(((one.var(correction=0) + other.var(correction=0)) / 2).sqrt())
    sign = sign_of(measure)
    apart = sign * float(one.mean() - other.mean()) / max(deviation, 1e-12)
    area, low, high = _area(sign * one, sign * other), 0.0, 1.0
    if interval:
        found = verification(embeddings, people, measure)
        if not isnan(found.low):
            low, high = min(found.low, area), max(found.high, area)
    return Separation(area, low, high, apart, len(one), len(other), len(names))


def _area(same: Tensor, different: Tensor) -> float:
    """The share of all (pair of one person, pair of two) of which the former is the closer, a tie counting half."""
    ordered = different.sort().values
    below = torch.searchsorted(ordered, same) + torch.searchsorted(ordered, same, right=True)
    return float(below.double().mean()) / 2 / len(different)

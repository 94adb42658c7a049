"""How many strangers of a population pass at a score, with the interval by person, from counts alone.

Scores are counted in steps of 0.002, and a rate takes in the whole step that a score lies in: it may be a little above
the exact one, and is never below.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from explorer.science.recognition.base import Metric

STEP = 0.002
# The rule of 30: to be known within about a third, a rate needs 30 errors (Doddington et al., Speech Communication
# 31, 2000).
LEAST_PASSING = 30
# A score that is a step, such as a threshold from here, stays on it.
_ROUNDING = 1e-6


class PassingRate(NamedTuple):
    """Of so many pairs of photographs of different people, how many are at least as near as a score.

    low, high: the 95 % interval of the rate, people being drawn again; where no pair passes, high is 3 / pairs of
    people (the rule of three).
    """

    passing: int
    pairs: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share of the pairs."""
        return self.passing / self.pairs


@dataclass(frozen=True, eq=False)
class ImpostorRates:
    """What one encoder says of the strangers of one population; no picture and no embedding is left in it.

    people, photographs: whose and how many they are; pairs: of photographs of different people.
    lowest: the step at which every pair passes; step n lies at the score n STEP, at -n STEP for a distance.
    passing: (K,) int64, the pairs that pass at each step from the lowest on; the last is 0.
    low, high: (K,) float32, the interval of each rate.

    Example:
        >>> import torch
        >>> from explorer.science.recognition import ImpostorRates
        >>> passing, none = torch.tensor([100, 40, 0]), torch.zeros(3)
        >>> rates = ImpostorRates("cosine", 5, 15, 100, 150, passing, none, none)
        >>> rates.at(0.3).passing, rates.at(0.3025).passing, rates.at(0.9).passing
        (100, 40, 0)
        >>> rates.threshold(0.4), rates.threshold(0.001)
        (0.302, None)
    """

    measure: Metric
    people: int
    photographs: int
    pairs: int
    lowest: int
    passing: Tensor
    low: Tensor
    high: Tensor

    def at(self, score: float) -> PassingRate:
        """How many pairs are at least as near as a score."""
        place = min(max(step_of(score, self.measure) - self.lowest, 0), len(self.passing) - 1)
        return PassingRate(int(self.passing[place]), self.pairs, float(self.low[place]), float(self.high[place]))

    def threshold(self, fmr: float) -> float | None:
        """The score at which no more than this share of the pairs passes; None where so few pairs cannot tell it."""
        if fmr * self.pairs < LEAST_PASSING:
            return None
        place = int((self.passing > fmr * self.pairs).sum())
        return sign_of(self.measure) * (self.lowest + place) * STEP

    def untold(self, fmr: float) -> str:
        """Why there is no threshold at a rate, in words."""
        return f"FMR {fmr:g} cannot be told from {self.pairs:,} pairs"


def sign_of(measure: Metric) -> float:
    """Turns a score into a closeness: larger is nearer."""
    return 1.0 if measure == "cosine" else -1.0


def step_of(score: float, measure: Metric) -> int:
    """The last step that a score passes."""
    return math.floor(sign_of(measure) * score / STEP + _ROUNDING)


def steps_of(scores: Tensor, measure: Metric) -> Tensor:
    """The last step that each score passes, int64; the same as `step_of`."""
    return torch.floor(scores.double() * sign_of(measure) / STEP + _ROUNDING).long()

"""Calibrating a probe on photographs of known people, and judging that on each person by a fit on the others.

A slope and an intercept are fitted, every person counting the same. What comes of it is held against the base rate of
the people that were fitted on (the skill of Brier's score: Murphy, Journal of Applied Meteorology 12, 1973), and its
calibration error against what exact probabilities would show: whose label is the same on all photographs of a person is
drawn once for that person, so that fifty people are fifty draws and not six hundred.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.evaluation.people import interval_of_draws, times_drawn
from explorer.science.leakage.calibration import (
    ECE_BINS,
    ProbabilityCalibrator,
    expected_calibration_error,
    fit_calibrator,
)
from explorer.science.leakage.photograph_calibration import PhotographCalibration
from explorer.science.leakage.probes import ProbeSpec
from explorer.science.leakage.readout import MetricValue

BRIER_SKILL, ERROR_SKILL = "Brier skill", "skill of the mean error"
_MARGIN = 0.9
_DRAWS = 1000
# A class or a kind of person that fewer people show cannot be judged leaving any of them out.
_LEAST_PEOPLE = 3


@dataclass(frozen=True, eq=False)
class KnownAnswers:
    """What a probe gives for photographs of known people, and what is so.

    outputs: (N,), or (N, C) of classes, as `Probe` gives them. truth: (N,) of 0 and 1, class numbers or numbers.
    people: (N,) whose photograph each is.
    """

    outputs: Tensor
    truth: Tensor
    people: Tensor

    def rows(self, rows: Tensor) -> KnownAnswers:
        """Some of them."""
        return KnownAnswers(self.outputs[rows], self.truth[rows], self.people[rows])


@dataclass(frozen=True)
class _Fit:
    """slope, shifts: as in `PhotographCalibration`. usual: the base rate, of people that count the same."""

    slope: float
    shifts: tuple[float, ...]
    usual: tuple[float, ...]


def calibrated_on_photographs(spec: ProbeSpec, known: KnownAnswers, calibrated_on: str) -> PhotographCalibration | None:
    """Fit a probe's answers to photographs, and judge that leaving one person out.

    Args:
        calibrated_on: the photographs, in words.

    Returns:
        None where too few people show a second class, or the probe's answers are no classes or numbers.
    """
    if spec.kind not in ("binary", "categorical", "regression") or not _varied(spec, known):
        return None
    judged, base = torch.zeros_like(_shaped(spec, known.outputs)), torch.zeros_like(_shaped(spec, known.outputs))
    for person in known.people.unique():
        others, own = known.people != person, known.people == person
        fit = _fitted(spec, known.rows(others))
        judged[own] = _answers(spec, fit, known.outputs[own].double())
        base[own] = torch.tensor(fit.usual if spec.kind == "categorical" else fit.usual[0], dtype=torch.float64)
    whole, numbers = _fitted(spec, known), spec.kind == "regression"
    errors = _errors(spec, judged, known.truth)
    return PhotographCalibration(
        slope=whole.slope,
        shifts=whole.shifts,
        usual=whole.usual,
        margin=float(torch.quantile(errors, _MARGIN)) if numbers else None,
        calibrated_on=calibrated_on,
        skill=skill_of(errors, _errors(spec, base, known.truth), known.people, numbers=numbers),
        error=None if numbers else _calibration_error(spec, judged, known),
    )


def _varied(spec: ProbeSpec, known: KnownAnswers) -> bool:
    """Whether, whoever is left out, two classes are left on several people."""
    if spec.kind == "regression":
        return len(known.people.unique()) >= _LEAST_PEOPLE
    shown = [len(known.people[known.truth.long() == one].unique()) for one in known.truth.long().unique()]
    return sum(count >= _LEAST_PEOPLE for count in shown) >= 2


def _shaped(spec: ProbeSpec, outputs: Tensor) -> Tensor:
    return outputs.double() if spec.kind == "categorical" else outputs.double().reshape(-1)


def _weights(people: Tensor) -> Tensor:
    """(N,) so that each person's photographs come to 1."""
    _, whose, counts = people.unique(return_inverse=True, return_counts=True)
    weights: Tensor = 1 / counts[whose].double()
    return weights


def _fitted(spec: ProbeSpec, known: KnownAnswers) -> _Fit:
    weights = _weights(known.people)
    total = weights.sum()
    if spec.kind == "regression":
        x, y = known.outputs.double(), known.truth.double()
        centre, mean = float((weights * x).sum() / total), float((weights * y).sum() / total)
        spread = float((weights * (x - centre) ** 2).sum())
        slope = max(0.0, float((weights * (x - centre) * (y - mean)).sum()) / spread) if spread else 0.0
        return _Fit(slope, (mean - slope * centre,), (mean,))
    if spec.kind == "binary":
        shares = known.truth.double()[:, None]
    else:
        shares = F.one_hot(known.truth.long(), len(spec.classes)).double()
    usual = tuple(((weights[:, None] * shares).sum(0) / total).tolist())
    found: ProbabilityCalibrator = fit_calibrator(known.outputs, known.truth, weights)
    return _Fit(found.slope, found.shifts, usual)


def _answers(spec: ProbeSpec, fit: _Fit, outputs: Tensor) -> Tensor:
    if spec.kind == "regression":
        return fit.slope * outputs + fit.shifts[0]
    return ProbabilityCalibrator(slope=fit.slope, shifts=fit.shifts).probabilities(outputs)


def _errors(spec: ProbeSpec, answers: Tensor, truth: Tensor) -> Tensor:
    """(N,) absolute errors of numbers; of probabilities Brier's score."""
    if spec.kind == "regression":
        return (answers - truth.double()).abs()
    if spec.kind == "binary":
        return (answers - truth.double()).square()
    return (answers - F.one_hot(truth.long(), len(spec.classes)).double()).square().sum(-1)


def skill_of(errors: Tensor, base: Tensor, people: Tensor, *, numbers: bool) -> MetricValue:
    """Which share of the base rate's error is gone, people counting the same; 0 is the base rate itself.

    Args:
        errors, base: (N,) of the answers and of the base rate. people: (N,) whose photograph each is.
        numbers: whether they are errors of numbers, else Brier's score.
    """
    names, whose, counts = np.unique(people.numpy(), return_inverse=True, return_counts=True)
    own, blind = (np.bincount(whose, one.double().numpy()) / counts for one in (errors, base))
    value, times = _skill(own.sum(), blind.sum()), times_drawn(len(names))
    draws = np.array([_skill(a, b) for a, b in zip(times @ own, times @ blind, strict=True)])
    low, high = interval_of_draws(draws) or (-_LOWEST, 1.0)
    return MetricValue(
        measure=ERROR_SKILL if numbers else BRIER_SKILL,
        unit="",
        value=value,
        low=min(low, value),
        high=max(high, value),
        chance=0.0,
        faces=len(errors),
        people=len(names),
    )


_LOWEST = 1000.0


def _skill(error: float, blind: float) -> float:
    return max(-_LOWEST, 1 - error / blind) if blind > 0 else 0.0


def _calibration_error(spec: ProbeSpec, judged: Tensor, known: KnownAnswers) -> MetricValue:
    """The error with its interval by person, beside what exact probabilities would show."""
    said, hits = judged, known.truth.long()
    if spec.kind == "categorical":
        said, place = judged.max(-1)
        hits = (place == hits).long()
    value = expected_calibration_error(said, hits)
    names, whose = np.unique(known.people.numpy(), return_inverse=True)
    gaps = _gaps(said, hits.double().numpy()[None], whose, len(names))[0]
    times = times_drawn(len(names))
    faces = times @ np.bincount(whose)
    low, high = interval_of_draws(np.abs(times @ gaps).sum(-1) / faces) or (0.0, 1.0)
    return MetricValue(
        measure="calibration error",
        unit="",
        value=value,
        low=min(low, value),
        high=max(high, value),
        chance=None,
        faces=len(said),
        people=len(names),
        floor=exact_calibration_error(said, hits, known.people),
    )


def exact_calibration_error(said: Tensor, truth: Tensor, people: Tensor) -> float:
    """The calibration error that these probabilities would show on average if they were exact, with the same people.

    Args:
        said: (N,) probabilities. truth: (N,) of 0 and 1: a person with the same one throughout has it drawn once.
        people: (N,) whose photograph each is.
    """
    names, whose = np.unique(people.numpy(), return_inverse=True)
    has = truth.double().numpy()
    shares = np.bincount(whose, has) / np.bincount(whose)
    once = np.isin(shares, (0.0, 1.0))[whose]
    random = np.random.default_rng(0)
    drawn = random.random((_DRAWS, len(has)))
    drawn[:, once] = random.random((_DRAWS, len(names)))[:, whose[once]]
    promised = said.double().numpy()
    gaps = _gaps(said, (drawn < promised).astype(np.float64), whose, len(names))
    return float((np.abs(gaps.sum(1)).sum(-1) / len(has)).mean())


def _gaps(said: Tensor, hits: NDArray[np.float64], whose: NDArray[np.int64], people: int) -> NDArray[np.float64]:
    """(D, P, bins): what was promised less what came, summed over each person's faces in a bin, for hits (D, N)."""
    promised = said.double().numpy()
    place = (promised * ECE_BINS).astype(int).clip(0, ECE_BINS - 1)
    cell = whose * ECE_BINS + place
    sums = [np.bincount(cell, promised - came, minlength=people * ECE_BINS) for came in hits]
    return np.stack(sums).astype(np.float64).reshape(len(hits), people, ECE_BINS)

"""Verification over the number of photographs in a template (Deep Face Decoder, section 4.4.2, figure 16).

Of each person so many photographs are drawn, in an order that a seed gives: the first 1, 2, ... N of them are averaged
to templates, and what is left is compared with these, one photograph at a time. The photographs that are compared are
the same for every N, so that the curve tells of the template alone. Everything is drawn several times, so that every
photograph has been on either side.

Weights by quality are chosen on people who do not judge: of the people in two halves, either half's rule is the one
under which the other half's templates tell people apart best, and pairs between the halves are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from explorer.science.errors import LikenessError
from explorer.science.evaluation.accepting import FAR, Comparisons, comparisons, joined
from explorer.science.evaluation.same_person import Estimate
from explorer.science.laboratory.templates import (
    SIGNALS,
    Averaging,
    QualityRule,
    Signal,
    averages_of,
    averaging_of,
    powered,
)
from explorer.science.recognition.base import Metric
from explorer.science.recognition.impostors import sign_of
from explorer.science.recognition.score_reference import score_matrix

ORDERS, SEED = 20, 0
POWERS = (0.5, 1.0, 2.0, 4.0)
RULES: tuple[QualityRule, ...] = tuple(
    QualityRule(signal=signal, power=power) for signal in SIGNALS for power in POWERS
)
Matrix = NDArray[np.float32]
Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]


class TooFewPhotographs(LikenessError, ValueError):  # noqa: N818 - what there is, not what failed
    """People with too few photographs for templates; the message says how many are needed."""


@dataclass(frozen=True, eq=False)
class PeopleVectors:
    """Photographs of people under one encoder.

    vectors: (N, D). people: (N,) whose each is, whole numbers. qualities: (N,) by signal; may be empty.
    """

    vectors: Matrix
    people: Numbers
    measure: Metric
    qualities: Mapping[Signal, Floats]


class TemplatePoint(BaseModel):
    """Templates of so many photographs. gain: over templates of one fewer, on the same draws of people.

    passing: how many of the impostor pairs pass.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    photographs: int
    tar: Estimate
    gain: Estimate | None = None
    passing: int


class TemplateCurve(BaseModel):
    """TAR at a FAR over the photographs in a template.

    averaging: how vectors were averaged. rules: of the weights by quality, of either half; empty where all weigh the
    same. genuine, impostors: how many pairs each point is of, over all draws of photographs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    averaging: Averaging
    rules: tuple[QualityRule | None, ...] = ()
    people: int
    genuine: int
    impostors: int
    points: tuple[TemplatePoint, ...]

    @property
    def falls(self) -> tuple[int, ...]:
        """The numbers of photographs at which the TAR falls by more than its interval by person allows."""
        gains = [(point.photographs, point.gain) for point in self.points if point.gain is not None]
        return tuple(number for number, gain in gains if gain.high is not None and gain.high < 0)


@dataclass(frozen=True, eq=False)
class Drawn:
    """Photographs as they were drawn. taken: (R, P, N) rows of templates; left: (R, S) rows of single photographs."""

    taken: Numbers
    left: Numbers


def draw_photographs(people: Numbers, most: int, orders: int = ORDERS, seed: int = SEED) -> Drawn:
    """Draw the photographs of templates for everybody with more than `most` of them, several times.

    Args:
        people: (N,) whose photograph each is. most: how many photographs the largest templates have.

    Raises:
        TooFewPhotographs: fewer than two people have so many.
    """
    random = np.random.default_rng(seed)
    rows = [np.flatnonzero(people == person) for person in np.unique(people)]
    usable = [some for some in rows if len(some) > most]
    if len(usable) < 2:
        raise TooFewPhotographs(
            f"templates of {most} photographs need two people with at least {most + 1} each: ask for smaller ones"
        )
    drawn = [[random.permutation(some) for some in usable] for _ in range(orders)]
    taken = np.array([[some[:most] for some in once] for once in drawn])
    left = np.array([np.concatenate([some[most:] for some in once]) for once in drawn])
    return Drawn(taken, left)


def curve_of(seen: PeopleVectors, drawn: Drawn, averaging: Averaging | None = None, far: float = FAR) -> TemplateCurve:
    """TAR over templates of 1 to N photographs, all weighing the same.

    Args:
        drawn: as `draw_photographs` gives it. averaging: as the measure has it where None.
    """
    how = averaging or averaging_of(seen.measure)
    return _curve(_all_pairs(seen, drawn, how, None), how, (), far)


def curves_by_quality(
    seen: PeopleVectors, drawn: Drawn, averaging: Averaging | None = None, far: float = FAR
) -> tuple[TemplateCurve, TemplateCurve]:
    """The same with weights by quality, and with equal weights on the same pairs: those within a half of the people.

    Raises:
        TooFewPhotographs: either half has fewer than two people.
    """
    how = averaging or averaging_of(seen.measure)
    halves = _halves(seen, drawn)
    rules = [chosen_rule(seen, other, how) for other in reversed(halves)]
    weighted = [_all_pairs(seen, half, how, rule) for half, rule in zip(halves, rules, strict=True)]
    equal = [_all_pairs(seen, half, how, None) for half in halves]
    return (
        _curve([joined(pair) for pair in zip(*weighted, strict=True)], how, tuple(rules), far),
        _curve([joined(pair) for pair in zip(*equal, strict=True)], how, (), far),
    )


def chosen_rule(seen: PeopleVectors, drawn: Drawn, averaging: Averaging) -> QualityRule | None:
    """The rule under which templates tell these people apart best; None where equal weights do.

    What counts is the distance between the means of genuine and impostor closeness in units of their joint deviation,
    averaged over templates of two and more: it tells rules apart where every pair is told rightly.
    """
    rules: Sequence[QualityRule | None] = (None, *(rule for rule in RULES if rule.signal in seen.qualities))
    apart = [_apart(_all_pairs(seen, drawn, averaging, rule)[1:]) for rule in rules]
    return rules[int(np.argmax(apart))]


def gain_of(better: TemplateCurve, worse: TemplateCurve) -> Floats:
    """By how much one curve lies above another, (N,)."""
    return np.array([a.tar.value - b.tar.value for a, b in zip(better.points, worse.points, strict=True)])


def _halves(seen: PeopleVectors, drawn: Drawn) -> list[Drawn]:
    """The draws of every second person, and of the others."""
    names = seen.people[drawn.taken[0, :, 0]]
    if len(names) < 4:
        raise TooFewPhotographs("weights by quality are chosen on half of the people: four at least are needed")
    halves = []
    for first in (0, 1):
        mine = np.isin(seen.people[drawn.left[0]], names[first::2])
        halves.append(Drawn(drawn.taken[:, first::2], drawn.left[:, mine]))
    return halves


def _all_pairs(seen: PeopleVectors, drawn: Drawn, averaging: Averaging, rule: QualityRule | None) -> list[Comparisons]:
    """The pairs of templates of 1, 2, ... N photographs with what is left, over all draws."""
    taken, left = drawn.taken, drawn.left
    weights = None if rule is None else powered(seen.qualities[rule.signal], rule.power)[taken]
    templates = averages_of(seen.vectors[taken], averaging, weights)
    probes = seen.vectors[left]
    claimed, shown = seen.people[taken[0, :, 0]], seen.people[left[0]]
    pairs = []
    for number in range(templates.shape[2]):
        closeness = [
            _closeness(some, single, seen.measure) for some, single in zip(templates[:, :, number], probes, strict=True)
        ]
        pairs.append(comparisons(np.concatenate(closeness), np.tile(claimed, len(left)), shown))
    return pairs


def _closeness(templates: Matrix, photographs: Matrix, measure: Metric) -> Floats:
    """How near templates (C, D) are to photographs (S, D), (C, S): more is nearer."""
    scores = score_matrix(torch.from_numpy(templates).float(), torch.from_numpy(photographs).float(), measure)
    nearness: Floats = sign_of(measure) * scores.double().numpy()
    return nearness


def _apart(pairs: Sequence[Comparisons]) -> float:
    found = [
        (one.genuine.mean() - one.impostors.mean())
        / max(float(np.sqrt((one.genuine.var() + one.impostors.var()) / 2)), 1e-12)
        for one in pairs
    ]
    return float(np.mean(found)) if found else 0.0


def _curve(
    pairs: Sequence[Comparisons], averaging: Averaging, rules: tuple[QualityRule | None, ...], far: float
) -> TemplateCurve:
    found = [one.accepted(far) for one in pairs]
    gains = [None, *(more.gained_over(fewer) for fewer, more in pairwise(found))]
    points = [
        TemplatePoint(photographs=number, tar=one.tar, gain=gain, passing=one.passing)
        for number, (one, gain) in enumerate(zip(found, gains, strict=True), 1)
    ]
    first = pairs[0]
    return TemplateCurve(
        averaging=averaging,
        rules=rules,
        people=len(np.unique(first.whose)),
        genuine=len(first.genuine),
        impostors=len(first.impostors),
        points=tuple(points),
    )

"""Faces that were made from embeddings, held against photographs of the same people and of others.

Type I compares a reconstruction with the photograph whose embedding it was made from; type II with another photograph
of the same person, which is what a stolen template opens elsewhere (Mai et al., On the Reconstruction of Face Images
from Deep Face Templates, IEEE TPAMI 41, 2019). Type II stands beside what the photograph itself reaches against those
other photographs, and beside the share of different people whom the same threshold lets pass.

Every person counts alike in all shares of success, however many photographs there are; false match rates are shares of
all pairs, as thresholds are set by them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from explorer.science.evaluation.people import RULE_OF_THREE, interval_of_draws, times_drawn
from explorer.science.evaluation.strangers import StrangersError, impostor_rates
from explorer.science.recognition.base import Metric
from explorer.science.recognition.impostors import ImpostorRates
from explorer.science.recognition.neighbours import Neighbours

Floats = NDArray[np.float64]


class Estimate(BaseModel):
    """A mean over people, or over pairs of them, and the ends of its 95 % interval by person; None where these people
    are too few to have any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    low: float | None = None
    high: float | None = None


class Success(BaseModel):
    """What one encoder lets pass at one threshold; None where the set has no such pair.

    type_1: share of reconstructions that pass for the photograph that they were made from.
    type_2: share of other photographs of the same person for which a reconstruction passes.
    original: the same share of the photograph itself. of_original: type_2 / original.
    false_matches: share of pairs of photographs of different people that pass.
    false_matches_made: share of pairs of a reconstruction and a photograph of a different person that pass.

    A reconstruction without a face passes for nobody.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: float
    type_1: Estimate
    type_2: Estimate | None
    original: Estimate | None
    of_original: Estimate | None
    false_matches: Estimate | None
    false_matches_made: Estimate | None


class Closeness(BaseModel):
    """Mean scores in the encoder's measure, of reconstructions with a face; None where the set has no such pair.

    different: of photographs of different people.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type_1: Estimate | None
    type_2: Estimate | None
    original: Estimate | None
    different: Estimate | None


class Identification(BaseModel):
    """How often the nearest of all photographs, the one that was inverted left out, shows the same person.

    made: searched by the reconstruction; original: by the photograph itself; by_chance: whichever is named at random.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    made: Estimate
    original: Estimate
    by_chance: float


@dataclass(frozen=True, eq=False)
class SeenPeople:
    """What one encoder sees of a set of people, and of faces that were made from some of its photographs.

    Args:
        measure: cosine, or Euclidean distance.
        people: (N,) whole numbers from 0, whose photograph each is.
        photographs: (N, D) float32 embeddings.
        sources: (R,) from which photograph each reconstruction was made; R at least 1.
        reconstructions: (R, D) float32 embeddings; of any value where no face was found.
        found: (R,) whether a face was found in the reconstruction.
    """

    measure: Metric
    people: NDArray[np.intp]
    photographs: NDArray[np.float32]
    sources: NDArray[np.intp]
    reconstructions: NDArray[np.float32]
    found: NDArray[np.bool_]
    _search: Neighbours = field(init=False)

    def __post_init__(self) -> None:
        if not len(self.sources):
            raise ValueError("there is no reconstruction to be judged")
        object.__setattr__(self, "_search", Neighbours(self.photographs, self.measure))

    def scores(self, embedding: NDArray[np.float32]) -> NDArray[np.float32]:
        """Compare an embedding (D,) with all photographs: (N,)."""
        return self._search.scores(embedding)

    @cached_property
    def made(self) -> NDArray[np.float32]:
        """(R, N) scores of the reconstructions against all photographs."""
        return np.stack([self.scores(one) for one in self.reconstructions])

    @cached_property
    def originals(self) -> NDArray[np.float32]:
        """(R, N) scores of the photographs that were inverted against all photographs."""
        return np.stack([self.scores(self.photographs[source]) for source in self.sources])

    @cached_property
    def others(self) -> NDArray[np.bool_]:
        """(R, N) which photographs are others of the same person."""
        same: NDArray[np.bool_] = self.people[self.sources][:, None] == self.people[None]
        same[np.arange(len(self.sources)), self.sources] = False
        return same

    @cached_property
    def whose(self) -> NDArray[np.intp]:
        """(R,) of which person each reconstruction is."""
        return self.people[self.sources]

    def away(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn scores into what grows with the distance."""
        return self._search.away(scores)

    def passing(self, scores: NDArray[np.float32], threshold: float) -> NDArray[np.bool_]:
        """Which scores pass a threshold, as `is_match` says."""
        return np.asarray(scores >= threshold if self.measure == "cosine" else scores <= threshold, np.bool_)

    @cached_property
    def strangers(self) -> ImpostorRates | None:
        """What photographs of different people do; None where there are none, or too many."""
        try:
            return impostor_rates(torch.from_numpy(self.photographs), torch.from_numpy(self.people), self.measure)
        except StrangersError:
            return None


def success(seen: SeenPeople, threshold: float) -> Success:
    """Judge reconstructions and photographs at a threshold in the encoder's measure.

    Example:
        >>> import numpy as np
        >>> from explorer.science.evaluation.same_person import SeenPeople, success
        >>> photographs = np.array([[1, 0], [1, 0.2], [0, 1], [0.2, 1]], np.float32)
        >>> made = np.array([[1, 0.1], [0.1, 1]], np.float32)
        >>> people, sources, found = np.array([0, 0, 1, 1]), np.array([0, 2]), np.array([True, True])
        >>> judged = success(SeenPeople("cosine", people, photographs, sources, made, found), threshold=0.9)
        >>> judged.type_1.value, judged.type_2.value, judged.false_matches.value
        (1.0, 1.0, 0.0)
    """
    passed = seen.passing(seen.made, threshold) & seen.found[:, None]
    first = passed[np.arange(len(seen.sources)), seen.sources]
    second = _share(passed, seen.others)
    original = _share(seen.passing(seen.originals, threshold), seen.others)
    type_1 = share_of_people(seen.whose, first.astype(float))
    assert type_1 is not None, "every reconstruction has a photograph that it was made from"
    return Success(
        threshold=threshold,
        type_1=type_1,
        type_2=share_of_people(seen.whose, second),
        original=share_of_people(seen.whose, original),
        of_original=_ratio_by_person(seen, second, original),
        false_matches=_false_matches(seen, threshold),
        false_matches_made=_false_matches_made(seen, passed),
    )


def closeness(seen: SeenPeople) -> Closeness:
    """Average the scores behind `success`."""
    first = np.where(seen.found, seen.made[np.arange(len(seen.sources)), seen.sources], np.nan)
    second = np.where(seen.found, _mean(seen.made, seen.others), np.nan)
    return Closeness(
        type_1=mean_by_person(seen.whose, first.astype(float)),
        type_2=mean_by_person(seen.whose, second),
        original=mean_by_person(seen.whose, _mean(seen.originals, seen.others)),
        different=_different(seen),
    )


def identification(seen: SeenPeople) -> Identification | None:
    """Search every reconstruction among the photographs; None where nobody has another photograph."""
    mated = seen.others.any(1)
    if not mated.any():
        return None

    def hits(scores: NDArray[np.float32]) -> Floats:
        away = seen.away(scores).copy()
        away[np.arange(len(away)), seen.sources] = np.inf
        nearest = seen.people[away.argmin(1)]
        return np.where(mated, nearest == seen.whose, np.nan)

    made = share_of_people(seen.whose, np.where(seen.found | ~mated, hits(seen.made), 0.0))
    original = share_of_people(seen.whose, hits(seen.originals))
    chance = _by_person(seen.whose, np.where(mated, seen.others.sum(1) / (len(seen.people) - 1), np.nan))
    assert made is not None, "somebody has another photograph"
    assert original is not None, "and so has the photograph that was inverted"
    return Identification(made=made, original=original, by_chance=float(np.nanmean(chance)))


def different_pairs(people: NDArray[np.intp]) -> int:
    """How many pairs of photographs show different people."""
    counts = np.bincount(people)
    return int((len(people) ** 2 - (counts**2).sum()) // 2)


def _share(passed: NDArray[np.bool_], others: NDArray[np.bool_]) -> Floats:
    """(R,) of each row the share of the others that passed; nan where there is none."""
    return _mean(passed.astype(float), others)


def _mean(values: NDArray[np.floating], others: NDArray[np.bool_]) -> Floats:
    counts = others.sum(1)
    sums = np.where(others, values, 0.0).sum(1, dtype=np.float64)
    means: Floats = np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)
    return means


def mean_by_person(whose: NDArray[np.intp], values: Floats) -> Estimate | None:
    """The mean over people of each person's mean, with its interval by person; None where nothing is known.

    Args:
        whose: (R,) whole numbers from 0. values: (R,); nan does not count.
    """
    means = _by_person(whose, values)
    return _ratio(means, np.ones_like(means)) if len(means) else None


def share_of_people(whose: NDArray[np.intp], values: Floats) -> Estimate | None:
    """As `mean_by_person`, of values in [0, 1].

    Example:
        >>> import numpy as np
        >>> from explorer.science.evaluation.same_person import share_of_people
        >>> share_of_people(np.array([0, 0, 1]), np.array([0.0, 1.0, 1.0])).value
        0.75
    """
    means = _by_person(whose, values)
    return _within_three(mean_by_person(whose, values), len(means))


def _by_person(whose: NDArray[np.intp], values: Floats) -> Floats:
    """(R,) values to (P,) means of people of whom any is known; nan does not count."""
    known = ~np.isnan(values)
    counts = np.bincount(whose[known], minlength=1)
    sums = np.bincount(whose[known], values[known], minlength=1)
    means: Floats = sums[counts > 0] / counts[counts > 0]
    return means


def _within_three(share: Estimate | None, count: int) -> Estimate | None:
    """A share of which people, or pairs of them, there are so many; where it is none or all, no draw of them differs,
    and the other end is that of the rule of three."""
    if share is None or share.low is None or share.high is None:
        return share
    apart = min(1.0, RULE_OF_THREE / count)
    low = max(0.0, 1.0 - apart) if share.value == 1 else share.low
    return Estimate(value=share.value, low=low, high=apart if share.value == 0 else share.high)


def _ratio_by_person(seen: SeenPeople, above: Floats, below: Floats) -> Estimate | None:
    """Ratio of two means over the same people; None where the lower one is nought."""
    return _ratio(_by_person(seen.whose, above), _by_person(seen.whose, below))


def _false_matches(seen: SeenPeople, threshold: float) -> Estimate | None:
    if seen.strangers is None:
        return None
    rate = seen.strangers.at(threshold)
    return Estimate(value=rate.value, low=min(rate.low, rate.value), high=max(rate.high, rate.value))


def _different(seen: SeenPeople) -> Estimate | None:
    """Mean score of all pairs of photographs of different people."""
    size = int(seen.people.max()) + 1
    sums = np.stack([np.bincount(seen.people, seen.scores(one), minlength=size) for one in seen.photographs])
    by_people = np.zeros((size, size))
    np.add.at(by_people, seen.people, sums)
    counts = np.bincount(seen.people, minlength=size)
    pairs = np.outer(counts, counts).astype(float)
    for matrix in (by_people, pairs):
        np.fill_diagonal(matrix, 0.0)
    return _pair_ratio(by_people, pairs)


def _false_matches_made(seen: SeenPeople, passed: NDArray[np.bool_]) -> Estimate | None:
    size = int(seen.people.max()) + 1
    sums = np.zeros((size, size))
    for whose, row in zip(seen.whose, passed, strict=True):
        sums[whose] += np.bincount(seen.people[row], minlength=size)
    np.fill_diagonal(sums, 0.0)
    pairs = np.outer(np.bincount(seen.whose, minlength=size), np.bincount(seen.people, minlength=size)).astype(float)
    np.fill_diagonal(pairs, 0.0)
    return _within_three(_pair_ratio(sums, pairs), size * (size - 1) // 2)


def _ratio(above: Floats, below: Floats) -> Estimate | None:
    """Ratio of the sums over people, (P,) each; None where there is nothing below."""
    if not below.any():
        return None
    value = float(above.sum() / below.sum())
    if len(below) < 2:
        return Estimate(value=value)
    drawn = times_drawn(len(below))
    return _estimate(value, drawn @ above, drawn @ below)


def _pair_ratio(above: Floats, below: Floats) -> Estimate | None:
    """Ratio of the sums over pairs of different people, (P, P) each, with nought for a person with themselves."""
    if not below.any():
        return None
    value = float(above.sum() / below.sum())
    if len(below) < 3:  # two people are one pair
        return Estimate(value=value)
    drawn = times_drawn(len(below))
    return _estimate(value, ((drawn @ above) * drawn).sum(1), ((drawn @ below) * drawn).sum(1))


def _estimate(value: float, above: Floats, below: Floats) -> Estimate:
    """A ratio with its interval, which contains it. above, below: (1000,) its parts in draws of people."""
    ends = interval_of_draws(np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0))
    if ends is None:
        return Estimate(value=value)
    return Estimate(value=value, low=min(ends[0], value), high=max(ends[1], value))

"""How often attacks succeed, by person and beside what strangers do, and the curves of figure 13."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from explorer.science.evaluation.people import interval_of_draws, times_drawn
from explorer.science.evaluation.same_person import Estimate, mean_by_person, share_of_people
from explorer.science.laboratory.attack_settings import AttackError
from explorer.science.recognition.base import Metric
from explorer.science.recognition.impostors import LEAST_PASSING, sign_of
from explorer.science.recognition.score_reference import score_matrix

Floats = NDArray[np.float64]

# False match rates of a curve, as far as the pairs can tell them.
_RATES = np.geomspace(1e-4, 1.0, 41)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Outcome(_Record):
    """What comes of one kind of picture, the photograph itself or the altered one, at one threshold.

    aimed: share of pictures for which the goal is reached against the very photograph that the attack was given:
        towards, that they pass for it; away, that they do not pass for the photograph which they were.
    others: the same share against other photographs of that person; None where there are none.
    score: mean score against the photograph that was given, in the encoder's measure.
    own: share of comparisons with other photographs of the person attacked that pass: who is still recognised; None
        where there are none.
    """

    aimed: Estimate
    others: Estimate | None
    score: Estimate | None
    own: Estimate | None = None


class AttackSuccess(_Record):
    """Attacks at a threshold, with 95 % intervals by person; every attacked person counts alike.

    clean: of the photographs as they are; attacked: of the altered ones.
    false_matches: share of comparisons of photographs of different people that pass, none of them attacked, seen in the
        same way; None where there are none.
    """

    threshold: float
    clean: Outcome
    attacked: Outcome
    false_matches: Estimate | None


class RocCurve(_Record):
    """Shares of comparisons that pass at false match rates, ascending, with 95 % intervals by person.

    The rates are those of photographs of different people without any attack, seen in the same way: a system sets its
    threshold before it is attacked.
    """

    name: str
    rates: tuple[float, ...]
    shares: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class AttackedPeople:
    """What one encoder sees of photographs of people, and of some of them once they were attacked.

    Args:
        measure: cosine, or Euclidean distance.
        people: (N,) whole numbers from 0, whose photograph each is.
        photographs: (N, D) float32 embeddings.
        sources: (R,) which photographs were attacked, R at least 1.
        aims: (R,) towards which photographs; None for attacks away from the photographs themselves.
        clean, attacked: (R, D) embeddings of the attacked photographs before and after, both behind a defence or
            without any; of any value where no face was found.
        found: (R,) whether a face was found in the altered picture; in the photograph itself there is one.

    Raises:
        AttackError: nothing was attacked.
    """

    measure: Metric
    people: NDArray[np.intp]
    photographs: NDArray[np.float32]
    sources: NDArray[np.intp]
    aims: NDArray[np.intp] | None
    clean: NDArray[np.float32]
    attacked: NDArray[np.float32]
    found: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if not len(self.sources):
            raise AttackError("no photograph was attacked: give photographs that show a face")

    @cached_property
    def whose(self) -> NDArray[np.intp]:
        """(R,) of which person each attacked photograph is."""
        return self.people[self.sources]

    @property
    def given(self) -> NDArray[np.intp]:
        """(R,) against which photograph each attack was made."""
        return self.sources if self.aims is None else self.aims

    @cached_property
    def clean_scores(self) -> Floats:
        """(R, N) of the photographs as they are."""
        return self._scores(self.clean)

    @cached_property
    def attacked_scores(self) -> Floats:
        """(R, N) of the altered ones; where no face was found, a score that nothing passes by."""
        nowhere = -np.inf * sign_of(self.measure)
        return np.where(self.found[:, None], self._scores(self.attacked), nowhere)

    def _scores(self, embeddings: NDArray[np.float32]) -> Floats:
        one, other = torch.from_numpy(embeddings).float(), torch.from_numpy(self.photographs).float()
        return score_matrix(one, other, self.measure).double().numpy()

    def others_of(self, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """(R, N) which photographs are others of the person whom each of R photographs shows.

        The attacked photograph itself is no such other, nor is the one aimed at.
        """
        same: NDArray[np.bool_] = self.people[rows][:, None] == self.people[None]
        every = np.arange(len(rows))
        same[every, rows] = False
        same[every, self.sources] = False
        return same

    @cached_property
    def strangers(self) -> NDArray[np.bool_]:
        """(R, N) which photographs are of other people than the attacked photograph."""
        apart: NDArray[np.bool_] = self.whose[:, None] != self.people[None]
        return apart

    def passing(self, scores: Floats, threshold: float) -> NDArray[np.bool_]:
        """Which scores pass a threshold, as `is_match` says."""
        return np.asarray(scores >= threshold if self.measure == "cosine" else scores <= threshold, np.bool_)


def attack_success(seen: AttackedPeople, threshold: float) -> AttackSuccess:
    """Judge attacks at a threshold in the encoder's measure.

    Example:
        >>> import numpy as np
        >>> from explorer.science.laboratory.attack_scores import AttackedPeople, attack_success
        >>> photographs = np.array([[1, 0], [1, 0.1], [0, 1], [0.1, 1]], np.float32)
        >>> people, sources, aims = np.array([0, 0, 1, 1]), np.array([0]), np.array([2])
        >>> altered = np.array([[0.1, 1]], np.float32)  # the first photograph now looks like the third
        >>> seen = AttackedPeople(
        ...     "cosine", people, photographs, sources, aims, photographs[:1], altered, np.array([True])
        ... )
        >>> found = attack_success(seen, 0.9)
        >>> found.clean.aimed.value, found.attacked.aimed.value, found.attacked.others.value
        (0.0, 1.0, 1.0)
    """
    return AttackSuccess(
        threshold=threshold,
        clean=_outcome(seen, seen.clean_scores, threshold),
        attacked=_outcome(seen, seen.attacked_scores, threshold),
        false_matches=share_of_people(
            seen.whose, _row_means(seen.passing(seen.clean_scores, threshold), seen.strangers)
        ),
    )


def _outcome(seen: AttackedPeople, scores: Floats, threshold: float) -> Outcome:
    passing = reached = seen.passing(scores, threshold)
    if seen.aims is None:
        reached = ~reached
    every, others = np.arange(len(seen.sources)), seen.others_of(seen.given)
    aimed = share_of_people(seen.whose, reached[every, seen.given].astype(float))
    assert aimed is not None, "every attacked photograph has one that it was attacked against"
    given = scores[every, seen.given]
    return Outcome(
        aimed=aimed,
        others=share_of_people(seen.whose, _row_means(reached, others)),
        score=mean_by_person(seen.whose, np.where(np.isfinite(given), given, np.nan)),
        own=share_of_people(seen.whose, _row_means(passing, seen.others_of(seen.sources))),
    )


def _row_means(values: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> Floats:
    """(R,) of each row the share of the chosen ones that are true; nan where none is chosen."""
    counts = chosen.sum(1)
    sums = (values & chosen).sum(1).astype(np.float64)
    means: Floats = np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)
    return means


def attack_curves(views: Mapping[str, AttackedPeople]) -> tuple[RocCurve, ...]:
    """The curves of figure 13: genuine comparisons before and after an attack, without and behind defences.

    Of attacks towards somebody a third kind of curve says how often the altered picture passes for other photographs
    of the person aimed at, or, where there are none, for the photograph aimed at.

    Args:
        views: by the name of the defence, "" for none: the same photographs and attacks, seen in one way each.

    Returns:
        Named "clean", "attacked", "accepted as the aim", with ", NAME" for a defence; none where nobody has another
        photograph, or too few pairs show different people.
    """
    found = list[RocCurve]()
    for name, seen in views.items():
        closeness = sign_of(seen.measure)
        impostors = np.sort(closeness * seen.clean_scores[seen.strangers])
        rates = _RATES[_RATES * len(impostors) >= LEAST_PASSING]
        if not len(rates):
            continue
        # The largest of the smallest: at a rate of 1 every stranger passes.
        places = np.clip(len(impostors) - np.floor(rates * len(impostors) + 1e-9).astype(int), 0, len(impostors) - 1)
        thresholds = impostors[places]
        after = f", {name}" if name else ""
        own = seen.others_of(seen.sources)
        kinds = [("clean", seen.clean_scores, own), ("attacked", seen.attacked_scores, own)]
        if seen.aims is not None:
            kinds.append(("accepted as the aim", seen.attacked_scores, _of_the_aim(seen)))
        for kind, scores, chosen in kinds:
            curve = _curve(kind + after, seen.whose, closeness * scores, chosen, rates, thresholds)
            found += [] if curve is None else [curve]
    return tuple(found)


def _of_the_aim(seen: AttackedPeople) -> NDArray[np.bool_]:
    chosen = seen.others_of(seen.given)
    alone = np.flatnonzero(~chosen.any(1))
    chosen[alone, seen.given[alone]] = True
    return chosen


def _curve(
    name: str,
    whose: NDArray[np.intp],
    closeness: Floats,
    chosen: NDArray[np.bool_],
    rates: Floats,
    thresholds: Floats,
) -> RocCurve | None:
    rows = np.stack([_row_means(closeness >= threshold, chosen) for threshold in thresholds], 1)
    known = ~np.isnan(rows[:, 0])
    if not known.any():
        return None
    names, people = np.unique(whose[known], return_inverse=True)
    shares = np.stack([rows[known][people == person].mean(0) for person in range(len(names))])
    value = shares.mean(0)
    low, high = _bands(shares, value)
    return RocCurve(name=name, rates=_plain(rates), shares=_plain(value), low=_plain(low), high=_plain(high))


def _bands(shares: Floats, value: Floats) -> tuple[Floats, Floats]:
    """The ends of the interval of each mean over people, of (P, K) shares; the mean where one person is known."""
    if len(shares) < 2:
        return value, value
    drawn = times_drawn(len(shares)) @ shares / len(shares)
    ends = [interval_of_draws(column) or (one, one) for column, one in zip(drawn.T, value, strict=True)]
    low, high = np.array(ends).T
    return np.minimum(low, value), np.maximum(high, value)


def _plain(values: Floats | Sequence[float]) -> tuple[float, ...]:
    return tuple(float(one) for one in values)

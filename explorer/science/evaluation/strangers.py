"""Measure how many strangers of a set of photographs pass at every score, with intervals by person."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.errors import LikenessError
from explorer.science.evaluation.people import DRAWS, LEVEL
from explorer.science.recognition.base import Metric
from explorer.science.recognition.impostors import ImpostorRates, steps_of
from explorer.science.recognition.score_reference import score_matrix

MOST_PHOTOGRAPHS = 6_000
_RULE_OF_THREE = 3.0
_PLACES = 50


class StrangersError(LikenessError, ValueError):
    """Photographs that tell nothing of strangers; the message says why."""


def impostor_rates(embeddings: Tensor, people: Tensor, measure: Metric) -> ImpostorRates:
    """Count the pairs of photographs of different people that pass at each score.

    Two pairs that share a person are not independent, nor are two photographs of one person: the interval is that of
    the people, drawn again with all their photographs. A person who is drawn twice is no stranger to themselves.

    Args:
        embeddings: (N, D) of one encoder.
        people: (N,) whose photograph each is, by any numbers.

    Raises:
        StrangersError: fewer than two people, or too many photographs.

    Example:
        >>> import torch
        >>> from explorer.science.evaluation.strangers import impostor_rates
        >>> embeddings = torch.randn(60, 16, generator=torch.Generator().manual_seed(0))
        >>> rates = impostor_rates(embeddings, torch.arange(60) // 3, "cosine")
        >>> rates.people, rates.photographs, rates.pairs, rates.at(-1.0).value, rates.at(1.0).passing
        (20, 60, 1710, 1.0, 0)
    """
    names, order = people.unique(return_inverse=True)
    if len(names) < 2:
        raise StrangersError("photographs of one person hold no pair of strangers: give photographs of several people")
    if len(people) > MOST_PHOTOGRAPHS:
        raise StrangersError(f"{len(people)} photographs are too many to be compared: give {MOST_PHOTOGRAPHS} at most")
    by_person = order.argsort(stable=True)
    counts = torch.bincount(order)
    by_people = embeddings[by_person].float()
    steps = steps_of(score_matrix(by_people, by_people, measure), measure).numpy()
    starts = (counts.cumsum(0) - counts).numpy()
    different = (order[by_person][:, None] != order[by_person][None]).numpy()
    lowest, highest = int(steps[different].min()), int(steps[different].max())
    steps[~different] = lowest - 1  # passes nowhere
    histogram = np.bincount(steps[different] - lowest, minlength=highest - lowest + 2)
    # Both halves of the symmetric matrix were counted.
    passing = torch.from_numpy(histogram[::-1].cumsum()[::-1].copy()) // 2
    pairs = int(passing[0])
    low, high = _intervals(steps, starts, counts.numpy(), lowest, passing.numpy())
    return ImpostorRates(
        measure, len(names), len(people), pairs, lowest, passing, torch.from_numpy(low), torch.from_numpy(high)
    )


def _intervals(
    steps: NDArray[np.int64],
    starts: NDArray[np.int64],
    counts: NDArray[np.int64],
    lowest: int,
    passing: NDArray[np.int64],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The ends of the interval of the rate at every step, each (K,) float32.

    Args:
        steps: (N, N) that each pair passes last, people beside each other, pairs of one person below all others.
        starts, counts: (P,) where each person's photographs begin, and how many they are.
        passing: (K,) pairs that pass.
    """
    random = np.random.default_rng(0)
    people = len(counts)
    draws = random.multinomial(people, np.full(people, 1 / people), size=DRAWS).astype(np.float32)
    strangers = np.outer(counts, counts).astype(np.float32)
    np.fill_diagonal(strangers, 0)
    drawn = ((draws @ strangers) * draws).sum(1)
    draws, drawn = draws[drawn > 0], drawn[drawn > 0]
    places, ends = _places(passing), []
    for place in places:
        between = np.add.reduceat(np.add.reduceat(steps >= lowest + place, starts, 0, dtype=np.float32), starts, 1)
        ends.append(np.percentile(((draws @ between) * draws).sum(1) / drawn, LEVEL))
    low, high = (np.interp(np.arange(len(passing)), places, of).astype(np.float32) for of in np.transpose(ends))
    none = passing == 0
    low[none], high[none] = 0, min(1, _RULE_OF_THREE / (people * (people - 1) / 2))
    return low, high


def _places(passing: NDArray[np.int64]) -> NDArray[np.int64]:
    """The steps at which the interval is taken, ascending: the first, the last at which a pair passes, and so many
    between that the rate never changes much from one to the next; between them it is interpolated."""
    rates = passing[passing > 0] / passing[0]
    wanted = np.concatenate([np.geomspace(rates[-1], 0.5, _PLACES), np.linspace(0.5, 1, _PLACES)])
    found = np.searchsorted(-rates, -wanted)
    return np.unique(np.concatenate([[0, len(rates) - 1], found.clip(0, len(rates) - 1)]))

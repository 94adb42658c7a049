"""Intervals for sets in which a person occurs more than once: whoever is drawn, all of their photographs are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_LEVEL = (0.025, 0.975)


def interval_by_person(values: Sequence[float], people: Sequence[str], draws: int = 10_000) -> list[float]:
    """The 95 % bootstrap interval of a mean.

    Args:
        values: one a photograph. people: whose it is.
    """
    hits = np.asarray(values, np.float64)[:, None]
    return interval_of_shares(hits, np.ones_like(hits), people, draws)


def interval_of_shares(
    hits: NDArray[np.float64], tries: NDArray[np.float64], people: Sequence[str], draws: int = 10_000
) -> list[float]:
    """The 95 % bootstrap interval of a mean of shares, such as balanced accuracy: each class has its own.

    Args:
        hits, tries: (N, C), of each photograph in each class. people: (N,) whose it is.

    Returns:
        Both bounds. Where a draw misses a class, its mean is over the others.
    """
    persons = sorted(set(people))
    member = np.array([[person == one for one in people] for person in persons], np.float64)
    random = np.random.default_rng(0)
    chosen = random.integers(0, len(persons), (draws, len(persons)))
    counts = np.stack([(chosen == place).sum(1) for place in range(len(persons))], 1).astype(np.float64)
    drawn_hits, drawn_tries = counts @ (member @ hits), counts @ (member @ tries)
    shares = np.divide(drawn_hits, drawn_tries, out=np.full_like(drawn_hits, np.nan), where=drawn_tries > 0)
    return [round(float(bound), 4) for bound in np.nanquantile(np.nanmean(shares, 1), _LEVEL)]

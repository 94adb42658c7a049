"""Intervals of measures on several photographs of each person.

Two photographs of one person are no two independent faces: an encoder that takes a woman for a man does so in all of
hers. The interval is that of the people, drawn again with all their photographs (the cluster bootstrap of Davison and
Hinkley, Bootstrap Methods and their Application, 1997, section 3.8).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

DRAWS, LEVEL = 1000, (2.5, 97.5)
# What never occurred in N trials has, at 95 %, a rate of 3 / N at most (Hanley and Lippman-Hand, JAMA 249, 1983).
RULE_OF_THREE = 3.0


def interval_of_people(people: Tensor, value_of: Callable[[Tensor], float | None]) -> tuple[float, float] | None:
    """The 95 % interval of a measure, people being drawn again.

    Args:
        people: (M,) whose photograph each is.
        value_of: the measure of the photographs with these numbers, (K,) with repetitions; None where they have none,
            as where a draw of people lacks a class.

    Returns:
        Its ends; None where fewer than two people are known or hardly a draw has a value.
    """
    photographs = [torch.nonzero(people == person)[:, 0] for person in people.unique()]
    if len(photographs) < 2:
        return None
    random = np.random.default_rng(0)
    values = []
    for _ in range(DRAWS):
        drawn = random.integers(len(photographs), size=len(photographs))
        value = value_of(torch.cat([photographs[one] for one in drawn]))
        values.append(np.nan if value is None else value)
    return interval_of_draws(np.array(values))


def times_drawn(people: int) -> NDArray[np.float64]:
    """How often each of P people is drawn, (1000, P): each draw is of as many people as there are."""
    drawn = np.random.default_rng(0).integers(people, size=(DRAWS, people))
    cells = drawn + people * np.arange(DRAWS)[:, None]
    return np.bincount(cells.ravel(), minlength=DRAWS * people).reshape(DRAWS, people).astype(np.float64)


def interval_of_draws(values: NDArray[np.float64]) -> tuple[float, float] | None:
    """The 95 % interval of a measure by its values in draws of people, (1000,); nan where a draw has none.

    Returns:
        Its ends; None where hardly a draw has a value.
    """
    known = values[~np.isnan(values)]
    if len(known) < DRAWS // 10:
        return None
    low, high = np.percentile(known, LEVEL)
    return float(low), float(high)

"""Figure 26: how far the people of each set lie along the gender vector of the morphable model's space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from explorer.science.synthetic.parameter_vectors import coefficients, held_out_coefficients, separating_vector
from explorer.studio.evaluation.authentication_sets import POPULATION_SEED, ExperimentSets
from explorer.studio.people.sources import GENDERS, Gender, PeopleSource, seeds_of

# Of each gender, in the population that the vector is found in.
POPULATION = 300
Floats = NDArray[np.float64]


class GenderCoefficients(BaseModel):
    """Components of a set's people along the vector, positive towards men; by the labels that they were drawn with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    set: str
    women: tuple[float, ...]
    men: tuple[float, ...]


def gender_coefficients(
    sets: ExperimentSets, source: PeopleSource, population: int = POPULATION
) -> list[GenderCoefficients]:
    """Where the people of each set lie; of photographs nobody knows it, so that a folder is left out.

    The vector is the normal of a linear classifier (6.2.3), found in a population of other seeds; its own people are
    each measured along one that was found without them.

    Args:
        population: people of each gender that it is found in.
    """
    seeds = seeds_of(source, POPULATION_SEED, dict.fromkeys(GENDERS, population))
    parameters = _parameters(source, [seed for gender in GENDERS for seed in seeds[gender]])
    truth = np.repeat(np.arange(2), population)
    vector = separating_vector(parameters, truth)
    found = [_row("a population", list(truth), held_out_coefficients(parameters, truth))]
    named = {
        f"{sets.name}, trained on": sets.target,
        "balanced set": sets.balanced,
        "unbalanced set": sets.unbalanced,
    }
    for name, members in named.items():
        drawn = [(one.seed, one.gender) for one in members if one.seed is not None]
        if drawn:
            along = coefficients(_parameters(source, [seed for seed, _ in drawn]), vector)
            found.append(_row(name, [_number(gender) for _, gender in drawn], along))
    return found


def _parameters(source: PeopleSource, seeds: Sequence[int]) -> Floats:
    return np.stack([source.parameters(seed) for seed in seeds])


def _number(gender: Gender | None) -> int:
    return 1 if gender == "man" else 0


def _row(name: str, numbers: Sequence[Any], along: Floats) -> GenderCoefficients:
    women, men = (
        tuple(round(float(one), 4) for one, number in zip(along, numbers, strict=True) if number == kind)
        for kind in (0, 1)
    )
    return GenderCoefficients(set=name, women=women, men=men)

"""How well a model's own gender vector tells two labels apart, and how well the normal of a linear classifier does.

Every person is judged by a classifier that was found without them; the model's own vector has seen nobody.
(DIFFUSE, 6.2.3, figures 20, 21 and 26.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.science.evaluation.same_person import Estimate
from explorer.science.evaluation.sorted_ranking import auc_of_people
from explorer.science.synthetic.parameter_vectors import (
    Floats,
    ParameterVectorError,
    Whole,
    coefficients,
    held_out_coefficients,
)

ALL = "all"


@dataclass(frozen=True)
class Separation:
    """How well two labels are told apart within a group: areas under ROC curves, with their intervals by person.

    own: by the model's own vector. svm: by the normal found among others of the group. people: how many they are, and
    faces how many parameters of them.
    """

    group: str
    people: int
    faces: int
    own: Estimate
    svm: Estimate


@dataclass(frozen=True, eq=False)
class GenderCoefficients:
    """The coefficients of N faces along both vectors, and what they tell.

    groups: (N,). truth: (N,) 1 for male. own, svm: (N,), in deviations of the model along vectors of length 1.

    Example:
        >>> from explorer.science.synthetic import draw_population, judge_gender
        >>> people = draw_population(macros, 0, 60, balanced=True)
        >>> judged = judge_gender(people.shapes, people.males, people.groups, macros.gender_vector())
        >>> [one.group for one in judged.separations], judged.separations[-1].own.value > 0.9
        (['african', 'asian', 'caucasian', 'all'], True)
    """

    groups: NDArray[np.str_]
    truth: Whole
    own: Floats
    svm: Floats
    separations: tuple[Separation, ...]

    def of(self, group: str) -> NDArray[np.bool_]:
        """(N,) who is of a group, or everybody of `ALL`."""
        return np.ones(len(self.groups), bool) if group == ALL else self.groups == group


def judge_gender(
    parameters: Floats,
    truth: Whole,
    groups: NDArray[np.str_],
    own: Floats,
    people: NDArray[np.str_] | None = None,
    seed: int = 0,
) -> GenderCoefficients:
    """Project people onto both vectors, the classifier's found within each group and without who is judged.

    Args:
        parameters: (N, K) of a morphable model, in deviations. truth: (N,) 1 for male, 0 for female.
        groups: (N,) of each. own: (K,) the model's own vector, towards male.
        people: (N,) whose they are, where people have several.

    Raises:
        ParameterVectorError: a class has fewer than five people in a group, or lengths differ.

    Example:
        >>> import numpy as np
        >>> from explorer.science.synthetic import judge_gender
        >>> truth = np.repeat([0, 1], 20)
        >>> people = np.stack([2.0 * truth, np.linspace(-1, 1, 40)], 1)
        >>> judge_gender(people, truth, np.full(40, "one"), np.array([1.0, 0.0])).separations[0].own.value
        1.0
    """
    if not len(parameters) == len(truth) == len(groups):
        raise ParameterVectorError(
            f"{len(parameters)} faces have {len(truth)} labels and {len(groups)} groups: give one of each a face"
        )
    along = coefficients(parameters, own)
    learnt = held_out_coefficients(parameters, truth, groups, seed, people)
    names = [str(name) for name in np.unique(groups)]
    parts = [(name, np.asarray(groups == name)) for name in names]
    if len(parts) > 1:
        parts.append((ALL, np.ones(len(groups), bool)))
    judged = [_judged(name, rows, along, learnt, truth, people) for name, rows in parts]
    return GenderCoefficients(groups, truth, along, learnt, tuple(judged))


def _judged(
    name: str, rows: NDArray[np.bool_], own: Floats, svm: Floats, truth: Whole, people: NDArray[np.str_] | None
) -> Separation:
    whose = None if people is None else people[rows]
    areas = [auc_of_people(scores[rows], truth[rows], whose) for scores in (own, svm)]
    assert areas[0] is not None, "both classes are there, for each has five people"
    assert areas[1] is not None
    faces = int(rows.sum())
    return Separation(name, faces if whose is None else len(np.unique(whose)), faces, areas[0], areas[1])

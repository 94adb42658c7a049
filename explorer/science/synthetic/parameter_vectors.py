"""Vectors of groups and of gender in a morphable model's space, from many people (DIFFUSE, 6.2.2, 6.2.3).

A group is what a list of labels calls one. Its vector is the mean of those whom annotators, or a generator's settings,
gave that name: it is no property of anybody, differs with who labelled whom, and the people of two groups overlap more
than their means differ. What it is for is a population in which no group is missing, and to say how far labels can be
read off a shape at all.

Gender is two-valued here as in the data sets whose labels it is learnt from; that too is theirs, not the people's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.science.errors import LikenessError

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

FOLDS = 5


class ParameterVectorError(LikenessError):
    """Labels and parameters do not fit together, or there are too few people of a kind."""


@dataclass(frozen=True, eq=False)
class GroupVectors:
    """A Gaussian for each group in the space of a model's parameters.

    names: of the G groups. means, spreads: (G, K), the vector of each and the deviation of its people along each
    parameter. people: how many of each they are of, the same number for every group and stratum.

    Example:
        >>> import numpy as np
        >>> from explorer.science.synthetic import group_vectors
        >>> random = np.random.default_rng(0)
        >>> groups = np.repeat(["one", "two"], 200)
        >>> parameters = random.normal(size=(400, 6)) + np.where(groups == "one", 2.0, -2.0)[:, None]
        >>> vectors = group_vectors(parameters, groups)
        >>> float((vectors.classified(parameters) == groups).mean()) > 0.99
        True
        >>> vectors.drawn("one", 3, seed=0).shape
        (3, 6)
    """

    names: tuple[str, ...]
    means: Floats
    spreads: Floats
    people: int

    def projections(self, parameters: Floats) -> Floats:
        """(N, G) the components of parameters (N, K) along the vector of each group.

        Raises:
            ParameterVectorError: they are of another model, or a group lies at the mean face and has no direction.
        """
        if parameters.ndim != 2 or parameters.shape[1] != self.means.shape[1]:
            raise ParameterVectorError(
                f"parameters have shape {parameters.shape}, vectors have {self.means.shape[1]} numbers: use one model"
            )
        lengths = np.linalg.norm(self.means, axis=1)
        if not lengths.all():
            where = self.names[int(np.argmin(lengths))]
            raise ParameterVectorError(f"the mean of {where} is the mean face: nothing projects onto it")
        projected: Floats = parameters @ (self.means / lengths[:, None]).T
        return projected

    def classified(self, parameters: Floats) -> NDArray[np.str_]:
        """(N,) the group along whose vector each of N people reaches farthest."""
        said: NDArray[np.str_] = np.array(self.names)[self.projections(parameters).argmax(1)]
        return said

    def drawn(self, name: str, count: int, seed: int, spread: float = 1.0) -> Floats:
        """New people (N, K) about the vector of a group.

        Args:
            spread: how far from it, 1 for as far as its people are.

        Raises:
            ParameterVectorError: there is no such group.
        """
        if name not in self.names:
            raise ParameterVectorError(f"there is no group {name!r}; there are {', '.join(self.names)}")
        place = self.names.index(name)
        random = np.random.default_rng(seed)
        people: Floats = self.means[place] + spread * self.spreads[place] * random.normal(
            size=(count, self.means.shape[1])
        )
        return people


def group_vectors(
    parameters: Floats,
    groups: Sequence[str] | NDArray[np.str_],
    strata: Sequence[str] | NDArray[np.str_] | None = None,
    seed: int = 0,
) -> GroupVectors:
    """The mean of each group, of samples that are balanced: as many people of every group in every stratum.

    Args:
        parameters: (N, K) of a morphable model.
        groups: (N,) the name of each person's group.
        strata: (N,) what is to be balanced, such as gender and age in one word; None for nothing.
        seed: of who is drawn where a group has more than are taken.

    Raises:
        ParameterVectorError: lengths differ, there are fewer than two groups, or one lacks a stratum.

    Example:
        >>> import numpy as np
        >>> from explorer.science.synthetic import group_vectors
        >>> parameters = np.array([[1.0, 0], [3.0, 0], [0, 1.0], [0, 5.0]])
        >>> group_vectors(parameters, ["one", "one", "two", "two"]).means.tolist()
        [[2.0, 0.0], [0.0, 3.0]]
    """
    named = np.asarray(groups, dtype=np.str_)
    layered = np.full(len(named), "all") if strata is None else np.asarray(strata, dtype=np.str_)
    if not len(parameters) == len(named) == len(layered):
        raise ParameterVectorError(
            f"{len(parameters)} people have {len(named)} groups and {len(layered)} strata: give one of each a person"
        )
    names = tuple(str(name) for name in np.unique(named))
    if len(names) < 2:
        raise ParameterVectorError("vectors of groups tell groups apart: give people of at least two")
    cells = {
        (name, layer): np.flatnonzero((named == name) & (layered == layer))
        for name in names
        for layer in np.unique(layered)
    }
    each = min(map(len, cells.values()))
    if each < 2:
        (name, layer), rows = min(cells.items(), key=lambda cell: len(cell[1]))
        raise ParameterVectorError(
            f"{len(rows)} people of {name} are {layer}: give more of them, or strata that all groups have"
        )
    random = np.random.default_rng(seed)
    taken = {cell: random.choice(rows, each, replace=False) for cell, rows in cells.items()}
    members = [parameters[np.concatenate([rows for (one, _), rows in taken.items() if one == name])] for name in names]
    return GroupVectors(
        names,
        np.stack([one.mean(0) for one in members]),
        np.stack([one.std(0, ddof=1) for one in members]),
        len(members[0]),
    )


def confusion(truth: NDArray[np.str_], said: NDArray[np.str_], names: Sequence[str]) -> Floats:
    """Whom who is taken for: (G, G) shares, a row for each true group, each row adding up to 1 (figure 18).

    Raises:
        ParameterVectorError: a group has nobody, or somebody is of no group.

    Example:
        >>> import numpy as np
        >>> from explorer.science.synthetic import confusion
        >>> confusion(np.array(["a", "a", "b"]), np.array(["a", "b", "b"]), ["a", "b"]).tolist()
        [[0.5, 0.5], [0.0, 1.0]]
    """
    places = {name: place for place, name in enumerate(names)}
    unknown = sorted({str(one) for one in (*truth, *said)} - set(places))
    if unknown:
        raise ParameterVectorError(f"{', '.join(unknown)}: no such group; there are {', '.join(names)}")
    counts = np.zeros((len(names), len(names)))
    np.add.at(counts, ([places[str(one)] for one in truth], [places[str(one)] for one in said]), 1)
    of_each = counts.sum(1, keepdims=True)
    if not of_each.all():
        raise ParameterVectorError(f"{names[int(np.argmin(of_each))]} has nobody: leave the group out")
    shares: Floats = counts / of_each
    return shares


def separating_vector(parameters: Floats, truth: Whole, strength: float = 1.0) -> Floats:
    """The normal of the hyperplane of a linear support vector machine, of length 1, towards class 1 (6.2.3).

    Args:
        parameters: (N, K) of a morphable model, in deviations. truth: (N,) of 0 and 1; classes weigh alike.
        strength: how much an error costs beside the width of the margin.

    Raises:
        ParameterVectorError: only one class is there, or lengths differ.

    Example:
        >>> import numpy as np
        >>> from explorer.science.synthetic import separating_vector
        >>> truth = np.repeat([0, 1], 100)
        >>> people = np.random.default_rng(0).normal(size=(200, 3)) + 3 * truth[:, None] * np.array([1.0, 0, 0])
        >>> separating_vector(people, truth).round(1).tolist()[0]
        1.0
    """
    from sklearn.svm import LinearSVC  # slow to begin

    if len(parameters) != len(truth) or set(np.unique(truth)) != {0, 1}:
        raise ParameterVectorError(
            f"{len(parameters)} people with {len(truth)} labels, of the classes {np.unique(truth).tolist()}: give each "
            "person 0 or 1, and people of both"
        )
    machine = LinearSVC(C=strength, dual=False, class_weight="balanced").fit(parameters, truth)
    normal: Floats = machine.coef_[0] / np.linalg.norm(machine.coef_[0])
    return normal


def coefficients(parameters: Floats, vector: Floats) -> Floats:
    """(N,) the components of parameters (N, K) along a vector (K,), whatever its length (figures 20 and 21).

    Raises:
        ParameterVectorError: the vector has no direction.
    """
    length = np.linalg.norm(vector)
    if length == 0:
        raise ParameterVectorError("the vector is 0 and has no direction")
    along: Floats = parameters @ vector / length
    return along


def held_out_coefficients(
    parameters: Floats,
    truth: Whole,
    groups: Sequence[str] | NDArray[np.str_] | None = None,
    seed: int = 0,
    people: Sequence[str] | NDArray[np.str_] | None = None,
) -> Floats:
    """(N,) each person's component along a separating vector that was found without them, in five folds.

    Args:
        groups: (N,) one vector is found for each group, of its people alone; None for one vector for all.
        people: (N,) whose parameters each are, where people have several; nobody is learnt from and judged at once.

    Raises:
        ParameterVectorError: a class has fewer than five people in a group.
    """
    named = np.full(len(truth), "all") if groups is None else np.asarray(groups, dtype=np.str_)
    whose = np.arange(len(truth)) if people is None else np.unique(people, return_inverse=True)[1]
    found = np.empty(len(truth))
    random = np.random.default_rng(seed)
    for name in np.unique(named):
        fold = np.empty(len(truth), dtype=np.int64)
        members = np.flatnonzero(named == name)
        for kind in (0, 1):
            rows = members[truth[members] == kind]
            persons, of_rows = np.unique(whose[rows], return_inverse=True)
            if len(persons) < FOLDS:
                raise ParameterVectorError(f"{name} has {len(persons)} people of class {kind}: give at least {FOLDS}")
            folds = np.empty(len(persons), dtype=np.int64)
            folds[random.permutation(len(persons))] = np.arange(len(persons)) % FOLDS
            fold[rows] = folds[of_rows]
        for one in range(FOLDS):
            learnt, judged = members[fold[members] != one], members[fold[members] == one]
            found[judged] = parameters[judged] @ separating_vector(parameters[learnt], truth[learnt])
    return found

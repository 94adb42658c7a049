"""Vectors of groups: balanced means, the Gaussians they were drawn from, and vectors that separate where they can."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.science.evaluation.ranking import auc
from explorer.science.synthetic.parameter_vectors import (
    ParameterVectorError,
    coefficients,
    confusion,
    group_vectors,
    held_out_coefficients,
    separating_vector,
)

NUMBERS = 10


def population(seed: int = 0, each: int = 300):
    """Three groups about known means, with more men than women in the first, who differ along one parameter."""
    random = np.random.default_rng(seed)
    means = np.zeros((3, NUMBERS))
    means[0, 0], means[1, 1], means[2, 2] = 2.0, 2.0, -2.0
    people, groups, genders = [], [], []
    for place, name in enumerate(("a", "b", "c")):
        man = random.random(each) < (0.9 if name == "a" else 0.5)
        people.append(means[place] + random.normal(size=(each, NUMBERS)) + np.outer(man, np.eye(NUMBERS)[5] * 3))
        groups += [name] * each
        genders.append(man.astype(np.int64))
    return np.concatenate(people), np.array(groups), np.concatenate(genders), means


def test_means_are_balanced_over_what_differs_among_groups():
    people, groups, genders, means = population()
    plain = group_vectors(people, groups)
    balanced = group_vectors(people, groups, genders.astype(str))
    assert plain.means[0, 5] == pytest.approx(2.7, abs=0.2)
    assert balanced.means[:, 5] == pytest.approx([1.5] * 3, abs=0.4)
    assert balanced.means[:, :3] == pytest.approx(means[:, :3], abs=0.4)
    assert balanced.people == 2 * int((genders[groups == "a"] == 0).sum())


def test_people_are_classified_by_the_largest_projection():
    people, groups, genders, _ = population()
    vectors = group_vectors(people, groups, genders.astype(str))
    again, truth, _, _ = population(seed=1)
    projected = vectors.projections(again)
    assert (projected.argmax(1) == np.searchsorted(vectors.names, vectors.classified(again))).all()
    shares = confusion(truth, vectors.classified(again), vectors.names)
    assert shares.sum(1) == pytest.approx(np.ones(3))
    assert (np.diagonal(shares) > 0.6).all()


def test_people_drawn_about_a_vector_are_its_gaussian():
    vectors = group_vectors(*population()[:2])
    drawn = vectors.drawn("b", 20_000, seed=3)
    assert drawn.mean(0) == pytest.approx(vectors.means[1], abs=0.05)
    assert drawn.std(0) == pytest.approx(vectors.spreads[1], rel=0.03)
    assert (vectors.drawn("b", 5, seed=3) == drawn[:5]).all()
    assert vectors.drawn("b", 4, seed=3, spread=0.0) == pytest.approx(np.tile(vectors.means[1], (4, 1)))


def test_the_normal_points_to_class_1_and_finds_the_axis():
    people, _, genders, _ = population()
    normal = separating_vector(people, genders)
    assert np.linalg.norm(normal) == pytest.approx(1.0)
    assert normal[5] > 0.95
    assert separating_vector(people, 1 - genders) == pytest.approx(-normal, abs=1e-3)


def test_held_out_people_are_told_apart_where_there_is_something_and_by_chance_where_not():
    people, groups, genders, _ = population()
    truth = torch.from_numpy(genders)
    told = auc(torch.from_numpy(held_out_coefficients(people, genders, groups)), truth)
    assert told > 0.95
    chance = np.random.default_rng(4).integers(0, 2, len(genders))
    assert auc(torch.from_numpy(held_out_coefficients(people, chance)), torch.from_numpy(chance)) < 0.58
    # Found on the very people that it judges, the same vector seems to tell what is not there.
    seen = coefficients(people, separating_vector(people, chance))
    assert auc(torch.from_numpy(seen), torch.from_numpy(chance)) > 0.55


def test_a_coefficient_does_not_depend_on_the_vectors_length():
    people, _, _, _ = population(each=10)
    vector = np.arange(NUMBERS, dtype=np.float64)
    assert coefficients(people, vector) == pytest.approx(coefficients(people, 7 * vector))
    assert coefficients(vector[None], vector)[0] == pytest.approx(np.linalg.norm(vector))


def test_what_does_not_fit_together_is_refused():
    people, groups, _, _ = population(each=20)
    vectors = group_vectors(people, groups)
    for call, said in (
        (lambda: group_vectors(people[:5], groups), "5 people have 60 groups"),
        (lambda: group_vectors(people, ["a"] * 60), "at least two"),
        (lambda: group_vectors(people, groups, ["x"] + ["y"] * 59), "of a are x|of b are x"),
        (lambda: vectors.projections(people[:, :4]), "use one model"),
        (lambda: vectors.drawn("d", 1, 0), "no group 'd'"),
        (lambda: confusion(groups, np.array(["z"] * 60), vectors.names), "z: no such group"),
        (lambda: confusion(groups[:20], groups[:20], vectors.names), "has nobody"),
        (lambda: separating_vector(people, np.ones(60, np.int64)), "people of both"),
        (lambda: coefficients(people, np.zeros(NUMBERS)), "no direction"),
        (lambda: held_out_coefficients(people, (np.arange(60) == 0).astype(np.int64)), "class 1: give at least 5"),
    ):
        with pytest.raises(ParameterVectorError, match=said):
            call()

"""People with labels: the model's own population again, balanced, and repeatable from the seed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import save

from explorer.science.evaluation.ranking import auc
from explorer.science.evaluation.sorted_ranking import auc_of_people
from explorer.science.geometry.morphable_model import MorphableModelError
from explorer.science.synthetic.gender_vectors import judge_gender
from explorer.science.synthetic.labelled import draw_labelled, draw_macros, draw_population
from explorer.science.synthetic.macro_model import from_arrays, macro_shares, to_arrays
from explorer.science.synthetic.parameter_vectors import (
    ParameterVectorError,
    coefficients,
    confusion,
    group_vectors,
    separating_vector,
)
from explorer.science.synthetic.scene import GENDERS, GROUPS, Macros, Person
from explorer.studio.errors import UserError
from explorer.studio.people.macro_file import load_macro_model, read_macro_model


@pytest.fixture(scope="module")
def macros():
    return load_macro_model()


@pytest.fixture(scope="module")
def population(macros):
    return draw_population(macros, 0, 1200, balanced=True)


def test_people_are_the_population_that_the_models_components_were_found_in(population):
    """Components are in standard deviations of it: means are 0, deviations 1, and nothing goes with anything else."""
    shapes = population.shapes
    assert shapes.mean(0) == pytest.approx(np.zeros(80), abs=0.15)
    assert shapes.std(0) == pytest.approx(np.ones(80), abs=0.15)
    together = np.corrcoef(shapes.T) - np.eye(80)
    assert np.abs(together).mean() < 0.04


def test_a_balanced_set_has_as_many_of_each_and_every_label_follows_from_the_seed(macros, population):
    cells = Counter((one.group, one.sex) for one in population.macros)
    assert cells == {(group, sex): 200 for group in GROUPS for sex in GENDERS}
    assert draw_macros(5, macros, "asian", "male") == draw_macros(5, macros, "asian", "male")
    later = draw_population(macros, 600, 6, balanced=True)
    assert later.macros == population.macros[600:606], "whoever else is drawn"
    assert later.shapes == pytest.approx(population.shapes[600:606], abs=1e-9)
    assert set(draw_population(macros, 0, 9, gender="male").males) == {1}


def test_shares_of_targets_are_those_of_a_whole_head(population):
    """Each head has one head's worth of groups, and one of weights, whatever its sliders say."""
    told = [(one.gender, one.age, one.weight) for one in population.macros[:50]]
    gender, age, weight = np.array(told).T
    shares = macro_shares(gender, age, weight, np.array([one.groups for one in population.macros[:50]]))
    for kind in (True, False):
        whole = sum(share for name, share in shares.items() if name.startswith("universal") is kind)
        assert whole == pytest.approx(np.ones(50), abs=1e-4)


def test_groups_vectors_take_people_for_what_their_sliders_say(population):
    first, second = slice(0, 600), slice(600, 1200)
    vectors = group_vectors(population.shapes[first], population.groups[first], population.strata[first])
    said = vectors.classified(population.shapes[second])
    shares = confusion(population.groups[second], said, vectors.names)
    assert (np.diagonal(shares) > 0.8).all()
    drawn = vectors.drawn("asian", 300, seed=1)
    assert (vectors.classified(drawn) == "asian").mean() > 0.8


def test_a_person_moved_along_a_vector_projects_as_much_further(macros, population):
    for vector in (macros.gender_vector(), *macros.normals, *macros.group_directions()):
        unit = vector / np.linalg.norm(vector)
        moved = population.shapes[:20] + 1.7 * unit
        assert coefficients(moved, vector) - coefficients(population.shapes[:20], vector) == pytest.approx(1.7)


def test_the_learnt_normal_is_the_analytic_one_where_it_is_known():
    """Of two Gaussians with one covariance no vector separates better than its inverse times the means' difference."""
    random = np.random.default_rng(0)
    count = 1500
    mixing = np.array([[1.0, 0.8, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0]])
    apart = np.array([3.0, -1.0, 1.0])
    truth = np.repeat([0, 1], count)
    people = random.normal(size=(2 * count, 3)) @ mixing + truth[:, None] * apart
    best = np.linalg.solve(mixing.T @ mixing, apart)
    assert separating_vector(people, truth) @ best / np.linalg.norm(best) > 0.99


def test_vectors_learnt_from_many_others_separate_better_than_the_models_own(macros, population):
    parts = [np.ones(len(population.seeds), bool), *(population.groups == group for group in GROUPS)]
    for normal, rows in zip(macros.normals, parts, strict=True):
        shapes, truth = population.shapes[rows], population.males[rows]
        own, learnt = (auc_of_people(shapes @ vector, truth).value for vector in (macros.gender_vector(), normal))
        assert 0.95 < own < learnt


def test_genders_are_judged_within_each_group_and_by_nobody_who_was_learnt_from():
    random = np.random.default_rng(3)
    people, groups = random.normal(size=(120, 4)), np.repeat(["a", "b"], 60)
    truth = np.tile([0, 1], 60)
    people[:, 0] += 4 * truth
    judged = judge_gender(people, truth, groups, np.array([0.0, 1, 0, 0]))
    assert [(one.group, one.people) for one in judged.separations] == [("a", 60), ("b", 60), ("all", 120)]
    for one in judged.separations:
        assert one.svm.value > 0.95
        assert one.own.low <= one.own.value <= one.own.high < 0.85
    # Four pictures of each of thirty people by whom nothing but the person can be told: seen people would be known.
    whose = np.repeat(np.arange(30), 4)
    pictures = random.normal(size=(30, 40))[whose] + 0.1 * random.normal(size=(120, 40))
    told = whose % 2
    by_person = judge_gender(pictures, told, np.full(120, "a"), np.ones(40), whose.astype(str)).separations[0]
    assert (by_person.people, by_person.faces) == (30, 120)
    assert (
        by_person.svm.value
        < 0.85
        < judge_gender(pictures, told, np.full(120, "a"), np.ones(40)).separations[0].svm.value
    )


def test_the_area_by_sorting_is_that_by_pairs_and_its_interval_is_wider_where_people_are_fewer():
    random = np.random.default_rng(1)
    truth, scores = random.integers(0, 2, 300), random.normal(size=300).round(1)
    scores += truth
    found = auc_of_people(scores, truth)
    assert found.value == pytest.approx(auc(torch.from_numpy(scores), torch.from_numpy(truth)))
    people = np.array([f"{number // 20}" for number in np.argsort(np.argsort(truth + 0.001 * scores))])
    by_person = auc_of_people(scores, truth, people)
    assert by_person.value == found.value
    assert by_person.high - by_person.low > found.high - found.low
    assert auc_of_people(scores, np.ones(300, np.int64)) is None


def test_a_labelled_person_has_what_the_sliders_say_and_survives_a_file(macros):
    person = draw_labelled(11, macros, "african", "male")
    assert (person.macros.group, person.macros.sex) == ("african", "male")
    assert (
        Person.model_validate_json(person.model_dump_json()) == person == draw_labelled(11, macros, "african", "male")
    )
    assert len(person.identity) == 80
    assert len(person.colours) == 4
    darker = [draw_labelled(seed, macros, "african").colours[0] for seed in range(30)]
    lighter = [draw_labelled(seed, macros, "caucasian").colours[0] for seed in range(30)]
    assert np.mean(lighter) - np.mean(darker) > 1


def test_the_file_that_ships_is_of_the_model_that_ships_and_comes_back_as_it_was(macros, model, tmp_path):
    macros.check(model)
    with pytest.raises(MorphableModelError, match="has none"):
        macros.check(model.trimmed(10))
    path = tmp_path / "vectors.safetensors"
    path.write_bytes(save(*to_arrays(macros)))
    again = read_macro_model(path)
    assert again.low == pytest.approx(macros.low)
    assert again.targets == macros.targets
    assert path.stat().st_size < 10**5


def test_what_is_damaged_or_unknown_is_refused(macros, tmp_path):
    arrays, told = to_arrays(macros)
    for damaged in (
        {**arrays, "low": arrays["low"][:5]},
        {**arrays, "rest": arrays["rest"] * np.float16("nan")},
        {name: array for name, array in arrays.items() if name != "effects"},
    ):
        with pytest.raises(MorphableModelError, match="damaged"):
            from_arrays(damaged, told)
    with pytest.raises(MorphableModelError, match="version"):
        from_arrays(arrays, {})
    path = tmp_path / "cut.safetensors"
    path.write_bytes(b"cut short")
    for file in (path, tmp_path / "nowhere.safetensors"):
        with pytest.raises(UserError, match="install Likeness again"):
            read_macro_model(file)
    for call, said in (
        (lambda: draw_macros(-1, macros), "no person -1"),
        (lambda: draw_labelled(0, macros, "martian"), "no group 'martian'"),
        (lambda: draw_population(macros, 0, 3, gender="both"), "no gender 'both'"),
        (lambda: Macros(groups=(0.5, 0.1, 0.1), gender=0), "add up to 1"),
        (lambda: judge_gender(np.zeros((3, 2)), np.zeros(2, np.int64), np.array(["a"]), np.ones(2)), "2 labels"),
    ):
        with pytest.raises((ValueError, ParameterVectorError), match=said):
            call()
    assert replace(macros, normals=macros.normals[:0]).gender_vector() == pytest.approx(macros.gender_vector())

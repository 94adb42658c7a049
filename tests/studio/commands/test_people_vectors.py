"""`likeness people vectors`: numbers and figures that say how they were made, the same for the same seed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.science.synthetic.labelled import draw_population
from explorer.science.synthetic.parameter_vectors import group_vectors
from explorer.studio.app import cli
from explorer.studio.evaluation import labelled_shapes
from explorer.studio.export.provenance import read_provenance
from explorer.studio.people.macro_file import load_macro_model
from explorer.studio.people.shape_vectors import shape_vectors
from explorer.studio.people.vectors import FittedPhotographs, judge_photographs
from explorer.studio.reproducing.kinds import command_of
from tests.science.training.folders.test_folder_readers import fairface

SMALL = ["--count", "300", "--faces", "1", "--size", "32"]


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("vectors") / "out"
    assert cli.main(["people", "vectors", "--out", str(folder), "--seed", "3", *SMALL]) == 0
    return folder


def test_every_figure_is_there_and_names_the_command_that_makes_it_again(found):
    names = {path.name for path in found.iterdir()}
    assert names == {"vectors.json", *(f"figure-{number}.png" for number in (16, 18, 19, 20, 21, 26))}
    for path in found.iterdir():
        assert command_of(read_provenance(path)).startswith("likeness people vectors --seed 3 --count 300")
        assert path.stat().st_mode & 0o077 == 0


def test_the_numbers_are_those_of_the_people(found):
    told = json.loads((found / "vectors.json").read_text())
    (drawn,) = told["sets"]
    assert drawn["groups"] == ["african", "asian", "caucasian"]
    assert np.array(drawn["confusion"]).sum(1) == pytest.approx(np.ones(3), abs=1e-3)
    assert [one["group"] for one in drawn["gender_auc"]] == [*drawn["groups"], "all"]
    assert len(told["components"]["groups"]["asian"]["mean"]) == 80
    people = draw_population(load_macro_model(), 3, 150)
    vectors = group_vectors(people.shapes, people.groups, people.strata, 3)
    assert told["components"]["groups"]["asian"]["mean"] == pytest.approx(vectors.means[1], abs=1e-4)


def test_the_docks_vectors_point_where_the_means_of_drawn_people_lie():
    people = draw_population(load_macro_model(), 0, 1500, balanced=True)
    means = group_vectors(people.shapes, people.groups, people.strata).means
    units = [np.array(one.unit) for one in shape_vectors()]
    assert [float(np.linalg.norm(unit)) for unit in units] == pytest.approx([1.0] * 8)
    for unit, mean in zip(units, means, strict=False):
        assert unit @ mean / np.linalg.norm(mean) > 0.9


def fitted(shapes, males, groups, people, learnt) -> FittedPhotographs:
    return FittedPhotographs("made", 1, shapes, males, np.array(groups), np.array(people), np.array(learnt))


def test_photographs_are_judged_by_person_and_what_is_too_little_is_said():
    people = draw_population(load_macro_model(), 0, 120, balanced=True)
    names, learnt = [f"{seed}" for seed in people.seeds], [seed < 60 for seed in people.seeds]
    whole = judge_photographs(fitted(people.shapes, people.males, people.groups, names, learnt), load_macro_model(), 0)
    assert (whole.people, whole.judged) == (120, 60)
    assert whole.shares.sum(1) == pytest.approx(np.ones(3))
    assert whole.transferred.value > 0.95
    assert whole.own.value > 0.95
    four = slice(0, 4)
    few = judge_photographs(
        fitted(people.shapes[four], people.males[four], ["all"] * 4, ["a", "a", "b", "b"], [True] * 4),
        load_macro_model(),
        0,
    )
    assert (few.people, few.faces, few.gender, few.vectors) == (2, 4, None, None)
    assert "labels name none" in few.remark
    assert "give at least 5" in few.remark
    assert "without a face: 1" in few.remark


def test_a_fairface_folder_gives_its_annotators_words(tmp_path):
    known = labelled_shapes.labelled_photographs(str(fairface(tmp_path)), most=50)
    assert {(one.male, one.group, one.learnt) for one in known} == {
        (1, "White", True),
        (0, "East Asian", True),
        (0, "Black", False),
    }


def test_labelled_people_are_drawn_with_their_labels(tmp_path):
    folder = tmp_path / "out"
    options = ["--group", "african", "--gender", "female", "--size", "32", "--seed", "4"]
    assert cli.main(["people", "draw", "--out", str(folder), *options]) == 0
    scene = json.loads((folder / "person-4-0.json").read_text())["scene"]
    person = scene["person"]
    assert person["macros"]["groups"][0] == max(person["macros"]["groups"])
    assert person["macros"]["gender"] <= 0.5
    with Image.open(folder / "person-4-0.png") as picture:
        assert picture.size == (32, 32)
    # The same people are traced, under the same labels.
    traced = tmp_path / "traced"
    options += ["--renderer", "path", "--samples", "1"]
    assert cli.main(["people", "draw", "--out", str(traced), *options]) == 0
    assert json.loads((traced / "person-4-0.json").read_text())["scene"] == scene


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["vectors", "--count", "10"], "--count"),
        (["vectors", "--seed", "2147483647", *SMALL], "seeds go to"),
        (["vectors", "--formats", "bmp", *SMALL], "bmp"),
        (["vectors", "--photographs", "nowhere", *SMALL], "nowhere"),
        (["draw", "--group", "martian"], "sliders are african, asian, caucasian"),
        (["draw", "--gender", "both"], "sliders are female, male"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_line(words, told, tmp_path, capsys):
    assert cli.main(["people", *words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()

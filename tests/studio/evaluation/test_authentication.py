"""Who is in which set of the authentication experiment, and what comes of encoders whose answer is known."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from explorer.science.faces.alignment import ARCFACE_112
from explorer.science.faces.face import Face, FaceError
from explorer.science.synthetic.labelled import draw_labelled
from explorer.science.training import face_encoder
from explorer.studio.errors import UserError
from explorer.studio.evaluation.authentication import Experiment
from explorer.studio.evaluation.authentication_gender import gender_coefficients
from explorer.studio.evaluation.authentication_sets import (
    FaceCutter,
    aligned_face,
    drawn_sets,
    genders_in,
    sets_beside,
)
from explorer.studio.evaluation.authentication_settings import ARMS, PRESETS, AuthenticationSettings
from explorer.studio.evaluation.authentication_text import as_text, table_rows
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.people.drawing import drawn_people
from explorer.studio.people.macro_file import load_macro_model
from explorer.studio.people.sources import DrawnPeople, PersonPicture, five_points
from explorer.studio.people.values import PeopleSettings
from explorer.studio.people.writing import scenes_of

SMALL = AuthenticationSettings(
    target=8, test=6, women=0.25, unbalanced=4, balanced=4, pictures=3, size=32, side=32, steps=2, batch=4, trainings=2
)
RASTER, LABELLED = DrawnPeople(PeopleSettings(size=32)), DrawnPeople(SMALL.drawn)
POINTS = np.array(ARCFACE_112.points) / 112 * 32


class Stripes:
    """People who are pictures of a brightness each; women have even seeds."""

    title = "stripes"

    def __init__(self):
        self.drawn, self.record = [], {"renderer": "stripes"}

    def gender(self, seed):
        return "man" if seed % 2 else "woman"

    def parameters(self, seed):
        return np.array([2.0 * (seed % 2) - 1, seed % 7 - 3.0])

    def pictures(self, seeds, count):
        for seed in seeds:
            self.drawn.append(seed)
            levels = [8 * (seed % 30) + number for number in range(count)]
            yield [PersonPicture(np.full((32, 32, 3), level, np.uint8), POINTS, str(seed)) for level in levels]


class Brightness(nn.Module):
    """Knows people by their brightness, which turns a vector about; nothing is learnt."""

    def __init__(self, dimension, width):
        super().__init__()
        self.nothing = nn.Parameter(torch.zeros(dimension))

    def forward(self, pictures):
        turn = pictures.mean((1, 2, 3))[:, None] * torch.tensor([[1.0, 2.0, 3.0, 4.0]]) * 3
        known = torch.cat([turn.cos(), turn.sin()], 1)
        return torch.nn.functional.pad(known, (0, len(self.nothing) - 8)) + 0 * self.nothing


@pytest.fixture
def quick(monkeypatch):
    """No network is trained, and people are drawn again a few times only."""
    monkeypatch.setattr(face_encoder, "MobileNetV2", Brightness)
    for module in ("people", "authentication"):
        monkeypatch.setattr(f"explorer.science.evaluation.{module}.DRAWS", 40)


@pytest.mark.parametrize("source", [RASTER, LABELLED], ids=["by build", "labelled"])
def test_nobody_is_in_two_sets_and_genders_are_as_asked(source):
    sets = drawn_sets(SMALL, source)
    seeds = {arm: {one.seed for one in sets.trained_on(arm)} for arm in ARMS}
    tested = {one.seed for one in sets.test}
    assert all(not tested & trained for trained in seeds.values())
    assert len(tested) == 6
    assert [sum(one.gender == "woman" for one in members) for members in (sets.target, sets.test)] == [2, 3]
    assert {one.gender for one in sets.unbalanced} == {"man"}
    assert [one.gender for one in sets.balanced].count("woman") == 2
    # The balanced set's men are of the unbalanced set.
    assert len({one.seed for one in sets.unbalanced} & {one.seed for one in sets.balanced}) == 2
    assert {one.gender for one in sets.test if source.gender(one.seed) != one.gender} == set()
    assert len(seeds["unbalanced"]) == len(seeds["balanced"]) == 12


@pytest.mark.parametrize("renderer", ["raster", "path"])
def test_people_of_the_experiment_are_labelled_by_their_sliders(renderer):
    settings = SMALL.model_copy(update={"renderer": renderer})
    source, macros = DrawnPeople(settings.drawn), load_macro_model()
    people = [draw_labelled(seed, macros) for seed in range(12)]
    words = {"female": "woman", "male": "man"}
    assert [source.gender(seed) for seed in range(12)] == [words[one.macros.sex] for one in people]
    assert np.array_equal([source.parameters(seed) for seed in range(12)], [one.identity for one in people])
    assert settings.drawn == PeopleSettings.model_validate(settings.drawn.model_dump())
    # Whoever was kept of people without labels is not taken for one of these.
    assert source.record != DrawnPeople(settings.drawn.model_copy(update={"labelled": False})).record


def test_labelled_people_are_drawn_as_the_command_draws_them_whoever_else_is():
    settings = SMALL.drawn.model_copy(update={"seed": 5})
    scenes = [scene for _, scene in scenes_of(settings)]
    (expected,) = drawn_people(scenes, settings, load_morphable_model())
    _, (picture,) = LABELLED.pictures([3, 5], 1)
    assert np.array_equal(picture.pixels, expected.pixels)
    assert np.array_equal(picture.points, five_points(expected.landmarks().points))


def test_the_papers_sizes_are_a_preset():
    paper = AuthenticationSettings(**PRESETS["paper"])
    assert (paper.target, paper.unbalanced, paper.balanced, paper.pictures) == (1028, 1000, 1000, 200)
    assert round(paper.target_women / paper.target, 2) == 0.12
    small = AuthenticationSettings()
    assert (small.target, small.target_women, small.test, small.unbalanced, small.balanced) == (90, 11, 60, 200, 200)


def test_a_known_face_lies_where_the_template_has_it():
    points, noise = 3 * POINTS, np.random.default_rng(0).integers(0, 255, (96, 96, 3)).astype(np.uint8)
    known, unknown = PersonPicture(noise, points, "noise"), PersonPicture(noise, None, "noise")
    aligned = aligned_face(known, 96, None)
    assert np.abs(aligned - noise @ np.array([0.299, 0.587, 0.114])).max() < 1.5
    with pytest.raises(FaceError, match="not known"):
        aligned_face(unknown, 96, None)
    # A photograph's face is where the detector finds it.
    face = Face(points, (20.0, 20.0, 80.0, 90.0), 0.9)
    assert np.array_equal(aligned_face(unknown, 96, SimpleNamespace(detect=lambda pixels: [face])), aligned)
    with pytest.raises(FaceError):
        aligned_face(known, 96, SimpleNamespace(detect=lambda pixels: []))


def test_a_drawn_persons_points_are_those_of_the_face():
    ((picture,),) = RASTER.pictures([5], 1)
    left, right, nose, *mouth = picture.points
    assert left[0] < nose[0] < right[0]
    assert max(left[1], right[1]) < nose[1] < min(corner[1] for corner in mouth)
    landmarks = np.arange(136.0).reshape(68, 2)
    assert five_points(landmarks)[2:].tolist() == landmarks[[30, 48, 54]].tolist()
    assert five_points(landmarks)[0].tolist() == landmarks[36:42].mean(0).tolist()


@pytest.fixture
def experiment(tmp_path, quick):
    def begin(source, settings=SMALL):
        cutter = FaceCutter(tmp_path / "faces", settings.side, source, settings.pictures)
        return Experiment(drawn_sets(settings, source), settings, cutter, tmp_path)

    return begin


def test_an_encoder_that_knows_everybody_turns_nobody_away_and_goes_on_from_what_is_kept(experiment, tmp_path):
    source = Stripes()
    record = experiment(source).run()
    assert len(source.drawn) == len(set(source.drawn)) == 8 + 6 + 4 + 2
    assert record.test == {"people": 6, "women": 3, "men": 3, "pictures": 18, "genuine": 18, "impostors": 135}
    # 135 pairs of strangers tell neither 1e-3 nor 1e-5; the curve is what they tell.
    assert record.untold == (1e-3, 1e-5)
    assert [arm.roc[0].value for arm in record.arms] == [0.0, 0.0, 0.0]
    assert [(arm.people, arm.women) for arm in record.arms] == [(8, 2), (12, 2), (12, 4)]
    # Whoever is kept is not drawn again, and a file that is damaged is.
    kept = sorted((tmp_path / "faces").iterdir())
    assert len(kept) == len(source.drawn)
    kept[0].write_bytes(b"PK damaged")
    source.drawn.clear()
    assert experiment(source).run() == record
    assert len(source.drawn) == 1
    assert len(list((tmp_path / "trainings").iterdir())) == 3 * SMALL.trainings
    assert "cannot be told from 135 impostor pairs: 10,000 are needed" in as_text(record)


def test_rates_that_are_told_stand_in_the_table(experiment, monkeypatch):
    monkeypatch.setattr("explorer.studio.evaluation.authentication.FARS", (0.1,))
    record = experiment(Stripes()).run()
    rows = table_rows(record)
    assert [row["trained_on"] for row in rows] == list(ARMS)
    assert all(row["frr"] == 0 and row["far"] == 0.1 for row in rows)
    assert rows[0]["less_than_target"] is None
    assert rows[1]["less_than_target"] == 0
    assert rows[0]["frr_women"] == rows[0]["frr_training_2"] == 0
    # None of six people was turned away: at most a half of such people are, by the rule of three.
    assert rows[0]["frr_high"] == 0.5


def test_shapes_are_told_apart_along_the_gender_vector():
    found = gender_coefficients(drawn_sets(SMALL, Stripes()), Stripes(), population=20)
    assert [one.set for one in found] == ["a population", "drawn people, trained on", "balanced set", "unbalanced set"]
    assert [(len(one.women), len(one.men)) for one in found] == [(20, 20), (2, 6), (2, 2), (0, 4)]
    assert all(max(one.women, default=-9) < 0 < min(one.men) for one in found)


def of_folder(people):
    names = [(f"p{one}", f"{number}.png") for one in range(people) for number in (1, 2)]
    photographs = [SetPhotograph(*name, lambda: None) for name in names]
    return PhotographSet("own", tuple(photographs))


def test_a_folders_people_are_split_88_to_12():
    sets = sets_beside(of_folder(50), {"p3": "woman"}, SMALL, Stripes())
    assert (len(sets.target), len(sets.test)) == (44, 6)
    assert len({one.key for one in (*sets.target, *sets.test)}) == 50
    assert [one.gender for one in (*sets.target, *sets.test)].count("woman") == 1
    with pytest.raises(UserError, match="give at least 13"):
        sets_beside(of_folder(5), {}, SMALL, Stripes())


def test_what_a_list_of_genders_says(tmp_path):
    assert genders_in(tmp_path) == {}
    (tmp_path / "genders.csv").write_text("person,gender\nada,Female\nbo,man\n")
    assert genders_in(tmp_path) == {"ada": "woman", "bo": "man"}
    (tmp_path / "genders.csv").write_text("person,gender\nada,x\n")
    with pytest.raises(UserError, match="line 2: give person, and gender"):
        genders_in(tmp_path)

"""What the benchmark of people measures on pictures: each known from scenes and numbers whose answer is known."""

import json

import numpy as np
import pytest
import torch

from benchmarks import people_cosine, people_detected, people_labels, people_photoreal
from benchmarks.people import FIGURES
from benchmarks.people_cosine import cosine_gap, scenes_of
from benchmarks.people_rows import Rows


def test_all_figures_of_the_issue_are_headlines():
    told = {*people_detected.FIGURES, *people_cosine.FIGURES, *people_labels.FIGURES, *people_photoreal.FIGURES}
    assert {"detected_path", "detected_raster", "cosine_gap_path", "cosine_gap_photoreal", "landmark_percent"} <= told
    assert told <= set(FIGURES)


def test_rows_go_on_where_they_were_stopped_and_begin_anew_of_something_else(tmp_path):
    file = tmp_path / "kept" / "rows.jsonl"
    rows = Rows(file, {"size": 64})
    rows.add(3, found=True)
    rows.add(5, found=False)
    with file.open("a") as cut:
        cut.write('{"seed": 6, "fou')
    again = Rows(file, {"size": 64})
    assert again.missing(range(3, 8)) == [4, 6, 7]
    again.add(6, found=True)
    assert [row["found"] for row in Rows(file, {"size": 64}).of([6, 5, 3])] == [True, False, True]
    assert Rows(file, {"size": 128}).missing([3]) == [3]
    assert len(file.read_text().splitlines()) == 1
    assert json.loads(file.read_text())["size"] == 128


def test_every_light_meets_every_expression_and_the_rest_is_another_each_time():
    scenes = scenes_of(4)
    assert len(scenes) == 12
    assert len({(one.light, one.expression) for one in scenes}) == 12
    assert (len({one.light for one in scenes}), len({one.expression for one in scenes})) == (3, 4)
    assert len({one.camera for one in scenes}) == 12
    assert {one.person for one in scenes} == {scenes[0].person}
    assert all(abs(one.yaw) <= 30 for one in scenes)


def test_the_gap_is_the_mean_within_people_less_the_mean_between_them():
    random = np.random.default_rng(0)
    owner = np.repeat(np.arange(12), 4)
    rows = random.normal(size=(12, 8))[owner] + 0.4 * random.normal(size=(48, 8))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    scores, same = rows @ rows.T, owner[:, None] == owner
    pair = ~np.eye(48, dtype=bool)
    found = cosine_gap(rows, owner)
    assert found["within"].value == pytest.approx(scores[pair & same].mean())
    assert found["between"].value == pytest.approx(scores[~same].mean())
    assert found["gap"].value == pytest.approx(found["within"].value - found["between"].value)
    assert found["gap"].low < found["gap"].value < found["gap"].high
    # Who has one picture has no pair; an order says nothing.
    some = np.flatnonzero((owner > 0) | (np.arange(48) == 0))[::-1]
    fewer = cosine_gap(rows[some], owner[some])
    assert fewer["within"].value == pytest.approx(scores[pair & same & (owner > 0)].mean())


def test_a_judge_counts_pictures_that_pass_for_the_first_and_none_without_a_face():
    people = torch.eye(4).repeat_interleave(3, 0)
    people[5] = torch.nan  # without a face
    owner, first = torch.arange(4).repeat_interleave(3), torch.tensor([True, False, False] * 4)
    judged = people_photoreal.judge(people, owner, first)
    # Strangers' first pictures have a cosine of 0: what is to pass has to reach it.
    assert judged["threshold"] == 0
    assert judged["passed"]["value"] == pytest.approx(7 / 8)
    assert judged["within"]["value"] > judged["between"]["value"]


def test_the_median_is_of_all_landmarks_and_its_interval_of_people():
    distances = np.repeat([1.0, 2.0, 3.0], 20)[:, None] + np.zeros((60, 5))
    found = people_labels.median_of_people(distances)
    assert (found.value, found.low >= 1, found.high <= 3) == (2.0, True, True)


def test_people_whose_landmarks_are_judged_look_straight_ahead():
    for seed in range(5):
        scene = people_labels.frontal(seed)
        assert (scene.yaw, scene.pitch, scene.roll, scene.gaze) == (0, 0, 0, (0, 0))
        assert scene.glasses is None
        assert scene.hat is None

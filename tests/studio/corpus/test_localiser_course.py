"""The course of a localiser's training: a point an epoch, none twice, and none that a training went back behind."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from explorer.science.alignment.faces import PosedFaces
from explorer.science.alignment.record import StageRecord
from explorer.science.alignment.scoring import AlignmentScores
from explorer.science.alignment.settings import LocaliserSettings
from explorer.science.training.localiser import AlignmentNetworks, LocaliserState, Stage
from explorer.studio.corpus.localiser_course import CourseRecorder, boundaries, curve, draw_course

STAGE = Stage("yaw-10", 10, 10)
SETTINGS = LocaliserSettings(batch=2)


@pytest.fixture(scope="module")
def faces() -> PosedFaces:
    pictures = torch.zeros(6, 32, 32, 3, dtype=torch.uint8)
    return PosedFaces.without_truth(pictures, torch.tensor([0, 0, 0, 1, 1, 1]), torch.zeros(6))


def trained(file: Path, faces: PosedFaces, steps: range) -> CourseRecorder:
    course = CourseRecorder(file, SETTINGS, faces, lambda state: AlignmentScores(faces=1, sharpness=state.made / 10))
    networks = AlignmentNetworks(LocaliserSettings(components=0), 2)
    for made in steps:
        course.note(LocaliserState(STAGE, made, {"loss": float(made), "accuracy": 0.5}, networks))
    return course


def test_a_point_is_kept_for_each_epoch_and_the_end(faces: PosedFaces, tmp_path: Path) -> None:
    points = trained(tmp_path / "course.json", faces, range(1, 11)).of("yaw-10")
    assert [one.steps for one in points] == [3, 6, 9, 10]
    assert [one.loss for one in points] == [2, 5, 8, 10]
    assert [one.unseen.sharpness for one in points] == [0.3, 0.6, 0.9, 1]


def test_a_training_that_goes_on_ends_with_the_same_points(faces: PosedFaces, tmp_path: Path) -> None:
    file = tmp_path / "course.json"
    trained(file, faces, range(1, 8))
    again = trained(file, faces, range(4, 11))
    whole = trained(tmp_path / "whole.json", faces, range(1, 11))
    assert again.of("yaw-10") == whole.of("yaw-10")
    file.write_text("[1]")
    assert trained(file, faces, range(0)).of("yaw-10") == ()


def test_stages_follow_each_other_along_the_axis(faces: PosedFaces, tmp_path: Path) -> None:
    course = trained(tmp_path / "course.json", faces, range(1, 11)).of("yaw-10")
    stages = [
        StageRecord(stage=name, steps=10, loss=None, unseen=AlignmentScores(faces=1), course=course) for name in "ab"
    ]
    assert boundaries(stages) == [10, 20]
    assert curve(stages, lambda one: one.loss) == ([3, 6, 9, 10, 13, 16, 19, 20], [2, 5, 8, 10] * 2)
    assert curve(stages, lambda one: one.unseen.pose) == ([], [])
    assert len(draw_course(stages, "").axes) == 4
    with pytest.raises(ValueError, match="train it anew"):
        draw_course([stages[0].model_copy(update={"course": ()})], "")

"""Openpeople's hand labels and photographs, and that what was seen of them is kept."""

import numpy as np
import pytest
import torch

from explorer.science.leakage.labels import Labels
from explorer.science.leakage.labels.expression import EXPRESSIONS
from explorer.science.leakage.probes import PROBES
from explorer.science.recognition.registry import ENCODERS
from explorer.studio.evaluation import openpeople
from explorer.studio.evaluation.openpeople import hand_labels, photographs, read_frames, read_openpeople, read_portraits

LABELS = Labels(
    landmarks=np.zeros((68, 2), np.float32),
    blendshapes=np.zeros(52, np.float32),
    smile=0.9,
    areas=np.zeros(19, np.float32),
    eyeglasses=0.0,
    hat=0.0,
    expression=np.zeros(7, np.float32),
    age=50.0,
    male=0.9,
    pose=np.array([5, 0, 0], np.float32),
    histogram=np.ones((3, 256), np.int32),
)


@pytest.fixture
def few(monkeypatch):
    """Two portraits and two pictures of a sheet, of which the labellers say always the same."""
    few = [one for one in hand_labels() if one.person == "P005"]
    few = [*few[:2], few[4], few[5]]
    monkeypatch.setattr(openpeople, "hand_labels", lambda: few)
    return few


def test_every_photograph_of_every_person_is_labelled():
    labels = hand_labels()
    assert len(labels) == 200
    for number in range(1, 11):
        mine = [one for one in labels if one.person == f"P{number:03}"]
        assert len([one for one in mine if one.photograph == "emotions_sheet"]) == 16
        assert {one.truths["gender"] for one in mine} <= {0.0, 1.0}
        assert len({one.truths["age"] for one in mine}) == 1
    assert {one.truths["expression"] for one in labels if "expression" in one.truths} == set(range(len(EXPRESSIONS)))
    assert not any(one.truths["eyeglasses"] or one.truths["hat"] for one in labels)


def test_pictures_are_cut_out_of_their_sheet(few):
    portrait, _, neutral, happy = photographs(few)
    assert portrait.pixels.shape == (2048, 2048, 3)
    left, top, right, bottom = few[2].box
    assert neutral.pixels.shape == (bottom - top, right - left, 3)
    assert not np.array_equal(neutral.pixels, happy.pixels)
    # The white frames around the pictures stay outside.
    for picture in (neutral, happy):
        edges = np.concatenate([picture.pixels[0], picture.pixels[-1], picture.pixels[:, 0], picture.pixels[:, -1]])
        assert (edges.min(-1) > 240).mean() < 0.4


@pytest.mark.slow
def test_truths_are_by_hand_or_by_labeller_and_kept(few, networks, tmp_path):
    told = []
    judged = read_openpeople(networks, lambda frame, kept: LABELS, tmp_path, lambda *step: told.append(step))
    assert told[-1] == (4, 4)
    assert judged.truths["smiling"].values.tolist() == [0, 1, 0, 1]
    assert judged.truths["gender"].values.tolist() == [1, 1, 1, 1]
    happy = EXPRESSIONS.index("happy")
    assert judged.truths["expression"].values[judged.truths["expression"].rows == 3].tolist() == [happy]
    assert judged.truths["yaw"].values.tolist() == [5, 5, 5, 5]
    assert judged.from_image["age"].values.tolist() == [50, 50, 50, 50]
    assert set(judged.truths) == set(PROBES)
    assert set(judged.embeddings) == set(ENCODERS.names())
    # One man on four pictures.
    faces = torch.nn.functional.normalize(judged.embeddings["arcface-mbf"])
    assert (faces @ faces.T).min() > 0.4
    again = read_openpeople(networks, lambda *_: pytest.fail("labelled again"), tmp_path)
    assert torch.equal(again.embeddings["sface"], judged.embeddings["sface"])
    portraits = read_portraits(networks, lambda *_: pytest.fail("labelled again"), tmp_path)
    assert torch.equal(portraits["sface"], judged.embeddings["sface"][:2])
    frames = read_frames(networks, lambda *_: pytest.fail("labelled again"), tmp_path)
    assert [frame.shape for frame, _ in frames] == [(224, 224, 3)] * 4
    # The face is in the middle of its frame, and the landmarks are those that were kept.
    assert all(frame[80:140, 80:140].std() > 10 for frame, _ in frames)
    assert not any(landmarks.any() for _, landmarks in frames)

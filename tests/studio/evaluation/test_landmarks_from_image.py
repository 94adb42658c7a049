"""What landmark networks find in a set's pictures stands in the table beside what the embedding says."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from explorer.science.evaluation.leakage import JudgedSet, Truth
from explorer.science.leakage.landmark_cnn import ARCHITECTURES
from explorer.studio.evaluation.landmarks_from_image import NAMES, with_landmark_networks

MEAN = torch.rand(68, 2, generator=torch.Generator().manual_seed(0)) * 120 + 52
TRUTH = Truth(torch.tensor([4, 0, 2]), MEAN.repeat(3, 1, 1))
JUDGED = JudgedSet("made up", {"none": torch.zeros(5, 2)}, {"landmarks": TRUTH}, {})
FRAMES = [(np.full((224, 224, 3), 60 * number, np.uint8), MEAN.numpy()) for number in range(3)]


def networks():
    torch.manual_seed(0)
    made = {name: architecture(MEAN).eval() for name, architecture in ARCHITECTURES.items()}
    return SimpleNamespace(landmarks=lambda architecture: made[architecture])


def test_every_network_looks_at_every_frame_and_its_answers_belong_to_the_faces_whose_landmarks_are_known():
    loaded = networks()
    found = with_landmark_networks(JUDGED, FRAMES, loaded)
    assert set(found.regressed) == set(NAMES.values())
    assert found.truths is JUDGED.truths
    for architecture, name in NAMES.items():
        said = found.regressed[name]["landmarks"]
        assert torch.equal(said.rows, TRUTH.rows)
        with torch.no_grad():
            alone = loaded.landmarks(architecture)(torch.full((1, 3, 224, 224), 120 / 255))
        torch.testing.assert_close(said.values[2:], alone, atol=1e-3, rtol=0)


def test_other_frames_than_the_faces_are_refused_and_a_set_without_landmarks_stays_as_it_is():
    with pytest.raises(ValueError, match="made up: 2 frames for 3 faces"):
        with_landmark_networks(JUDGED, FRAMES[:2], networks())
    bare = replace(JUDGED, truths={})
    assert with_landmark_networks(bare, FRAMES, networks()) is bare

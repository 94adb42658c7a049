"""Measures of alignment, losses, the recogniser and the file of a localiser."""

import json

import pytest
import torch

from explorer.science.alignment.faces import PosedFaces, PosedFacesError
from explorer.science.alignment.localiser import Localiser
from explorer.science.alignment.losses import (
    fixed_pose_loss,
    landmark_loss,
    same_shape_loss,
    shape_penalty,
    triplet_loss,
)
from explorer.science.alignment.measures import FOURTEEN, image_sharpness, landmark_distances, pose_distances
from explorer.science.alignment.recogniser import UvRecogniser
from explorer.science.alignment.record import LocaliserFileError, LocaliserRecord, decode_localiser, encode_localiser
from explorer.science.alignment.settings import LocaliserSettings
from explorer.science.geometry.rotation import rotation_from_angles

SETTINGS = LocaliserSettings(side=32, seen=32, components=2)


def test_sharpness_is_that_of_sobel_and_falls_where_faces_are_laid_askew():
    edge = torch.zeros(8, 8)
    edge[:, 4:] = 1.0
    # Two columns see the step with a sum of 4, of eight.
    assert image_sharpness(edge).item() == pytest.approx(1.0)
    assert image_sharpness(edge.T).item() == pytest.approx(1.0)
    assert image_sharpness(edge.expand(3, 8, 8)).item() == pytest.approx(1.0)
    stripes = torch.zeros(16, 16)
    stripes[:, ::4] = stripes[:, 1::4] = 1.0
    assert image_sharpness((stripes + stripes.roll(1, 1)) / 2) < image_sharpness(stripes)


def test_landmarks_are_measured_in_parts_of_the_eyes_distance_whatever_the_unit():
    true = torch.rand(3, len(FOURTEEN), 2)
    corners = FOURTEEN.index(36), FOURTEEN.index(45)
    true[:, corners[0]], true[:, corners[1]] = torch.tensor([0.3, 0.4]), torch.tensor([0.7, 0.4])
    moved = true + torch.tensor([0.03, 0.04])
    torch.testing.assert_close(landmark_distances(moved, true), torch.full((3,), 12.5))
    torch.testing.assert_close(landmark_distances(96 * moved, 96 * true), torch.full((3,), 12.5))


def test_the_pose_is_measured_as_the_angle_between_rotations():
    zero = torch.zeros(2)
    turned = rotation_from_angles(torch.tensor([10.0, 0.0]).deg2rad(), zero, torch.tensor([0.0, -25.0]).deg2rad())
    torch.testing.assert_close(pose_distances(turned, torch.eye(3).expand(2, 3, 3)), torch.tensor([10.0, 25.0]))


def test_the_fixed_pose_is_lost_by_absolute_errors_of_each_part():
    fixed = torch.zeros(14)
    numbers = torch.zeros(2, 14)
    numbers[0, 0], numbers[1, 10], numbers[:, 11], numbers[1, 13] = 9.0, -4.0, 0.5, 2.0
    losses = fixed_pose_loss(numbers, fixed)
    assert {name: value.item() for name, value in losses.items()} == {
        "loss": 0.5 + 1.0 + 0.5 + 0.5, "rotation": 0.5, "translation": 1.0, "scale": 0.5, "shape": 0.5,
    }  # fmt: skip


def test_what_the_outlook_adds_to_the_losses():
    identity, people = torch.tensor([[1.0, 0.0], [3.0, 0.0], [5.0, 5.0]]), torch.tensor([4, 4, 7])
    assert shape_penalty(identity).item() == pytest.approx((1 + 9 + 50) / 3)
    assert same_shape_loss(identity, people).item() == pytest.approx(2 / 3)  # both of one person lie 1 off their mean
    units = torch.nn.functional.normalize(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]), dim=1)
    # Each of the two has the other at 2 and the third person at 0 or 2.
    assert triplet_loss(units, people, 0.5).item() == pytest.approx((2.5 + 0.5) / 2)
    assert triplet_loss(units, torch.tensor([1, 2, 3]), 0.5).item() == 0
    true = torch.full((2, 14, 2), torch.nan)
    found = torch.zeros(2, 14, 2, requires_grad=True)
    assert landmark_loss(found, true).item() == 0
    true[0] = torch.tensor([0.3, 0.4])
    assert landmark_loss(found, true).item() == pytest.approx(0.5)


def test_the_recogniser_counts_its_parameters_and_knows_places():
    assert UvRecogniser(200, 10).parameter_count == 22_220
    assert UvRecogniser(200, 16).parameter_count == 38_888
    torch.manual_seed(1)
    recogniser = UvRecogniser(3, 8).eval()
    dot = torch.zeros(2, 3, 64, 64)
    dot[0, :, 20, 20] = dot[1, :, 20, 45] = 1.0
    assert not torch.allclose(*recogniser.embed(dot))
    assert recogniser(dot).min() < 0  # no ReLU behind the last layer
    assert recogniser.embed(dot).shape == (2, 32)


def record():
    return LocaliserRecord(
        settings=SETTINGS, model="m", field="f", place=(0.5, 0.6), millimetres=280, people=2, pictures=9, parameters=8
    )


def test_a_localiser_s_file_gives_back_what_was_written_but_for_rounding():
    torch.manual_seed(3)
    localiser = Localiser(SETTINGS)
    localiser.train()(torch.rand(4, 3, 32, 32))  # norms take statistics
    again, known = decode_localiser(encode_localiser(localiser.eval(), record()))
    pictures = torch.rand(2, 3, 32, 32)
    assert known == record()
    assert (again.numbers(pictures) - localiser.numbers(pictures)).abs().max() < 0.1
    assert not again.training


def test_a_file_of_something_else_is_refused():
    data = encode_localiser(Localiser(SETTINGS), record())
    for spoilt in (b"", data[:200], data.replace(b"likeness-localiser/1", b"likeness-localiser/9")):
        with pytest.raises(LocaliserFileError):
            decode_localiser(spoilt)
    assert json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]["about"]


def test_the_thesis_s_network_answers_as_many_numbers_and_settings_fit_each_other():
    numbers = (
        Localiser(LocaliserSettings(network="resnet18", side=32, seen=32)).eval().numbers(torch.rand(1, 3, 40, 40))
    )
    assert numbers.shape == (1, 22)
    with pytest.raises(ValueError, match="no multiple of 16"):
        LocaliserSettings(seen=50)
    with pytest.raises(ValueError, match="up to the side"):
        LocaliserSettings(side=48, seen=64)


def test_faces_whose_parts_do_not_fit_are_refused():
    with pytest.raises(PosedFacesError, match="pictures"):
        PosedFaces.without_truth(torch.zeros(2, 8, 9, 3, dtype=torch.uint8), torch.tensor([0, 1]))
    with pytest.raises(PosedFacesError, match="yaw"):
        PosedFaces.without_truth(torch.zeros(1, 8, 8, 3, dtype=torch.uint8), torch.tensor([0]), torch.zeros(2))

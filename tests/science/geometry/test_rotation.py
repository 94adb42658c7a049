"""Rotations: nearest, orthogonal, never a reflection, with gradients that stay finite; angles in both directions."""

import math

import pytest
import torch

from explorer.science.geometry.rotation import (
    geodesic_distance,
    nearest_rotation,
    pitch_of,
    roll_of,
    rotation_from_angles,
    rotation_from_vector,
    yaw_of,
)


def _random(*shape, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(5), dtype=torch.float64).to(dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_nearest_rotation_is_a_rotation(dtype):
    matrices = _random(2, 50, 3, 3, dtype=dtype)
    rotations = nearest_rotation(matrices)
    tolerance = 1e-5 if dtype == torch.float32 else 1e-12
    assert rotations.dtype == dtype
    torch.testing.assert_close(
        rotations @ rotations.mT, torch.eye(3, dtype=dtype).expand_as(rotations), atol=tolerance, rtol=0
    )
    torch.testing.assert_close(torch.linalg.det(rotations), torch.ones(2, 50, dtype=dtype), atol=tolerance, rtol=0)


def test_no_other_rotation_is_nearer():
    matrices = _random(20, 3, 3)
    nearest = nearest_rotation(matrices)
    others = rotation_from_vector(_random(400, 1, 3) * 0.8) @ nearest
    assert ((others - matrices).norm(dim=(-1, -2)) >= (nearest - matrices).norm(dim=(-1, -2)) - 1e-12).all()


def test_a_rotation_is_its_own_nearest_whatever_its_scale():
    rotations = rotation_from_vector(_random(20, 3))
    torch.testing.assert_close(nearest_rotation(rotations * 3.7), rotations)


def test_gradients_equal_numeric_ones():
    matrices = _random(6, 3, 3).requires_grad_()
    assert (torch.linalg.det(matrices) < 0).any()  # the case in which a sign is turned is among them
    assert torch.autograd.gradcheck(nearest_rotation, matrices)


def test_gradients_at_equal_singular_values_equal_numeric_ones():
    rotation = rotation_from_vector(torch.tensor([0.3, -0.2, 0.5], dtype=torch.float64))
    for values in ((2.0, 2.0, 2.0), (2.0, 2.0, 1.0), (2.0, 1.0, 1.0), (2.0, 2.0 + 1e-9, 1.0)):
        matrix = (rotation * torch.tensor(values, dtype=torch.float64)).requires_grad_()
        assert torch.autograd.gradcheck(nearest_rotation, matrix)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradients_are_finite_even_where_the_nearest_rotation_is_not_unique(dtype):
    for values in ((1.0, 1.0, -1.0), (1.0, 0.0, 0.0), (0.0, 0.0, 0.0), (1e-20, 1e-20, 1e-20)):
        matrix = torch.diag(torch.tensor(values, dtype=dtype)).requires_grad_()
        (gradient,) = torch.autograd.grad((nearest_rotation(matrix) * _random(3, 3, dtype=dtype)).sum(), matrix)
        assert gradient.isfinite().all()


def test_angles_go_round_beyond_a_quarter_turn():
    degrees = torch.tensor(
        [[0, 0, 0], [30, -20, 10], [-120, 40, -170], [150, -80, 90], [91, 1, 1]], dtype=torch.float64
    )
    yaw, pitch, roll = degrees.deg2rad().unbind(-1)
    rotation = rotation_from_angles(yaw, pitch, roll)
    back = torch.stack([yaw_of(rotation), pitch_of(rotation), roll_of(rotation)], -1).rad2deg()
    torch.testing.assert_close(back, degrees)


def test_signs_of_the_angles():
    """The nose, along z, goes right by yaw and down by pitch; the crown, along y, to the left by roll."""
    zero, turn = torch.zeros(()), torch.tensor(0.3)
    nose, crown = torch.tensor([0.0, 0.0, 1.0]), torch.tensor([0.0, 1.0, 0.0])
    assert (rotation_from_angles(turn, zero, zero) @ nose)[0] > 0.2
    assert (rotation_from_angles(zero, turn, zero) @ nose)[1] < -0.2
    assert (rotation_from_angles(zero, zero, turn) @ crown)[0] < -0.2


def test_the_gradient_of_pitch_is_finite_when_looking_straight_down():
    rotation = rotation_from_angles(torch.zeros(()), torch.tensor(math.pi / 2), torch.zeros(())).requires_grad_()
    (gradient,) = torch.autograd.grad(pitch_of(rotation), rotation)
    assert gradient.isfinite().all()


def test_geodesic_distance_is_the_angle_turned_by():
    start = rotation_from_vector(_random(3))
    for angle in (0.0, 1e-7, 0.1, 1.5, 3.1, math.pi):
        axis = torch.tensor([2.0, -1.0, 2.0], dtype=torch.float64) / 3
        distance = geodesic_distance(rotation_from_vector(axis * angle) @ start, start)
        assert distance.item() == pytest.approx(angle, abs=1e-7)


def test_only_three_by_three_matrices_are_taken():
    with pytest.raises(ValueError, match=r"\(\.\.\., 3, 3\)"):
        nearest_rotation(torch.zeros(3, 4))

"""Scaled orthographic projection: analytic values, invariances, gradients, batches."""

import pytest
import torch

from explorer.science.geometry.projection import Pose, in_camera, project
from explorer.science.geometry.rotation import rotation_from_vector


def _pose(count, dtype=torch.float64):
    random = torch.Generator().manual_seed(3)
    vectors, shifts = (torch.randn(count, size, generator=random, dtype=torch.float64) for size in (3, 2))
    scales = 0.5 + torch.rand(count, generator=random, dtype=torch.float64)
    return Pose(rotation_from_vector(vectors), 100 + 10 * shifts, scales).to(dtype)


def test_up_in_the_model_is_up_in_the_image():
    pose = Pose(torch.eye(3), torch.tensor([128.0, 100.0]), torch.tensor(2.0))
    points = torch.tensor([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [0.0, 10.0, 0.0], [0.0, 0.0, 50.0]])
    expected = torch.tensor([[128.0, 100.0], [148.0, 100.0], [128.0, 80.0], [128.0, 100.0]])
    torch.testing.assert_close(project(points, pose), expected)


def test_depth_grows_toward_the_viewer():
    pose = Pose(torch.eye(3), torch.zeros(2), torch.tensor(2.0))
    assert in_camera(torch.tensor([[0.0, 0.0, 3.0]]), pose)[0, 2] == 6


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_batch_is_its_members(dtype):
    pose = _pose(4, dtype)
    points = torch.randn(4, 7, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64).to(dtype)
    together = project(points, pose)
    assert together.dtype == dtype
    for index in range(4):
        one = Pose(pose.rotation[index], pose.translation[index], pose.scale[index])
        torch.testing.assert_close(together[index], project(points[index], one))


def test_what_lies_behind_another_falls_on_the_same_pixel():
    pose = _pose(3)
    points = torch.randn(3, 5, 3, dtype=torch.float64)
    behind = points - 7 * pose.rotation[:, None, 2]  # the camera's z axis, in the model's axes
    torch.testing.assert_close(project(behind, pose), project(points, pose))


def test_gradients_equal_numeric_ones():
    pose = _pose(2)
    points = torch.randn(2, 4, 3, dtype=torch.float64)
    inputs = [part.clone().requires_grad_() for part in (points, pose.rotation, pose.translation, pose.scale)]
    assert torch.autograd.gradcheck(lambda points, *pose: project(points, Pose(*pose)), inputs)

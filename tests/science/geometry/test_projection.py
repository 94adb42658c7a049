"""Scaled orthographic projection: analytic values, invariances, gradients, batches."""

import pytest
import torch

from explorer.science.geometry.projection import Pose, in_camera, project
from explorer.science.geometry.rotation import rotation_from_vector

# What eos 1.5's orthographic camera estimated from six points in a picture of 400 x 400 pixels, its y running up, and
# where it drew them.
EOS_POINTS = [
    [6.3, -6.6, 32.0],
    [5.2, -26.8, 18.1],
    [65.2, 47.4, -35.2],
    [-63.3, -31.2, 2.1],
    [-116.3, -10.9, -62.3],
    [-36.6, -27.2, -15.8],
]
EOS_ROTATION = [
    [0.9097166061401367, -0.136132150888443, 0.39228057861328125],
    [0.0391218364238739, 0.9686284065246582, 0.24541550874710083],
    [-0.4133828580379486, -0.20791174471378326, 0.8865028023719788],
]
EOS_SCALE, EOS_SHIFT, EOS_SIDE = 1.7000001668930054, (123.8235092163086, 118.08822631835938), 400
EOS_DRAWN = [
    [243.11050407339, 196.3484183032554],
    [236.81452351218647, 235.48343944594058],
    [276.88936735259724, 131.54732947841543],
    [121.22627301964131, 253.95981858648003],
    [-8.383983573975407, 250.92541339313584],
    [149.65551311014286, 253.06539898075488],
]


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


def test_it_is_the_projection_of_eos():
    across, up = EOS_SHIFT
    shift = torch.tensor([EOS_SCALE * across, EOS_SIDE - EOS_SCALE * up])
    pose = Pose(torch.tensor(EOS_ROTATION), shift, torch.tensor(EOS_SCALE))
    torch.testing.assert_close(project(torch.tensor(EOS_POINTS), pose), torch.tensor(EOS_DRAWN), atol=1e-3, rtol=0)


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

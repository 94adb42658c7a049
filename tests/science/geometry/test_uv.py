"""Sampling, unwrapping and completion: exact values, identities and gradients."""

import torch

from explorer.science.geometry.lighting import estimate_light, harmonics, shade
from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.projection import Pose, project
from explorer.science.geometry.rotation import rotation_from_angles
from explorer.science.geometry.sampling import sample_bilinear
from explorer.science.geometry.uv import complete, texture_albedo, unwrap, uv_map
from explorer.science.geometry.visibility import vertex_visibility


def _random(*shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(4), dtype=torch.float64)


def _pose(yaw=0.0, size=160):
    turn = rotation_from_angles(*torch.tensor([yaw, 0.0, 0.0]).deg2rad().unbind())
    return Pose(turn, torch.tensor([size / 2, size / 2]), torch.tensor(size / 320))


def test_a_sample_at_a_pixels_centre_is_the_pixel():
    image = _random(1, 3, 5, 7)
    y, x = torch.meshgrid(torch.arange(5) + 0.5, torch.arange(7) + 0.5, indexing="ij")
    sampled = sample_bilinear(image, torch.stack([x, y], -1).reshape(1, -1, 2).double())
    torch.testing.assert_close(sampled.view(1, 3, 5, 7), image)


def test_samples_are_the_thesis_sum_over_pixels():
    image, places = _random(2, 3, 5, 7), _random(2, 11, 2) * torch.tensor([9.0, 7.0]).double() - 1
    x = (1 - (places[..., :1] - 0.5 - torch.arange(7)).abs()).clamp_min(0)
    y = (1 - (places[..., 1:] - 0.5 - torch.arange(5)).abs()).clamp_min(0)
    expected = torch.einsum("bchw,bnh,bnw->bcn", image, y, x)
    torch.testing.assert_close(sample_bilinear(image, places), expected)


def test_gradients_of_sampling_equal_numeric_ones():
    inputs = _random(1, 2, 4, 5).requires_grad_(), (_random(1, 6, 2) * 3 + 0.6).requires_grad_()
    assert torch.autograd.gradcheck(sample_bilinear, inputs)


def test_completion_is_the_identity_where_all_is_visible():
    texture = _random(3, 8, 8)
    completed, known = complete(texture, torch.ones(1, 8, 8))
    assert torch.equal(completed, texture)
    assert (known == 1).all()


def test_completion_takes_the_mirror_image_where_only_that_is_visible():
    texture = _random(3, 4, 4)
    visible = torch.zeros(1, 4, 4)
    visible[..., :1] = 1  # the left column; its mirror image is the right one
    completed, known = complete(texture, visible)
    assert torch.equal(completed[..., 0], texture[..., 0])
    assert torch.equal(completed[..., 3], texture[..., 0])
    assert (completed[..., 1:3] == 0).all()
    assert torch.equal(known[0, 0], torch.tensor([1.0, 0.0, 0.0, 1.0]))


def test_gradients_of_completion_equal_numeric_ones():
    inputs = _random(2, 4, 4).requires_grad_(), _random(1, 4, 4).requires_grad_()
    assert torch.autograd.gradcheck(complete, inputs)


def test_the_map_covers_every_vertex_and_is_symmetric(morphable):
    uv = uv_map(morphable, 128)
    assert torch.equal(uv.covered, uv.covered.flip(1))
    assert 0.5 < uv.covered.float().mean() < 0.8
    places = uv.spread(morphable.mean)
    mirrored = places.flip(2) * torch.tensor([-1.0, 1.0, 1.0])[:, None, None]
    assert (places - mirrored).norm(dim=0).max() < 0.5
    corners = (morphable.uv * 128).long().clamp(0, 127)
    inside = uv.covered[corners[:, 1], corners[:, 0]]
    assert inside.float().mean() > 0.95


def test_the_face_stands_upright_in_its_map(morphable):
    uv = uv_map(morphable, 128)
    place = uv.spread(morphable.mean)
    left, right, up, down = place[0, 60, 40], place[0, 60, 88], place[1, 30, 64], place[1, 110, 64]
    assert left < 0 < right  # the person's left eye is on the right, as in a photograph
    assert up > 0 > down


def test_unwrapping_a_picture_of_positions_gives_them_back(morphable):
    """A photograph whose colour is its own place, unwrapped, says where each texel was projected."""
    pose, uv = _pose(20.0), uv_map(morphable, 64)
    y, x = torch.meshgrid(torch.arange(160) + 0.5, torch.arange(160) + 0.5, indexing="ij")
    image = torch.stack([x, y, torch.ones_like(x)]) / 160
    texture = unwrap(image, morphable.mean, pose, uv)
    places = uv.spread(project(morphable.mean, pose)) / 160
    assert ((texture[:2] - places) * uv.covered).abs().max() < 1e-4


def test_gradients_of_unwrapping_reach_pose_and_shape(morphable):
    pose, uv = _pose(20.0), uv_map(morphable, 32)
    image = torch.nn.functional.interpolate(torch.rand(1, 3, 10, 10), (160, 160), mode="bicubic")[0]
    shift, vertices = pose.translation.clone().requires_grad_(), morphable.mean.clone().requires_grad_()
    unwrap(image, vertices, Pose(pose.rotation, shift, pose.scale), uv).sum().backward()
    assert shift.grad.abs().min() > 0
    assert vertices.grad.isfinite().all()


def test_a_turned_symmetric_face_is_completed_from_its_near_side(morphable):
    """Colours painted symmetrically on the head come back on both sides, though one side is hidden."""
    pose, uv = _pose(50.0), uv_map(morphable, 64)
    paint = (morphable.mean - morphable.mean.amin(0)) / (morphable.mean.amax(0) - morphable.mean.amin(0))
    paint = (paint + paint[morphable.mirror]) / 2
    seen = vertex_visibility(morphable.mean, morphable.triangles, pose.rotation).float()[:, None]
    texture, visibility = uv.spread(paint * seen), uv.spread(seen)
    completed, known = complete(texture, (visibility > 0.999).float())
    sure = (known[0] > 0) & uv.covered
    assert sure.sum() > 1.2 * (visibility[0] > 0.999).sum()
    assert (completed - uv.spread(paint))[:, sure].abs().max() < 0.02


def test_light_is_found_again_and_taken_off(morphable):
    random = torch.Generator().manual_seed(1)
    light = torch.randn(9, 3, generator=random) * 0.05
    light[0] = 0.8
    normals = vertex_normals(morphable.mean, morphable.triangles)
    albedo = morphable.albedo_mean
    colours = shade(albedo, normals, light)
    found = estimate_light(colours, albedo, normals, torch.ones(len(albedo)), ridge=1e-7)
    torch.testing.assert_close(found, light, atol=1e-3, rtol=0)
    uv = uv_map(morphable, 64)
    lit = uv.spread(albedo) * uv.spread(harmonics(normals) @ light)
    inside = uv.covered
    error = texture_albedo(lit, normals, light, uv) - uv.spread(albedo)
    assert error[:, inside].abs().mean() < 1e-3


def test_even_light_leaves_colours_alone(morphable):
    light = torch.zeros(9, 3)
    light[0] = 1
    normals = vertex_normals(morphable.mean, morphable.triangles)
    torch.testing.assert_close(shade(morphable.albedo_mean, normals, light), morphable.albedo_mean)

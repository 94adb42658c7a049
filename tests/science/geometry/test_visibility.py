"""Exact visibility against geometry and against each ray tried with each triangle."""

import pytest
import torch

from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.rotation import rotation_from_angles
from explorer.science.geometry.visibility import FACING, OFFSET, vertex_visibility
from tests.science.geometry.meshes import blocked_by_force, sphere, together

METHODS = ("rays", "z-buffer")


def _turn(yaw, pitch):
    degrees = torch.tensor([yaw, pitch, 0.0], dtype=torch.float64).deg2rad()
    return rotation_from_angles(*degrees.unbind())


def _by_force(vertices, triangles, rotation):
    posed = vertices.double() @ rotation.double().mT
    normals = vertex_normals(posed, triangles)
    size = (posed.amax(0) - posed.amin(0)).norm()
    some = torch.arange(0, len(posed), 5)
    starts = (posed + OFFSET * size * normals)[some]
    return some, (normals[some, 2] > FACING) & ~blocked_by_force(starts, posed, triangles)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_of_a_sphere_one_half_is_seen(method):
    vertices, triangles = sphere(5)
    rotation = _turn(33, -21)
    seen = vertex_visibility(vertices, triangles, rotation, method)
    height = (vertices @ rotation.mT)[:, 2]
    # At the limb a mesh's own facets are in the way.
    clear = height.abs() > 0.03
    assert torch.equal(seen[clear], height[clear] > 0)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_a_sphere_in_front_hides_a_disc_of_the_one_behind(method):
    small, large = sphere(4, 0.5), sphere(5)
    vertices, triangles = together((small[0] + torch.tensor([0.1, 0.2, 2.0], dtype=torch.float64), small[1]), large)
    seen = vertex_visibility(vertices, triangles, torch.eye(3, dtype=torch.float64), method)[len(small[0]) :]
    behind = large[0]
    from_axis = (behind[:, :2] - torch.tensor([0.1, 0.2], dtype=torch.float64)).norm(dim=1)
    clear = ((from_axis - 0.5).abs() > 0.02) & (behind[:, 2].abs() > 0.06)
    expected = (behind[:, 2] > 0) & (from_axis > 0.5)
    assert torch.equal(seen[clear], expected[clear])


@pytest.mark.parametrize("method", ["rays", pytest.param("z-buffer", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (40, -10), (-75, 20), (90, 0)])
def test_on_the_head_and_on_spheres_it_is_what_brute_force_finds(morphable, method, yaw, pitch):
    rotation = _turn(yaw, pitch)
    head = (morphable.mean.double(), morphable.triangles)
    spheres = together(sphere(4), (sphere(4, 0.4)[0] + torch.tensor([1.0, 0.1, 1.0]), sphere(4)[1]))
    for vertices, triangles in (sphere(4), spheres, head):
        found = vertex_visibility(vertices, triangles, rotation, method)
        some, expected = _by_force(vertices, triangles, rotation)
        agreed = (found[some] == expected).double().mean().item()
        assert agreed >= 0.995


def test_scale_place_and_roll_do_not_matter(morphable):
    rotation = _turn(30, 5)
    rolled = rotation_from_angles(*torch.tensor([0.0, 0.0, 0.7], dtype=torch.float64).unbind()) @ rotation
    vertices = morphable.mean.double()
    plain = vertex_visibility(vertices, morphable.triangles, rotation)
    for other in (
        vertex_visibility(vertices * 1000 + 70, morphable.triangles, rotation),
        vertex_visibility(vertices, morphable.triangles, rolled),
    ):
        assert (plain == other).double().mean() > 0.999

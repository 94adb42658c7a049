"""The mesh at rest answers as the mesh that is turned."""

from __future__ import annotations

import math

import pytest
import torch

from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.geometry.occlusion import Occluder
from explorer.science.geometry.rotation import rotation_from_angles
from explorer.science.geometry.uv import uv_map
from explorer.science.geometry.visibility import Method, vertex_visibility
from tests.science.geometry.meshes import sphere


def turned(yaw: float, pitch: float) -> torch.Tensor:
    return rotation_from_angles(*torch.tensor([yaw, pitch, 5.0]).deg2rad().unbind())


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (35, 10), (-80, -20), (170, 0)])
def test_it_agrees_with_rays_cast_at_the_turned_head(morphable: MorphableModel, yaw: float, pitch: float) -> None:
    once = Occluder(morphable.mean, morphable.triangles, "rays").visible(turned(yaw, pitch))
    again = vertex_visibility(morphable.mean, morphable.triangles, turned(yaw, pitch), "rays")
    assert (once == again).float().mean() > 0.999


@pytest.mark.slow
@pytest.mark.parametrize("method", ["rays", "z-buffer"])
def test_a_map_asked_at_its_texels_is_that_of_the_vertices_but_sharp(morphable: MorphableModel, method: Method) -> None:
    uv, rotation = uv_map(morphable, 64), turned(35, 10)
    mesh = morphable.mean, morphable.triangles
    sharp = uv.lay(Occluder(*mesh, method, uv).visible(rotation))
    carried = uv.spread(vertex_visibility(*mesh, rotation, method)[:, None].float())[0]
    assert not bool(sharp[~uv.covered].any())
    clear = uv.covered & ((carried == 0) | (carried == 1))
    assert (sharp == (carried > 0.5))[clear].float().mean() > 0.985
    between = uv.covered & ~clear
    assert 0.2 < sharp[between].float().mean() < 0.8


def test_texels_of_half_a_head_are_seen_from_its_side(morphable: MorphableModel) -> None:
    """Their own normals say which: the head is its own mirror image, and so are its maps."""
    uv = uv_map(morphable, 64)
    rays = Occluder(morphable.mean, morphable.triangles, "rays", uv)
    left, right = (uv.lay(rays.visible(turned(yaw, 0))) for yaw in (90, -90))
    assert (left == right.flip(1)).float().mean() > 0.97
    assert (left & right).sum() < 0.05 * left.sum()


def test_half_a_sphere_is_seen_from_any_side() -> None:
    vertices, triangles = sphere(4)
    ball = Occluder(vertices, triangles)
    for yaw in (0, 45, 200):
        depth = vertices.float() @ turned(yaw, 30)[2]
        visible = ball.visible(turned(yaw, 30))
        assert bool(visible[depth > 0.1].all())
        assert not bool(visible[depth < -0.1].any())


@pytest.mark.slow
def test_without_rays_the_z_buffer_answers() -> None:
    vertices, triangles = (part.float() if part.is_floating_point() else part for part in sphere(3))
    rays, buffer = (Occluder(vertices, triangles, method).visible(turned(20, 0)) for method in ("rays", "z-buffer"))
    clear = (vertices @ turned(20, 0)[2]).abs() > math.sin(math.radians(15))
    assert torch.equal(rays[clear], buffer[clear])

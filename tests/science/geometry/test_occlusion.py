"""The mesh at rest answers as the mesh that is turned."""

from __future__ import annotations

import math

import pytest
import torch

from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.geometry.occlusion import Occluder
from explorer.science.geometry.rotation import rotation_from_angles
from explorer.science.geometry.visibility import vertex_visibility
from tests.science.geometry.meshes import sphere


def turned(yaw: float, pitch: float) -> torch.Tensor:
    return rotation_from_angles(*torch.tensor([yaw, pitch, 5.0]).deg2rad().unbind())


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (35, 10), (-80, -20), (170, 0)])
def test_it_agrees_with_rays_cast_at_the_turned_head(morphable: MorphableModel, yaw: float, pitch: float) -> None:
    once = Occluder(morphable.mean, morphable.triangles, "rays").visible(turned(yaw, pitch))
    again = vertex_visibility(morphable.mean, morphable.triangles, turned(yaw, pitch), "rays")
    assert (once == again).float().mean() > 0.999


def test_half_a_sphere_is_seen_from_any_side() -> None:
    vertices, triangles = sphere(4)
    ball = Occluder(vertices, triangles)
    for yaw in (0, 45, 200):
        depth = vertices.float() @ turned(yaw, 30)[2]
        visible = ball.visible(turned(yaw, 30))
        assert bool(visible[depth > 0.1].all())
        assert not bool(visible[depth < -0.1].any())


def test_without_rays_the_z_buffer_answers() -> None:
    vertices, triangles = (part.float() if part.is_floating_point() else part for part in sphere(3))
    rays, buffer = (Occluder(vertices, triangles, method).visible(turned(20, 0)) for method in ("rays", "z-buffer"))
    clear = (vertices @ turned(20, 0)[2]).abs() > math.sin(math.radians(15))
    assert torch.equal(rays[clear], buffer[clear])

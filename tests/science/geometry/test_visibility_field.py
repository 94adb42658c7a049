"""The neural visibility field: its parts agree, gradients are right, files are checked."""

import math
from dataclasses import replace

import pytest
import torch

from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.morphable_model import MorphableModelError
from explorer.science.geometry.rotation import rotation_from_angles
from explorer.science.geometry.uv import uv_map
from explorer.science.geometry.visibility_field import (
    PRESETS,
    VisibilityField,
    field_from_tensors,
    field_tensors,
    intersection_over_union,
    linear_relief,
)

SMALL = replace(PRESETS["default"], identity=4, expression=2, width=16)
UNITS = 6


@pytest.fixture
def field():
    torch.manual_seed(0)
    return VisibilityField(
        SMALL, "Likeness head", torch.full((UNITS,), 0.1), torch.randn(UNITS, 2), torch.randn(7, 6, 8, 8)
    )


def _faces(count, random=None):
    random = random or torch.Generator().manual_seed(1)
    identity, expression = torch.randn(count, 5, generator=random), torch.rand(count, UNITS, generator=random)
    yaw, pitch = (torch.rand(2, count, generator=random) - 0.5) * math.pi
    return identity, expression, yaw, pitch


@pytest.mark.parametrize("preset", PRESETS)
def test_a_map_is_the_field_at_its_texels_and_nothing_off_the_face(morphable, preset):
    units = len(morphable.expression)
    settings = PRESETS[preset]
    told = 1 + settings.identity + settings.expression
    relief = torch.randn(told, 6, 8, 8) if settings.relief else None
    basis = torch.randn(units, settings.expression)
    field = VisibilityField(settings, morphable.name, torch.zeros(units), basis, relief)
    covered = uv_map(morphable, 16).covered
    one = [part[0] for part in _faces(1)]
    one[1] = torch.rand(units)
    found = field.over(covered)(*one)
    assert found.shape == (16, 16)
    assert torch.equal(found[~covered], torch.zeros(int((~covered).sum())))
    row, column = 9, 4
    assert covered[row, column]
    point = torch.tensor([[(column + 0.5) / 16, (row + 0.5) / 16]])
    alone = torch.sigmoid(field(point, *(part[None] for part in one)))
    torch.testing.assert_close(found[row, column], alone[0, 0])


def test_the_thesis_field_is_one_network_of_the_concatenation():
    """Its first layer, split in two, is a linear layer of the D + 4 numbers (u, v, yaw, pitch, alpha)."""
    settings = PRESETS["thesis"]
    assert (settings.identity, settings.expression, settings.before) == (10, 0, 0)
    field = VisibilityField(settings, "any", torch.zeros(UNITS), torch.zeros(UNITS, 0))
    identity, expression, yaw, pitch = _faces(3)
    identity = torch.randn(3, 10)
    points = torch.rand(7, 2)
    view = torch.stack([yaw, pitch], -1) / (math.pi / 2)
    entered = torch.cat(
        [(2 * points - 1).expand(3, -1, -1), torch.cat([view, identity], -1)[:, None].expand(-1, 7, -1)], -1
    )
    point, face = field.of_point[0], field.of_face[0]
    hidden = torch.sin(entered @ torch.cat([point.weight, face.weight], 1).T + point.bias + face.bias)
    for layer in field.together:
        hidden = torch.sin(layer(hidden))
    torch.testing.assert_close(field(points, identity, expression, yaw, pitch), field.last(hidden)[..., 0])


def test_components_that_it_is_not_told_and_those_left_out_do_not_count(field):
    identity, expression, yaw, pitch = _faces(2)
    points = torch.rand(9, 2)
    whole = field(points, identity, expression, yaw, pitch)
    torch.testing.assert_close(field(points, identity[:, :4], expression, yaw, pitch), whole)
    none = field(points, identity[:, :0], expression[:, :0], yaw, pitch)
    torch.testing.assert_close(none, field(points, torch.zeros(2, 4), torch.zeros(2, UNITS), yaw, pitch))


def test_relief_is_the_face_that_the_coefficients_make(morphable):
    uv, moved = uv_map(morphable, 32), morphable.identity[:3]
    relief = linear_relief(morphable, torch.cat([morphable.mean[None], moved]), 32)
    told = torch.tensor([1.0, 0.6, -1.0, 0.5])
    place, normal = torch.einsum("k,kcrs->crs", told, relief)[:, uv.covered].split(3)
    shape = morphable.shape(told[1:])
    torch.testing.assert_close(place, uv.spread(shape)[:, uv.covered] / 100, atol=1e-5, rtol=0)
    exact = uv.spread(vertex_normals(shape, morphable.triangles))[:, uv.covered]
    still = uv.spread(vertex_normals(morphable.mean, morphable.triangles))[:, uv.covered]
    assert (normal - exact).norm(dim=0).mean() < 0.2 * (still - exact).norm(dim=0).mean()


def test_relief_enters_as_the_camera_sees_it(field):
    faces, points = _faces(2), torch.rand(5, 2)
    embedded, face = field.embed_points(points), field.embed_faces(*faces)
    values = (embedded.relief @ face.told[0]).view(5, 6)
    torch.testing.assert_close(values, field.relief_at(points) @ face.told[0])
    rotation = rotation_from_angles(faces[2][0], faces[3][0], torch.zeros(()))
    seen = torch.cat([values[:, :3] @ rotation.T, values[:, 3:] @ rotation.T], 1)
    torch.testing.assert_close(values @ face.turned[0], seen @ field.of_relief, atol=1e-4, rtol=1e-4)


def test_each_face_may_meet_other_points(field):
    faces, points = _faces(2), torch.rand(7, 2)
    embedded, face = field.embed_points(points, field.relief_at(points)), field.embed_faces(*faces)
    chosen = torch.tensor([[6, 0, 3], [1, 2, 2]])
    torch.testing.assert_close(field.meet(embedded, face, chosen), field(points, *faces).gather(1, chosen))


def test_gradients_to_shape_and_pose_are_the_numeric_ones(field):
    placed = field.double().at(torch.rand(5, 2, dtype=torch.float64))
    entered = [part[0].double().requires_grad_() for part in _faces(1)]
    assert torch.autograd.gradcheck(placed, entered)


def test_a_field_survives_its_file_and_a_foreign_file_is_refused(field, morphable):
    tensors, metadata = field_tensors(field)
    loaded = field_from_tensors(tensors, metadata)
    faces, points = _faces(3), torch.rand(11, 2)
    torch.testing.assert_close(loaded(points, *faces), field(points, *faces), atol=0.05, rtol=0.05)
    assert not any(weight.requires_grad for weight in loaded.parameters())
    with pytest.raises(ValueError, match="of this version"):
        field_from_tensors(tensors, {})
    with pytest.raises(ValueError, match="damaged"):
        field_from_tensors({name: tensor for name, tensor in tensors.items() if name != "last.bias"}, metadata)
    with pytest.raises(MorphableModelError, match="use the exact visibility"):
        loaded.check(morphable)


def test_intersection_over_union_of_halves_is_a_third():
    one = torch.zeros(2, 4, 4, dtype=torch.bool)
    other = one.clone()
    one[0, :, :2], other[0, :, 1:3] = True, True
    torch.testing.assert_close(intersection_over_union(one, other), torch.tensor([1 / 3, 1.0]))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_head_that_turns_has_the_field_of_its_face(preset):
    settings = replace(PRESETS[preset], width=16)
    told = 1 + settings.identity + settings.expression
    relief = torch.randn(told, 6, 8, 8) if settings.relief else None
    field = VisibilityField(settings, "any", torch.zeros(UNITS), torch.randn(UNITS, settings.expression), relief)
    placed = field.at(torch.rand(2500, 2))  # more than pass the layers at a time
    identity, expression, yaws, pitches = (part[:3] for part in _faces(3))
    turning = placed.of_face(identity[0], expression[0])
    for yaw, pitch in zip(yaws, pitches, strict=True):
        with torch.no_grad():
            torch.testing.assert_close(turning(yaw, pitch), placed(identity[0], expression[0], yaw, pitch))

"""Texture maps of meshes that have none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.geometry.unwrapping import with_texture_map
from explorer.science.geometry.uv import uv_map
from tests.science.geometry.model_writers import geometry

SIDE = 128


@pytest.fixture(scope="module")
def unrolled(morphable):
    return with_texture_map(geometry(morphable))


def _area(model):
    flat = model.uv[model.uv_triangles].double()
    one, other = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    return (one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]) / 2


def test_a_symmetric_head_has_a_symmetric_map(unrolled):
    covered = uv_map(unrolled, SIDE).covered
    assert covered.double().mean() > 0.6
    assert torch.equal(covered, covered.flip(1))
    places = uv_map(unrolled, SIDE).spread(unrolled.mean)
    mirrored = places.flip(2) * torch.tensor([-1.0, 1.0, 1.0])[:, None, None]
    assert (places - mirrored)[:, covered].norm(dim=0).mean() < 0.5


def test_the_face_looks_out_of_the_middle_of_the_map_upright(unrolled):
    places = dict(zip(unrolled.triangles.flatten().tolist(), unrolled.uv_triangles.flatten().tolist(), strict=True))
    nose, chin, left_eye = (unrolled.uv[places[int(unrolled.landmarks[one])]] for one in (30, 8, 45))
    assert abs(nose[0] - 0.5) < 0.01
    assert chin[1] > nose[1] > left_eye[1]
    assert left_eye[0] > 0.55


def test_hardly_a_texel_is_used_twice(unrolled):
    assert 0 <= unrolled.uv.min() <= unrolled.uv.max() <= 1
    covered = uv_map(unrolled, 512).covered.double().mean()
    assert _area(unrolled).abs().sum() < 1.05 * covered


def test_the_landmarks_but_for_those_of_hidden_lids_have_texels_of_their_own(unrolled):
    area = _area(unrolled).abs()
    own = torch.zeros(len(unrolled.mean), dtype=torch.bool)
    own[unrolled.triangles[area > 0].flatten()] = True
    assert own[unrolled.landmarks].all()


def test_a_map_of_the_files_own_is_kept_where_it_is_symmetric_and_turned_upright(morphable):
    assert with_texture_map(morphable) is morphable
    below = replace(morphable, uv=torch.stack([morphable.uv[:, 0], 1 - morphable.uv[:, 1]], 1))
    torch.testing.assert_close(with_texture_map(below).uv, morphable.uv)


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda uv: uv * torch.tensor([0.7, 1.0]),
        lambda uv: uv * 2,
        lambda uv: uv * torch.tensor([1.0, 0.0]),
        lambda uv: uv * torch.nan,
    ],
)
def test_a_map_that_cannot_be_completed_by_flipping_it_is_replaced(morphable, spoilt):
    made = with_texture_map(replace(morphable, uv=spoilt(morphable.uv)))
    assert uv_map(made, SIDE).covered.double().mean() > 0.6


def test_a_map_goes_on_to_finer_meshes(unrolled):
    finer = unrolled.at_level(1)
    one, other = uv_map(unrolled, SIDE), uv_map(finer, SIDE)
    assert (one.covered == other.covered).double().mean() > 0.99
    both = one.covered & other.covered
    apart = (one.spread(unrolled.mean) - other.spread(finer.mean))[:, both].norm(dim=0)
    assert np.percentile(apart.numpy(), 95) < 1


def test_a_mesh_without_landmarks_gets_a_map_too(morphable):
    made = with_texture_map(replace(morphable, uv=None, uv_triangles=None, landmarks=None))
    assert uv_map(made, SIDE).covered.double().mean() > 0.5


def test_a_mesh_that_is_no_head_has_a_map_too():
    """One triangle about the axis, of which nothing is drawn."""
    corners = torch.tensor([[-1.0, 0.0, -1.0], [1.0, 0.0, -1.0], [0.0, 1.0, 1.0]])
    still, triangles = torch.zeros(0, 3, 3), torch.tensor([[0, 1, 2]])
    found = with_texture_map(MorphableModel("toy", corners, still, still, triangles))
    assert found.uv.shape == (1, 2)
    assert found.uv_triangles.tolist() == [[0, 0, 0]]
    assert 0 <= found.uv.min() <= found.uv.max() <= 1

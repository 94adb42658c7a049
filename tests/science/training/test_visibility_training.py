"""Training of the visibility field: what is cast is exact, mirrors agree, it learns, and it resumes exactly."""

import math
from dataclasses import replace

import pytest
import torch

from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.occlusion import Occluder
from explorer.science.geometry.rotation import rotation_from_angles
from explorer.science.geometry.uv import uv_map
from explorer.science.geometry.visibility import point_visibility
from explorer.science.geometry.visibility_field import FieldSettings, intersection_over_union
from explorer.science.training import visibility_faces
from explorer.science.training.visibility_faces import CastPlan, cast_faces, cast_shards, concatenate, face_space
from explorer.science.training.visibility_field import (
    RECIPES,
    FieldRecipe,
    _at_edges,
    _Batches,
    finished,
    measure,
    mirrored_coefficients,
    train,
)
from explorer.studio.geometry.fitting import load_morphable_model

SMALL = FieldSettings(identity=4, expression=2, before=1, width=32, layers=1, frequency=10)
RECIPE = FieldRecipe(faces=6, views=2, steps=30, batch=8, points=128, learnt=96, checkpoint_every=5, settings=SMALL)


@pytest.fixture(scope="module")
def model():
    return load_morphable_model()


@pytest.fixture(scope="module")
def space(model):
    return face_space(model, SMALL.identity, SMALL.expression)


@pytest.fixture(scope="module")
def faces(model, space):
    return cast_faces(model, space, RECIPE.training_faces(), RECIPE.faces, (1, 0))


@pytest.fixture(scope="module")
def uv(model):
    return uv_map(model, RECIPE.training_faces().side)


def test_what_is_cast_is_the_exact_visibility(model, uv, faces):
    seen = faces.visibility(int(uv.covered.sum()))
    assert seen.shape == (12, int(uv.covered.sum()))
    assert torch.equal(faces.identity[0], faces.identity[1])  # one face from two sides
    for view in (0, 7):
        rotation = rotation_from_angles(faces.yaw[view], faces.pitch[view], torch.zeros(()))
        shape = model.shape(faces.identity[view], faces.expression[view])
        points, normals = uv.at_texels(shape), uv.at_texels(vertex_normals(shape, model.triangles))
        normals = torch.nn.functional.normalize(normals, dim=1)
        exact = point_visibility(points, normals, shape, model.triangles, rotation)
        assert (seen[view] == exact).float().mean() > 0.999
    assert max(faces.yaw.abs().max(), faces.pitch.abs().max()) <= math.pi / 2


def test_a_face_in_the_space_is_all_that_a_field_is_told(model, space):
    plan = CastPlan("told", 20, 5)
    identity, expression = torch.randn(50, len(model.identity)), torch.rand(50, len(model.expression))
    inside = space.inside(identity, expression)
    for one, again in zip(inside, space.inside(*inside), strict=True):
        torch.testing.assert_close(one, again, atol=1e-4, rtol=1e-4)
    told, kept = ((part - space.mean) @ space.basis for part in (expression, inside[1]))
    torch.testing.assert_close(told, kept, atol=1e-3, rtol=1e-3)
    cast = cast_faces(model, space, plan, 3, (5, 0))
    assert not cast.identity[:, SMALL.identity :].any()
    whole = cast_faces(model, space, replace(plan, beyond=(1.0, 1.0)), 3, (5, 0))
    assert whole.identity[:, SMALL.identity :].all()
    torch.testing.assert_close(whole.identity[:, : SMALL.identity], cast.identity[:, : SMALL.identity])


def test_without_expression_faces_have_none(model):
    thesis = face_space(model, 10, 0)
    _, expression = thesis.inside(torch.randn(2, len(model.identity)), torch.rand(2, len(model.expression)))
    assert not expression.any()


def test_mirrored_coefficients_make_the_mirrored_face(model, faces):
    signs, partners = mirrored_coefficients(model)
    assert torch.equal(partners[partners], torch.arange(len(partners)))
    shape = model.shape(faces.identity[0], faces.expression[0])
    mirrored = model.shape(faces.identity[0] * signs, faces.expression[0, partners])
    torch.testing.assert_close(mirrored, shape[model.mirror] * torch.tensor([-1.0, 1.0, 1.0]), atol=0.6, rtol=0)


def test_shards_are_taken_from_the_folder_and_damaged_ones_cast_again(model, space, tmp_path, monkeypatch):
    monkeypatch.setattr(visibility_faces, "SHARD", 2)
    plan = CastPlan("some", 3, 4, views=2)
    first = concatenate(cast_shards(model, space, plan, tmp_path))
    assert len(first) == 6
    (tmp_path / "some-64-4-001.safetensors").write_bytes(b"cut off")
    again = concatenate(cast_shards(model, space, plan, tmp_path))
    assert torch.equal(first.seen, again.seen)
    assert torch.equal(first.identity, again.identity)
    monkeypatch.setattr(visibility_faces, "cast_faces", None)  # nothing is left to cast
    assert len(concatenate(cast_shards(model, space, plan, tmp_path))) == 6


def test_edges_of_sight_are_where_seen_and_unseen_meet():
    maps, covered = torch.zeros(1, 16, 16, dtype=torch.bool), torch.ones(16, 16, dtype=torch.bool)
    maps[:, :, 8:] = True
    edges = _at_edges(maps, covered)[0]
    assert bool(edges[7, 5:11].all())
    assert not bool(edges[7, [4, 11]].any())
    covered[:, :8] = False
    assert not bool(_at_edges(maps, covered).any())  # off the face nothing is seen or unseen


def test_a_batch_is_what_was_cast_or_its_mirror_image(model, uv, faces):
    batches = _Batches(model, faces, RECIPE)
    signs, partners = mirrored_coefficients(model)
    maps = uv.lay(faces.visibility(int(uv.covered.sum())))
    kinds = set()
    for step in range(6):
        some, learnt, target, (identity, expression, yaw, _) = batches.draw(step)
        assert len(some.unique()) == RECIPE.points
        for view in range(RECIPE.batch):
            same = (faces.yaw.abs() - yaw[view].abs()).abs().argmin()
            mirrored = bool((faces.yaw[same] - yaw[view]).abs() > 1e-6)
            kinds.add(mirrored)
            source = maps[same].flip(-1) if mirrored else maps[same]
            assert torch.equal(source[uv.covered][some[learnt[view]]].float(), target[view])
            assert torch.equal(identity[view], faces.identity[same] * (signs if mirrored else 1))
            wanted = faces.expression[same]
            assert torch.equal(expression[view], wanted[partners] if mirrored else wanted)
    assert kinds == {False, True}


@pytest.mark.slow
def test_it_learns_what_is_seen(model, space, faces, uv, tmp_path):
    recipe = replace(RECIPE, steps=150)
    losses = [state.loss for state in train(model, space, faces, recipe, tmp_path)]
    assert sum(losses[-10:]) < 0.6 * sum(losses[:10])
    measured = measure(finished(model, space, recipe, tmp_path), model, faces, side=128)
    assert measured.overlap.shape == (12,)
    assert sum(row[2] for row in measured.by_yaw()) == 12
    exact = uv.lay(faces.visibility(int(uv.covered.sum())))
    # Better than to say of all views what is seen from the front.
    always = uv.lay(Occluder(model.mean, model.triangles, uv=uv).visible(torch.eye(3)))
    assert measured.overlap.mean() > intersection_over_union(always.expand_as(exact), exact).mean()


def test_it_goes_on_where_it_was_stopped(model, space, faces, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    whole = list(train(model, space, faces, RECIPE, tmp_path / "a"))
    interrupted = train(model, space, faces, RECIPE, tmp_path / "b")
    for _ in range(13):
        next(interrupted)
    interrupted.close()
    resumed = list(train(model, space, faces, RECIPE, tmp_path / "b"))
    assert resumed[0].step == 11
    assert resumed[-1].loss == whole[-1].loss
    kept = finished(model, space, RECIPE, tmp_path / "b").state_dict()
    assert all(torch.equal(kept[name], weight) for name, weight in whole[-1].field.state_dict().items())
    with pytest.raises(ValueError, match="another recipe: remove it"):
        next(train(model, space, faces, replace(RECIPE, rate=1e-4), tmp_path / "b"))


def test_the_thesis_recipe_is_the_printed_one():
    recipe = RECIPES["thesis"]
    assert recipe.faces * recipe.views >= 10_000
    assert (recipe.settings.identity, recipe.settings.expression, recipe.beyond) == (10, 0, (0.0, 0.0))

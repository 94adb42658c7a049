"""Training of the visibility field: what is cast is exact, mirrors agree, it learns, and it resumes exactly."""

import math
from dataclasses import replace

import pytest
import torch

from explorer.science.geometry.rotation import rotation_from_angles
from explorer.science.geometry.uv import uv_map
from explorer.science.geometry.visibility import vertex_visibility
from explorer.science.geometry.visibility_field import FieldSettings, intersection_over_union
from explorer.science.training import visibility_faces
from explorer.science.training.visibility_faces import CastPlan, cast_faces, cast_shards, face_space, together
from explorer.science.training.visibility_field import (
    RECIPES,
    FieldRecipe,
    finished,
    measure,
    mirrored_coefficients,
    train,
)
from explorer.studio.fitting import load_morphable_model

SMALL = FieldSettings(identity=4, expression=2, before=1, width=32, layers=1, frequency=10)
RECIPE = FieldRecipe(faces=6, views=2, steps=30, batch=8, points=128, checkpoint_every=5, settings=SMALL)


@pytest.fixture(scope="module")
def model():
    return load_morphable_model()


@pytest.fixture(scope="module")
def space(model):
    return face_space(model, SMALL.identity, SMALL.expression)


@pytest.fixture(scope="module")
def faces(model, space):
    return cast_faces(model, space, RECIPE.training_faces(), RECIPE.faces, (1, 0))


def test_what_is_cast_is_the_exact_visibility(model, faces):
    seen = faces.visibility(len(model.mean))
    assert seen.shape == (12, len(model.mean))
    assert torch.equal(faces.identity[0], faces.identity[1])  # one face from two sides
    for view in (0, 7):
        rotation = rotation_from_angles(faces.yaw[view], faces.pitch[view], torch.zeros(()))
        exact = vertex_visibility(model.shape(faces.identity[view], faces.expression[view]), model.triangles, rotation)
        assert (seen[view].bool() == exact).float().mean() > 0.999
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
    first = together(cast_shards(model, space, plan, tmp_path))
    assert len(first) == 6
    (tmp_path / "some-4-001.safetensors").write_bytes(b"cut off")
    again = together(cast_shards(model, space, plan, tmp_path))
    assert torch.equal(first.seen, again.seen)
    assert torch.equal(first.identity, again.identity)
    monkeypatch.setattr(visibility_faces, "cast_faces", None)  # nothing is left to cast
    assert len(together(cast_shards(model, space, plan, tmp_path))) == 6


def test_it_learns_what_is_seen(model, space, faces, tmp_path):
    recipe = replace(RECIPE, steps=150)
    losses = [state.loss for state in train(model, space, faces, recipe, tmp_path)]
    assert sum(losses[-10:]) < 0.6 * sum(losses[:10])
    measured = measure(finished(model, space, recipe, tmp_path), model, faces, resolution=32)
    assert measured.overlap.shape == (12,)
    assert sum(row[2] for row in measured.by_yaw()) == 12
    uv = uv_map(model, 32)
    exact = torch.stack([uv.spread(one[:, None])[0] > 0.5 for one in faces.visibility(len(model.mean))])
    # Better than to say of all views what is seen from the front.
    front = vertex_visibility(model.mean, model.triangles, torch.eye(3))
    always = uv.spread(front[:, None].float())[0] > 0.5
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

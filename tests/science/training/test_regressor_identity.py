"""The training by identity: what is made small, that it falls for what was never asked for, and that it resumes."""

from dataclasses import replace

import pytest
import torch

from explorer.science.inversion.drawing import Drawing, Seen
from explorer.science.inversion.regressor import LatentRegressor
from explorer.science.training.identity_targets import Asking, IdentityTargets
from explorer.science.training.loop import TrainingError
from explorer.science.training.regressor_identity import (
    IdentityRecipe,
    generated_embeddings,
    train_by_identity,
    unseen_identity,
)

RECIPE = IdentityRecipe(steps=60, batch=16, rate=3e-3, checkpoint_every=20)


class MadeUpDrawing:
    """A latent draws a face whose embedding is linear in it; in W+ the first layers count most."""

    def __init__(self):
        self.map = torch.randn(512, 16, generator=torch.Generator().manual_seed(0)) / 512**0.5

    def seen(self, latents, space, targets):
        styles = latents if space == "W+" else latents[:, None]
        counting = 0.5 ** torch.arange(styles.shape[1])[:, None]
        embedded = (counting * styles).sum(1) @ self.map
        return Seen(embedded, 1 - torch.cosine_similarity(embedded, targets), styles.square().mean((1, 2)))


@pytest.fixture(scope="module")
def targets():
    return IdentityTargets(torch.randn(200, 16, generator=torch.Generator().manual_seed(1)), Asking())


@pytest.fixture
def begun():
    torch.manual_seed(0)
    made = LatentRegressor(16, 64)
    made.standardise(torch.randn(200, 16), torch.randn(200, 512))
    return made.eval().requires_grad_(False)


def test_identity_is_learnt_for_targets_that_were_never_asked_for(targets, begun, tmp_path):
    unseen = targets.unseen(20, seed=7)
    *_, last = train_by_identity(begun, targets, replace(RECIPE, steps=200), tmp_path / "a.pt", MadeUpDrawing())
    for asked in unseen.values():
        before, after = (unseen_identity(one, asked, RECIPE, MadeUpDrawing()) for one in (begun, last.regressor))
        assert before.shape == (20,)
        assert after.mean() < 0.5 * before.mean()


def test_a_heavier_prior_keeps_answers_nearer_to_the_mean(targets, begun, tmp_path):
    asked, sizes = targets.unseen(20, seed=7)["unseen targets"], []
    for prior in (0.0, 3.0):
        recipe = replace(RECIPE, prior=prior)
        *_, last = train_by_identity(begun, targets, recipe, tmp_path / f"{prior}.pt", MadeUpDrawing())
        sizes.append(float(last.regressor(asked).square().mean()))
    assert sizes[1] < sizes[0]


def test_an_interrupted_training_ends_as_an_uninterrupted_one(targets, begun, tmp_path):
    *_, whole = train_by_identity(begun, targets, RECIPE, tmp_path / "whole.pt", MadeUpDrawing())
    running = train_by_identity(begun, targets, RECIPE, tmp_path / "parts.pt", MadeUpDrawing())
    while next(running).made < 45:
        pass
    running.close()
    first, *_, resumed = train_by_identity(begun, targets, RECIPE, tmp_path / "parts.pt", MadeUpDrawing())
    assert first.made == 40
    assert resumed.loss == whole.loss
    assert torch.equal(resumed.regressor.layers[0].weight, whole.regressor.layers[0].weight)
    (done,) = train_by_identity(begun, targets, RECIPE, tmp_path / "parts.pt", MadeUpDrawing())
    assert torch.equal(done.regressor.layers[0].weight, whole.regressor.layers[0].weight)
    with pytest.raises(TrainingError, match="another recipe"):
        list(train_by_identity(begun, targets, replace(RECIPE, prior=1.0), tmp_path / "parts.pt", MadeUpDrawing()))


def test_the_regressor_that_is_begun_with_stays_as_it_is(targets, begun, tmp_path):
    before = begun.layers[0].weight.clone()
    list(train_by_identity(begun, targets, replace(RECIPE, steps=2), tmp_path / "a.pt", MadeUpDrawing()))
    assert torch.equal(begun.layers[0].weight, before)
    assert not begun.layers[0].weight.requires_grad


def test_offsets_of_layers_are_learnt_too(targets, begun, tmp_path):
    recipe = replace(RECIPE, space="W+", steps=5)
    *_, last = train_by_identity(begun.in_layers(3), targets, recipe, tmp_path / "a.pt", MadeUpDrawing())
    answers = last.regressor(targets.generated[:2])
    assert answers.shape == (2, 3, 512)
    assert not torch.equal(answers[:, 0], answers[:, 1])


@pytest.fixture(scope="module")
def drawing(networks):
    return Drawing(networks.generator(), networks.detector(), networks.recogniser("arcface-mbf"), 128)


def test_nothing_is_lost_on_the_face_itself_and_less_along_the_gradient(drawing):
    w = drawing.generator.sample(2, 5)[1]
    with torch.no_grad():
        asked = drawing.embedded(drawing.generator.styles(w[:1], "W"))
        seen = drawing.seen(w[:1], "W", asked)
    assert seen.identity == pytest.approx(0, abs=1e-5)
    deviations = (w[:1] - drawing.generator.mean_w) / drawing.generator.spread_w
    torch.testing.assert_close(seen.prior, deviations.square().mean(1))
    other = w[1:].clone().requires_grad_()
    before = drawing.seen(other, "W", asked).identity
    before.sum().backward()
    with torch.no_grad():
        nearer = other - 0.05 * other.grad / other.grad.norm() * other.norm()
        assert drawing.seen(nearer, "W", asked).identity < before
    assert before > 0.3


def test_faces_drawn_in_mixed_precision_are_seen_as_those_in_single(drawing):
    latents = drawing.generator.sample(2, 9)[1].requires_grad_()
    asked = torch.randn(2, 512, generator=torch.Generator().manual_seed(3))
    single, mixed = (replace(drawing, mixed=one).seen(latents, "W", asked) for one in (False, True))
    assert torch.cosine_similarity(single.embeddings, mixed.embeddings).min() > 0.99
    ways = [torch.autograd.grad(one.identity.sum(), latents)[0].flatten() for one in (single, mixed)]
    assert torch.cosine_similarity(*ways, 0) > 0.97


@pytest.mark.slow
def test_generated_embeddings_follow_from_the_number_of_the_face_alone(drawing):
    whole = torch.cat(list(generated_embeddings(drawing, 5, chunk=2)))
    rest = torch.cat(list(generated_embeddings(drawing, 5, done=2, chunk=3)))
    assert whole.shape == (5, 512)
    torch.testing.assert_close(rest, whole[2:], atol=2e-4, rtol=1e-3)

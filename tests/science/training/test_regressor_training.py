"""The recipe of the regressor: what it learns from, that it learns, that it resumes, and the picture's error."""

from dataclasses import replace

import pytest
import torch

from explorer.science.training.regressor import RegressorRecipe, pairs, train_by_latent
from explorer.science.training.regressor_drawn import (
    PictureLoss,
    background,
    train_by_drawing,
    unseen_losses,
)
from tests.science.leakage_kit import made_up_corpus

RECIPE = RegressorRecipe(width=64, epochs=6, batch=32, checkpoint_every=2, dropout=0.1, drawn_steps=2, drawn_batch=1)


@pytest.fixture(scope="module")
def corpus():
    return made_up_corpus()


def test_z_is_learnt_from_faces_that_z_alone_draws(corpus):
    edited = replace(corpus, edited=torch.arange(600) % 5 == 1, single=torch.arange(600) % 7 != 0)
    for space, wrong in (("W", ~edited.single), ("Z", ~edited.single | ~edited.untruncated | edited.edited)):
        known = pairs(edited, "made-up", space)
        assert not wrong[known.fitting].any()
        assert not set(known.fitting.tolist()) & set(known.held_out.tolist())
        assert (edited.split[known.fitting] == 0).all()


@pytest.mark.slow
def test_latents_that_an_embedding_tells_are_learnt_and_others_are_not(corpus, tmp_path):
    longer = replace(RECIPE, epochs=30, rate=3e-3, noise=0.1)
    *_, last = train_by_latent(pairs(corpus, "made-up", "W"), longer, tmp_path / "w.pt")
    assert last.loss < 0.5
    *_, blind = train_by_latent(pairs(corpus, "made-up", "Z"), longer, tmp_path / "z.pt")
    assert blind.loss > 0.95


def test_an_interrupted_training_ends_as_an_uninterrupted_one(corpus, tmp_path):
    known = pairs(corpus, "made-up", "W")
    *_, whole = train_by_latent(known, RECIPE, tmp_path / "whole.pt")
    running = train_by_latent(known, RECIPE, tmp_path / "parts.pt")
    while next(running).made < 5:
        pass
    running.close()
    first, *_, resumed = train_by_latent(known, RECIPE, tmp_path / "parts.pt")
    assert first.made == 4
    assert resumed.loss == whole.loss
    assert torch.equal(resumed.regressor.layers[0].weight, whole.regressor.layers[0].weight)


def test_photographs_without_latents_are_refused(corpus):
    with pytest.raises(ValueError, match="latents"):
        pairs(replace(corpus, w=None), "made-up", "W")


@pytest.fixture(scope="module")
def drawn(networks, corpus):
    """The corpus with latents that the generator knows."""
    z, w = networks.generator().sample(600, 5)
    return pairs(replace(corpus, z=z, w=w), "made-up", "W")


@pytest.mark.slow
def test_the_pictures_error_is_nothing_for_the_true_latent_and_moves_the_network(networks, drawn, tmp_path):
    loss, w = PictureLoss(networks.generator(), "W", RECIPE.image_resolution), drawn.latents
    assert loss.between(w[:1], w[:1]) == 0
    assert loss.between(w[:1], w[1:2]) > 0.01
    *_, trained = train_by_latent(drawn, replace(RECIPE, epochs=1), tmp_path / "latent.pt")
    states = list(train_by_drawing(trained.regressor, drawn, RECIPE, tmp_path / "image.pt", loss))
    assert [one.made for one in states] == [1, 2]
    assert not torch.equal(states[-1].regressor.layers[0].weight, trained.regressor.layers[0].weight)


class Parser:
    """Sees background in the left half, skin in the right one; its map has half the size of the picture."""

    def classes(self, frames):
        side = frames.shape[-1] // 2
        return (torch.arange(side) >= side // 2).long().expand(len(frames), side, side)


def test_only_the_background_counts_where_there_is_a_parser(networks):
    mask = background(torch.zeros(1, 3, 128, 128), Parser())
    assert mask.shape == (1, 1, 128, 128)
    assert mask[..., :64].all()
    assert not mask[..., 64:].any()


def test_an_interrupted_training_by_drawing_ends_as_an_uninterrupted_one(corpus, tmp_path):
    def loss(regressor, embeddings, latents, random):
        return (regressor(embeddings) - latents).square().mean() + torch.rand((), generator=random)

    known, recipe = pairs(corpus, "made-up", "W"), replace(RECIPE, drawn_steps=50, drawn_batch=4)
    *_, begun = train_by_latent(known, replace(RECIPE, epochs=1), tmp_path / "latent.pt")
    *_, whole = train_by_drawing(begun.regressor, known, recipe, tmp_path / "whole.pt", loss)
    running = train_by_drawing(begun.regressor, known, recipe, tmp_path / "parts.pt", loss)
    while next(running).made < 45:
        pass
    running.close()
    first, *_, resumed = train_by_drawing(begun.regressor, known, recipe, tmp_path / "parts.pt", loss)
    assert first.made == 40
    assert resumed.loss == whole.loss
    assert torch.equal(resumed.regressor.layers[0].weight, whole.regressor.layers[0].weight)


def test_what_is_made_small_falls_on_unseen_faces_each_of_which_counts_for_itself(corpus, tmp_path):
    def loss(regressor, embeddings, latents, random):
        return (regressor(embeddings) - latents).square().mean()

    known, recipe = pairs(corpus, "made-up", "W"), replace(RECIPE, drawn_steps=60, drawn_batch=16, drawn_rate=1e-3)
    *_, begun = train_by_latent(known, replace(RECIPE, epochs=1), tmp_path / "latent.pt")
    *_, after = train_by_drawing(begun.regressor, known, recipe, tmp_path / "drawn.pt", loss)
    losses = [unseen_losses(one.regressor, known, loss, 9) for one in (begun, after)]
    rows = known.held_out[:9]
    each = (begun.regressor(known.views[0, rows]) - known.latents[rows]).square().mean(1)
    torch.testing.assert_close(losses[0], each)
    assert losses[1].mean() < losses[0].mean()

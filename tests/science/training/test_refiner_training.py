"""The training of a refiner: each pass comes nearer, for targets never asked for, and it resumes."""

from dataclasses import replace

import pytest
import torch

from explorer.science.inversion.regressor import LatentRegressor
from explorer.science.training.identity_targets import Asking, IdentityTargets
from explorer.science.training.refiner import RefinerRecipe, train_refiner, unseen_passes
from tests.science.training.test_regressor_identity import MadeUpDrawing

RECIPE = RefinerRecipe(width=64, steps=150, batch=16, rate=3e-3, prior=0.0, checkpoint_every=20)


@pytest.fixture(scope="module")
def targets():
    return IdentityTargets(torch.randn(200, 16, generator=torch.Generator().manual_seed(1)), Asking())


@pytest.fixture(scope="module")
def regressor():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return LatentRegressor(16, 32).eval().requires_grad_(False)


def test_the_passes_come_nearer_to_targets_that_were_never_asked_for(targets, regressor, tmp_path):
    *_, last = train_refiner(regressor, targets, RECIPE, tmp_path / "a.pt", MadeUpDrawing())
    asked = targets.unseen(20, seed=7)["unseen targets"]
    passes = unseen_passes(regressor, last.refiner, asked, RECIPE, MadeUpDrawing())
    assert passes.shape == (4, 20)
    answer, *_, end = passes.mean(1)
    assert end < 0.6 * answer
    assert end <= passes[1].mean() + 0.01


def test_an_interrupted_training_ends_as_an_uninterrupted_one(targets, regressor, tmp_path):
    recipe = replace(RECIPE, steps=50)
    *_, whole = train_refiner(regressor, targets, recipe, tmp_path / "whole.pt", MadeUpDrawing())
    running = train_refiner(regressor, targets, recipe, tmp_path / "parts.pt", MadeUpDrawing())
    while next(running).made < 45:
        pass
    running.close()
    first, *_, resumed = train_refiner(regressor, targets, recipe, tmp_path / "parts.pt", MadeUpDrawing())
    assert first.made == 40
    assert resumed.loss == whole.loss
    assert torch.equal(resumed.refiner.layers[0].weight, whole.refiner.layers[0].weight)


def test_the_regressor_stays_as_it_is(targets, regressor, tmp_path):
    before = regressor.layers[0].weight.clone()
    list(train_refiner(regressor, targets, replace(RECIPE, steps=2), tmp_path / "a.pt", MadeUpDrawing()))
    assert torch.equal(regressor.layers[0].weight, before)

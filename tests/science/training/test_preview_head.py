"""The recipe of the preview heads: its samples, its two stages, and that it resumes to the last bit."""

from dataclasses import replace

import pytest
import torch

from explorer.science.generation.generator import remaining_style
from explorer.science.generation.preview import PreviewHead, coloured
from explorer.science.training.preview_head import (
    PreviewRecipe,
    _begin_with_the_generator,
    _level_channels,
    mixed_styles,
    sampled_targets,
    train,
)

pytestmark = pytest.mark.slow

RECIPE = PreviewRecipe(resolution=128, samples=8, steps=6, plain_steps=3, batch=2, checkpoint_every=2)


@pytest.fixture(scope="module")
def samples(networks):
    return torch.stack(list(sampled_targets(networks.bare_generator(), RECIPE)))


@pytest.fixture
def training(networks, samples):
    def start(folder, recipe=RECIPE):
        judges = [networks.recogniser("arcface-mbf")]
        return train(networks.bare_generator(), recipe, samples, folder, judges, networks.detector())

    return start


def test_every_second_sample_mixes_two_w(networks):
    styles = mixed_styles(networks.bare_generator(), 4, seed=1)
    assert [len(one.unique(dim=0)) for one in styles] == [1, 2, 1, 2]


def test_a_longer_recipe_only_adds_samples(networks):
    generator = networks.bare_generator()
    shorter, longer = mixed_styles(generator, 8, seed=1), mixed_styles(generator, 20, seed=1)
    torch.testing.assert_close(shorter, longer[:8], atol=1e-4, rtol=1e-4)


def test_an_interrupted_training_ends_as_an_uninterrupted_one(training, tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    whole.mkdir()
    parts.mkdir()
    for state in training(whole):
        uninterrupted = state.head
    running = training(parts)
    while next(running).step < 4:
        pass
    running.close()
    resumed = list(training(parts))
    assert [state.step for state in resumed] == [5, 6]
    for one, other in zip(uninterrupted.parameters(), resumed[-1].head.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_encoders_judge_only_behind_the_plain_steps(training, tmp_path):
    losses = {}
    for weight in (0.0, 5.0):
        folder = tmp_path / str(weight)
        folder.mkdir()
        losses[weight] = [state.loss for state in training(folder, replace(RECIPE, identity_weight=weight))]
    assert losses[0.0][:3] == losses[5.0][:3]
    assert losses[5.0][3] > losses[0.0][3] + 0.05


def test_a_new_head_is_its_linear_part(networks):
    generator, head = networks.bare_generator(), PreviewHead(128)
    styles = mixed_styles(generator, 2, seed=3)
    features, w = generator.synthesis.features(styles, head.blocks), remaining_style(styles, head.blocks)
    with torch.no_grad():
        before = head(features, w)
        for parameter in head.residuals.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(0)))
        assert torch.allclose(head(features, w), before, atol=1e-5)  # the correction still weighs nothing
        torch.nn.init.normal_(head.correction.weight, std=0.1)
        assert not torch.allclose(head(features, w), before, atol=1e-2)


def test_the_128_px_head_begins_with_the_gains_of_the_next_block_as_far_as_one_rate_suits_all(networks):
    generator, head = networks.bare_generator(), PreviewHead(128)
    styles = mixed_styles(generator, 3, seed=5)
    features, w = generator.synthesis.features(styles, head.blocks), remaining_style(styles, head.blocks)
    _begin_with_the_generator(head, generator)
    own = generator.synthesis.modulations(head.blocks)[0](w)[:, :, 0, 0]
    torch.testing.assert_close(head.gain(w), own)
    _level_channels(head, features, w)
    levelled = (features * head.gain(w)[:, :, None, None]).square().mean((0, 2, 3)).sqrt()
    torch.testing.assert_close(levelled, torch.ones_like(levelled), atol=1e-3, rtol=1e-3)


def test_the_style_of_the_128_px_head_begins_with_directions_of_one_spread(networks):
    generator, head = networks.bare_generator(), PreviewHead(128)
    _begin_with_the_generator(head, generator)
    w = generator.sample(500, seed=9)[1]
    with torch.no_grad():
        seen = head.style.first(w)
    assert float(seen.mean(0).abs().max()) < 0.3
    rows = head.style.first.weight * generator.spread_w
    torch.testing.assert_close(rows @ rows.T, torch.eye(len(rows)), atol=1e-4, rtol=0)


def test_colours_are_mixed_and_shifted():
    image = torch.rand(2, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    swap = torch.tensor([[-1.0, 1, 0, 1, -1, 0, 0, 0, 0, 0, 0, 0.25]]).expand(2, -1)
    mixed = coloured(image, swap)
    torch.testing.assert_close(mixed[:, 0], image[:, 1])
    torch.testing.assert_close(mixed[:, 1], image[:, 0])
    torch.testing.assert_close(mixed[:, 2], image[:, 2] + 0.25)

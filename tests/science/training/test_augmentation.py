"""Augmented embeddings: what generated faces share is taken out and only that, and noise has a known length."""

import pytest
import torch
import torch.nn.functional as F

from explorer.science.training.augmentation import augment_embeddings, shared_direction


def faces(shared):
    random = torch.Generator().manual_seed(0)
    common = F.normalize(torch.ones(64), dim=0)
    return common, F.normalize(shared * common + torch.randn(2000, 64, generator=random) / 8, dim=-1)


def test_the_shared_direction_is_found_and_taken_out_in_part():
    common, embeddings = faces(0.35)
    direction = shared_direction(5 * embeddings)
    assert torch.dot(direction, common) > 0.99
    left = augment_embeddings(embeddings, direction, 1.0, 0.0, torch.Generator().manual_seed(1)) @ direction
    before = embeddings @ direction
    # Between nothing and all of it is taken, half on average; what is across it stays.
    assert float(left.mean()) == pytest.approx(float(before.mean()) / 2, rel=0.05)
    across = embeddings - before[:, None] * direction
    after = augment_embeddings(embeddings, direction, 1.0, 0.0, torch.Generator().manual_seed(1))
    torch.testing.assert_close(after - left[:, None] * direction, across, atol=1e-5, rtol=0)


def test_what_an_encoder_always_says_is_left_in():
    _, embeddings = faces(3.0)
    direction = shared_direction(embeddings)
    assert not direction.any()
    torch.testing.assert_close(
        augment_embeddings(embeddings, direction, 1.0, 0.0, torch.Generator().manual_seed(1)), embeddings
    )


def test_noise_has_the_length_that_is_asked_for():
    _, embeddings = faces(0.0)
    moved = augment_embeddings(embeddings, torch.zeros(64), 1.0, 0.3, torch.Generator().manual_seed(1)) - embeddings
    assert float(moved.norm(dim=1).square().mean().sqrt()) == pytest.approx(0.3, rel=0.02)

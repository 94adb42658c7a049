"""What generators and critics lose, held against critics and students whose slopes are known."""

from __future__ import annotations

import math

import pytest
import torch

from explorer.science.flows.bijection import Bijection
from explorer.science.flows.settings import MetricSettings
from explorer.science.vec2face.generator import new_critic
from explorer.science.vec2face.losses import (
    bijective_distance,
    critic_losses,
    distillation_distance,
    gradient_penalty,
    reconstruction_distance,
    scale_weights,
)
from explorer.science.vec2face.settings import Kind, Vec2FaceSettings


def drawn(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def test_a_linear_critic_is_fined_by_the_length_of_its_slope() -> None:
    slope = drawn(3, 4, 4, seed=3)
    found = gradient_penalty(lambda pictures: (pictures * slope).sum((1, 2, 3)), drawn(5, 3, 4, 4), drawn(5, 3, 4, 4))
    torch.testing.assert_close(found, torch.full((5,), (float(slope.norm()) - 1) ** 2))


def test_a_quadratic_critic_is_fined_between_the_pictures_only() -> None:
    # The slope of |x|^2 / 2 is x itself: between a picture of length 1 and itself there is none to fine.
    unit = torch.nn.functional.normalize(drawn(4, 6), dim=1)
    fined = gradient_penalty(lambda pictures: pictures.square().sum(1) / 2, unit, unit)
    torch.testing.assert_close(fined, torch.zeros(4), atol=1e-6, rtol=0)


def test_the_critic_loses_by_eq_17_and_can_be_taught_by_it() -> None:
    weight = torch.tensor([3.0, 4.0], requires_grad=True)
    real, made = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    losses = critic_losses(lambda pictures: pictures @ weight, real, made, penalty=10.0)
    assert float(losses["loss"].detach()) == pytest.approx(4 - 3 + 10 * (5 - 1) ** 2)
    losses["loss"].backward()
    # made - real, and 2 * 10 (|w| - 1) w / |w|.
    torch.testing.assert_close(weight.grad, torch.tensor([-1 + 48.0, 1 + 64.0]))


@pytest.mark.parametrize("kind", ["cnn", "attention"])
def test_every_weight_of_a_critic_learns_from_the_fine(kind: Kind) -> None:
    critic = new_critic(Vec2FaceSettings(generator=kind, resolution=8, width=1 / 64))
    real, made = drawn(3, 3, 8, 8), drawn(3, 3, 8, 8, seed=2)
    gradient_penalty(lambda pictures: critic(pictures, 1, 0.5), real, made).sum().backward()
    # Offsets of the last layer move all judgements alike, and so no slope.
    without = {name for name, parameter in critic.named_parameters() if parameter.grad is None}
    assert without <= {"last.bias"}


def test_weights_go_from_identity_to_realism() -> None:
    first, last = scale_weights(1, 5, 1e-3, 1.0), scale_weights(5, 5, 1e-3, 1.0)
    assert first["distill"] == first["reconstruction"] == pytest.approx(math.exp(4))
    assert first["adversarial"] == pytest.approx(math.e)
    assert (last["distill"], last["biject"]) == (1.0, 1e-3)
    assert last["adversarial"] == pytest.approx(math.exp(5))
    with pytest.raises(ValueError, match="counted from 1"):
        scale_weights(0, 5, 1e-3, 1.0)


def test_distillation_counts_blocks_by_their_numbers_and_vectors_by_their_angle() -> None:
    blocks, vector = torch.zeros(1, 2, 3, 3), torch.tensor([[1.0, 0.0]])
    moved, up = blocks.clone(), torch.tensor([[0.0, 1.0]])
    moved[0, 0, 0, 0] = 9.0
    found = distillation_distance([moved, up], [blocks, vector], 2.0, 10.0)
    assert float(found) == pytest.approx(2 * (9 / 18 + math.sqrt(2) / 2) + 10)
    assert float(distillation_distance([blocks, vector], [blocks, 3 * vector], 0.0, 10.0)) == pytest.approx(0.0)


def test_the_bijective_term_draws_to_ones_own_and_away_from_others() -> None:
    bijection = Bijection(MetricSettings(side=4, mappings=1, width=2)).requires_grad_(False)
    real, people = drawn(2, 3, 4, 4), torch.tensor([0, 1])
    latents = bijection.latents(real)
    apart = float((latents[0] - latents[1]).square().sum())
    margin = 2 * apart / 48
    own = bijective_distance(bijection, real, real, people, margin)
    torch.testing.assert_close(own, torch.full((2,), apart))  # 2 d - d, as they are where they are to be
    same = bijective_distance(bijection, real, real, torch.zeros(2), margin)
    torch.testing.assert_close(same, torch.full((2,), apart))
    near = bijective_distance(bijection, real, real, people, apart / 96)
    torch.testing.assert_close(near, torch.zeros(2))


def test_reconstruction_is_a_sum_over_numbers() -> None:
    assert reconstruction_distance(torch.zeros(1, 3, 2, 2), torch.full((1, 3, 2, 2), 0.5)).tolist() == [6.0]

"""Distances and losses have the values that they have by hand, and the slopes of numeric gradients."""

from __future__ import annotations

import math

import pytest
import torch
from scipy.linalg import sqrtm

from explorer.science.flows.bijection import Bijection
from explorer.science.flows.distances import batch_distance, contrastive_loss, latent_distance, wasserstein_distance
from explorer.science.flows.gaussians import ClassGaussians, negative_log_likelihood
from explorer.science.flows.ratios import RatioError, distance_ratios, pairs_of
from tests.science.flows.test_bijection import SMALL, pictures, stirred


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_the_wasserstein_distance_is_scipys() -> None:
    a, b = random(4, 4), random(4, 4, seed=1)
    one, other, mean, other_mean = a @ a.T, b @ b.T, random(4, seed=2), random(4, seed=3)
    root = sqrtm(one.numpy())
    cross = sqrtm(root @ other.numpy() @ root).real
    expected = float((mean - other_mean).square().sum() + one.trace() + other.trace()) - 2 * cross.trace()
    assert float(wasserstein_distance(mean, one, other_mean, other)) == pytest.approx(expected, abs=1e-9)
    assert float(wasserstein_distance(mean, one, mean, one)) == pytest.approx(0, abs=1e-9)


def test_batches_with_diagonal_covariances_are_the_full_formula() -> None:
    one, other = random(20, 3), 2 * random(30, 3, seed=1) + 1
    full = wasserstein_distance(
        one.mean(0), torch.diag(one.var(0, correction=0)), other.mean(0), torch.diag(other.var(0, correction=0))
    )
    assert float(batch_distance(one, other)) == pytest.approx(float(full), abs=1e-6)
    assert torch.autograd.gradcheck(batch_distance, (one[:4].requires_grad_(), other[:4]))
    with pytest.raises(ValueError, match="at least two"):
        batch_distance(one[:1], other)


def test_single_pictures_have_the_squared_distance_of_their_latents() -> None:
    eye = torch.eye(3, dtype=torch.float64)
    one, other = random(3), random(3, seed=1)
    assert float(latent_distance(one, other)) == pytest.approx(float(wasserstein_distance(one, eye, other, eye)))


def test_the_contrastive_loss_by_hand() -> None:
    distances, same = torch.tensor([2.0, 2.0, 7.0, 7.0]), torch.tensor([True, False, True, False])
    assert contrastive_loss(distances, same, 5.0, "printed").tolist() == [2.0, 0.0, 7.0, 2.0]
    assert contrastive_loss(distances, same, 5.0).tolist() == [2.0, 3.0, 7.0, 0.0]


@pytest.mark.parametrize("form", ["printed", "separating"])
def test_one_sign_draws_two_people_together_and_the_other_drives_them_apart(form: str) -> None:
    one, other, same = random(1, 3), 3 * random(1, 3, seed=1), torch.tensor([False])
    apart = float(latent_distance(one, other))
    margin = apart / 2 if form == "printed" else 2 * apart

    def loss(a: torch.Tensor) -> torch.Tensor:
        return contrastive_loss(latent_distance(a, other), same, margin, form)  # type: ignore[arg-type]

    moved = one.clone().requires_grad_()
    assert torch.autograd.gradcheck(loss, (moved,))
    loss(moved).sum().backward()
    assert moved.grad is not None
    after = float(latent_distance(one - 0.01 * moved.grad, other))
    assert (after < apart) == (form == "printed")


def test_published_means_lie_in_a_row_and_those_of_the_sphere_do_not() -> None:
    classes = torch.tensor([0, 1, 9])
    row = ClassGaussians(16).mean_of(classes)
    assert row.norm(dim=1).tolist() == pytest.approx([4.0, 8.0, 40.0])
    sphere = ClassGaussians(512, "sphere", 3.0).mean_of(classes)
    assert sphere.norm(dim=1).tolist() == pytest.approx([3.0, 3.0, 3.0])
    assert float(torch.corrcoef(sphere).triu(1).abs().max()) < 0.2


def test_the_likelihood_is_that_of_the_transformed_density() -> None:
    # x = z / 2 has log p(x) = log p(z) + log 2 for each number.
    gaussians, x = ClassGaussians(2), torch.tensor([[0.5, 1.0]])
    found = negative_log_likelihood(2 * x, torch.tensor([2 * math.log(2)]), torch.tensor([0]), gaussians)
    density = torch.distributions.Normal(0.5, 0.5).log_prob(x).sum(1)
    torch.testing.assert_close(found, -density / 2)


def test_the_likelihood_has_the_slope_of_the_numeric_gradient() -> None:
    bijection, classes = stirred(SMALL).double(), torch.tensor([0, 3, 1])
    gaussians = ClassGaussians.of(SMALL)

    def loss(some: torch.Tensor) -> torch.Tensor:
        return negative_log_likelihood(*bijection(some), classes, gaussians)

    assert torch.autograd.gradcheck(loss, (pictures(SMALL).double().requires_grad_(),))


def test_a_bijection_that_only_scales_has_one_ratio() -> None:
    bijection = Bijection(SMALL).requires_grad_(False)
    people = torch.tensor([0, 0, 1, 2])
    found = distance_ratios(bijection, pictures(SMALL, 4), people)
    assert len(found.ratios) == 6
    assert found.smallest == pytest.approx(1.0, abs=1e-4)
    assert found.largest == pytest.approx(1.0, abs=1e-4)
    assert int(found.same.sum()) == 1
    with pytest.raises(RatioError, match="no two differ"):
        distance_ratios(bijection, torch.zeros(3, 1, 4, 4), torch.zeros(3))


def test_pairs_are_different_and_each_there_is_comes_once() -> None:
    first, second = pairs_of(7, 100, seed=3)
    assert len({(int(a), int(b)) for a, b in zip(first, second, strict=True)}) == 21
    assert bool((first < second).all())
    assert int(second.max()) < 7
    assert all(len(set(one.tolist())) > 1 for one in pairs_of(100_000, 50, seed=0))

"""The bijection is one to one, and knows its Jacobian's determinant."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from explorer.science.flows.bijection import Bijection
from explorer.science.flows.layers import AffineCoupling, InvertibleMixing, to_depth, to_space
from explorer.science.flows.settings import MetricSettings

SMALL = MetricSettings(side=4, channels=1, mappings=2, couplings=2, width=4)


def stirred(settings: MetricSettings, seed: int = 0) -> Bijection:
    """One whose couplings do something, as after a training."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        bijection = Bijection(settings)
        for name, parameter in bijection.named_parameters():
            # Triangular matrices are the worse conditioned the more channels they have.
            by = 0.1 if "looks" in name else 0.1 / len(parameter)
            parameter.data += by * torch.randn_like(parameter)
    return bijection.requires_grad_(False)


def pictures(settings: MetricSettings, count: int = 3) -> Tensor:
    shape = count, settings.channels, settings.side, settings.side
    return torch.rand(shape, generator=torch.Generator().manual_seed(1))


def jacobian_log_determinant(bijection: Bijection, picture: Tensor) -> float:
    found = torch.autograd.functional.jacobian(bijection.latents, picture[None])
    size = picture.numel()
    return float(torch.linalg.slogdet(found.reshape(size, size)).logabsdet)


@pytest.mark.parametrize(
    "settings",
    [SMALL, MetricSettings(side=2, mappings=1, width=3)],
)
def test_the_log_determinant_is_that_of_autograds_jacobian(settings: MetricSettings) -> None:
    bijection = stirred(settings).double()
    some = pictures(settings).double()
    _, log_determinant = bijection(some)
    expected = [jacobian_log_determinant(bijection, one) for one in some]
    torch.testing.assert_close(log_determinant, torch.tensor(expected, dtype=torch.float64), atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-10)])
def test_the_inverse_gives_the_picture_back(dtype: torch.dtype, tolerance: float) -> None:
    for settings in (SMALL, MetricSettings(side=32, width=4)):
        bijection, some = stirred(settings).to(dtype), pictures(settings).to(dtype)
        latents, _ = bijection(some)
        assert latents.shape == (3, settings.dimension)
        assert float((bijection.inverse(latents) - some).abs().max()) < tolerance
        assert float((bijection.latents(bijection.inverse(latents)) - latents).abs().max()) < 10 * tolerance


def test_a_new_coupling_changes_nothing_and_a_new_mixing_only_turns() -> None:
    maps = torch.randn(2, 6, 4, 4, generator=torch.Generator().manual_seed(0))
    coupled, log_determinant = AffineCoupling(6, 3)(maps)
    assert torch.equal(coupled, maps)
    assert not log_determinant.any()
    mixed, turned = InvertibleMixing(6)(maps)
    torch.testing.assert_close(mixed.norm(dim=1), maps.norm(dim=1), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(turned, torch.zeros(2), atol=1e-4, rtol=0)


def test_a_mixing_has_the_determinant_of_its_matrix_and_stays_invertible() -> None:
    mixing = InvertibleMixing(5).double()
    mixing.log_diagonal.data -= 3.0
    maps = torch.randn(2, 5, 3, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    mixed, log_determinant = mixing(maps)
    expected = 6 * torch.linalg.slogdet(mixing.weight).logabsdet
    torch.testing.assert_close(log_determinant, expected.expand(2))
    torch.testing.assert_close(mixing.inverse(mixed), maps, atol=1e-10, rtol=0)


def test_squares_become_channels_and_back() -> None:
    maps = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert to_depth(maps)[0, :, 0, 0].tolist() == [0.0, 1.0, 4.0, 5.0]
    assert torch.equal(to_space(to_depth(maps)), maps)


def test_other_sizes_are_refused() -> None:
    bijection = Bijection(SMALL)
    with pytest.raises(ValueError, match=r"give \(B, 1, 4, 4\)"):
        bijection(torch.zeros(1, 3, 4, 4))
    with pytest.raises(ValueError, match=r"give \(B, 16\)"):
        bijection.inverse(torch.zeros(1, 15))
    with pytest.raises(ValueError, match="cannot be halved 5 times"):
        MetricSettings(side=48)

"""Layers with channels last against the same of torch's operations, and their gradients against numeric ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.generation.mixed_layers import enlarged, in_blocks, product, separable
from explorer.science.generation.styled import styled_separable
from explorer.science.generation.wavelets import inverse_haar


def draw(*shape: int, seed: int = 3) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def inputs(batch: int, channels: int = 4) -> tuple[Tensor, Tensor]:
    x = draw(batch, channels, 6, 5, seed=batch).contiguous(memory_format=torch.channels_last)
    gain = draw(batch, channels, seed=7)
    gain[0, 1] = 0.0  # a channel that is switched off still has a gradient
    return x.requires_grad_(), gain.requires_grad_()


def same(ours: Callable[..., Tensor], plain: Callable[..., Tensor], given: tuple[Tensor, Tensor]) -> None:
    mine, theirs = ours(*given), plain(*given)
    torch.testing.assert_close(mine, theirs)
    assert mine.is_contiguous(memory_format=torch.channels_last)
    weights = draw(*mine.shape, seed=9)
    for one, other in zip(
        torch.autograd.grad((mine * weights).sum(), given),
        torch.autograd.grad((theirs * weights).sum(), given),
        strict=True,
    ):
        torch.testing.assert_close(one, other)
    assert torch.autograd.gradcheck(ours, given)


@pytest.mark.parametrize("batch", [1, 3])
def test_a_separable_layer_is_the_styled_one(batch: int) -> None:
    depthwise, kernel, bias, noise = draw(4, 1, 3, 3), draw(5, 4), draw(5), draw(1, 1, 6, 5)
    flat = noise.reshape(-1, 1)

    def ours(x: Tensor, gain: Tensor) -> Tensor:
        return separable(x, gain, depthwise, depthwise.flip(2, 3), kernel, bias, flat)

    def plain(x: Tensor, gain: Tensor) -> Tensor:
        return styled_separable(x, gain, depthwise, kernel[:, :, None, None], bias, noise)

    same(ours, plain, inputs(batch))


@pytest.mark.parametrize("batch", [1, 3])
def test_a_product_is_a_convolution_of_one_pixel(batch: int) -> None:
    kernel, bias = draw(5, 4), draw(5)
    same(
        lambda x, gain: product(x, gain, kernel, bias),
        lambda x, gain: F.conv2d(x * gain[:, :, None, None], kernel[:, :, None, None], bias),
        inputs(batch),
    )
    x, _ = inputs(batch)
    torch.testing.assert_close(product(x, None, kernel, bias), F.conv2d(x, kernel[:, :, None, None], bias))


@pytest.mark.parametrize("batch", [1, 3])
def test_an_enlarged_picture_is_the_inverse_haar_transform_of_its_bands_in_their_usual_order(batch: int) -> None:
    order = in_blocks(8)
    usual = torch.empty_like(order).scatter_(0, order, torch.arange(8))
    same(
        enlarged,
        lambda x, gain: inverse_haar((x * gain[:, :, None, None])[:, usual]),
        inputs(batch, channels=8),
    )


def test_a_product_in_bfloat16_is_rounded_once_and_its_gains_are_told_apart_in_single_precision() -> None:
    """Of 4,096 pixels whose sum bfloat16 itself could not count."""
    ones = torch.ones(1, 2, 64, 64, dtype=torch.bfloat16).contiguous(memory_format=torch.channels_last)
    gain = torch.tensor([[1.0, 1.003]], requires_grad=True)
    result = product(ones, gain, torch.tensor([[1.0, 1.0]]), torch.zeros(1))
    result.float().sum().backward()
    assert result.dtype == torch.bfloat16
    assert gain.grad is not None
    assert gain.grad.tolist() == [[4096.0, 4096.0]]

"""Convolutions of 1 x 1 as products: against torch's convolution, with their gradients."""

import pytest
import torch
import torch.nn.functional as F

from explorer.science.networks.pointwise import pointwise


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=random).requires_grad_()


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("biased", [True, False])
def test_equals_the_convolution(batch, biased):
    x, kernel, bias = draw(batch, 4, 5, 3), draw(6, 4, 1, 1, seed=1), draw(6, seed=2) if biased else None
    torch.testing.assert_close(pointwise(x, kernel, bias), F.conv2d(x, kernel, bias))


@pytest.mark.parametrize("biased", [True, False])
def test_a_gain_multiplies_each_pictures_channels(biased):
    x, kernel, bias, gain = (
        draw(2, 4, 5, 3),
        draw(6, 4, seed=1),
        draw(6, seed=2) if biased else None,
        draw(2, 4, seed=3),
    )
    wanted = F.conv2d(x * gain[:, :, None, None], kernel[:, :, None, None], bias)
    torch.testing.assert_close(pointwise(x, kernel, bias, gain), wanted)


@pytest.mark.parametrize("kernel_shape", [(6, 4), (6, 4, 1, 1)])
@pytest.mark.parametrize("frozen", [True, False])
def test_gradients_equal_the_numeric_ones(kernel_shape, frozen):
    x, kernel, bias, gain = draw(2, 4, 3, 2), draw(*kernel_shape, seed=1), draw(6, seed=2), draw(2, 4, seed=3)
    kernel = kernel.detach() if frozen else kernel
    assert torch.autograd.gradcheck(pointwise, (x, kernel, bias, gain))
    assert torch.autograd.gradcheck(pointwise, (x, kernel, bias))
    assert torch.autograd.gradcheck(pointwise, (x, kernel))
    assert torch.autograd.gradcheck(lambda gain: pointwise(x.detach(), kernel, None, gain), gain)


def test_a_picture_in_another_layout_gives_the_same():
    x, kernel = draw(2, 4, 5, 3), draw(6, 4, seed=1)
    torch.testing.assert_close(pointwise(x.contiguous(memory_format=torch.channels_last), kernel), pointwise(x, kernel))


def test_what_follows_may_change_the_result_in_place():
    x, kernel = draw(1, 4, 5, 3), draw(6, 4, seed=1)
    (gradient,) = torch.autograd.grad(F.leaky_relu_(pointwise(x, kernel), 0.2).sum(), x)
    (wanted,) = torch.autograd.grad(F.leaky_relu(pointwise(x, kernel), 0.2).sum(), x)
    torch.testing.assert_close(gradient, wanted)

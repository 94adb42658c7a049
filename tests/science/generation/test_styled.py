"""The fused styled convolution against the same composed of torch's operations."""

import pytest
import torch
import torch.nn.functional as F

from explorer.science.generation.styled import SLOPE, styled_separable


@pytest.fixture
def frozen():
    random = torch.Generator().manual_seed(3)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, dtype=torch.float64, generator=random)

    return {"depthwise": draw(4, 1, 3, 3), "kernel": draw(5, 4, 1, 1), "bias": draw(5), "noise": draw(1, 1, 6, 5)}


def inputs(batch: int) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(batch)
    x = torch.randn(batch, 4, 6, 5, dtype=torch.float64, generator=random)
    gain = torch.randn(batch, 4, dtype=torch.float64, generator=random)
    gain[0, 1] = 0.0  # a channel that is switched off still has a gradient
    return x.requires_grad_(), gain.requires_grad_()


def composed(x, gain, depthwise, kernel, bias, noise):
    filtered = F.conv2d(x * gain[:, :, None, None], depthwise, padding=1, groups=4)
    return F.leaky_relu(F.conv2d(filtered, kernel, bias) + noise, SLOPE)


@pytest.mark.parametrize("batch", [1, 3])
def test_value_and_gradients_equal_the_composed_ones(frozen, batch):
    x, gain = inputs(batch)
    ours, plain = styled_separable(x, gain, **frozen), composed(x, gain, **frozen)
    torch.testing.assert_close(ours, plain)
    weights = torch.randn(ours.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(9))
    for mine, theirs in zip(
        torch.autograd.grad((ours * weights).sum(), (x, gain)),
        torch.autograd.grad((plain * weights).sum(), (x, gain)),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs)


def test_gradients_equal_the_numeric_ones(frozen):
    assert torch.autograd.gradcheck(lambda x, gain: styled_separable(x, gain, **frozen), inputs(2))


def test_noise_of_each_picture_is_its_own(frozen):
    x, gain = inputs(2)
    noise = torch.stack([frozen["noise"][0], 2 * frozen["noise"][0]])
    together = styled_separable(x, gain, **{**frozen, "noise": noise})
    alone = [styled_separable(x[i : i + 1], gain[i : i + 1], **{**frozen, "noise": noise[i : i + 1]}) for i in range(2)]
    torch.testing.assert_close(together, torch.cat(alone))

"""Modulate, convolve depthwise and pointwise, add noise and bias, leaky ReLU: one function with its own gradient.

Composed of torch's operations the same takes two more passes over the picture forward and two backward, and holds one
picture more in memory; passes, not arithmetic, are what the wide layers cost.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.networks.pointwise import dot

SLOPE = 0.2


def styled_separable(x: Tensor, gain: Tensor, depthwise: Tensor, kernel: Tensor, bias: Tensor, noise: Tensor) -> Tensor:
    """leaky_relu(kernel . (depthwise * (gain x)) + bias + noise); gradients flow to x and gain alone.

    Args:
        x: (B, C, H, W).
        gain: (B, C), a factor on each channel.
        depthwise: (C, 1, 3, 3). kernel: (C', C, 1, 1). bias: (C',). All frozen.
        noise: (1 or B, 1, H, W).

    Returns:
        (B, C', H, W).
    """
    result: Tensor = _StyledSeparable.apply(x, gain, depthwise, kernel, bias, noise)  # type: ignore[no-untyped-call]
    return result


class _StyledSeparable(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, gain: Tensor, depthwise: Tensor, kernel: Tensor, bias: Tensor, noise: Tensor
    ) -> Tensor:
        # The gain commutes with the depthwise convolution: it multiplies the small kernel instead of the picture.
        filtered = F.conv2d(x, depthwise, padding=1, groups=x.shape[1])
        result = x.new_empty(len(x), len(kernel), *x.shape[2:])
        kernels = kernel.flatten(1) * gain[:, None]
        torch.baddbmm(bias[None, :, None], kernels, filtered.flatten(2), out=result.flatten(2))
        F.leaky_relu_(result.add_(noise), SLOPE)
        ctx.save_for_backward(filtered, gain, depthwise, kernel, result)
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        filtered, gain, depthwise, kernel, result = ctx.saved_tensors
        before = torch.ops.aten.leaky_relu_backward(gradients[0], result, SLOPE, True).flatten(2)
        transposed = kernel.flatten(1).T.expand(len(before), -1, -1)
        at_filtered = torch.bmm(transposed, before).view_as(filtered)
        for_gain = for_x = None
        if ctx.needs_input_grad[1]:
            for_gain = dot(filtered, at_filtered)
        if ctx.needs_input_grad[0]:
            for_x = _depthwise_back(at_filtered, depthwise, gain)
        return for_x, for_gain, None, None, None, None


def _depthwise_back(gradient: Tensor, depthwise: Tensor, gain: Tensor) -> Tensor:
    """The gradient through the depthwise convolution and the gain before it, as one convolution of all pictures."""
    batch, channels = gradient.shape[:2]
    kernels = (depthwise.flip(2, 3) * gain[:, :, None, None, None]).flatten(0, 1)
    joined = gradient.reshape(1, batch * channels, *gradient.shape[2:])
    return F.conv2d(joined, kernels, padding=1, groups=batch * channels).view_as(gradient)

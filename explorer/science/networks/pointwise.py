"""Convolutions of 1 x 1 as the products of matrices that they are.

On the CPU the convolution kernels first bring a picture into their own layout and back again; for one or two pictures
that costs from a tenth to a half more than the product itself.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def pointwise(x: Tensor, kernel: Tensor, bias: Tensor | None = None, gain: Tensor | None = None) -> Tensor:
    """A convolution of 1 x 1: kernel . (gain x) + bias.

    Args:
        x: (B, C, H, W).
        kernel: (C', C) or (C', C, 1, 1).
        bias: (C',).
        gain: (B, C), a factor on each picture's channels; it multiplies the small kernel instead of the picture.

    Returns:
        (B, C', H, W).
    """
    if gain is None and torch.is_autocast_enabled(x.device.type):
        # The product below is of one precision; torch's own convolution is cast as its like are.
        return F.conv2d(x, kernel.flatten(1)[:, :, None, None], bias)
    products: Tensor = _Pointwise.apply(x, kernel.flatten(1), bias, gain)  # type: ignore[no-untyped-call]
    return products


def dot(one: Tensor, other: Tensor) -> Tensor:
    """The inner product of each channel of each picture: (B, C, H, W) twice to (B, C)."""
    # A product of matrices needs no third picture, but splits several pictures' channels badly among the threads.
    return torch.einsum("bchw,bchw->bc", one, other) if len(one) == 1 else (one * other).sum((2, 3))


class _Pointwise(torch.autograd.Function):
    """Its result is no view of another tensor, as it would be behind torch's own product: what follows may then
    change it in place without autograd copying every gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, kernel: Tensor, bias: Tensor | None, gain: Tensor | None) -> Tensor:
        ctx.save_for_backward(x if ctx.needs_input_grad[1] or ctx.needs_input_grad[3] else None, kernel, gain)
        result = x.new_empty(len(x), len(kernel), *x.shape[2:])
        kernels, pixels = _kernels(kernel, gain, len(x)), x.flatten(2)
        if bias is None:
            torch.bmm(kernels, pixels, out=result.flatten(2))
        else:
            torch.baddbmm(bias[None, :, None], kernels, pixels, out=result.flatten(2))
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        x, kernel, gain = ctx.saved_tensors
        gradient, shape = gradients[0].flatten(2), (len(gradients[0]), -1, *gradients[0].shape[2:])
        for_bias = gradient.sum((0, 2)) if ctx.needs_input_grad[2] else None
        if ctx.needs_input_grad[1]:
            for_kernels = torch.bmm(gradient, x.flatten(2).transpose(1, 2))
            for_x = torch.bmm(_kernels(kernel, gain, len(x)).transpose(1, 2), gradient).view(shape)
            if gain is None:
                return for_x, for_kernels.sum(0), for_bias, None
            return for_x, (for_kernels * gain[:, None]).sum(0), for_bias, (for_kernels * kernel).sum(1)
        for_x = torch.bmm(kernel.T.expand(len(gradient), -1, -1), gradient).view(shape)
        for_gain = dot(x, for_x) if ctx.needs_input_grad[3] else None
        return for_x if gain is None else for_x.mul_(gain[:, :, None, None]), None, for_bias, for_gain


def _kernels(kernel: Tensor, gain: Tensor | None, batch: int) -> Tensor:
    """(B, C', C)."""
    return kernel.expand(batch, -1, -1) if gain is None else kernel * gain[:, None]

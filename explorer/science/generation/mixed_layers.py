"""The layers of MobileStyleGAN with channels last, in any precision, each with a gradient of its own.

With channels last a convolution of 1 x 1 is a plain product of matrices, and a depthwise one needs no other layout.
Kernels and gains stay in single precision; their product is rounded once to the precision of the picture. What gains
are told apart by is added up in single precision too. Gradients flow to pictures and gains alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.generation.styled import SLOPE


def separable(
    x: Tensor, gain: Tensor, depthwise: Tensor, flipped: Tensor, kernel: Tensor, bias: Tensor, noise: Tensor
) -> Tensor:
    """leaky_relu(kernel . (gain (depthwise * x)) + bias + noise), as `styled_separable`.

    Args:
        x: (B, C, H, W) with channels last.
        gain: (B, C) float32.
        depthwise, flipped: (C, 1, 3, 3) as x, the second turned by half a turn.
        kernel: (C', C) float32. bias: (C',). noise: (H W, 1) as x.

    Returns:
        (B, C', H, W) with channels last.
    """
    result: Tensor = _Separable.apply(x, gain, depthwise, flipped, kernel, bias, noise)  # type: ignore[no-untyped-call]
    return result


def product(x: Tensor, gain: Tensor | None, kernel: Tensor, bias: Tensor) -> Tensor:
    """kernel . (gain x) + bias: a convolution of 1 x 1, as `pointwise`.

    Args:
        x: (B, C, H, W) with channels last. gain: (B, C) float32, or None. kernel: (C', C) float32. bias: (C',).

    Returns:
        (B, C', H, W) with channels last.
    """
    result: Tensor = _Product.apply(x, gain, kernel, bias)  # type: ignore[no-untyped-call]
    return result


def enlarged(x: Tensor, gain: Tensor) -> Tensor:
    """The inverse Haar transform of gain x, its bands in blocks: averages, vertical, horizontal, diagonal details.

    Args:
        x: (B, 4 C, H, W) with channels last (`in_blocks` brings channels into this order). gain: (B, 4 C) float32.

    Returns:
        (B, C, 2 H, 2 W) with channels last.
    """
    result: Tensor = _Enlarged.apply(x, gain)  # type: ignore[no-untyped-call]
    return result


def in_blocks(channels: int) -> Tensor:
    """Indices (4 C,) that bring the bands of `inverse_haar`, three details to a channel, into blocks of one kind.

    Example:
        >>> from explorer.science.generation.mixed_layers import in_blocks
        >>> in_blocks(8).tolist()
        [0, 1, 2, 5, 3, 6, 4, 7]
    """
    count = channels // 4
    details = count + torch.arange(3 * count).view(count, 3).T.flatten()
    return torch.cat([torch.arange(count), details])


def _rows(x: Tensor) -> Tensor:
    """(B, C, H, W) with channels last to (B, H W, C), of the same memory."""
    return x.permute(0, 2, 3, 1).flatten(1, 2)


def _picture(rows: Tensor, height: int, width: int) -> Tensor:
    return rows.view(len(rows), height, width, -1).permute(0, 3, 1, 2)


def _products(rows: Tensor, kernels: Tensor, bias: Tensor) -> Tensor:
    """(B, N, C), (B or 1, C', C) and (C',) to (B, N, C')."""
    result = rows.new_empty(*rows.shape[:2], len(bias))
    rounded = bias.to(rows.dtype)
    # A product of matrices for each picture takes half the time of one of all.
    for picture, kernel, to in zip(rows, kernels.expand(len(rows), -1, -1), result, strict=True):
        torch.addmm(rounded, picture, kernel.T, out=to)
    return result


def _back(gradient: Tensor, kernels: Tensor) -> Tensor:
    """(B, N, C') and (B or 1, C', C) to (B, N, C)."""
    result = gradient.new_empty(*gradient.shape[:2], kernels.shape[2])
    for picture, kernel, to in zip(gradient, kernels.expand(len(gradient), -1, -1), result, strict=True):
        torch.mm(picture, kernel, out=to)
    return result


def _for_gain(gradient: Tensor, rows: Tensor, kernel: Tensor) -> Tensor:
    """(B, N, C'), (B, N, C) and (C', C) to (B, C)."""
    pairs = zip(gradient, rows, strict=True)
    return torch.stack([(kernel * torch.mm(one.T, picture).to(kernel.dtype)).sum(0) for one, picture in pairs])


class _Separable(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        gain: Tensor,
        depthwise: Tensor,
        flipped: Tensor,
        kernel: Tensor,
        bias: Tensor,
        noise: Tensor,
    ) -> Tensor:
        rows = _rows(F.conv2d(x, depthwise, padding=1, groups=x.shape[1]))
        kernels = (kernel * gain[:, None]).to(x.dtype)
        result = F.leaky_relu_(_products(rows, kernels, bias).add_(noise), SLOPE)
        ctx.save_for_backward(rows, kernels, flipped, kernel, result)
        ctx.size = x.shape[2:]
        return _picture(result, *ctx.size)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        rows, kernels, flipped, kernel, result = ctx.saved_tensors
        gradient = _rows(gradients[0].contiguous(memory_format=torch.channels_last))
        before = torch.ops.aten.leaky_relu_backward(gradient, result, SLOPE, True)
        for_gain = _for_gain(before, rows, kernel) if ctx.needs_input_grad[1] else None
        for_x = None
        if ctx.needs_input_grad[0]:
            filtered = _picture(_back(before, kernels), *ctx.size)
            for_x = F.conv2d(filtered, flipped, padding=1, groups=filtered.shape[1])
        return for_x, for_gain, None, None, None, None, None


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, gain: Tensor | None, kernel: Tensor, bias: Tensor) -> Tensor:
        rows = _rows(x)
        kernels = (kernel[None] if gain is None else kernel * gain[:, None]).to(x.dtype)
        ctx.save_for_backward(rows, kernels, kernel)
        ctx.size = x.shape[2:]
        return _picture(_products(rows, kernels, bias), *ctx.size)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        rows, kernels, kernel = ctx.saved_tensors
        gradient = _rows(gradients[0].contiguous(memory_format=torch.channels_last))
        for_gain = _for_gain(gradient, rows, kernel) if ctx.needs_input_grad[1] else None
        return _picture(_back(gradient, kernels), *ctx.size), for_gain, None, None


class _Enlarged(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, gain: Tensor) -> Tensor:
        rows = x.permute(0, 2, 3, 1)
        ctx.save_for_backward(rows, gain)
        bands = (rows * _halved(gain, x)).unflatten(3, (4, -1)).unbind(3)
        batch, height, width, channels = bands[0].shape
        corners = x.new_empty(batch, height, 2, width, 2, channels)
        _butterfly(bands, [corners[:, :, row, :, column] for row in (0, 1) for column in (0, 1)])
        return corners.view(batch, 2 * height, 2 * width, channels).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        rows, gain = ctx.saved_tensors
        batch, height, width, channels = rows.shape
        gradient = gradients[0].contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1)
        corners = gradient.view(batch, height, 2, width, 2, channels // 4)
        bands = rows.new_empty(batch, height, width, 4, channels // 4)
        # The transform is its own inverse up to the order of its inputs and outputs.
        given = [corners[:, :, row, :, column] for row in (0, 1) for column in (0, 1)]
        _butterfly(given, list(bands.unbind(3)))
        for_scaled = bands.flatten(3)
        for_gain = 0.5 * (rows * for_scaled).sum((1, 2), dtype=gain.dtype) if ctx.needs_input_grad[1] else None
        for_x = for_scaled.mul_(_halved(gain, rows)).permute(0, 3, 1, 2) if ctx.needs_input_grad[0] else None
        return for_x, for_gain


def _halved(gain: Tensor, like: Tensor) -> Tensor:
    """(B, C) to (B, 1, 1, C): a gain, and the half that the transform multiplies with."""
    return (0.5 * gain).to(like.dtype)[:, None, None]


def _butterfly(given: Sequence[Tensor], to: Sequence[Tensor]) -> None:
    """Write a + b + c + d, a + b - c - d, a - b + c - d and a - b - c + d."""
    a, b, c, d = given
    one, other = a + b, c + d
    torch.add(one, other, out=to[0])
    torch.sub(one, other, out=to[1])
    torch.sub(a, b, out=one)
    torch.sub(c, d, out=other)
    torch.add(one, other, out=to[2])
    torch.sub(one, other, out=to[3])

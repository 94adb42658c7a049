"""TensorFlow's layers on pictures (B, H, W, C), in torch: what runs Keras and TensorFlow.js and Lite files.

A picture's channels are moved in front for torch and back again; both are views, and torch keeps the memory as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.networks.onnx_ops.layers import padded, same_pads
from explorer.science.networks.pointwise import pointwise

Pair = tuple[int, int]


def forward_channels(x: Tensor) -> Tensor:
    """(B, H, W, C) to (B, C, H, W)."""
    return x.permute(0, 3, 1, 2)


def back_channels(x: Tensor) -> Tensor:
    """(B, C, H, W) to (B, H, W, C)."""
    return x.permute(0, 2, 3, 1)


def _pads(x: Tensor, kernel: Sequence[int], strides: Pair, dilations: Pair, padding: str) -> tuple[int, ...]:
    if padding.upper() == "VALID":
        return (0, 0, 0, 0)
    if padding.upper() != "SAME":
        raise ValueError(f"a padding {padding!r} is not supported")
    return same_pads(x.shape[2:], kernel, strides, dilations)


def convolution(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    strides: Pair = (1, 1),
    padding: str = "SAME",
    dilations: Pair = (1, 1),
    groups: int = 1,
) -> Tensor:
    """A convolution as TensorFlow pads it.

    Args:
        x: (B, H, W, C).
        weight: (outputs, C / groups, rows, columns), as torch has it.
        padding: "SAME" or "VALID".
    """
    x = forward_channels(x)
    pads = _pads(x, weight.shape[2:], strides, dilations, padding)
    if weight.shape[2:] == (1, 1) and not any(pads) and max(strides) == groups == 1:
        return back_channels(pointwise(x, weight, bias))
    if pads[:2] == pads[2:]:
        return back_channels(F.conv2d(x, weight, bias, strides, pads[:2], dilations, groups))
    return back_channels(F.conv2d(padded(x, pads), weight, bias, strides, 0, dilations, groups))


def depthwise_weight(kernel: Tensor) -> Tensor:
    """TensorFlow's depthwise kernel (rows, columns, C, multiplier) as torch's (C * multiplier, 1, rows, columns)."""
    rows, columns, channels, multiplier = kernel.shape
    return kernel.permute(2, 3, 0, 1).reshape(channels * multiplier, 1, rows, columns).contiguous()


def full_weight(kernel: Tensor) -> Tensor:
    """TensorFlow's kernel (rows, columns, inputs, outputs) as torch's (outputs, inputs, rows, columns)."""
    return kernel.permute(3, 2, 0, 1).contiguous()


def maximum_pool(x: Tensor, size: Pair, strides: Pair, padding: str) -> Tensor:
    """The largest of each window; what lies outside counts as nothing."""
    x = forward_channels(x)
    pads = _pads(x, size, strides, (1, 1), padding)
    return back_channels(F.max_pool2d(padded(x, pads, float("-inf")), size, strides))


def mean_pool(x: Tensor, size: Pair, strides: Pair, padding: str) -> Tensor:
    """The mean of each window over what lies inside the picture."""
    x = forward_channels(x)
    pads = _pads(x, size, strides, (1, 1), padding)
    total = F.avg_pool2d(padded(x, pads), size, strides)
    if any(pads):
        total = total / F.avg_pool2d(padded(torch.ones_like(x[:1, :1]), pads), size, strides)
    return back_channels(total)


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda x: x,
    "relu": torch.relu,
    "relu6": lambda x: x.clamp(0.0, 6.0),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softmax": lambda x: torch.softmax(x, -1),
    "elu": F.elu,
    "selu": F.selu,
    "softplus": F.softplus,
    "swish": F.silu,
    "hard_swish": F.hardswish,
    "hard_sigmoid": lambda x: (0.2 * x + 0.5).clamp(0.0, 1.0),
}

"""ONNX's layers: convolutions, products, normalisations."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.networks.onnx_ops.table import Attributes, operator
from explorer.science.networks.pointwise import pointwise

# Channels of a group, so few that a kernel of all channels is quicker.
_FEW = 4


def same_pads(
    sizes: Sequence[int], kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int], upper: bool = True
) -> tuple[int, ...]:
    """The pads (all befores, then all afters) by which a window with those strides gives ceil(size / stride) places."""
    befores, afters = [], []
    for size, width, stride, dilation in zip(sizes, kernel, strides, dilations, strict=True):
        total = max((math.ceil(size / stride) - 1) * stride + (width - 1) * dilation + 1 - size, 0)
        small, large = total // 2, total - total // 2
        befores.append(small if upper else large)
        afters.append(large if upper else small)
    return (*befores, *afters)


def window(attributes: Attributes, x: Tensor, kernel: Sequence[int]) -> tuple[list[int], list[int], tuple[int, ...]]:
    """Strides, dilations and pads (all befores, then all afters) of a convolution or a pooling."""
    count = len(kernel)
    strides = list(attributes.get("strides") or [1] * count)
    dilations = list(attributes.get("dilations") or [1] * count)
    automatic = attributes.get("auto_pad", "NOTSET")
    if automatic in ("SAME_UPPER", "SAME_LOWER"):
        return strides, dilations, same_pads(x.shape[2:], kernel, strides, dilations, automatic == "SAME_UPPER")
    pads = (0,) * (2 * count) if automatic == "VALID" else tuple(attributes.get("pads") or (0,) * (2 * count))
    return strides, dilations, pads


def padded(x: Tensor, pads: Sequence[int], value: float = 0.0) -> Tensor:
    """Padded by (all befores, then all afters) along the last axes."""
    count = len(pads) // 2
    sizes = [size for axis in reversed(range(count)) for size in (pads[axis], pads[count + axis])]
    return F.pad(x, sizes, value=value) if any(sizes) else x


@operator("Conv")
def _conv(attributes: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    strides, dilations, pads = window(attributes, x, weight.shape[2:])
    count, groups = len(strides), attributes.get("group", 1)
    if pads[:count] == pads[count:]:
        padding = list(pads[:count])
    else:  # torch's convolutions take symmetric pads only
        x, padding = padded(x, pads), [0] * count
    if weight.shape[2:] == (1, 1) and not any(padding) and max(strides) == groups == 1:
        return pointwise(x, weight, bias)
    convolution = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[count]
    if groups > 1 and _in_bfloat16(x):
        if max(strides) > 1:
            return _in_single_precision(convolution, x, weight, bias, (strides, padding, dilations, groups))
        if 1 < weight.shape[1] <= _FEW:
            weight, groups = _ungrouped(weight, groups), 1
    result: Tensor = convolution(x, weight, bias, strides, padding, dilations, groups)
    return result


def _in_bfloat16(x: Tensor) -> bool:
    """Whether a convolution of it on the CPU would be made in bfloat16."""
    cast = torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") == torch.bfloat16
    return x.device.type == "cpu" and (x.dtype == torch.bfloat16 or cast)


def _in_single_precision(
    convolution: Callable[..., Tensor], x: Tensor, weight: Tensor, bias: Tensor | None, rest: tuple[Any, ...]
) -> Tensor:
    """A convolution of groups with strides, whose gradient takes ten times as long in bfloat16; the result is in it."""
    with torch.autocast("cpu", enabled=False):
        found = convolution(x.float(), weight.float(), None if bias is None else bias.float(), *rest)
    return found.bfloat16()


def _ungrouped(weight: Tensor, groups: int) -> Tensor:
    """The kernel (C', C / G, ...) of groups as one (C', C, ...) of all channels, with zeros between the groups.

    Processors that multiply matrices of bfloat16 take a third of the time for it, though it is many times the work.
    """
    outputs = len(weight)
    blocks = weight.new_zeros(groups, outputs // groups, groups, *weight.shape[1:])
    blocks.diagonal(dim1=0, dim2=2).copy_(weight.unflatten(0, (groups, -1)).movedim(0, -1))
    return blocks.flatten(0, 1).flatten(1, 2)


@operator("BatchNormalization")
def _batch_norm(attributes: Attributes, x: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, var: Tensor) -> Any:
    if attributes.get("training_mode", 0):
        raise ValueError("a batch normalisation in training mode is not supported: export the model for use")
    result = F.batch_norm(x, mean, var, scale, bias, False, 0.0, attributes.get("epsilon", 1e-5))
    return (result,) if attributes.get("outputs", 1) > 1 else result


@operator("InstanceNormalization")
def _instance_norm(attributes: Attributes, x: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return F.instance_norm(x, weight=scale, bias=bias, eps=attributes.get("epsilon", 1e-5))


@operator("LayerNormalization")
def _layer_norm(attributes: Attributes, x: Tensor, scale: Tensor, bias: Tensor | None = None) -> Any:
    axes = list(range(attributes.get("axis", -1) % x.ndim, x.ndim))
    mean = x.mean(axes, keepdim=True)
    inverse = torch.rsqrt((x - mean).square().mean(axes, keepdim=True) + attributes.get("epsilon", 1e-5))
    result = (x - mean) * inverse * scale
    result = result if bias is None else result + bias
    return (result, mean, inverse) if attributes.get("outputs", 1) > 1 else result


@operator("GroupNormalization")
def _group_norm(attributes: Attributes, x: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    groups = attributes["num_groups"]
    if scale.numel() == x.shape[1]:
        return F.group_norm(x, groups, scale, bias, attributes.get("epsilon", 1e-5))
    shape = (1, groups, *[1] * (x.ndim - 1))
    within = F.group_norm(x, groups, eps=attributes.get("epsilon", 1e-5)).unflatten(1, (groups, -1))
    scaled: Tensor = within * scale.reshape(shape) + bias.reshape(shape)
    return scaled.flatten(1, 2)


@operator("LpNormalization")
def _lp_norm(attributes: Attributes, x: Tensor) -> Tensor:
    axis, order = attributes.get("axis", -1), attributes.get("p", 2)
    norm = torch.linalg.vector_norm(x, order, dim=axis, keepdim=True)
    divided: Tensor = x / torch.where(norm == 0, 1.0, norm)
    return torch.where(norm == 0, 0.0, divided)


@operator("LRN")
def _local_response(attributes: Attributes, x: Tensor) -> Tensor:
    size = attributes["size"]
    before = (size - 1) // 2
    squares = F.pad(x.square(), (*[0] * (2 * (x.ndim - 2)), before, size - 1 - before))
    total = squares.unfold(1, size, 1).sum(-1)
    factor = attributes.get("bias", 1.0) + attributes.get("alpha", 1e-4) / size * total
    result: Tensor = x / factor.pow(attributes.get("beta", 0.75))
    return result


@operator("Gemm")
def _gemm(attributes: Attributes, a: Tensor, b: Tensor, c: Tensor | None = None) -> Tensor:
    a = a.T if attributes.get("transA", 0) else a
    b = b.T if attributes.get("transB", 0) else b
    product: Tensor = attributes.get("alpha", 1.0) * (a @ b)
    return product if c is None else product + attributes.get("beta", 1.0) * c

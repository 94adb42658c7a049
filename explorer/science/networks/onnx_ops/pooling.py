"""ONNX's poolings, reductions and resizings."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.networks.onnx_ops.layers import padded, window
from explorer.science.networks.onnx_ops.table import Attributes, all_of, axes_of, integers, operator


def _places(attributes: Attributes, x: Tensor, kernel: list[int]) -> tuple[list[int], list[int], tuple[int, ...], Any]:
    """Strides, dilations, pads, and pads grown at the ends so that whole windows cover what rounding up asks for."""
    strides, dilations, pads = window(attributes, x, kernel)
    grown, count = list(pads), len(kernel)
    for axis in range(count):
        extent = x.shape[2 + axis] + pads[axis] + pads[count + axis]
        reach = dilations[axis] * (kernel[axis] - 1) + 1
        exact = (extent - reach) / strides[axis]
        places = math.ceil(exact) if attributes.get("ceil_mode", 0) else math.floor(exact)
        if places * strides[axis] >= x.shape[2 + axis] + pads[axis]:  # a window wholly within the end's pad
            places -= 1 if attributes.get("ceil_mode", 0) else 0
        grown[count + axis] += max(places * strides[axis] + reach - extent, 0)
    return strides, dilations, pads, tuple(grown)


@operator("MaxPool")
def _max_pool(attributes: Attributes, x: Tensor) -> Tensor:
    if attributes.get("outputs", 1) > 1:
        raise ValueError("a MaxPool that tells where its maxima lie is not supported")
    kernel = list(attributes["kernel_shape"])
    strides, dilations, _, pads = _places(attributes, x, kernel)
    pool = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}[len(kernel)]
    filler = -math.inf if x.is_floating_point() else 0
    result: Tensor = pool(padded(x, pads, filler), kernel, strides, 0, dilations)
    return result


@operator("AveragePool")
def _average_pool(attributes: Attributes, x: Tensor) -> Tensor:
    kernel = list(attributes["kernel_shape"])
    strides, dilations, pads, grown = _places(attributes, x, kernel)
    if any(step != 1 for step in dilations):
        return _dilated_average(x, kernel, strides, dilations, (pads, grown), bool(attributes.get("count_include_pad")))
    pool: Callable[..., Tensor] = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}[len(kernel)]
    total = pool(padded(x, grown), kernel, strides)
    if not any(grown):
        return total
    return total / pool(_counted(x, pads, grown, bool(attributes.get("count_include_pad"))), kernel, strides)


def _counted(x: Tensor, pads: tuple[int, ...], grown: tuple[int, ...], with_pads: bool) -> Tensor:
    """One where a place counts in the average, zero where it does not."""
    ones = torch.ones_like(x[:1, :1])
    if with_pads:
        count = len(pads) // 2
        ones = padded(ones, pads, 1.0)
        return padded(ones, (*[0] * count, *(grown[count + a] - pads[count + a] for a in range(count))))
    return padded(ones, grown)


def _dilated_average(
    x: Tensor,
    kernel: list[int],
    strides: list[int],
    dilations: list[int],
    pads: tuple[tuple[int, ...], tuple[int, ...]],
    with_pads: bool,
) -> Tensor:
    weight = torch.ones(1, 1, *kernel, dtype=x.dtype, device=x.device)
    convolution = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[len(kernel)]
    flat = padded(x, pads[1]).flatten(0, 1).unsqueeze(1)
    total = convolution(flat, weight, None, strides, 0, dilations)
    counts = convolution(_counted(x, pads[0], pads[1], with_pads), weight, None, strides, 0, dilations)
    return (total / counts).reshape(*x.shape[:2], *total.shape[2:])


@operator("GlobalAveragePool")
def _global_average(attributes: Attributes, x: Tensor) -> Tensor:
    return x.mean(all_of(x)[2:], keepdim=True)


@operator("GlobalMaxPool")
def _global_maximum(attributes: Attributes, x: Tensor) -> Tensor:
    return x.amax(all_of(x)[2:], keepdim=True)


def _length(x: Tensor, axes: list[int], keep: bool) -> Tensor:
    # The square root's gradient at zero is infinite; torch's vector norm defines it as zero.
    length: Tensor = torch.linalg.vector_norm(x, dim=axes, keepdim=keep)
    return length


def _product(x: Tensor, axes: list[int], keep: bool) -> Tensor:
    for axis in sorted((axis % x.ndim for axis in axes), reverse=True):
        x = x.prod(axis, keepdim=True)
    return x if keep else x.squeeze(axes)


_REDUCTIONS: dict[str, Callable[[Tensor, list[int], bool], Tensor]] = {
    "ReduceMean": lambda x, axes, keep: x.mean(axes, keepdim=keep),
    "ReduceSum": lambda x, axes, keep: x.sum(axes, keepdim=keep),
    "ReduceMax": lambda x, axes, keep: x.amax(axes, keepdim=keep),
    "ReduceMin": lambda x, axes, keep: x.amin(axes, keepdim=keep),
    "ReduceProd": _product,
    "ReduceL1": lambda x, axes, keep: x.abs().sum(axes, keepdim=keep),
    "ReduceL2": _length,
    "ReduceSumSquare": lambda x, axes, keep: x.square().sum(axes, keepdim=keep),
    "ReduceLogSumExp": lambda x, axes, keep: x.logsumexp(axes, keepdim=keep),
}


def _reduction(function: Callable[[Tensor, list[int], bool], Tensor]) -> Callable[..., Tensor]:
    def call(attributes: Attributes, x: Tensor, axes: Tensor | None = None) -> Tensor:
        chosen = axes_of(attributes, axes)
        if not chosen and attributes.get("noop_with_empty_axes", 0):
            return function(x.unsqueeze(-1), [x.ndim], False)
        return function(x, chosen or all_of(x), bool(attributes.get("keepdims", 1)))

    return call


for _name, _function in _REDUCTIONS.items():
    operator(_name)(_reduction(_function))


@operator("Resize")
def _resize(
    attributes: Attributes,
    x: Tensor,
    region: Tensor | None = None,
    scales: Tensor | None = None,
    sizes: Tensor | None = None,
) -> Tensor:
    if attributes.get("opset", 13) < 11:
        region, scales = None, region
    asked = integers(sizes)
    if asked:
        return _resampled(attributes, x, asked, [want / have for want, have in zip(asked, x.shape, strict=False)])
    if scales is None or not scales.numel():
        raise ValueError("a Resize with neither scales nor sizes")
    factors = [float(factor) for factor in scales.tolist()]
    return _resampled(attributes, x, [int(s * f) for s, f in zip(x.shape, factors, strict=True)], factors)


@operator("Upsample")
def _upsample(attributes: Attributes, x: Tensor, scales: Tensor | None = None) -> Tensor:
    factors = [float(f) for f in (attributes["scales"] if scales is None else scales.tolist())]
    kept = {"mode": attributes.get("mode", "nearest"), "coordinate_transformation_mode": "asymmetric"}
    kept["nearest_mode"] = "floor"
    return _resampled(kept, x, [int(s * f) for s, f in zip(x.shape, factors, strict=True)], factors)


def _resampled(attributes: Attributes, x: Tensor, sizes: list[int], factors: list[float]) -> Tensor:
    """Resize axis by axis: each new place is read from the old ones by the rule of its coordinates."""
    unusual = (
        attributes.get("mode", "nearest") not in ("nearest", "linear")
        or attributes.get("axes")
        or attributes.get("antialias")
        or attributes.get("keep_aspect_ratio_policy", "stretch") != "stretch"
        or len(sizes) != x.ndim
    )
    if unusual:
        raise ValueError("only nearest and linear Resize of all axes is supported")
    for axis, (size, factor) in enumerate(zip(sizes, factors, strict=True)):
        if size != x.shape[axis] or factor != 1:
            x = _resampled_axis(attributes, x, axis, size, factor)
    return x


def _resampled_axis(attributes: Attributes, x: Tensor, axis: int, size: int, factor: float) -> Tensor:
    old = x.shape[axis]
    where = torch.arange(size, dtype=torch.float64, device=x.device)
    rule = attributes.get("coordinate_transformation_mode", "half_pixel")
    if rule == "asymmetric" or attributes.get("opset", 13) < 11:
        place = where / factor
    elif rule == "align_corners":
        place = where * (old - 1) / max(old * factor - 1, 1)
    elif rule == "half_pixel" or (rule == "pytorch_half_pixel" and size > 1):
        place = (where + 0.5) / factor - 0.5
    elif rule == "pytorch_half_pixel":
        place = torch.zeros_like(where)
    else:
        raise ValueError(f"a Resize by {rule} is not supported")
    if attributes.get("mode", "nearest") == "nearest":
        rounding = attributes.get("nearest_mode", "round_prefer_floor")
        rounding = "floor" if attributes.get("opset", 13) < 11 else rounding
        shift = {"round_prefer_floor": -0.5, "round_prefer_ceil": 0.5}.get(rounding, 0.0)
        up = rounding in ("ceil", "round_prefer_floor")
        whole = torch.ceil(place + shift) if up else torch.floor(place + shift)
        return x.index_select(axis, whole.clamp(0, old - 1).long())
    place = place.clamp(0, old - 1)
    below = place.floor().long()
    share = (place - below).to(x.dtype).reshape(-1, *[1] * (x.ndim - axis - 1))
    above = (below + 1).clamp(max=old - 1)
    return x.index_select(axis, below) * (1 - share) + x.index_select(axis, above) * share

"""ONNX operators in torch, by name: each takes its attributes, then its inputs (https://onnx.ai/onnx/operators)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.networks.pointwise import pointwise

Attributes = Mapping[str, Any]
OPERATORS: dict[str, Callable[..., Any]] = {}

_TYPES = {1: torch.float32, 6: torch.int32, 7: torch.int64, 9: torch.bool, 11: torch.float64}


def _operator(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        OPERATORS[name] = function
        return function

    return register


def _elementwise(name: str, function: Any) -> None:
    OPERATORS[name] = lambda attributes, *inputs: function(*inputs)


for _name, _function in {
    "Add": torch.add,
    "Sub": torch.sub,
    "Mul": torch.mul,
    "Div": torch.div,
    "Pow": torch.pow,
    "Sqrt": torch.sqrt,
    "Erf": torch.erf,
    "Relu": torch.relu,
    "Sigmoid": torch.sigmoid,
    "MatMul": torch.matmul,
}.items():
    _elementwise(_name, _function)


def _padded(x: Tensor, pads: tuple[int, ...]) -> tuple[Tensor, tuple[int, int]]:
    """ONNX pads are (top, left, bottom, right); torch's convolutions take symmetric ones only."""
    top, left, bottom, right = pads
    if (top, left) == (bottom, right):
        return x, (top, left)
    return F.pad(x, (left, right, top, bottom)), (0, 0)


@_operator("Conv")
def _conv(attributes: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    x, padding = _padded(x, attributes.get("pads", (0, 0, 0, 0)))
    strides, dilations = attributes.get("strides", (1, 1)), attributes.get("dilations", (1, 1))
    groups = attributes.get("group", 1)
    if weight.shape[2:] == (1, 1) and padding == (0, 0) and max(strides) == groups == 1:
        return pointwise(x, weight, bias)
    return F.conv2d(x, weight, bias, strides, padding, dilations, groups)


@_operator("PRelu")
def _prelu(attributes: Attributes, x: Tensor, slope: Tensor) -> Tensor:
    result: Tensor = _FrozenPRelu.apply(x, slope.reshape(-1))  # type: ignore[no-untyped-call]
    return result


class _FrozenPRelu(torch.autograd.Function):
    """PReLU without a gradient for its slope: torch's own computes one for every pixel even where nobody wants it."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, slope: Tensor) -> Tensor:
        ctx.save_for_backward(x, slope)
        return F.prelu(x, slope)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (gradient,), (x, slope) = gradients, ctx.saved_tensors
        passed = torch.ops.aten.threshold_backward(gradient, x, 0.0)
        slopes = slope.view(-1, *[1] * (x.ndim - 2)) if slope.numel() > 1 else slope
        return torch.addcmul(passed, gradient - passed, slopes), None


@_operator("BatchNormalization")
def _batch_norm(attributes: Attributes, x: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, var: Tensor) -> Tensor:
    return F.batch_norm(x, mean, var, scale, bias, False, 0.0, attributes.get("epsilon", 1e-5))


@_operator("Gemm")
def _gemm(attributes: Attributes, a: Tensor, b: Tensor, c: Tensor | None = None) -> Tensor:
    a = a.T if attributes.get("transA", 0) else a
    b = b.T if attributes.get("transB", 0) else b
    product: Tensor = attributes.get("alpha", 1.0) * (a @ b)
    return product if c is None else product + attributes.get("beta", 1.0) * c


@_operator("Flatten")
def _flatten(attributes: Attributes, x: Tensor) -> Tensor:
    axis = attributes.get("axis", 1)
    return x.reshape(x.shape[:axis].numel(), -1)


@_operator("Dropout")
def _dropout(attributes: Attributes, x: Tensor, *_: Tensor) -> Tensor:
    return x


@_operator("MaxPool")
def _max_pool(attributes: Attributes, x: Tensor) -> Tensor:
    _refuse_unusual_pooling(attributes)
    return F.max_pool2d(x, attributes["kernel_shape"], attributes.get("strides", (1, 1)))


@_operator("AveragePool")
def _average_pool(attributes: Attributes, x: Tensor) -> Tensor:
    _refuse_unusual_pooling(attributes)
    return F.avg_pool2d(x, attributes["kernel_shape"], attributes.get("strides", (1, 1)))


def _refuse_unusual_pooling(attributes: Attributes) -> None:
    dilated = any(step != 1 for step in attributes.get("dilations", ()))
    if dilated or any(attributes.get("pads", ())) or attributes.get("ceil_mode", 0):
        raise ValueError("only pooling without pads, dilations and rounding up is known")


@_operator("Pad")
def _pad(attributes: Attributes, x: Tensor, pads: Tensor, value: Tensor | None = None) -> Tensor:
    if attributes.get("mode", "constant") != "constant":
        raise ValueError("only constant Pad is known")
    before, after = pads.reshape(2, -1).tolist()
    sizes = [size for pair in zip(reversed(before), reversed(after), strict=True) for size in pair]
    return F.pad(x, sizes, value=0.0 if value is None else float(value))


@_operator("GlobalAveragePool")
def _global_average(attributes: Attributes, x: Tensor) -> Tensor:
    return x.mean((2, 3), keepdim=True)


@_operator("Transpose")
def _transpose(attributes: Attributes, x: Tensor) -> Tensor:
    return x.permute(attributes.get("perm") or tuple(reversed(range(x.ndim))))


@_operator("Reshape")
def _reshape(attributes: Attributes, x: Tensor, shape: Tensor) -> Tensor:
    sizes = [x.shape[i] if size == 0 else size for i, size in enumerate(shape.tolist())]
    # Some exports bake a batch of one into their reshapes; the leading 1 then stands for the batch.
    if sizes[:1] == [1] and (-1 in sizes or math.prod(sizes) != x.numel()):
        sizes[0] = x.shape[0]
    return x.reshape(sizes)


@_operator("Concat")
def _concat(attributes: Attributes, *inputs: Tensor) -> Tensor:
    return torch.cat(inputs, attributes["axis"])


@_operator("Split")
def _split(attributes: Attributes, x: Tensor, sizes: Tensor | None = None) -> tuple[Tensor, ...]:
    parts = sizes.tolist() if sizes is not None else list(attributes["split"])
    return torch.split(x, parts, attributes.get("axis", 0))


@_operator("Slice")
def _slice(
    attributes: Attributes,
    x: Tensor,
    starts: Tensor,
    ends: Tensor,
    axes: Tensor | None = None,
    steps: Tensor | None = None,
) -> Tensor:
    dims = axes.tolist() if axes is not None else list(range(len(starts)))
    strides = steps.tolist() if steps is not None else [1] * len(dims)
    for start, end, dim, stride in zip(starts.tolist(), ends.tolist(), dims, strides, strict=True):
        index = [slice(None)] * x.ndim
        index[dim] = slice(start, end, stride)
        x = x[tuple(index)]
    return x


@_operator("Squeeze")
def _squeeze(attributes: Attributes, x: Tensor, axes: Tensor | None = None) -> Tensor:
    return x.squeeze(tuple(axes.tolist()) if axes is not None else tuple(attributes["axes"]))


@_operator("Unsqueeze")
def _unsqueeze(attributes: Attributes, x: Tensor, axes: Tensor | None = None) -> Tensor:
    for axis in sorted(axes.tolist() if axes is not None else attributes["axes"]):
        x = x.unsqueeze(axis)
    return x


@_operator("Gather")
def _gather(attributes: Attributes, x: Tensor, indices: Tensor) -> Tensor:
    axis = attributes.get("axis", 0)
    if indices.ndim == 0:
        return x.select(axis, int(indices))
    chosen = x.index_select(axis, indices.reshape(-1))
    return chosen.reshape(x.shape[:axis] + indices.shape + x.shape[axis + 1 :])


@_operator("Shape")
def _shape(attributes: Attributes, x: Tensor) -> Tensor:
    return torch.tensor(x.shape, dtype=torch.int64)


@_operator("Cast")
def _cast(attributes: Attributes, x: Tensor) -> Tensor:
    return x.to(_TYPES[attributes["to"]])


@_operator("Expand")
def _expand(attributes: Attributes, x: Tensor, shape: Tensor) -> Tensor:
    return x.expand(torch.broadcast_shapes(x.shape, shape.tolist()))


@_operator("Clip")
def _clip(attributes: Attributes, x: Tensor, low: Tensor | None = None, high: Tensor | None = None) -> Tensor:
    floor = low if low is not None else attributes.get("min")
    ceiling = high if high is not None else attributes.get("max")
    return torch.clamp(x, floor, ceiling)


@_operator("Softmax")
def _softmax(attributes: Attributes, x: Tensor) -> Tensor:
    return torch.softmax(x, attributes.get("axis", -1))


@_operator("ReduceMean")
def _reduce_mean(attributes: Attributes, x: Tensor) -> Tensor:
    return x.mean(tuple(attributes["axes"]), keepdim=bool(attributes.get("keepdims", 1)))


@_operator("ReduceL2")
def _reduce_l2(attributes: Attributes, x: Tensor) -> Tensor:
    keep = bool(attributes.get("keepdims", 1))
    # The square root's gradient at zero is infinite; torch's vector norm defines it as zero.
    norm: Tensor = torch.linalg.vector_norm(x, dim=tuple(attributes["axes"]), keepdim=keep)
    return norm


@_operator("Resize")
def _resize(
    attributes: Attributes, x: Tensor, region: Tensor | None, scales: Tensor | None, sizes: Tensor | None = None
) -> Tensor:
    kind = attributes.get("mode", "nearest"), attributes.get("coordinate_transformation_mode")
    if kind != ("nearest", "asymmetric"):
        raise ValueError("only nearest, asymmetric Resize is known")
    if sizes is not None and sizes.numel():
        return F.interpolate(x, size=sizes.tolist()[-2:], mode="nearest")
    if scales is None:
        raise ValueError("a Resize with neither scales nor sizes")
    return F.interpolate(x, scale_factor=scales.tolist()[-2:], mode="nearest")

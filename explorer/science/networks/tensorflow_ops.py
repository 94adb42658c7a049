"""TensorFlow's operators in torch, by TensorFlow's names: what TensorFlow.js and TensorFlow Lite graphs are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.networks.channels_last import Pair, convolution, maximum_pool, mean_pool
from explorer.science.networks.graph import Attributes, baked_batch
from explorer.science.networks.onnx_ops.table import integers

OPERATORS: dict[str, Callable[..., Any]] = {}


def _operator(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        OPERATORS.update(dict.fromkeys(names, function))
        return function

    return register


def _activated(attributes: Attributes, x: Tensor) -> Tensor:
    name = attributes.get("activation")
    return FUSED[name](x) if name else x


FUSED: dict[str, Callable[[Tensor], Tensor]] = {
    "Relu": torch.relu,
    "Relu6": lambda x: x.clamp(0.0, 6.0),
    "ReluN1To1": lambda x: x.clamp(-1.0, 1.0),
    "Tanh": torch.tanh,
    "Elu": F.elu,
    "Sigmoid": torch.sigmoid,
}

_PLAIN: dict[str, Callable[..., Tensor]] = {
    **FUSED,
    "Abs": torch.abs,
    "Exp": torch.exp,
    "Identity": lambda x: x,
    "Log": torch.log,
    "Neg": torch.neg,
    "Rsqrt": torch.rsqrt,
    "Selu": F.selu,
    "Softplus": F.softplus,
    "Sqrt": torch.sqrt,
    "Square": torch.square,
    "HardSwish": F.hardswish,
    "Add": torch.add,
    "AddN": lambda *parts: sum(parts[1:], parts[0]),
    "Div": torch.div,
    "Maximum": torch.maximum,
    "Minimum": torch.minimum,
    "Mul": torch.mul,
    "Pow": torch.pow,
    "SquaredDifference": lambda a, b: (a - b).square(),
    "Sub": torch.sub,
    "Prelu": lambda x, alpha: torch.relu(x) - alpha * torch.relu(-x),
}
_ALIASES = {
    "AddV2": "Add",
    "BiasAdd": "Add",
    "RealDiv": "Div",
    "StopGradient": "Identity",
    "LogisticSigmoid": "Sigmoid",
}


def _of(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda attributes, *inputs: _activated(attributes, function(*inputs))


for _name, _function in _PLAIN.items():
    OPERATORS[_name] = _of(_function)
for _name, _same in _ALIASES.items():
    OPERATORS[_name] = OPERATORS[_same]


@_operator("LeakyRelu")
def _leaky_relu(attributes: Attributes, x: Tensor) -> Tensor:
    return F.leaky_relu(x, attributes.get("alpha", 0.2))


@_operator("Softmax")
def _softmax(attributes: Attributes, x: Tensor) -> Tensor:
    return torch.softmax(attributes.get("beta", 1.0) * x, -1)


def _pairs(attributes: Attributes) -> tuple[Pair, Pair]:
    return attributes.get("strides", (1, 1)), attributes.get("dilations", (1, 1))


@_operator("Conv2D")
def _conv(attributes: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None, *more: Tensor) -> Tensor:
    strides, dilations = _pairs(attributes)
    groups = x.shape[-1] // weight.shape[1]
    result = convolution(x, weight, bias, strides, attributes["padding"], dilations, groups)
    return _fused(attributes, result, more)


@_operator("DepthwiseConv2D")
def _depthwise(attributes: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None, *more: Tensor) -> Tensor:
    strides, dilations = _pairs(attributes)
    result = convolution(x, weight, bias, strides, attributes["padding"], dilations, x.shape[-1])
    return _fused(attributes, result, more)


def _fused(attributes: Attributes, x: Tensor, more: tuple[Tensor, ...]) -> Tensor:
    if attributes.get("activation") == "Prelu":
        (alpha,) = more
        return torch.relu(x) - alpha * torch.relu(-x)
    return _activated(attributes, x)


@_operator("MatMul")
def _matmul(attributes: Attributes, a: Tensor, b: Tensor, bias: Tensor | None = None, *more: Tensor) -> Tensor:
    a = a.mT if attributes.get("transpose_a") else a
    b = b.mT if attributes.get("transpose_b") else b
    product = a @ b
    return _fused(attributes, product if bias is None else product + bias, more)


@_operator("FullyConnected")
def _fully_connected(attributes: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    x = x if attributes.get("keep_num_dims") else x.reshape(-1, weight.shape[1])
    return _activated(attributes, F.linear(x, weight, bias))


@_operator("FusedBatchNorm")
def _batch_norm(
    attributes: Attributes, x: Tensor, gain: Tensor, shift: Tensor, mean: Tensor, variance: Tensor
) -> Tensor:
    factor = gain * torch.rsqrt(variance + attributes.get("epsilon", 1e-3))
    return x * factor + (shift - mean * factor)


@_operator("MaxPool")
def _max_pool(attributes: Attributes, x: Tensor) -> Tensor:
    return _activated(attributes, maximum_pool(x, attributes["size"], attributes["strides"], attributes["padding"]))


@_operator("AvgPool")
def _mean_pool(attributes: Attributes, x: Tensor) -> Tensor:
    return _activated(attributes, mean_pool(x, attributes["size"], attributes["strides"], attributes["padding"]))


def _reduction(function: Callable[[Tensor, list[int], bool], Tensor]) -> Callable[..., Tensor]:
    def call(attributes: Attributes, x: Tensor, axes: Tensor) -> Tensor:
        chosen = integers(axes) or []
        return function(x, chosen, bool(attributes.get("keep_dims"))) if chosen else x

    return call


OPERATORS["Mean"] = _reduction(lambda x, axes, keep: x.mean(axes, keepdim=keep))
OPERATORS["Sum"] = _reduction(lambda x, axes, keep: x.sum(axes, keepdim=keep))
OPERATORS["Max"] = _reduction(lambda x, axes, keep: x.amax(axes, keepdim=keep))
OPERATORS["Min"] = _reduction(lambda x, axes, keep: x.amin(axes, keepdim=keep))


@_operator("Reshape")
def _reshape(attributes: Attributes, x: Tensor, shape: Tensor | None = None) -> Tensor:
    sizes = integers(shape) if shape is not None else list(attributes["shape"])
    return x.reshape(baked_batch(sizes or [], x))


@_operator("Squeeze")
def _squeeze(attributes: Attributes, x: Tensor) -> Tensor:
    # Without axes the batch would go as well, where it is one picture.
    axes = attributes.get("axes") or [axis for axis in range(1, x.ndim) if x.shape[axis] == 1]
    return x.squeeze(tuple(axes)) if axes else x


@_operator("ExpandDims")
def _expand_dims(attributes: Attributes, x: Tensor, axis: Tensor) -> Tensor:
    return x.unsqueeze(int(axis))


@_operator("Transpose")
def _transpose(attributes: Attributes, x: Tensor, order: Tensor) -> Tensor:
    return x.permute(integers(order) or [])


@_operator("Concat")
def _concat(attributes: Attributes, *inputs: Tensor) -> Tensor:
    return _activated(attributes, torch.cat(inputs, attributes["axis"]))


@_operator("ConcatV2")
def _concat_v2(attributes: Attributes, *inputs: Tensor) -> Tensor:
    return torch.cat(inputs[:-1], int(inputs[-1]))


@_operator("Pad")
def _pad(attributes: Attributes, x: Tensor, pads: Tensor, value: Tensor | None = None) -> Tensor:
    around = [int(size) for axis in reversed(pads.tolist()) for size in axis]
    return F.pad(x, around, value=0.0 if value is None else float(value))


OPERATORS["PadV2"] = _pad


@_operator("Cast")
def _cast(attributes: Attributes, x: Tensor) -> Tensor:
    return x.to(torch.float32)


@_operator("L2Normalization")
def _unit_length(attributes: Attributes, x: Tensor) -> Tensor:
    # TensorFlow Lite's own least length.
    return _activated(attributes, x / torch.linalg.vector_norm(x, dim=-1, keepdim=True).clamp(min=1e-6))

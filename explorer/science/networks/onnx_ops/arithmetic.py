"""ONNX's element-wise operators: arithmetic, comparison, activations."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.networks.onnx_ops.table import TYPES, Attributes, elementwise, operator


def _divide(a: Tensor, b: Tensor) -> Tensor:
    return torch.div(a, b) if a.is_floating_point() else torch.div(a, b, rounding_mode="trunc")


def _power(a: Tensor, b: Tensor) -> Tensor:
    return torch.pow(a, b).to(a.dtype)


elementwise(
    {
        "Abs": torch.abs,
        "Add": torch.add,
        "And": torch.logical_and,
        "Ceil": torch.ceil,
        "Cos": torch.cos,
        "Div": _divide,
        "Equal": torch.eq,
        "Erf": torch.erf,
        "Exp": torch.exp,
        "Floor": torch.floor,
        "Greater": torch.gt,
        "GreaterOrEqual": torch.ge,
        "HardSwish": F.hardswish,
        "Identity": lambda x: x,
        "Less": torch.lt,
        "LessOrEqual": torch.le,
        "Log": torch.log,
        "MatMul": torch.matmul,
        "Mish": F.mish,
        "Mul": torch.mul,
        "Neg": torch.neg,
        "Not": torch.logical_not,
        "Or": torch.logical_or,
        "Pow": _power,
        "Reciprocal": torch.reciprocal,
        "Relu": torch.relu,
        "Round": torch.round,
        "Sigmoid": torch.sigmoid,
        "Sign": torch.sign,
        "Sin": torch.sin,
        "Softplus": F.softplus,
        "Softsign": F.softsign,
        "Sqrt": torch.sqrt,
        "Sub": torch.sub,
        "Tanh": torch.tanh,
        "Where": torch.where,
    }
)


def _of_many(function: Callable[[Tensor, Tensor], Tensor], mean: bool = False) -> Callable[..., Tensor]:
    def call(attributes: Attributes, *inputs: Tensor) -> Tensor:
        total = reduce(function, inputs)
        return total / len(inputs) if mean else total

    return call


operator("Sum")(_of_many(torch.add))
operator("Mean")(_of_many(torch.add, mean=True))
operator("Max")(_of_many(torch.maximum))
operator("Min")(_of_many(torch.minimum))


@operator("PRelu")
def _prelu(attributes: Attributes, x: Tensor, slope: Tensor) -> Tensor:
    along_channels = slope.numel() == 1 or (x.ndim > 2 and slope.shape[0] == x.shape[1] == slope.numel())
    if not along_channels:  # a slope for every place: rare, and torch has no such function
        return torch.where(x < 0, slope * x, x)
    if slope.requires_grad:  # of a network that is trained
        return F.prelu(x, slope.reshape(-1))
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
        # A slope of another precision would make the gradient one of single precision, and all that follow.
        slope = slope.to(gradient.dtype)
        slopes = slope.view(-1, *[1] * (x.ndim - 2)) if slope.numel() > 1 else slope
        return torch.addcmul(passed, gradient - passed, slopes), None


@operator("LeakyRelu")
def _leaky_relu(attributes: Attributes, x: Tensor) -> Tensor:
    return F.leaky_relu(x, attributes.get("alpha", 0.01))


@operator("Elu")
def _elu(attributes: Attributes, x: Tensor) -> Tensor:
    return F.elu(x, attributes.get("alpha", 1.0))


@operator("Selu")
def _selu(attributes: Attributes, x: Tensor) -> Tensor:
    alpha, gamma = attributes.get("alpha", 1.6732632423543772), attributes.get("gamma", 1.0507009873554805)
    return torch.where(x > 0, gamma * x, gamma * alpha * torch.expm1(x.clamp(max=0.0)))


@operator("HardSigmoid")
def _hard_sigmoid(attributes: Attributes, x: Tensor) -> Tensor:
    line: Tensor = attributes.get("alpha", 0.2) * x + attributes.get("beta", 0.5)
    return line.clamp(0.0, 1.0)


@operator("Gelu")
def _gelu(attributes: Attributes, x: Tensor) -> Tensor:
    return F.gelu(x, approximate=attributes.get("approximate", "none"))


@operator("Clip")
def _clip(attributes: Attributes, x: Tensor, low: Tensor | None = None, high: Tensor | None = None) -> Tensor:
    floor = low if low is not None else attributes.get("min")
    ceiling = high if high is not None else attributes.get("max")
    if floor is not None:
        x = torch.maximum(x, torch.as_tensor(floor, dtype=x.dtype, device=x.device))
    if ceiling is not None:
        x = torch.minimum(x, torch.as_tensor(ceiling, dtype=x.dtype, device=x.device))
    return x


@operator("Cast")
def _cast(attributes: Attributes, x: Tensor) -> Tensor:
    return x.to(TYPES[attributes["to"]])


@operator("Dropout")
def _dropout(attributes: Attributes, x: Tensor, *_: Tensor) -> Any:
    return (x, torch.ones_like(x, dtype=torch.bool)) if attributes.get("outputs", 1) > 1 else x


@operator("Softmax")
def _softmax(attributes: Attributes, x: Tensor) -> Tensor:
    if attributes.get("opset", 13) >= 13:
        return torch.softmax(x, attributes.get("axis", -1))
    # Before opset 13 all axes from that one on were taken together.
    axis = attributes.get("axis", 1)
    return torch.softmax(x.flatten(axis), -1).reshape(x.shape)


@operator("LogSoftmax")
def _log_softmax(attributes: Attributes, x: Tensor) -> Tensor:
    if attributes.get("opset", 13) >= 13:
        return torch.log_softmax(x, attributes.get("axis", -1))
    axis = attributes.get("axis", 1)
    return torch.log_softmax(x.flatten(axis), -1).reshape(x.shape)


@operator("CumSum")
def _cumulative_sum(attributes: Attributes, x: Tensor, axis: Tensor) -> Tensor:
    dim = int(axis)
    x = x.flip(dim) if attributes.get("reverse", 0) else x
    total = x.cumsum(dim).to(x.dtype)
    total = total - x if attributes.get("exclusive", 0) else total
    return total.flip(dim) if attributes.get("reverse", 0) else total

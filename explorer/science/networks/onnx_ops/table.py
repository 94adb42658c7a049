"""The table that every family of operators fills."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

Attributes = Mapping[str, Any]
# By name: takes the attributes of its node (with the model's `opset` and the number of `outputs`), then its inputs.
OPERATORS: dict[str, Callable[..., Any]] = {}


def operator(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as the operators of those names."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        OPERATORS.update(dict.fromkeys(names, function))
        return function

    return register


def elementwise(names: Mapping[str, Callable[..., Any]]) -> None:
    """Register functions that take the inputs alone."""
    for name, function in names.items():
        OPERATORS[name] = _of_inputs(function)


def _of_inputs(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(attributes: Attributes, *inputs: Tensor) -> Any:
        if attributes.get("broadcast") or "axis" in attributes:
            raise ValueError("the broadcasting of ONNX before opset 7 is not supported")
        return function(*inputs)

    return call


def integers(value: Tensor | None) -> list[int] | None:
    """The numbers of a tensor of axes, sizes or pads."""
    return None if value is None else [int(number) for number in value.reshape(-1).tolist()]


def axes_of(attributes: Attributes, axes: Tensor | None) -> list[int] | None:
    """The axes of an operator, which newer opsets have as an input and older ones as an attribute."""
    if axes is not None:
        return integers(axes)
    named = attributes.get("axes")
    return None if named is None else [int(axis) for axis in named]


def all_of(x: Tensor) -> list[int]:
    """Every axis of a tensor."""
    return list(range(x.ndim))


TYPES = {
    1: torch.float32,
    2: torch.uint8,
    3: torch.int8,
    5: torch.int16,
    6: torch.int32,
    7: torch.int64,
    9: torch.bool,
    10: torch.float32,  # half floats are computed in full
    11: torch.float64,
}

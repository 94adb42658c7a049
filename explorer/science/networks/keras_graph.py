"""Run the graph of a Keras model in torch: its layers from JSON, its weights from HDF5 or from shards.

Nothing of the file is executed. A Lambda layer holds Python bytecode, which is never looked at: those of FaceNet's
Inception-ResNet add a scaled branch, and their scale is a plain number beside the bytecode.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

import torch
from torch import Tensor

from explorer.science.networks.channels_last import (
    ACTIVATIONS,
    Pair,
    convolution,
    depthwise_weight,
    full_weight,
    maximum_pool,
    mean_pool,
)
from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.graph import GraphNode, TensorGraph, baked_batch

Weights = Mapping[str, Mapping[str, Tensor]]
_Built = tuple[Callable[..., Tensor], Mapping[str, Tensor]]


class KerasGraph(TensorGraph):
    """A functional or sequential Keras model.

    Args:
        layers: the list `config.layers` of the model's JSON.
        weights: for each layer's name its tensors by their last names (`kernel`, `bias`, `gamma` ...).
        output: name of the layer whose value is returned; the last where None.

    Raises:
        NetworkFileError: a layer is of a kind or has an option that is not supported, or a tensor is missing.
    """

    def __init__(self, layers: Sequence[Mapping[str, Any]], weights: Weights, output: str | None = None) -> None:
        constants: dict[str, Tensor] = {}
        nodes: list[GraphNode] = []
        inputs: list[str] = []
        self.input_shape: tuple[int | None, ...] = ()
        previous = ""
        for layer in layers:
            kind, config = str(layer["class_name"]), layer["config"]
            name = str(config.get("name", layer.get("name")))
            shape = config.get("batch_input_shape", config.get("batch_shape"))
            if shape is not None and not self.input_shape:
                self.input_shape = tuple(shape)
            if kind == "InputLayer":
                inputs.append(name)
                previous = name
                continue
            sources = _sources(layer) or ([previous] if previous else [])
            if not sources:  # a sequential model without a layer for its input
                inputs.append("input")
                sources = ["input"]
            function, tensors = _build(kind, config, weights.get(name, {}), name)
            held = [f"{name}/{part}" for part in tensors]
            constants |= dict(zip(held, tensors.values(), strict=True))
            nodes.append(GraphNode(_called(function, len(sources)), (*sources, *held), (name,), {}))
            previous = name
        super().__init__(constants, inputs, nodes, (output or previous,))


def _called(function: Callable[..., Tensor], count: int) -> Callable[..., Tensor]:
    def call(attributes: Mapping[str, Any], *values: Tensor) -> Tensor:
        return function(list(values[:count]), *values[count:])

    return call


def _sources(layer: Mapping[str, Any]) -> list[str]:
    nodes = layer.get("inbound_nodes") or []
    if len(nodes) > 1:
        raise NetworkFileError(f"layer {layer.get('name')!r} is used more than once, which is not supported")
    if not nodes:
        return []
    if isinstance(nodes[0], Mapping):  # as Keras 3 writes
        return list(_histories(nodes[0].get("args", [])))
    return [str(source[0]) for source in nodes[0]]


def _histories(value: Any) -> Iterator[str]:
    """The names of the layers whose values are among the arguments of a call."""
    if isinstance(value, Mapping):
        history = value.get("config", {}).get("keras_history") if isinstance(value.get("config"), Mapping) else None
        if history:
            yield str(history[0])
    elif isinstance(value, list):
        for inner in value:
            yield from _histories(inner)


def _build(kind: str, config: Mapping[str, Any], weights: Mapping[str, Tensor], name: str) -> _Built:
    if config.get("data_format") == "channels_first":
        raise NetworkFileError(f"layer {name!r} has its channels first; only channels-last Keras models are read")
    builder = _BUILDERS.get(kind)
    if builder is None:
        raise NetworkFileError(f"layer {name!r} is a {kind}, which is not supported")
    try:
        return builder(config, weights)
    except KeyError as error:
        raise NetworkFileError(f"layer {name!r} ({kind}) lacks {error}") from error


def _pair(value: Any) -> Pair:
    first, second = (value, value) if isinstance(value, int) else value
    return int(first), int(second)


def _activation(config: Mapping[str, Any]) -> Callable[[Tensor], Tensor]:
    name = config.get("activation") or "linear"
    if not isinstance(name, str) or name not in ACTIVATIONS:
        raise NetworkFileError(f"an activation {str(name)[:60]!r} is not supported")
    return ACTIVATIONS[name]


def _held(weights: Mapping[str, Tensor], names: Sequence[str]) -> dict[str, Tensor]:
    return {name: weights[name] for name in names}


def _conv(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> _Built:
    strides, dilations = _pair(config["strides"]), _pair(config.get("dilation_rate", 1))
    padding, groups, activation = config["padding"], int(config.get("groups", 1)), _activation(config)
    held = {"kernel": full_weight(weights["kernel"])} | _bias(config, weights)

    def call(x: list[Tensor], kernel: Tensor, bias: Tensor | None = None) -> Tensor:
        return activation(convolution(x[0], kernel, bias, strides, padding, dilations, groups))

    return call, held


def _bias(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {"bias": weights["bias"]} if config.get("use_bias", True) else {}


def _depthwise(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> _Built:
    strides, padding, activation = _pair(config["strides"]), config["padding"], _activation(config)
    dilations = _pair(config.get("dilation_rate", 1))
    kernel = weights["depthwise_kernel"]
    held = {"kernel": depthwise_weight(kernel)} | _bias(config, weights)

    def call(x: list[Tensor], kernel: Tensor, bias: Tensor | None = None) -> Tensor:
        return activation(convolution(x[0], kernel, bias, strides, padding, dilations, x[0].shape[-1]))

    return call, held


def _separable(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> _Built:
    strides, padding, activation = _pair(config["strides"]), config["padding"], _activation(config)
    held = {
        "depth": depthwise_weight(weights["depthwise_kernel"]),
        "point": full_weight(weights["pointwise_kernel"]),
    } | _bias(config, weights)

    def call(x: list[Tensor], depth: Tensor, point: Tensor, bias: Tensor | None = None) -> Tensor:
        inner = convolution(x[0], depth, None, strides, padding, (1, 1), x[0].shape[-1])
        return activation(convolution(inner, point, bias))

    return call, held


def _dense(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> _Built:
    activation = _activation(config)

    def call(x: list[Tensor], kernel: Tensor, bias: Tensor | None = None) -> Tensor:
        product = x[0] @ kernel
        return activation(product if bias is None else product + bias)

    return call, {"kernel": weights["kernel"]} | _bias(config, weights)


def _batch_norm(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> _Built:
    axis = config.get("axis", -1)
    axis = axis[0] if isinstance(axis, list) else axis
    if axis not in (-1, 1, 3):
        raise NetworkFileError(f"a batch normalisation along axis {axis} is not supported")
    if len({value.shape for value in weights.values()}) != 1:
        raise NetworkFileError("a batch normalisation has numbers for different channels")
    gain = weights["gamma"] if config.get("scale", True) else torch.ones_like(weights["moving_mean"])
    shift = weights["beta"] if config.get("center", True) else torch.zeros_like(weights["moving_mean"])
    factor = gain * torch.rsqrt(weights["moving_variance"] + float(config["epsilon"]))
    held = {"factor": factor, "shift": shift - factor * weights["moving_mean"]}

    def call(x: list[Tensor], factor: Tensor, shift: Tensor) -> Tensor:
        return x[0] * factor + shift

    return call, held


def _lambda(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> _Built:
    arguments = config.get("arguments")
    if not isinstance(arguments, Mapping) or set(arguments) != {"scale"}:
        raise NetworkFileError(
            f"layer {config.get('name')!r} is a Lambda: Python bytecode, which is never run; only those of FaceNet, "
            "which add a scaled branch, are known"
        )
    scale = float(arguments["scale"])

    def call(x: list[Tensor]) -> Tensor:
        if len(x) == 1:
            return scale * x[0]
        trunk, branch = x
        return trunk + scale * branch

    return call, {}


def _pooled(function: Callable[[Tensor, Pair, Pair, str], Tensor]) -> Callable[..., _Built]:
    def build(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> _Built:
        size = _pair(config["pool_size"])
        strides = _pair(config.get("strides") or size)
        return (lambda x: function(x[0], size, strides, config["padding"])), {}

    return build


def _plain(function: Callable[[list[Tensor]], Tensor]) -> Callable[..., _Built]:
    return lambda config, weights: (function, {})


def _global(reduction: Callable[[Tensor, bool], Tensor]) -> Callable[..., _Built]:
    def build(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> _Built:
        keep = bool(config.get("keepdims", False))
        return (lambda x: reduction(x[0], keep)), {}

    return build


def _zero_pad(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> _Built:
    padding = config["padding"]
    both = [padding] * 2 if isinstance(padding, int) else padding
    rows, columns = ([p, p] if isinstance(p, int) else p for p in both)
    sizes = [0, 0, int(columns[0]), int(columns[1]), int(rows[0]), int(rows[1])]
    return (lambda x: torch.nn.functional.pad(x[0], sizes)), {}


def _reshape(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> _Built:
    shape = [int(size) for size in config["target_shape"]]
    return (lambda x: x[0].reshape(baked_batch([x[0].shape[0], *shape], x[0]))), {}


def _prelu(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> _Built:
    def call(x: list[Tensor], alpha: Tensor) -> Tensor:
        return torch.relu(x[0]) - alpha * torch.relu(-x[0])

    return call, _held(weights, ["alpha"])


def _relu(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> _Built:
    ceiling, slope = config.get("max_value"), float(config.get("negative_slope") or config.get("alpha") or 0.0)
    if config.get("threshold"):
        raise NetworkFileError("a ReLU with a threshold is not supported")

    def call(x: list[Tensor]) -> Tensor:
        result = torch.nn.functional.leaky_relu(x[0], slope) if slope else torch.relu(x[0])
        return result if ceiling is None else result.clamp(max=float(ceiling))

    return call, {}


def _leaky(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> _Built:
    slope = float(config.get("alpha", config.get("negative_slope", 0.3)))
    return (lambda x: torch.nn.functional.leaky_relu(x[0], slope)), {}


def _joined(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> _Built:
    axis = int(config.get("axis", -1))
    return (lambda x: torch.cat(x, axis)), {}


def _activated(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> _Built:
    function = _activation(config)
    return (lambda x: function(x[0])), {}


_BUILDERS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Tensor]], _Built]] = {
    "Conv2D": _conv,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv2D": _separable,
    "Dense": _dense,
    "BatchNormalization": _batch_norm,
    "Lambda": _lambda,
    "Activation": _activated,
    "Softmax": _plain(lambda x: torch.softmax(x[0], -1)),
    "ReLU": _relu,
    "LeakyReLU": _leaky,
    "PReLU": _prelu,
    "MaxPooling2D": _pooled(maximum_pool),
    "AveragePooling2D": _pooled(mean_pool),
    "GlobalAveragePooling2D": _global(lambda x, keep: x.mean((1, 2), keepdim=keep)),
    "GlobalMaxPooling2D": _global(lambda x, keep: x.amax((1, 2), keepdim=keep)),
    "ZeroPadding2D": _zero_pad,
    "Flatten": _plain(lambda x: x[0].flatten(1)),
    "Reshape": _reshape,
    "Dropout": _plain(lambda x: x[0]),
    "SpatialDropout2D": _plain(lambda x: x[0]),
    "GaussianNoise": _plain(lambda x: x[0]),
    "Concatenate": _joined,
    "Add": _plain(lambda x: reduce(torch.add, x)),
    "Multiply": _plain(lambda x: reduce(torch.mul, x)),
    "Maximum": _plain(lambda x: reduce(torch.maximum, x)),
}

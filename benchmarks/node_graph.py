"""MobileStyleGAN's synthesis run node by node from its OpenVINO graph: the plain way that `speed` compares with."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.networks.openvino_ir import IrLayer, IrNetwork

Operation = Callable[[IrLayer, list[Tensor]], Tensor | tuple[Tensor, ...]]


def _pair(text: str) -> tuple[int, int]:
    first, second = (int(part) for part in text.split(","))
    return first, second


def _convolution(layer: IrLayer, x: list[Tensor]) -> Tensor:
    stride, padding = _pair(layer.attributes["strides"]), _pair(layer.attributes["pads_begin"])
    return F.conv2d(x[0], x[1], stride=stride, padding=padding)


def _grouped(layer: IrLayer, x: list[Tensor]) -> Tensor:
    padding = _pair(layer.attributes["pads_begin"])
    return F.conv2d(x[0], x[1].flatten(0, 1), padding=padding, groups=x[1].shape[0])


def _grouped_transposed(layer: IrLayer, x: list[Tensor]) -> Tensor:
    return F.conv_transpose2d(x[0], x[1].flatten(0, 1), stride=_pair(layer.attributes["strides"]), groups=x[1].shape[0])


def _unsqueeze(layer: IrLayer, x: list[Tensor]) -> Tensor:
    value = x[0]
    for axis in sorted(x[1].reshape(-1).tolist()):
        value = value.unsqueeze(axis)
    return value


OPERATIONS: dict[str, Operation] = {
    "Add": lambda layer, x: x[0] + x[1],
    "Multiply": lambda layer, x: x[0] * x[1],
    "MatMul": lambda layer, x: x[0] @ (x[1].T if layer.attributes["transpose_b"] == "true" else x[1]),
    "Reshape": lambda layer, x: x[0].reshape(x[1].tolist()),
    "ShapeOf": lambda layer, x: torch.tensor(x[0].shape),
    "Gather": lambda layer, x: x[0][x[1].long()],
    "Unsqueeze": _unsqueeze,
    "Squeeze": lambda layer, x: x[0].squeeze(tuple(x[1].reshape(-1).tolist())),
    "Concat": lambda layer, x: torch.cat(x, int(layer.attributes["axis"])),
    "VariadicSplit": lambda layer, x: x[0].split(x[2].tolist(), int(x[1].reshape(-1)[0])),
    "Broadcast": lambda layer, x: x[0].expand(torch.broadcast_shapes(x[0].shape, tuple(x[1].tolist()))),
    "Tile": lambda layer, x: x[0].repeat(x[1].tolist()),
    "PReLU": lambda layer, x: F.prelu(x[0], x[1]),
    "Convolution": _convolution,
    "GroupConvolution": _grouped,
    "GroupConvolutionBackpropData": _grouped_transposed,
}


class NodeGraph:
    """Every node of the graph in turn, each as the one torch call of its kind.

    Args:
        network: the synthesis network's IR.
    """

    def __init__(self, network: IrNetwork) -> None:
        self._network = network
        self._constants = {layer.id: network.constant(layer) for layer in network.of_type("Const")}

    def __call__(self, w: Tensor) -> Tensor:
        """(1, 512) to (1, 3, 1024, 1024) in about [-1, 1]."""
        values: dict[str, Tensor | tuple[Tensor, ...]] = dict(self._constants)
        for layer in self._network.layers.values():
            if layer.type == "Parameter":
                values[layer.id] = w
            elif layer.type == "Result":
                return self._input(values, layer)[0]
            elif layer.type != "Const":
                values[layer.id] = OPERATIONS[layer.type](layer, self._input(values, layer))
        raise ValueError("the graph has no result")

    def _input(self, values: dict[str, Tensor | tuple[Tensor, ...]], layer: IrLayer) -> list[Tensor]:
        inputs = []
        for source, port in zip(layer.inputs, layer.ports, strict=True):
            value = values[source]
            # A layer's output ports are numbered behind its inputs.
            inputs.append(value[port - len(self._network.layers[source].inputs)] if isinstance(value, tuple) else value)
        return inputs

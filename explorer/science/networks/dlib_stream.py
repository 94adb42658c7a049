"""Read the layers of a dlib neural network from its `.dat` file.

dlib writes an integer as one header byte (low nibble: count of bytes, 0x80: sign) and that many little-endian bytes, a
tensor as its version, four dimensions and raw float32, and each layer as its name, its parameters and its settings,
from the input's layer to the output's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.science.networks.errors import NetworkFileError

_TENSOR_VERSION = 2
_LARGEST_TENSOR = 1 << 28
_LAYERS = (b"con_4", b"affine_", b"fc_2")


@dataclass(frozen=True)
class DlibLayer:
    """One layer that has parameters.

    kind: "con_4", "affine_" or "fc_2".
    parameters: (N,) float32, as dlib lays them out: weights, then biases (for an affine layer: gain, then shift).
    settings: the integers beside the parameters; for a convolution: filters, rows, columns, strides, paddings
        (y, x); for a fully connected layer: outputs, inputs; for an affine layer: none.
    """

    kind: str
    parameters: Tensor
    settings: tuple[int, ...]


def read_layers(data: bytes) -> list[DlibLayer]:
    """Every convolution, affine and fully connected layer of a dlib network, input first.

    Raises:
        NetworkFileError: the bytes hold no such layer or end within one.

    Example:
        >>> from explorer.science.networks import read_layers
        >>> read_layers(b"not a network")
        Traceback (most recent call last):
        explorer.science.networks.errors.NetworkFileError: the file holds no dlib network layers
    """
    layers = [_read_layer(data, start, kind) for start, kind in _layer_starts(data)]
    if not layers:
        raise NetworkFileError("the file holds no dlib network layers")
    return layers


def _layer_starts(data: bytes) -> Iterator[tuple[int, str]]:
    starts = []
    for kind in _LAYERS:
        mark = bytes([1, len(kind)]) + kind
        position = data.find(mark)
        while position >= 0:
            starts.append((position + len(mark), kind.decode()))
            position = data.find(mark, position + 1)
    return iter(sorted(starts))


def _read_layer(data: bytes, position: int, kind: str) -> DlibLayer:
    settings = []
    for _ in range(2 if kind == "fc_2" else 0):
        value, position = _integer(data, position)
        settings.append(value)
    version, position = _integer(data, position)
    if version != _TENSOR_VERSION:
        raise NetworkFileError(
            f"a tensor of version {version} in a dlib network; only version {_TENSOR_VERSION} is known"
        )
    size = 1
    for _ in range(4):
        dimension, position = _integer(data, position)
        size *= dimension
    if not 0 < size <= _LARGEST_TENSOR or position + 4 * size > len(data):
        raise NetworkFileError("the dlib network file is truncated or damaged")
    values = np.frombuffer(data, "<f4", size, position).copy()
    position += 4 * size
    for _ in range(7 if kind == "con_4" else 0):
        value, position = _integer(data, position)
        settings.append(value)
    return DlibLayer(kind, torch.from_numpy(values), tuple(settings))


def _integer(data: bytes, position: int) -> tuple[int, int]:
    if position >= len(data):
        raise NetworkFileError("the dlib network file is truncated or damaged")
    count = data[position] & 0x0F
    end = position + 1 + count
    if not 0 < count <= 8 or end > len(data):
        raise NetworkFileError("the dlib network file is truncated or damaged")
    value = int.from_bytes(data[position + 1 : end], "little")
    return (-value if data[position] & 0x80 else value), end

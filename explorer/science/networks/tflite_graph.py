"""Run a TensorFlow Lite model's graph in torch: differentiable, of any batch.

Fields and operators have the numbers of TensorFlow Lite's schema.fbs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.science.names import said
from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.flatbuffer import Table, root
from explorer.science.networks.graph import GraphNode, TensorGraph
from explorer.science.networks.tensorflow_ops import OPERATORS

IDENTIFIER = b"TFL3"
_TYPES = {0: "<f4", 1: "<f2", 2: "<i4", 3: "u1", 4: "<i8", 6: "u1", 9: "i1", 10: "<f8"}
_WHOLE = (3, 9)
_ACTIVATIONS = {0: None, 1: "Relu", 2: "ReluN1To1", 3: "Relu6", 4: "Tanh"}
_PADDINGS = ("SAME", "VALID")
_MOST = 1 << 14
# Of a tensor's axes and a name's letters; of numbers for each byte of the file, and besides.
_LARGEST_RANK, _LONGEST_NAME = 8, 1024
_NUMBERS_OF_EACH, _ROOM = 2, 1 << 20
_MOST_OF_OPERATION = 64

Options = Callable[[Table], dict[str, Any]]


def _activation(options: Table, place: int) -> dict[str, Any]:
    code = options.whole(place, "b")
    if code not in _ACTIVATIONS:
        raise NetworkFileError(f"an activation of number {code} is not supported")
    return {"activation": _ACTIVATIONS[code]}


def _padding(options: Table) -> dict[str, Any]:
    code = options.whole(0, "b")
    if code not in (0, 1):
        raise NetworkFileError("a padding of unknown number")
    return {"padding": _PADDINGS[code]}


def _strides(options: Table) -> dict[str, Any]:
    strides = (options.whole(2), options.whole(1))
    if min(strides) < 1:
        raise NetworkFileError(f"strides of {strides}")
    return {"strides": strides}


def _conv(options: Table) -> dict[str, Any]:
    dilations = (options.whole(5, default=1), options.whole(4, default=1))
    return _padding(options) | _strides(options) | _activation(options, 3) | {"dilations": dilations}


def _depthwise(options: Table) -> dict[str, Any]:
    dilations = (options.whole(6, default=1), options.whole(5, default=1))
    return _padding(options) | _strides(options) | _activation(options, 4) | {"dilations": dilations}


def _pool(options: Table) -> dict[str, Any]:
    size = (options.whole(4), options.whole(3))
    return _padding(options) | _strides(options) | _activation(options, 5) | {"size": size}


def _full(options: Table) -> dict[str, Any]:
    return _activation(options, 0) | {"keep_num_dims": bool(options.whole(2, "b"))}


def _first(options: Table) -> dict[str, Any]:
    return _activation(options, 0)


def _nothing(options: Table) -> dict[str, Any]:
    return {}


# By the number of the operator: TensorFlow's name for it, and what of its options counts.
_CODES: dict[int, tuple[str, Options]] = {
    0: ("Add", _first),
    1: ("AvgPool", _pool),
    2: ("Concat", lambda o: {"axis": o.whole(0)} | _activation(o, 1)),
    3: ("Conv2D", _conv),
    4: ("DepthwiseConv2D", _depthwise),
    6: ("Cast", _nothing),
    9: ("FullyConnected", _full),
    11: ("L2Normalization", _first),
    14: ("Sigmoid", _nothing),
    17: ("MaxPool", _pool),
    18: ("Mul", _first),
    19: ("Relu", _nothing),
    20: ("ReluN1To1", _nothing),
    21: ("Relu6", _nothing),
    22: ("Reshape", lambda o: {"shape": o.numbers(0)}),
    25: ("Softmax", lambda o: {"beta": o.scalar(0, "f")}),
    28: ("Tanh", _nothing),
    34: ("Pad", _nothing),
    39: ("Transpose", _nothing),
    40: ("Mean", lambda o: {"keep_dims": bool(o.whole(0, "b"))}),
    41: ("Sub", _first),
    42: ("Div", _first),
    43: ("Squeeze", lambda o: {"axes": o.numbers(0)}),
    47: ("Exp", _nothing),
    54: ("Prelu", _nothing),
    55: ("Maximum", _nothing),
    57: ("Minimum", _nothing),
    59: ("Neg", _nothing),
    60: ("PadV2", _nothing),
    70: ("ExpandDims", _nothing),
    73: ("Log", _nothing),
    74: ("Sum", lambda o: {"keep_dims": bool(o.whole(0, "b"))}),
    75: ("Sqrt", _nothing),
    76: ("Rsqrt", _nothing),
    78: ("Pow", _nothing),
    82: ("Max", lambda o: {"keep_dims": bool(o.whole(0, "b"))}),
    92: ("Square", _nothing),
    98: ("LeakyRelu", lambda o: {"alpha": o.scalar(0, "f")}),
    99: ("SquaredDifference", _nothing),
    101: ("Abs", _nothing),
    111: ("Elu", _nothing),
    117: ("HardSwish", _nothing),
}


@dataclass(frozen=True)
class TfliteModel:
    """What a file says: constants by name, operations, the names of inputs and outputs, the first input's shape."""

    constants: dict[str, Tensor]
    nodes: tuple[GraphNode, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    input_shape: tuple[int, ...]


class TfliteGraph(TensorGraph):
    """A model's graph up to one output.

    Args:
        output: name of the tensor to return; the model's own where None.
    """

    def __init__(self, model: TfliteModel, output: str | None = None) -> None:
        super().__init__(model.constants, model.inputs, model.nodes, model.outputs if output is None else (output,))


def read_tflite(data: bytes) -> TfliteModel:
    """The graph of a TensorFlow Lite file.

    Raises:
        NetworkFileError: the file is none, is damaged, or computes in whole numbers or with unknown operators.
    """
    try:
        return _read(data)
    except NetworkFileError:
        raise
    except Exception as error:  # offsets that lead anywhere can make the reader stumble in any way
        raise NetworkFileError(f"the TensorFlow Lite file is damaged: {said(error)}") from error


def _read(data: bytes) -> TfliteModel:
    model = root(data, IDENTIFIER)
    graphs = model.tables(2)
    if not graphs:
        raise NetworkFileError("the TensorFlow Lite file has no graph")
    graph, buffers = graphs[0], model.tables(4)
    tensors, operations = graph.tables(0), graph.tables(3)
    if max(len(tensors), len(operations), len(buffers)) > _MOST:
        raise NetworkFileError("the graph is larger than any encoder's")
    names = _names(tensors)
    constants: dict[str, Tensor] = {}
    left = _NUMBERS_OF_EACH * len(data) + _ROOM
    for name, tensor in zip(names, tensors, strict=True):
        values = _constant(name, tensor, buffers)
        if values is not None:
            constants[name] = values
            left -= values.numel()  # several may share what lies in the file
        if left < 0:
            raise NetworkFileError("its tensors have more numbers than its file can hold")
    codes = [_code(entry) for entry in model.tables(1)]
    unknown = sorted({code for code in codes if code not in _CODES})
    if unknown:
        raise NetworkFileError(f"the graph uses operators that are not supported, of numbers {unknown[:12]}")
    nodes = tuple(_node(operation, codes, names, constants) for operation in operations)
    given, wanted = graph.numbers(1), graph.numbers(2)
    if len(given) != 1:
        raise NetworkFileError(f"the model wants {len(given)} inputs; an encoder has one, the picture")
    if tensors[given[0]].whole(1, "b") != 0:
        raise NetworkFileError("the model takes whole numbers: it is quantised throughout, which has no gradient")
    inputs, outputs = tuple(names[i] for i in given), tuple(names[i] for i in wanted)
    return TfliteModel(constants, nodes, inputs, outputs, tensors[given[0]].numbers(0, most=_LARGEST_RANK))


def _names(tensors: list[Table]) -> list[str]:
    """A name for each tensor; what two share, or none has, gets its number."""
    found: list[str] = []
    seen: set[str] = set()
    for place, tensor in enumerate(tensors):
        name = tensor.bytes_of(3, _LONGEST_NAME).decode("utf-8", "replace")
        name = name if name and name not in seen else f"{name or 'tensor'}#{place}"
        seen.add(name)
        found.append(name)
    return found


def _code(entry: Table) -> int:
    """The number of an operator: of newer files in a field of its own, of older ones in a byte."""
    return max(entry.whole(0, "b"), entry.whole(3))


def _constant(name: str, tensor: Table, buffers: list[Table]) -> Tensor | None:
    place, kind = tensor.whole(2, "I"), tensor.whole(1, "b")
    if not 0 < place < len(buffers):
        return None
    content = buffers[place].bytes_of(0)
    if not content:
        if buffers[place].whole(1, "Q") > 1:
            raise NetworkFileError(f"tensor {name[:60]!r} lies behind the graph, in a form that is not supported")
        return None
    shape = tensor.numbers(0, most=_LARGEST_RANK)
    if kind not in _TYPES:
        raise NetworkFileError(f"tensor {name[:60]!r} is of type {kind}, which is not supported")
    count = math.prod(shape)
    if min(shape, default=1) < 0 or count * np.dtype(_TYPES[kind]).itemsize != len(content):
        raise NetworkFileError(f"tensor {name[:60]!r} says that it has {count} numbers, which the file does not hold")
    values = np.frombuffer(content, _TYPES[kind]).reshape(shape)
    if kind in _WHOLE:
        return torch.from_numpy(_unquantised(values, tensor.table(4)))
    whole = values.dtype.kind == "i"
    return torch.from_numpy(values.astype(np.int64 if whole else np.float32))


def _unquantised(values: Any, quantisation: Table | None) -> Any:
    """Weights that are kept as bytes, as numbers: scale * (byte - zero), for all or for each place of one axis."""
    scales = quantisation.numbers(2, "f") if quantisation is not None else ()
    if quantisation is None or not scales:
        return values.astype(np.float32)
    zeros = quantisation.numbers(3, "q") or (0,)
    shape = [1] * values.ndim
    if len(scales) > 1:
        shape[quantisation.whole(6)] = len(scales)
    if len(scales) > 1 and values.shape[quantisation.whole(6)] != len(scales):
        raise NetworkFileError(f"a tensor of shape {values.shape} has {len(scales)} scales")
    scale = np.asarray(scales, np.float32).reshape(shape)
    zero = np.asarray(zeros if len(zeros) == len(scales) else zeros[:1], np.float32)
    zero = zero.reshape(shape if zero.size > 1 else [1] * values.ndim)
    return ((values.astype(np.float32) - zero) * scale).astype(np.float32)


def _node(operation: Table, codes: list[int], names: list[str], constants: dict[str, Tensor]) -> GraphNode:
    kind, read = _CODES[codes[operation.whole(0, "I")]]
    options = operation.table(4)
    attributes = read(options) if options is not None else {}
    inputs = [names[i] if i >= 0 else "" for i in operation.numbers(1, most=_MOST_OF_OPERATION)]
    outputs = tuple(names[i] for i in operation.numbers(2, most=_MOST_OF_OPERATION))
    if kind in ("Conv2D", "DepthwiseConv2D"):
        name, kernel = inputs[1], f"{inputs[1]}/torch"
        if name not in constants:
            raise NetworkFileError(f"the kernel {name[:60]!r} is no constant, which is not supported")
        # (outputs, rows, columns, inputs) and (1, rows, columns, outputs) as torch has them.
        order = (0, 3, 1, 2) if kind == "Conv2D" else (3, 0, 1, 2)
        constants[kernel] = constants[name].permute(order).contiguous()
        inputs[1] = kernel
    if kind == "Cast" and inputs[0] in constants:  # half floats or bytes, made numbers when they were read
        constants[outputs[0]] = constants[inputs[0]]
    return GraphNode(OPERATORS[kind], tuple(inputs), outputs, attributes)

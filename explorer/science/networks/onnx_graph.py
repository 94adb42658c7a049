"""Run an ONNX graph in torch: differentiable, batched, on any device.

An unknown operator is refused when the file is read, not when it is run. Nothing in the file is executed: it is a list
of operator names, attributes and numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from explorer.science.names import said
from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.graph import GraphNode, TensorGraph
from explorer.science.networks.onnx_operators import OPERATORS
from explorer.science.networks.protobuf_size import Layout, count_parts

# Domains whose operators are ONNX's own.
_OWN = ("", "ai.onnx")
# Where messages stand in a model: its graph, in that nodes, in those attributes and their tensors; tensors; inputs.
_TENSOR: Layout = {13: {}}
_NODE: Layout = {5: {5: _TENSOR, 6: {}}}
_VALUE: Layout = {2: {1: {2: {1: {}}}}}
_GRAPH: Layout = {1: _NODE, 5: _TENSOR, 11: _VALUE, 12: _VALUE, 13: _VALUE, 14: {}, 15: {}}
_MESSAGES: Layout = {7: _GRAPH, 8: {}, 14: {}, 20: {}, 25: {7: _NODE}}
_MOST_PARTS = 1 << 18


class OnnxGraph(TensorGraph):
    """A frozen network read from ONNX.

    Args:
        data: the bytes of the `.onnx` file.
        outputs: names of the outputs to compute, all of the graph's own where None.

    Raises:
        NetworkFileError: the bytes are no ONNX model, hold an unknown operator, or refer to data in other files.

    Example:
        >>> import torch
        >>> from onnx import TensorProto, helper
        >>> from explorer.science.networks import OnnxGraph
        >>> x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in "xy")
        >>> graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "relu", [x], [y])
        >>> network = OnnxGraph(helper.make_model(graph).SerializeToString())
        >>> network(torch.tensor([-1.0, 2.0]))[0].tolist()
        [0.0, 2.0]
    """

    def __init__(self, data: bytes, outputs: Iterable[str] | None = None) -> None:
        try:
            model = _parse(data)
            graph = model.graph
            constants = {tensor.name: _tensor(tensor.name, tensor) for tensor in graph.initializer}
            for node in graph.node:
                if node.op_type == "Constant":
                    constants[node.output[0]] = _constant(node)
            opset = max((entry.version for entry in model.opset_import if entry.domain in _OWN), default=1)
            nodes = [_node(node, opset) for node in graph.node if node.op_type != "Constant"]
            inputs = [i.name for i in graph.input if i.name not in constants]
            wanted = tuple(outputs) if outputs is not None else tuple(o.name for o in graph.output)
            super().__init__(constants, inputs, nodes, wanted)
            self.input_shapes = tuple(_shape(i) for i in graph.input if i.name not in constants)
        except NetworkFileError:
            raise
        except Exception as error:  # names that are no text, tensors that are not as large as they say
            raise NetworkFileError(f"the file is not an ONNX model, or it is damaged: {said(error)}") from error


def onnx_metadata(data: bytes) -> dict[str, str]:
    """What an ONNX model says of itself by name, besides its graph.

    Raises:
        NetworkFileError: the bytes are no ONNX model that could be run.
    """
    return {entry.key: entry.value for entry in _parse(data).metadata_props}


def _parse(data: bytes) -> onnx.ModelProto:
    if count_parts(data, _MESSAGES, _MOST_PARTS) > _MOST_PARTS:
        raise NetworkFileError(f"the file has more than {_MOST_PARTS} parts, more than any network in ONNX")
    try:
        model = onnx.load_model_from_string(data)
    except Exception as error:  # protobuf's own exception types differ between its implementations
        raise NetworkFileError("the file is not an ONNX model, or it is damaged") from error
    names = {n.op_type if n.domain in _OWN else f"{n.domain}.{n.op_type}" for n in model.graph.node}
    unknown = sorted(names - OPERATORS.keys() - {"Constant"})
    if unknown or not model.graph.node:
        raise NetworkFileError(
            f"the ONNX model uses operators that are not supported: {', '.join(unknown)[:300] or 'none at all'}"
        )
    return model


def _node(node: onnx.NodeProto, opset: int) -> GraphNode:
    attributes = {a.name: _plain(onnx.helper.get_attribute_value(a)) for a in node.attribute}
    attributes |= {"opset": opset, "outputs": len(node.output)}
    inputs = list(node.input)
    while inputs and not inputs[-1]:  # an input left out at the end
        inputs.pop()
    return GraphNode(OPERATORS[node.op_type], tuple(inputs), tuple(node.output), attributes)


def _tensor(name: str, tensor: onnx.TensorProto) -> Tensor:
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        place = next((entry.value for entry in tensor.external_data if entry.key == "location"), "?")
        raise NetworkFileError(
            f"tensor {name!r} lies in another file, {place[:80]!r}; only self-contained ONNX files are read: "
            "save the model again without external data"
        )
    _refuse_empty_promise(name, tensor)
    values = numpy_helper.to_array(tensor)
    if values.dtype == np.float16:
        values = values.astype(np.float32)
    # A copy: the proto's memory is read-only and goes with it.
    return torch.from_numpy(np.array(values))


def _refuse_empty_promise(name: str, tensor: onnx.TensorProto) -> None:
    """No array is made for a shape that the file has no numbers for."""
    count = math.prod(tensor.dims)
    held = len(tensor.raw_data) * 8 or 8 * sum(
        len(field)
        for field in (
            tensor.float_data,
            tensor.int32_data,
            tensor.int64_data,
            tensor.double_data,
            tensor.uint64_data,
            tensor.string_data,
        )
    )
    if any(size < 0 for size in tensor.dims) or count > held:
        raise NetworkFileError(f"tensor {name!r} says that it holds {count} numbers, which the file does not have")


def _constant(node: onnx.NodeProto) -> Tensor:
    for attribute in node.attribute:
        name = attribute.name
        if name == "value":
            return _tensor(node.output[0], attribute.t)
        if name in ("value_float", "value_floats", "value_int", "value_ints"):
            kind = torch.float32 if "float" in name else torch.int64
            return torch.tensor(_plain(onnx.helper.get_attribute_value(attribute)), dtype=kind)
    raise NetworkFileError(f"constant {node.output[0]!r} has no tensor value")


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, onnx.TensorProto):
        return _tensor("attribute", value)
    if isinstance(value, onnx.GraphProto):
        raise NetworkFileError("the ONNX model holds a graph within a graph, which is not supported")
    return tuple(value) if isinstance(value, list) or hasattr(value, "append") else value


def _shape(value: onnx.ValueInfoProto) -> tuple[int | None, ...] | None:
    """The sizes that an input is said to have, None where one is free; None for all where nothing is said."""
    kind = value.type.tensor_type
    if not kind.HasField("shape"):
        return None
    return tuple(int(d.dim_value) if d.HasField("dim_value") and d.dim_value > 0 else None for d in kind.shape.dim)

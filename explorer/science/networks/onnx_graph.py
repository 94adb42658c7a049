"""Run an ONNX graph in torch: differentiable, batched, on any device.

Only the operators that the project's networks use are known; an unknown one is refused when the file is read, not
when it is run. Nothing in the file is executed: it is a list of operator names, attributes and numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from explorer.science.errors import LikenessError
from explorer.science.networks.onnx_operators import OPERATORS, Attributes


class NetworkFileError(LikenessError, ValueError):
    """A network file that is broken, foreign or asks for more than this program will do.

    Example:
        >>> from explorer.science.networks import NetworkFileError, OnnxGraph
        >>> try:
        ...     OnnxGraph(b"not a network")
        ... except NetworkFileError as error:
        ...     print(error)
        the file is not an ONNX model, or it is damaged
    """


@dataclass(frozen=True)
class _Call:
    operator: Callable[..., Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Attributes
    release: tuple[str, ...]


class OnnxGraph(nn.Module):
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
        super().__init__()
        self._known: dict[str, str] = {}
        try:
            self._build(_parse(data).graph, outputs)
        except NetworkFileError:
            raise
        except Exception as error:  # names that are no text, tensors that are not as large as they say
            raise NetworkFileError(f"the file is not an ONNX model, or it is damaged: {error}") from error
        self.requires_grad_(False)
        self.eval()

    def _build(self, graph: onnx.GraphProto, outputs: Iterable[str] | None) -> None:
        for tensor in graph.initializer:
            self._keep(tensor.name, tensor)
        constants = [node for node in graph.node if node.op_type == "Constant"]
        for node in constants:
            self._keep(node.output[0], _value_attribute(node))
        self.input_names = tuple(i.name for i in graph.input if i.name not in self._known)
        self.output_names = tuple(outputs) if outputs is not None else tuple(o.name for o in graph.output)
        self._calls = _schedule([n for n in graph.node if n.op_type != "Constant"], self.output_names)

    def _keep(self, name: str, tensor: onnx.TensorProto) -> None:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            raise NetworkFileError(f"tensor {name!r} lies in another file; only self-contained ONNX files are read")
        attribute = f"constant_{len(self._known)}"
        # A copy: the proto's memory is read-only and goes with it.
        self.register_buffer(attribute, torch.from_numpy(np.array(numpy_helper.to_array(tensor))))
        self._known[name] = attribute

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Run the graph on inputs in the order of `input_names`; returns outputs in the order of `output_names`."""
        values: dict[str, Any] = {name: getattr(self, attribute) for name, attribute in self._known.items()}
        values[""] = None
        values.update(zip(self.input_names, inputs, strict=True))
        for call in self._calls:
            result = call.operator(call.attributes, *(values[name] for name in call.inputs))
            if len(call.outputs) == 1:
                values[call.outputs[0]] = result
            else:
                values.update(zip(call.outputs, result, strict=False))
            for name in call.release:
                del values[name]
        return tuple(values[name] for name in self.output_names)


def _parse(data: bytes) -> onnx.ModelProto:
    try:
        model = onnx.load_model_from_string(data)
    except Exception as error:  # protobuf's own exception types differ between its implementations
        raise NetworkFileError("the file is not an ONNX model, or it is damaged") from error
    unknown = sorted({str(n.op_type) for n in model.graph.node} - OPERATORS.keys() - {"Constant"})
    if unknown or not model.graph.node:
        raise NetworkFileError(
            f"the ONNX model uses operators that are not supported: {', '.join(unknown) or 'none at all'}"
        )
    return model


def _value_attribute(node: onnx.NodeProto) -> onnx.TensorProto:
    for attribute in node.attribute:
        if attribute.name == "value":
            tensor: onnx.TensorProto = attribute.t
            return tensor
    raise NetworkFileError(f"constant {node.output[0]!r} has no tensor value")


def _schedule(nodes: list[onnx.NodeProto], wanted: tuple[str, ...]) -> list[_Call]:
    """Drop what no wanted output needs, and note after which call each value is no longer needed."""
    needed = set(wanted)
    kept: list[onnx.NodeProto] = []
    for node in reversed(nodes):
        if needed & set(node.output):
            needed |= set(node.input)
            kept.append(node)
    missing = set(wanted) - {name for node in kept for name in node.output}
    if missing:
        raise NetworkFileError(f"the graph has no output called {', '.join(sorted(missing))}")
    made = {name for node in kept for name in node.output}
    seen = set(wanted)
    calls: list[_Call] = []
    for node in kept:  # still last to first: the first time a value is met here is its last use
        names = tuple(dict.fromkeys(node.input))
        release = tuple(name for name in names if name in made and name not in seen)
        seen |= set(names)
        attributes = {a.name: _plain(onnx.helper.get_attribute_value(a)) for a in node.attribute}
        calls.append(_Call(OPERATORS[node.op_type], tuple(node.input), tuple(node.output), attributes, release))
    return calls[::-1]


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    return tuple(value) if isinstance(value, list) or hasattr(value, "append") else value

"""Write an ONNX file again with other weights: the graph, its names and all else stay as they were."""

from __future__ import annotations

from collections.abc import Mapping

import onnx
from onnx import numpy_helper
from torch import Tensor

from explorer.science.networks.errors import NetworkFileError


def with_weights(data: bytes, weights: Mapping[str, Tensor], words: Mapping[str, str] | None = None) -> bytes:
    """An ONNX file with some of its tensors replaced, each in the type that it had.

    Args:
        data: the file. weights: by the tensors' names, in their shapes. words: what is said of the model, by key.

    Raises:
        NetworkFileError: it is no ONNX model, or has no such tensor of that shape.
    """
    try:
        model = onnx.load_model_from_string(data)
    except Exception as error:  # protobuf's own exception types differ between its implementations
        raise NetworkFileError("the file is not an ONNX model, or it is damaged") from error
    held = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant":
            held |= {name: given.t for name in node.output for given in node.attribute if given.name == "value"}
    for name, weight in weights.items():
        if name not in held or tuple(held[name].dims) != tuple(weight.shape):
            raise NetworkFileError(f"the ONNX model has no tensor {name!r} of {tuple(weight.shape)} numbers")
        was, called = numpy_helper.to_array(held[name]), held[name].name
        held[name].CopyFrom(numpy_helper.from_array(weight.detach().cpu().numpy().astype(was.dtype), called))
    for key, value in (words or {}).items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    written: bytes = model.SerializeToString(deterministic=True)
    return written

"""Read a TensorFlow.js model: a JSON of its graph and of its weights' shapes, and shards of raw numbers beside it."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.science.names import said
from explorer.science.networks.channels_last import depthwise_weight, full_weight
from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.graph import GraphNode, TensorGraph
from explorer.science.networks.tensorflow_ops import FUSED, OPERATORS

LARGEST_JSON = 8 << 20
_LARGEST_SHARDS = 1 << 30
_TYPES = {"float32": "<f4", "float16": "<f2", "int32": "<i4", "uint8": "u1", "uint16": "<u2", "bool": "u1"}
# What TensorFlow calls one operator in several ways.
_NAMES = {
    "_FusedConv2D": "Conv2D",
    "DepthwiseConv2dNative": "DepthwiseConv2D",
    "FusedDepthwiseConv2dNative": "DepthwiseConv2D",
    "_FusedMatMul": "MatMul",
    "BatchMatMulV2": "MatMul",
    "FusedBatchNormV2": "FusedBatchNorm",
    "FusedBatchNormV3": "FusedBatchNorm",
}


def read_json(path: Path) -> dict[str, Any]:
    """The JSON of a model.

    Raises:
        NetworkFileError: it is damaged, too long, or no TensorFlow.js model.
    """
    if path.stat().st_size > LARGEST_JSON:
        raise NetworkFileError(f"the JSON has {path.stat().st_size} bytes, more than any network's")
    return _parsed(path.read_bytes())


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NetworkFileError(f"the JSON is damaged: {said(error)}") from error
    if (
        not isinstance(found, dict)
        or not isinstance(found.get("modelTopology"), dict)
        or "weightsManifest" not in found
    ):
        raise NetworkFileError("this is JSON, but no TensorFlow.js model: it has no modelTopology and weightsManifest")
    result: dict[str, Any] = found
    return result


def shards_of(path: Path, model: Mapping[str, Any]) -> list[Path]:
    """The files that hold the weights, all beside the JSON.

    Raises:
        NetworkFileError: one is not there, lies elsewhere, or they are too large.
    """
    try:
        names = [str(name) for group in model["weightsManifest"] for name in group["paths"]]
    except (KeyError, TypeError) as error:
        raise NetworkFileError("the list of its weights is damaged") from error
    if len(set(names)) < len(names):
        raise NetworkFileError("its weights are said to lie in one file several times")
    files = []
    for name in names:
        if not name or "/" in name or "\\" in name or name.startswith("."):
            raise NetworkFileError(f"its weights are said to lie in {name[:80]!r}; only files beside the JSON are read")
        files.append(path.parent / name)
        if not files[-1].is_file():
            raise NetworkFileError(f"its weights lie in {name[:80]!r}, which is not beside the JSON; put it there")
    if sum(file.stat().st_size for file in files) > _LARGEST_SHARDS:
        raise NetworkFileError("its weights are larger than 1 GB")
    return files


def read_weights(path: Path, model: Mapping[str, Any]) -> dict[str, Tensor]:
    """The weights by name, as float32 or int64.

    Raises:
        NetworkFileError: they are not what the JSON says of them.
    """
    shards_of(path, model)
    found: dict[str, Tensor] = {}
    with _damaged_list():
        for group in model["weightsManifest"]:
            data = b"".join((path.parent / name).read_bytes() for name in group["paths"])
            found |= _group(group, data, 0)[0]
    return found


def read_joined(data: bytes) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The JSON of a model and its weights, as `read_json` and `read_weights`, of one file that holds both.

    Args:
        data: the JSON, and right behind it the shards in the order in which the JSON lists them.

    Raises:
        NetworkFileError: it is no such file, or damaged.
    """
    try:
        # A letter a byte: what lies behind the JSON is no text.
        _, place = json.JSONDecoder().raw_decode(data.decode("latin-1"))
    except (ValueError, RecursionError) as error:
        raise NetworkFileError("the file does not begin with the JSON of a TensorFlow.js model") from error
    model = _parsed(data[:place])
    return model, weights_of(model, data, place)


def weights_of(model: Mapping[str, Any], data: bytes, place: int = 0) -> dict[str, Tensor]:
    """The weights by name, as `read_weights`, of shards that lie one behind the other.

    Args:
        place: where in the data the first begins.

    Raises:
        NetworkFileError: they are not what the JSON says of them.
    """
    found: dict[str, Tensor] = {}
    with _damaged_list():
        for group in model["weightsManifest"]:
            some, place = _group(group, data, place)
            found |= some
    return found


@contextmanager
def _damaged_list() -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        if isinstance(error, NetworkFileError):
            raise
        raise NetworkFileError("the list of its weights is damaged") from error


def _group(group: Mapping[str, Any], data: bytes, place: int) -> tuple[dict[str, Tensor], int]:
    found: dict[str, Tensor] = {}
    for entry in group["weights"]:
        found[str(entry["name"])], place = _weight(entry, data, place)
    return found, place


def _weight(entry: Mapping[str, Any], data: bytes, place: int) -> tuple[Tensor, int]:
    quantised = entry.get("quantization") or {}
    kind = str(quantised.get("dtype", entry["dtype"]))
    if kind not in _TYPES:
        raise NetworkFileError(f"weight {entry['name']!r} is of type {kind[:40]!r}, which is not supported")
    shape = [int(size) for size in entry["shape"]]
    count, width = math.prod(shape), np.dtype(_TYPES[kind]).itemsize
    if min(shape, default=1) < 0 or place + count * width > len(data):
        raise NetworkFileError(f"weight {entry['name']!r} has {count} numbers, which its shards do not hold")
    values = np.frombuffer(data, _TYPES[kind], count, place).reshape(shape)
    whole = str(entry["dtype"]) in ("int32", "bool", "uint8")
    result = values.astype(np.int64 if whole and not quantised else np.float32)
    if "scale" in quantised:
        result = (values.astype(np.float64) * float(quantised["scale"]) + float(quantised.get("min", 0))).astype("f4")
    return torch.from_numpy(result), place + count * width


class TfjsGraph(TensorGraph):
    """The graph of a TensorFlow.js graph model, on pictures (B, H, W, 3).

    Args:
        model: its JSON.
        weights: by name.
        output: name of the node whose value is returned; the first of those that the model names where None.

    Raises:
        NetworkFileError: an operator or an option is not supported, or the graph is damaged.
    """

    def __init__(self, model: Mapping[str, Any], weights: Mapping[str, Tensor], output: str | None = None) -> None:
        try:
            nodes = [node for node in model["modelTopology"]["node"] if node["op"] not in ("Const", "Placeholder")]
            given = [node for node in model["modelTopology"]["node"] if node["op"] == "Placeholder"]
            unknown = sorted({str(node["op"]) for node in nodes if _NAMES.get(node["op"], node["op"]) not in OPERATORS})
            if unknown:
                raise NetworkFileError(f"the graph uses operators that are not supported: {', '.join(unknown)[:200]}")
            constants = dict(weights)
            made = [_node(node, constants) for node in nodes]
            shape = given[0].get("attr", {}).get("shape", {}).get("shape", {}).get("dim", []) if given else []
            sizes = tuple(int(dim.get("size", -1)) for dim in shape)
            self.outputs_named = tuple(_outputs(model, made))
            wanted = output or self.outputs_named[0]
            super().__init__(constants, [str(node["name"]) for node in given], made, (wanted,))
        except NetworkFileError:
            raise
        except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
            raise NetworkFileError(f"the graph is damaged: {said(error)}") from error
        self.input_shape = sizes


def _outputs(model: Mapping[str, Any], nodes: list[GraphNode]) -> Iterator[str]:
    named = (model.get("signature") or {}).get("outputs") or {}
    if named:
        yield from (_plain(str(value.get("name", name))) for name, value in named.items())
        return
    used = {name for node in nodes for name in node.inputs}
    # What is needed by nothing at the end is the answer; before it, it is what a damaged graph has lost the use of.
    yield from (node.outputs[0] for node in reversed(nodes) if node.outputs[0] not in used)


def _plain(name: str) -> str:
    """A value's name without the number of its node's first output."""
    name = name.removeprefix("^")
    return name[:-2] if name.endswith(":0") else name


def _node(node: Mapping[str, Any], constants: dict[str, Tensor]) -> GraphNode:
    kind = _NAMES.get(node["op"], node["op"])
    inputs = [_plain(str(name)) for name in node.get("input", ()) if not str(name).startswith("^")]
    attributes = _attributes(kind, node)
    if kind in ("Conv2D", "DepthwiseConv2D"):
        kernel = f"{inputs[1]}/torch"
        if inputs[1] not in constants:
            raise NetworkFileError(f"the kernel of {node['name']!r} is no constant, which is not supported")
        constants[kernel] = (full_weight if kind == "Conv2D" else depthwise_weight)(constants[inputs[1]])
        inputs[1] = kernel
    return GraphNode(OPERATORS[kind], tuple(inputs), (str(node["name"]),), attributes)


def _attributes(kind: str, node: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: _value(value) for name, value in (node.get("attr") or {}).items()}
    if found.get("data_format", "NHWC") != "NHWC":
        raise NetworkFileError(f"{node['name']!r} has its channels first, which is not supported")
    result: dict[str, Any] = {}
    for name in ("padding", "epsilon", "alpha", "transpose_a", "transpose_b", "keep_dims"):
        if name in found:
            result[name] = found[name]
    for name, source in (("strides", "strides"), ("dilations", "dilations"), ("size", "ksize")):
        if found.get(source):
            result[name] = (found[source][1], found[source][2])
    if kind == "Squeeze":
        result["axes"] = found.get("squeeze_dims")
    if "adj_x" in found or "adj_y" in found:
        result |= {"transpose_a": found.get("adj_x"), "transpose_b": found.get("adj_y")}
    fused = [name for name in found.get("fused_ops") or [] if name != "BiasAdd"]
    if fused:
        (activation,) = fused
        if activation not in FUSED and activation != "Prelu":
            raise NetworkFileError(f"{node['name']!r} has {activation[:40]!r} fused into it, which is not supported")
        result["activation"] = activation
    return result


def _value(attribute: Mapping[str, Any]) -> Any:
    """What an attribute of a node holds; JSON has whole numbers as text and text in base64."""
    if "s" in attribute:
        return base64.b64decode(attribute["s"]).decode()
    if "list" in attribute:
        values = attribute["list"]
        if "s" in values:
            return [base64.b64decode(value).decode() for value in values["s"]]
        return [int(value) for value in values.get("i", ())]
    if "i" in attribute:
        return int(attribute["i"])
    return attribute.get("f", attribute.get("b"))

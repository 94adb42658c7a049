"""What a TensorFlow.js graph computes by its attributes, and its weights, read from one file that holds both.

The computation is written from TensorFlow's documentation in numpy and torch's functions, in double precision, and
shares nothing with the reader.
"""

from __future__ import annotations

import base64
import json

import numpy as np
import torch
import torch.nn.functional as F

_STORED = {"float32": "<f4", "float16": "<f2", "int32": "<i4", "uint8": "u1", "uint16": "<u2"}


def computed(data: bytes, image: np.ndarray, wanted: str) -> np.ndarray:
    """What a node gives for (B, H, W, 3) of a joined file: its JSON, then its shards.

    Raises:
        LookupError: a node on the way is of a kind that is not written here.
    """
    model, end = json.JSONDecoder().raw_decode(data.decode("latin-1"))
    values = {name: torch.from_numpy(array) for name, array in _weights(model, data[end:]).items()}
    nodes = {node["name"]: node for node in model["modelTopology"]["node"]}

    def value(name: str) -> torch.Tensor:
        name = name.partition(":")[0]
        if name not in values:
            node = nodes[name]
            if node["op"] == "Placeholder":
                values[name] = torch.from_numpy(image).double()
            elif node["op"] not in _COMPUTED:
                raise LookupError(f"no independent computation of {node['op']}")
            else:
                sources = [value(one) for one in node["input"] if not one.startswith("^")]
                values[name] = _COMPUTED[node["op"]](node.get("attr", {}), *sources)
        return values[name]

    return value(wanted).numpy()


def _weights(model, content: bytes):
    """Every weight in double precision, in the order of the manifest; whole numbers stay whole."""
    found, place = {}, 0
    for group in model["weightsManifest"]:
        for entry in group["weights"]:
            packed = entry.get("quantization")
            kind = np.dtype(_STORED[packed["dtype"] if packed else entry["dtype"]])
            count = int(np.prod(entry["shape"], dtype=int))
            array = np.frombuffer(content, kind, count, place).reshape(entry["shape"])
            place += count * kind.itemsize
            if packed and "scale" in packed:
                array = array * float(packed["scale"]) + float(packed["min"])
            found[entry["name"]] = array.astype(np.int64 if entry["dtype"] == "int32" else np.float64)
    return found


def _text(attributes, name, usual=""):
    said = attributes.get(name, {}).get("s")
    return usual if said is None else base64.b64decode(said).decode()


def _numbers(attributes, name, usual):
    said = attributes.get(name, {}).get("list", {}).get("i")
    return usual if said is None else [int(one) for one in said]


def _same(x, extents, strides, attributes, fill=0.0):
    """x (B, C, H, W) in the frame that "same" wants: half of what is missing, the odd row below."""
    if _text(attributes, "padding", "VALID") != "SAME":
        return x
    rows, columns = (
        max((-(-size // stride) - 1) * stride + extent - size, 0)
        for size, extent, stride in zip(x.shape[2:], extents, strides, strict=True)
    )
    return F.pad(x, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2), value=fill)


def _ended(attributes, y, rest):
    """What is fused behind: a bias, a norm or an activation, in their order. y: (B, ..., C)."""
    rest = list(rest)
    for raw in attributes.get("fused_ops", {}).get("list", {}).get("s", []):
        kind = base64.b64decode(raw).decode()
        y = {"BiasAdd": lambda y=y: y + rest.pop(0), "Prelu": lambda y=y: _prelu({}, y, rest.pop(0))}.get(
            kind, lambda y=y, kind=kind: _COMPUTED[kind]({}, y)
        )()
    return y


def _convolved(attributes, x, kernel, *rest, depthwise=False):
    strides, dilations = (_numbers(attributes, name, [1] * 4)[1:3] for name in ("strides", "dilations"))
    rows, columns, inner, _ = kernel.shape
    weight = kernel.permute(2, 3, 0, 1).reshape(-1, 1, rows, columns) if depthwise else kernel.permute(3, 2, 0, 1)
    extents = [(size - 1) * dilation + 1 for size, dilation in zip((rows, columns), dilations, strict=True)]
    framed = _same(x.permute(0, 3, 1, 2), extents, strides, attributes)
    y = F.conv2d(framed, weight, None, strides, 0, dilations, inner if depthwise else 1)
    return _ended(attributes, y.permute(0, 2, 3, 1), rest)


def _normed(attributes, x, gain, shift, mean, variance):
    epsilon = attributes.get("epsilon", {}).get("f", 1e-4)
    return (x - mean) / (variance + epsilon).sqrt() * gain + shift


def _pooled(attributes, x):
    size, strides = (_numbers(attributes, name, [1] * 4)[1:3] for name in ("ksize", "strides"))
    framed = _same(x.permute(0, 3, 1, 2), size, strides, attributes, -torch.inf)
    return F.max_pool2d(framed, size, strides).permute(0, 2, 3, 1)


def _mean(attributes, x, axes):
    return x.mean(axes.reshape(-1).tolist(), keepdim=bool(attributes.get("keep_dims", {}).get("b", False)))


def _prelu(attributes, x, slope):
    return torch.where(x > 0, x, slope * x)


def _padded(attributes, x, borders):
    return F.pad(x, [int(one) for pair in borders.flip(0).tolist() for one in pair])


_COMPUTED = {
    "_FusedConv2D": _convolved,
    "_FusedMatMul": lambda attributes, x, kernel, *rest: _ended(attributes, x @ kernel, rest),
    "Add": lambda attributes, x, y: x + y,
    "AddV2": lambda attributes, x, y: x + y,
    "BiasAdd": lambda attributes, x, y: x + y,
    "Conv2D": _convolved,
    "DepthwiseConv2dNative": lambda *given: _convolved(*given, depthwise=True),
    "FusedBatchNorm": _normed,
    "FusedBatchNormV3": _normed,
    "FusedDepthwiseConv2dNative": lambda *given: _convolved(*given, depthwise=True),
    "Identity": lambda attributes, x: x,
    "MatMul": lambda attributes, x, y: x @ y,
    "MaxPool": _pooled,
    "Maximum": lambda attributes, x, y: torch.maximum(x, y.to(x.dtype)),
    "Mean": _mean,
    "Minimum": lambda attributes, x, y: torch.minimum(x, y.to(x.dtype)),
    "Mul": lambda attributes, x, y: x * y,
    "Pad": _padded,
    "Prelu": _prelu,
    "Relu": lambda attributes, x: x.relu(),
    "Relu6": lambda attributes, x: x.clamp(0, 6),
    "Reshape": lambda attributes, x, shape: x.reshape(shape.tolist()),
    "Squeeze": lambda attributes, x: x.flatten(1),
    "Sub": lambda attributes, x, y: x - y,
}

"""ONNX's operators on shapes: reshaping, cutting, joining, reading out."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.networks.graph import baked_batch
from explorer.science.networks.onnx_ops.table import Attributes, axes_of, integers, operator

# No graph of a face encoder holds a tensor near as large; a file that asks for one is damaged or hostile.
_LARGEST = 1 << 28


def _allowed(sizes: list[int]) -> list[int]:
    if math.prod(sizes) > _LARGEST:
        raise ValueError(f"a tensor of {math.prod(sizes)} numbers is larger than this program makes")
    return sizes


@operator("Flatten")
def _flatten(attributes: Attributes, x: Tensor) -> Tensor:
    axis = attributes.get("axis", 1)
    axis = axis + x.ndim if axis < 0 else axis
    return x.reshape(x.shape[:axis].numel(), -1)


@operator("Reshape")
def _reshape(attributes: Attributes, x: Tensor, shape: Tensor | None = None) -> Tensor:
    asked = integers(shape) if shape is not None else list(attributes["shape"])
    if attributes.get("allowzero", 0) and 0 in (asked or ()):
        return x.reshape(asked or [])
    sizes = [x.shape[i] if size == 0 else size for i, size in enumerate(asked or [])]
    return x.reshape(baked_batch(sizes, x))


@operator("Transpose")
def _transpose(attributes: Attributes, x: Tensor) -> Tensor:
    return x.permute(attributes.get("perm") or tuple(reversed(range(x.ndim))))


@operator("Squeeze")
def _squeeze(attributes: Attributes, x: Tensor, axes: Tensor | None = None) -> Tensor:
    chosen = axes_of(attributes, axes)
    return x.squeeze() if chosen is None else x.squeeze(tuple(chosen))


@operator("Unsqueeze")
def _unsqueeze(attributes: Attributes, x: Tensor, axes: Tensor | None = None) -> Tensor:
    chosen = axes_of(attributes, axes) or []
    for axis in sorted(axis % (x.ndim + len(chosen)) for axis in chosen):
        x = x.unsqueeze(axis)
    return x


@operator("Concat")
def _concat(attributes: Attributes, *inputs: Tensor) -> Tensor:
    axis = attributes["axis"]
    shapes = {t.shape[0] for t in inputs if t.ndim > 1}
    if len(shapes) == 2 and 1 in shapes and axis % inputs[0].ndim:  # a constant that was exported for a batch of one
        batch = max(shapes)
        inputs = tuple(t.expand(batch, *t.shape[1:]) if t.ndim > 1 and t.shape[0] == 1 else t for t in inputs)
    return torch.cat(inputs, axis)


@operator("Split")
def _split(attributes: Attributes, x: Tensor, sizes: Tensor | None = None) -> tuple[Tensor, ...]:
    axis = attributes.get("axis", 0)
    parts = integers(sizes) if sizes is not None else list(attributes.get("split") or ())
    if not parts:
        width = math.ceil(x.shape[axis] / attributes.get("num_outputs", attributes["outputs"]))
        return torch.split(x, width, axis)
    return torch.split(x, parts, axis)


@operator("Slice")
def _slice(
    attributes: Attributes,
    x: Tensor,
    starts: Tensor | None = None,
    ends: Tensor | None = None,
    axes: Tensor | None = None,
    steps: Tensor | None = None,
) -> Tensor:
    begin = integers(starts) if starts is not None else list(attributes["starts"])
    end = integers(ends) if ends is not None else list(attributes["ends"])
    dims = axes_of(attributes, axes) or list(range(len(begin or ())))
    strides = integers(steps) or [1] * len(dims)
    for first, last, dim, stride in zip(begin or (), end or (), dims, strides, strict=True):
        if stride < 0:
            places = list(range(x.shape[dim]))[slice(first, None if last < -x.shape[dim] else last, stride)]
            x = x.index_select(dim, torch.tensor(places, dtype=torch.int64, device=x.device))
        else:
            index = [slice(None)] * x.ndim
            index[dim] = slice(first, last, stride)
            x = x[tuple(index)]
    return x


@operator("Gather")
def _gather(attributes: Attributes, x: Tensor, indices: Tensor) -> Tensor:
    axis = attributes.get("axis", 0) % x.ndim
    if indices.ndim == 0:
        return x.select(axis, int(indices))
    indices = torch.where(indices < 0, indices + x.shape[axis], indices)
    chosen = x.index_select(axis, indices.reshape(-1))
    return chosen.reshape(x.shape[:axis] + indices.shape + x.shape[axis + 1 :])


@operator("Shape")
def _shape(attributes: Attributes, x: Tensor) -> Tensor:
    sizes = list(x.shape)[attributes.get("start", 0) : attributes.get("end")]
    return torch.tensor(sizes, dtype=torch.int64)


@operator("Size")
def _size(attributes: Attributes, x: Tensor) -> Tensor:
    return torch.tensor(x.numel(), dtype=torch.int64)


@operator("Expand")
def _expand(attributes: Attributes, x: Tensor, shape: Tensor) -> Tensor:
    # NumPy's, which says the same: torch's brings its symbolic shapes, and with them sympy.
    return x.expand(np.broadcast_shapes(x.shape, tuple(_allowed(integers(shape) or []))))


@operator("Tile")
def _tile(attributes: Attributes, x: Tensor, repeats: Tensor) -> Tensor:
    counts = integers(repeats) or []
    _allowed([size * count for size, count in zip(x.shape, counts, strict=True)])
    return x.repeat(counts)


@operator("Range")
def _range(attributes: Attributes, start: Tensor, limit: Tensor, delta: Tensor) -> Tensor:
    first, last, step = start.item(), limit.item(), delta.item()
    _allowed([max(math.ceil((last - first) / step), 0)])
    return torch.arange(first, last, step, dtype=start.dtype, device=start.device)


@operator("ConstantOfShape")
def _constant_of_shape(attributes: Attributes, shape: Tensor) -> Tensor:
    value = attributes.get("value")
    sizes = _allowed(integers(shape) or [])
    if value is None:
        return torch.zeros(sizes, device=shape.device)
    return torch.full(sizes, value.reshape(-1)[0].item(), dtype=value.dtype, device=shape.device)


@operator("Pad")
def _pad(
    attributes: Attributes,
    x: Tensor,
    pads: Tensor | None = None,
    value: Tensor | None = None,
    axes: Tensor | None = None,
) -> Tensor:
    asked = integers(pads) if pads is not None else list(attributes.get("pads") or attributes["paddings"])
    count = len(asked or ()) // 2
    dims = [axis % x.ndim for axis in integers(axes) or range(x.ndim - count, x.ndim)]
    before = dict(zip(dims, (asked or [])[:count], strict=True))
    after = dict(zip(dims, (asked or [])[count:], strict=True))
    _allowed([size + before.get(i, 0) + after.get(i, 0) for i, size in enumerate(x.shape)])
    mode = attributes.get("mode", "constant")
    if mode == "constant":
        filler = float(value) if value is not None else attributes.get("value", 0.0)
        sizes = [size for axis in reversed(range(x.ndim)) for size in (before.get(axis, 0), after.get(axis, 0))]
        return F.pad(x, sizes, value=filler)
    for axis in dims:
        x = x.index_select(axis, _beyond(mode, x.shape[axis], before[axis], after[axis]).to(x.device))
    return x


def _beyond(mode: str, size: int, before: int, after: int) -> Tensor:
    """Which places of an axis fill its pads."""
    places = torch.arange(-before, size + after)
    if mode == "edge":
        return places.clamp(0, size - 1)
    if mode == "wrap":
        return places % size
    if mode == "reflect":
        period = max(2 * (size - 1), 1)
        places = places % period
        return torch.minimum(places, period - places) if size > 1 else torch.zeros_like(places)
    raise ValueError(f"a Pad of mode {mode} is not supported")


@operator("SpaceToDepth")
def _space_to_depth(attributes: Attributes, x: Tensor) -> Tensor:
    block = attributes["blocksize"]
    batch, channels, rows, columns = x.shape
    if attributes.get("mode", "DCR") == "CRD":
        return F.pixel_unshuffle(x, block)
    parts = x.reshape(batch, channels, rows // block, block, columns // block, block)
    return parts.permute(0, 3, 5, 1, 2, 4).reshape(batch, channels * block**2, rows // block, columns // block)


@operator("DepthToSpace")
def _depth_to_space(attributes: Attributes, x: Tensor) -> Tensor:
    block = attributes["blocksize"]
    batch, channels, rows, columns = x.shape
    if attributes.get("mode", "DCR") == "CRD":
        return F.pixel_shuffle(x, block)
    parts = x.reshape(batch, block, block, channels // block**2, rows, columns)
    return parts.permute(0, 3, 4, 1, 5, 2).reshape(batch, channels // block**2, rows * block, columns * block)

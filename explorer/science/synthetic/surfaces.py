"""What is drawn: triangles, and at their corners what the light meets there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# What a pixel shows, by its number in a segmentation.
SEGMENTS = (
    *("background", "skin", "eyes", "mouth", "teeth", "brows", "lashes", "hair", "beard"),
    *("glasses", "hat", "clothes"),
)


@dataclass(frozen=True, eq=False)
class Surface:
    """A mesh with its looks; V vertices, T triangles.

    vertices: (V, 3) millimetres, in the head's axes. normals: (V, 3) unit, likewise.
    triangles: (T, 3) int64.
    albedo: (V, 3) linear RGB.
    openness: (V,) from 0 to 1, the share of the light around that reaches the point.
    gloss: (V,) reflectance at a right angle. sharpness: (V,) exponent of the highlight.
    segments: (T,) int64, places in `SEGMENTS`.
    """

    vertices: Tensor
    normals: Tensor
    triangles: Tensor
    albedo: Tensor
    openness: Tensor
    gloss: Tensor
    sharpness: Tensor
    segments: Tensor

    def to(self, *to: Any) -> Surface:
        """The same on another device or in another precision; indices stay integers."""
        target = torch.empty(0).to(*to)
        moved = {}
        for field in fields(self):
            tensor: Tensor = getattr(self, field.name)
            moved[field.name] = tensor.to(target) if tensor.is_floating_point() else tensor.to(target.device)
        return replace(self, **moved)


def surface(
    segment: str,
    vertices: Floats,
    triangles: Integers,
    normals: Floats,
    albedo: Floats | Sequence[float],
    *,
    openness: Floats | float = 1.0,
    gloss: Floats | float = 0.0,
    sharpness: Floats | float = 10.0,
) -> Surface:
    """A surface of one segment; what is one for all vertices is spread over them."""

    def spread(values: Floats | Sequence[float] | float, *shape: int) -> Tensor:
        whole = np.broadcast_to(np.asarray(values, dtype=np.float32), (len(vertices), *shape))
        return torch.from_numpy(whole.copy())

    return Surface(
        vertices=spread(vertices, 3),
        normals=spread(normals, 3),
        triangles=torch.from_numpy(np.ascontiguousarray(triangles, dtype=np.int64)),
        albedo=spread(albedo, 3),
        openness=spread(openness),
        gloss=spread(gloss),
        sharpness=spread(sharpness),
        segments=torch.full((len(triangles),), SEGMENTS.index(segment)),
    )


def joined(parts: Sequence[Surface]) -> Surface:
    """All parts as one, in order."""
    counts = [len(part.vertices) for part in parts]
    firsts = np.cumsum([0, *counts[:-1]]).tolist()
    whole: dict[str, Tensor] = {}
    for field in fields(Surface):
        pieces = [getattr(part, field.name) for part in parts]
        if field.name == "triangles":
            pieces = [piece + first for piece, first in zip(pieces, firsts, strict=True)]
        whole[field.name] = torch.cat(pieces)
    return Surface(**whole)


def grid_triangles(rows: int, columns: int, closed: bool = False) -> Integers:
    """Triangles between the neighbours of a grid of vertices that lie row by row, (T, 3).

    Seen from outside counter-clockwise where columns go to the right and rows down; the last column meets the first
    where closed.
    """
    across = columns if closed else columns - 1
    row, column = (part.ravel() for part in np.meshgrid(np.arange(rows - 1), np.arange(across), indexing="ij"))
    a, b = row * columns + column, row * columns + (column + 1) % columns
    c, d = a + columns, b + columns
    return np.stack([np.stack([a, c, b], 1), np.stack([b, c, d], 1)], 1).reshape(-1, 3)


def linear_from_display(colours: Floats) -> Floats:
    """Linear light from sRGB values in [0, 1] (IEC 61966-2-1)."""
    values = np.clip(np.asarray(colours, np.float64), 0, 1)
    linear: Floats = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return linear


def display_from_linear(light: Tensor) -> Tensor:
    """sRGB values in [0, 1] of linear light, clamped; differentiable, with bounded gradients."""
    held = light.clamp(0, 1)
    curved = 1.055 * held.clamp_min(0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(held <= 0.0031308, 12.92 * held, curved)

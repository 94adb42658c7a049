"""One point of the skin, found from the photograph, from the texture or from the mesh, and shown in all three."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.studio.geometry.view.face_view import Shape, Topology

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class SkinPoint:
    """A point of a topology: a triangle and the weights of its corners, which sum to 1."""

    triangle: int
    weights: tuple[float, float, float]

    def of(self, values: Floats, topology: Topology) -> Floats:
        """Values on points, (P, C), at this one: (C,)."""
        corners = topology.triangles[self.triangle]
        value: Floats = np.array(self.weights, np.float32) @ values[corners]
        return value


def point_at(places: Floats, topology: Topology, x: float, y: float, normals: Floats | None = None) -> SkinPoint | None:
    """The point of the skin under a place.

    Args:
        places: (P, 2 or 3) where the points lie, a third coordinate being depth, larger nearer.
        x, y: in the same units.
        normals: (P,) of which only the sign counts: triangles that turn away are passed over.

    Returns:
        The nearest to the viewer, or None off the face.
    """
    triangles = topology.triangles
    a, b, c = (places[triangles[:, corner], :2] for corner in range(3))
    low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
    point = np.array([x, y], np.float32)
    near = np.flatnonzero(((low <= point) & (high >= point)).all(1))
    if not len(near):
        return None
    a, b, c = a[near], b[near], c[near]
    area = _cross(b - a, c - a)
    with np.errstate(divide="ignore", invalid="ignore"):
        two, three = _cross(point - a, c - a) / area, _cross(b - a, point - a) / area
    weights = np.stack([1 - two - three, two, three], 1)
    inside = np.isfinite(weights).all(1) & (weights >= -1e-5).all(1)
    if normals is not None:
        inside &= normals[triangles[near]].sum(1) > 0
    if not inside.any():
        return None
    near, weights = near[inside], weights[inside]
    depth = (places[triangles[near], 2] * weights).sum(1) if places.shape[1] > 2 else np.zeros(len(near))
    best = int(depth.argmax())
    first, second, third = (float(weight) for weight in weights[best])
    return SkinPoint(int(near[best]), (first, second, third))


def finer_or_coarser(point: SkinPoint, old: Topology, new: Topology) -> SkinPoint | None:
    """The same point on a mesh of another level, found in the texture map."""
    if old is new:
        return point
    u, v = (float(one) for one in point.of(old.uv, old))
    return point_at(new.uv, new, u, v)


def in_photograph(shape: Shape, point: SkinPoint, rotation: Floats, scale: float, translation: Floats) -> Floats:
    """Where a point falls in the photograph, (2,) pixels of its frame."""
    turned = rotation @ point.of(shape.points, shape.topology) * scale
    return np.array([turned[0], -turned[1]], np.float32) + translation


def _cross(one: Floats, other: Floats) -> Floats:
    return np.asarray(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0])

"""Where on the skin the 51 inner landmarks lie: where annotators put them, between the vertices that are nearest.

Landmarks have no other definition than what annotators marked (Sagonas et al., 300 Faces in-the-Wild, 2013): of a brow
its upper border, of the lips their border half-way to the corners. The model's own landmarks are vertices of its coarse
mesh, and the nearest vertex may be millimetres off. Eyes, the nose's base and the mouth's inside are vertices here,
too: what is drawn opens there.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from explorer.science.geometry.landmarks import JAW
from explorer.science.synthetic.anatomy import Anatomy
from explorer.science.synthetic.surfaces import Floats, Integers

# Millimetres from the model's vertex to the right in the picture, and up, on the mean head: of the person's right side;
# the left is its mirror image. It is the median way, over 40 people (seeds 0 to 39) and both sides, to where dlib's
# predictor finds the landmark, which learnt from such annotations: what the part `labels` of `benchmarks.people` tells
# of every landmark. That part judges other people.
MOVED: dict[int, tuple[float, float]] = {
    **{17: (-2.4, 4.3), 18: (1.1, 2.2), 19: (-1.3, 4.2), 20: (3.6, 2.0), 21: (1.0, 2.6)},
    **{27: (0.0, 2.8), 28: (0.0, 1.2), 29: (0.0, -1.1), 30: (0.0, -2.0)},
    **{49: (-1.7, -0.7), 50: (-1.3, 0.7), 58: (-0.3, -1.8), 59: (2.0, -2.8)},
}
# Landmarks of the person's left side that are moved, by those of the right.
_LEFT = {26: 17, 25: 18, 24: 19, 23: 20, 22: 21, 53: 49, 52: 50, 55: 59, 56: 58}


@lru_cache(maxsize=2)
def inner_points(body: Anatomy) -> Floats:
    """The landmarks 17 to 67 as places on the fine mesh, as of `strands.at_roots`: (51, 6)."""
    vertices = body.landmarks[JAW:]
    places = vertex_places(vertices)
    corners = body.mean[body.triangles]
    for landmark, vertex in enumerate(vertices, JAW):
        moved = _moved(landmark)
        if moved is not None:
            places[landmark - JAW] = _place(body, corners, body.mean[vertex], moved)
    return places


def vertex_places(vertices: Integers) -> Floats:
    """Vertices (N,) as places (N, 6)."""
    return np.concatenate([vertices[:, None].repeat(3, 1), np.tile([1.0, 0.0, 0.0], (len(vertices), 1))], 1)


def _moved(landmark: int) -> Floats | None:
    """(2,) by how far a landmark lies right and up in the picture from its vertex."""
    if landmark in MOVED:
        return np.array(MOVED[landmark])
    mirrored = _LEFT.get(landmark)
    return np.array(MOVED[mirrored]) * (-1, 1) if mirrored in MOVED else None


def _place(body: Anatomy, corners: Floats, start: Floats, moved: Floats) -> Floats:
    """The place (6,) of the skin that lies so far from a point of it, seen from the front: the one nearest in depth."""
    point = start[:2] + moved
    a, b, c = (corners[:, corner, :2] for corner in range(3))
    area = _cross(b - a, c - a)
    # Of triangles that face the viewer the area is positive.
    safe = np.where(area > 1e-9, area, np.inf)
    two, three = _cross(point - a, c - a) / safe, _cross(b - a, point - a) / safe
    weights = np.stack([1 - two - three, two, three], 1)
    depth = (weights * corners[:, :, 2]).sum(1)
    inside = (weights >= -1e-9).all(1) & np.isfinite(safe)
    found = np.where(inside, np.abs(depth - start[2]), np.inf).argmin()
    place: Floats = np.concatenate([body.triangles[found], weights[found]])
    return place


def _cross(one: Floats, other: Floats) -> Floats:
    crossed: Floats = one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]
    return crossed

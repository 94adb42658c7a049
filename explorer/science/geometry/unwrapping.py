"""A texture map for a mesh that has none: the head unrolled from a cylinder about its axis.

The map is symmetric about its middle column as far as the mesh is about its middle plane, for a texture is completed by
flipping the map. What lies behind other skin on its way from the axis, such as teeth or the backs of ears, would share
texels with it: it is shrunk to a point of the map and takes the colour of what covers it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.geometry.rasterising import rasterise

Floats = NDArray[np.float64]

# Angles from the front, in radians, are bent by the arc tangent with this reach: the face gets more of the map than
# the back of the head, by so much that it is still seen there.
_BEND = 1.5
_MARGIN = 0.02
# A triangle that is wider than this is one about the axis, at the crown.
_WIDEST = 1.6
# Of the picture that shows what lies behind what, and how far behind in shares of the head's width.
_PICTURE, _BEHIND = 512, 0.015
# How near a mirrored vertex lies to its partner, in shares of the head's width.
_SAME = 1e-4
# A map of the file's own is taken where its halves cover each other by this share, and show the same places to within
# this share of the head's width.
_CHECKED, _COVERED, _MIRRORED = 128, 0.97, 0.04
_SEVERAL = 0.02
_LOWER, _UPPER = 8, 27


def with_texture_map(model: MorphableModel) -> MorphableModel:
    """The same model with a texture map: its own where that can be used, else one that is made.

    A map can be used that lies within the unit square, is symmetric about its middle column and uses no texel twice.
    """
    if model.uv is None or model.uv_triangles is None or not bool(model.uv.isfinite().all()):
        return _unrolled(model)
    own = model
    if model.landmarks is not None:  # some makers count v from below
        height = _heights(model)
        if height[_LOWER] < height[_UPPER]:
            own = replace(model, uv=model.uv * model.uv.new_tensor([1.0, -1.0]) + model.uv.new_tensor([0.0, 1.0]))
    return own if _usable(own) else _unrolled(model)


def _heights(model: MorphableModel) -> Floats:
    """The v of each landmark, (68,)."""
    assert model.uv is not None
    assert model.uv_triangles is not None
    assert model.landmarks is not None
    of_vertex = np.zeros(len(model.mean))
    of_vertex[model.triangles.numpy().ravel()] = model.uv.numpy()[model.uv_triangles.numpy().ravel(), 1]
    heights: Floats = of_vertex[model.landmarks.numpy()]
    return heights


def _usable(model: MorphableModel) -> bool:
    assert model.uv is not None
    assert model.uv_triangles is not None
    if not 0 <= float(model.uv.min()) <= float(model.uv.max()) <= 1:
        return False
    flat = torch.cat([model.uv.double() * _CHECKED, model.uv.new_zeros(len(model.uv), 1).double()], 1)
    raster = rasterise(flat, model.uv_triangles, _CHECKED, _CHECKED)
    covered = raster.covered
    both = covered & covered.flip(1)
    if not both.any() or int(both.sum()) < _COVERED * int(covered.sum()):
        return False
    corners = flat[model.uv_triangles, :2]
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = float((one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]).abs().sum()) / 2
    if area > (1 + _SEVERAL) * int(covered.sum()) + 4 * _CHECKED:
        return False
    places = raster.interpolate(model.mean.double(), model.triangles)
    middle, width = places[both][:, 0].mean(), model.mean[:, 0].max() - model.mean[:, 0].min()
    mirrored = places.flip(1) * places.new_tensor([-1.0, 1.0, 1.0]) + places.new_tensor([2.0, 0.0, 0.0]) * middle
    apart = (places - mirrored)[both].norm(dim=1).mean()
    return bool(apart < _MIRRORED * width)


@dataclass(frozen=True, eq=False)
class _Head:
    """A head about its axis, V vertices. angle: from the front, toward the person's left. height, radius."""

    angle: Floats
    height: Floats
    radius: Floats
    width: float


def _unrolled(model: MorphableModel) -> MorphableModel:
    head, triangles = _head(model), model.triangles.numpy()
    angle = head.angle[triangles]
    # Across the back of the head a triangle keeps to the side of its middle.
    torn = np.ptp(angle, axis=1) > np.pi
    angle[torn] += np.where(angle[torn] < 0, 2 * np.pi, 0)
    angle[torn & (angle.mean(1) > np.pi)] -= 2 * np.pi
    pole = np.ptp(angle, axis=1) > _WIDEST
    bent = _BEND * np.arctan(angle / _BEND)
    reach = max(float(np.abs(bent[~pole]).max(initial=0.0)), 1e-6)
    low, high = head.height.min(), head.height.max()
    inside = 1 - 2 * _MARGIN
    corners = np.stack(
        [
            0.5 + np.clip(bent / (2 * reach), -0.5, 0.5) * inside,
            _MARGIN + (high - head.height[triangles]) / max(high - low, 1e-9) * inside,
        ],
        2,
    )
    shrunk = pole | _hidden(corners, head.radius[triangles], pole, _BEHIND * head.width)
    # One point for each vertex and place on the map, one more for each triangle that is shrunk.
    kept = corners[~shrunk].reshape(-1, 2)
    keys = np.concatenate([triangles[~shrunk].reshape(-1, 1), np.round(kept[:, :1] * 1e6)], 1).astype(np.int64)
    _, first, places = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    uv = np.concatenate([kept[first], corners[shrunk].mean(1)])
    flat = np.empty((len(triangles), 3), np.int64)
    flat[~shrunk] = places.reshape(-1, 3)
    flat[shrunk] = (len(first) + np.arange(shrunk.sum()))[:, None]
    return replace(model, uv=torch.from_numpy(uv.astype(np.float32)), uv_triangles=torch.from_numpy(flat))


def _head(model: MorphableModel) -> _Head:
    points = model.mean.double().numpy()
    width = float(np.ptp(points[:, 0]))
    marked = points[model.triangles.unique().numpy()] if model.landmarks is None else points[model.landmarks.numpy()]
    across = _middle(points, width, float((marked[:, 0].min() + marked[:, 0].max()) / 2))
    # The ends of the jaw line lie before the ears, about where a head's axis is.
    ears = float(points[:, 2].min() + points[:, 2].max()) / 2 if model.landmarks is None else marked[[0, 16], 2].mean()
    x, z = points[:, 0] - across, points[:, 2] - ears
    return _Head(np.arctan2(x, z), points[:, 1], np.hypot(x, z), width)


def _middle(points: Floats, width: float, otherwise: float) -> float:
    """Where the mesh's plane of symmetry crosses x; where it has none, as the landmarks have it."""
    tree = cKDTree(points)
    for middle in (0.0, float(points[:, 0].min() + points[:, 0].max()) / 2):
        apart, _ = tree.query(points * (-1.0, 1.0, 1.0) + (2 * middle, 0.0, 0.0))
        if apart.max() < _SAME * width:
            return middle
    return otherwise


def _hidden(corners: Floats, radius: Floats, pole: NDArray[np.bool_], behind: float) -> NDArray[np.bool_]:
    """Which triangles of the map (T, 3, 2) lie behind another, seen from outside along the radius (T, 3)."""
    if pole.all():  # a mesh that is no head: nothing of it is drawn
        return np.zeros(len(pole), bool)
    flat = np.concatenate([corners * _PICTURE, radius[..., None]], 2)
    drawn = torch.from_numpy(flat[~pole].reshape(-1, 3))
    raster = rasterise(drawn, torch.arange(len(drawn)).view(-1, 3), _PICTURE, _PICTURE)
    depth = raster.interpolate(drawn[:, 2:], torch.arange(len(drawn)).view(-1, 3))[..., 0].numpy()
    depth[~raster.covered.numpy()] = -np.inf
    middle = (corners.mean(1) * _PICTURE).astype(int).clip(0, _PICTURE - 1)
    hidden: NDArray[np.bool_] = depth[middle[:, 1], middle[:, 0]] > radius.mean(1) + behind
    return hidden

"""Find the vertices of the 68 landmarks on a model whose file does not say where they are.

The mean face is drawn from three sides, the landmarks are detected in each picture, and the model whose landmarks are
known is brought onto the mesh from there: the landmarks are then the vertices on which its own fall. A mesh that it
cannot be brought onto keeps the places that were detected, the jaw where the face ends in the picture from the front.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from torch import Tensor

from explorer.science.geometry.landmarks import JAW
from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.morphable_model import LANDMARKS, MorphableModel, MorphableModelError
from explorer.science.geometry.projection import Pose
from explorer.science.geometry.rasterising import Raster
from explorer.science.geometry.registration import Registered, register
from explorer.science.geometry.rendering import raster_of, render
from explorer.science.geometry.rotation import rotation_from_angles
from explorer.science.geometry.visibility import vertex_visibility

Floats = NDArray[np.float64]
# The 68 landmarks, (68, 2), in pixels of a picture (H, W, 3); None where it shows no face.
PictureFinder = Callable[[NDArray[np.uint8]], NDArray[np.floating[Any]] | None]

# Yaw of the three pictures in degrees, and how much each counts.
VIEWS = ((0.0, 1.0), (30.0, 0.5), (-30.0, 0.5))
_SIDE, _FILLED = 768, 0.8
_SKIN = (0.82, 0.62, 0.52)
_BEHIND = 0.35
# A model that is brought onto a face lies this near to it, in millimetres, with this share of its own.
_NEAR, _PAIRED = 2.5, 0.5
_ALIKE = 0.3  # least cosine between the skin at a landmark and at the vertex that becomes it
_CANDIDATES = 24
# So many inner landmarks that are given spare the pictures.
_ENOUGH = 9


@dataclass(frozen=True, eq=False)
class _View:
    """The mean face from one side, and the landmarks (68, 2) detected there."""

    pose: Pose
    raster: Raster
    landmarks: Floats
    weight: float


def find_landmarks(
    model: MorphableModel, template: MorphableModel, finder: PictureFinder, given: NDArray[np.int64] | None = None
) -> Tensor:
    """The vertices of the 68 landmarks.

    Args:
        model: whose mean face stands upright, y up, and looks along z.
        template: a model whose landmarks are known.
        finder: of the landmarks in a picture; where enough are given it is not asked.
        given: (68,) vertices of those that are known, -1 for the others; they stay.

    Returns:
        (68,) int64.

    Raises:
        MorphableModelError: no face was found in the picture of the mean from the front.
    """
    known = np.zeros(LANDMARKS, bool) if given is None else given >= 0
    skin = _skin_of(model)
    held = np.full((LANDMARKS, 3), np.nan)
    if given is not None:
        held[known] = model.mean.double().numpy()[given[known]]
    registered = None
    if known[JAW:].sum() >= _ENOUGH:
        registered = _registered(template, skin, held[JAW:])
    if registered is None:
        places = _detected(model, finder)
        places[known] = held[known]
        registered = _registered(template, skin, places[JAW:])
    chosen = cKDTree(skin.points).query(places)[1] if registered is None else _nearest(skin, registered)
    found = skin.vertices[chosen]
    return torch.from_numpy(found if given is None else np.where(known, given, found))


@dataclass(frozen=True, eq=False)
class _Skin:
    """The vertices that can be landmarks: what is seen from any of the sides. points, normals: (S, 3)."""

    vertices: NDArray[np.int64]
    points: Floats
    normals: Floats


def _skin_of(model: MorphableModel) -> _Skin:
    seen = torch.zeros(len(model.mean), dtype=torch.bool)
    for degrees, _ in VIEWS:
        seen |= vertex_visibility(model.mean, model.triangles, _turned(degrees))
    if int(seen.sum()) < LANDMARKS:
        raise MorphableModelError(f"hardly anything of the mean of {model.name} is seen: it is no face")
    normals = vertex_normals(model.mean, model.triangles)[seen].double().numpy()
    return _Skin(seen.nonzero()[:, 0].numpy(), model.mean[seen].double().numpy(), normals)


def _detected(model: MorphableModel, finder: PictureFinder) -> Floats:
    """Where the landmarks were detected, (68, 3): the jaw's where the face ends in the picture from the front."""
    views = [view for degrees, weight in VIEWS if (view := _look(model, degrees, weight, finder)) is not None]
    if not views or views[0].weight < 1:
        raise MorphableModelError(
            f"no face was found in a picture of the mean of {model.name}: say in a file landmarks.txt beside it where "
            f"its {LANDMARKS} landmarks are"
        )
    front = _on_surface(model, views[0], views[0].landmarks)
    return np.concatenate([front[:JAW], _triangulated(views)[JAW:] if len(views) > 1 else front[JAW:]])


def _look(model: MorphableModel, degrees: float, weight: float, finder: PictureFinder) -> _View | None:
    rotation = _turned(degrees)
    turned = (model.mean @ rotation.mT)[:, :2]
    low, high = turned.amin(0), turned.amax(0)
    scale = _FILLED * _SIDE / (high - low).amax().clamp_min(1e-9)
    middle = (low + high) / 2 * scale
    pose = Pose(rotation, torch.stack([_SIDE / 2 - middle[0], _SIDE / 2 + middle[1]]), scale)
    size = (_SIDE, _SIDE)
    skin = model.mean.new_tensor(_SKIN).expand(len(model.mean), 3) if model.albedo_mean is None else model.albedo_mean
    behind = torch.full((3, *size), _BEHIND)
    picture = render(model.mean, model.triangles, pose, size, albedo=skin, background=behind)
    found = finder((picture.permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy())
    if found is None:
        return None
    return _View(pose, raster_of(model.mean, model.triangles, pose, *size), found.astype(np.float64), weight)


def _turned(degrees: float) -> Tensor:
    return rotation_from_angles(*torch.tensor([degrees, 0.0, 0.0]).deg2rad())


def _triangulated(views: list[_View]) -> Floats:
    """Where the lines of sight through the landmarks of all views come nearest to each other, (68, 3)."""
    rows, wanted = [], []
    for view in views:
        plane = (view.landmarks - view.pose.translation.double().numpy()) / float(view.pose.scale)
        rows.append(view.pose.rotation[:2].double().numpy() * view.weight)
        wanted.append(plane * (1.0, -1.0) * view.weight)
    design, target = np.concatenate(rows), np.concatenate(wanted, 1)
    points: Floats = np.linalg.lstsq(design, target.T, rcond=None)[0].T
    return points


def _on_surface(model: MorphableModel, view: _View, places: Floats) -> Floats:
    """What of the mean face shows at pixels (N, 2) or nearest to them, where it ends, (N, 3)."""
    row, column = view.raster.covered.nonzero(as_tuple=True)
    centres = torch.stack([column, row], 1).double().numpy() + 0.5
    near = torch.from_numpy(cKDTree(centres).query(places)[1])
    shown = view.raster.interpolate(model.mean, model.triangles)
    points: Floats = shown[row[near], column[near]].double().numpy()
    return points


def _registered(template: MorphableModel, skin: _Skin, inner: Floats) -> Registered | None:
    try:
        registered = register(template, skin.points, skin.normals, inner)
    except (MorphableModelError, np.linalg.LinAlgError):
        return None
    return registered if registered.rest < _NEAR and registered.paired > _PAIRED else None


def _nearest(skin: _Skin, registered: Registered) -> NDArray[np.int64]:
    """For each landmark the nearest of the points whose skin looks the same way, else the nearest."""
    _, near = cKDTree(skin.points).query(registered.landmarks, k=min(_CANDIDATES, len(skin.points)))
    alike = np.einsum("lkc,lc->lk", skin.normals[near], registered.normals) > _ALIKE
    first = np.where(alike.any(1), alike.argmax(1), 0)
    return np.asarray(near[np.arange(LANDMARKS), first], np.int64)

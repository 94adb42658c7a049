"""What is true of a drawn picture, from what it was drawn from: landmarks, and which points of the skin it shows.

The picture's perspective is straightened first: where every point lies by its pixel and by what grows linearly toward
the viewer, all lines of sight are parallel, and `geometry.visibility` holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

from explorer.science.geometry.landmarks import JAW
from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.uv import UvMap
from explorer.science.geometry.visibility import FACING, Method, point_visibility
from explorer.science.synthetic.drawing import View
from explorer.science.synthetic.landmark_points import inner_points, vertex_places
from explorer.science.synthetic.portrait import Portrait
from explorer.science.synthetic.strands import at_roots
from explorer.science.synthetic.surfaces import SEGMENTS

# Hairs that stand on the skin hide none of it.
_SHOWING_THROUGH = tuple(SEGMENTS.index(name) for name in ("brows", "lashes", "beard"))


@dataclass(frozen=True, eq=False)
class Landmarks:
    """The 68 landmarks of a picture.

    points: (68, 2) pixels, x right and y down, centres at +0.5; they may lie outside the picture.
    depths: (68,) millimetres toward the viewer from the head's origin.
    seen: (68,) bool, whether they face the viewer and nothing lies before them; glasses and hair of the head may.
    """

    points: NDArray[np.float64]
    depths: NDArray[np.float64]
    seen: NDArray[np.bool_]


def landmarks_of(portrait: Portrait, method: Method | None = None) -> Landmarks:
    """The landmarks of a portrait: the jaw's where the face ends in the picture (`geometry.landmarks`), the inner ones
    where annotators put them (`landmark_points`).

    Args:
        method: of `geometry.vertex_visibility`.
    """
    basis, skin = portrait.body.basis, portrait.skin
    shape = skin[torch.from_numpy(basis.vertices)].double().numpy()
    jaw = basis.vertices[basis.follow(shape, portrait.view.rotation.double().numpy())[:JAW]]
    places = np.concatenate([vertex_places(jaw), inner_points(portrait.body)])
    points, normals = (
        torch.from_numpy(at_roots(places, values.double().numpy())).float()
        for values in (skin, _skin_normals(portrait))
    )
    placed = portrait.view.place(points).double().numpy()
    seen = skin_seen(portrait, points, normalize(normals, dim=1), method).numpy()
    return Landmarks(placed[:, :2], placed[:, 2], seen)


def texels_seen(portrait: Portrait, uv: UvMap, method: Method | None = None) -> NDArray[np.bool_]:
    """(S, S) which texels of the skin's map the picture shows, or would if it were larger; False off the face.

    Args:
        uv: of `portrait.body.model`.
    """
    points = uv.at_texels(portrait.skin)
    seen = skin_seen(portrait, points, normalize(uv.at_texels(_skin_normals(portrait)), dim=1), method)
    laid: NDArray[np.bool_] = uv.lay(seen.float()).bool().numpy()
    return laid


def skin_seen(portrait: Portrait, points: Tensor, normals: Tensor, method: Method | None = None) -> Tensor:
    """Which points of the skin are seen, (P,) bool.

    Args:
        points, normals: (P, 3) in the head's axes, the normals of unit length.
    """
    whole, view = portrait.surface, portrait.view
    hiding = ~torch.isin(whole.segments, torch.tensor(_SHOWING_THROUGH))
    vertices, starts = _straightened(view, whole.vertices), _straightened(view, points)
    # A step along the normal, straightened like the points: perspective turns normals, too.
    turned = normalize(_straightened(view, points + 0.5 * normals) - starts, dim=1)
    facing = _facing(view, points, normals)
    axes = torch.eye(3)
    return facing & point_visibility(starts, turned, vertices, whole.triangles[hiding], axes, method)


def _straightened(view: View, points: Tensor) -> Tensor:
    x, y, z = view.place(points).unbind(-1)
    return torch.stack([(x - view.centre[0]) / view.scale, (view.centre[1] - y) / view.scale, view.order(z)], -1)


def _facing(view: View, points: Tensor, normals: Tensor) -> Tensor:
    """Whether the surface faces the viewer: with a perspective, along the line from the point to the camera."""
    camera, turned = points @ view.rotation.mT, normals @ view.rotation.mT
    toward = torch.zeros_like(camera)
    toward[:, 2] = 1
    if view.distance is not None:
        toward = normalize(torch.tensor([0.0, 0.0, view.distance]) - camera, dim=1)
    return (turned * toward).sum(1) > FACING


def _skin_normals(portrait: Portrait) -> Tensor:
    return vertex_normals(portrait.skin, torch.from_numpy(portrait.body.triangles))

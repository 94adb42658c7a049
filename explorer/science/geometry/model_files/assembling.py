"""From flat arrays of numbers, in whatever units and order of corners, to a `MorphableModel`."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.integer[Any]]


def assemble(
    name: str,
    mean: Floats,
    identity: Floats,
    triangles: Integers,
    *,
    millimetres: float,
    expression: Floats | None = None,
    albedo_mean: Floats | None = None,
    albedo: Floats | None = None,
    landmarks: Integers | None = None,
    expression_names: tuple[str, ...] = (),
    uv: Floats | None = None,
    uv_triangles: Integers | None = None,
) -> MorphableModel:
    """Build the model.

    Args:
        mean: (3 V) or (V, 3), x y z of one vertex after the other; y up, z out of the face.
        identity, expression: (3 V, K), at one standard deviation.
        triangles: (T, 3); turned round where they face inward.
        millimetres: of one of the file's units of length.
        albedo_mean: (3 V) RGB in [0, 1]. albedo: (3 V, A).
        landmarks: (68,) vertices.
        uv: (U, 2), v down. uv_triangles: (T, 3) into it; `triangles` where None.

    Raises:
        MorphableModelError: the parts do not fit each other.
    """
    count = mean.size // 3
    if mean.size != 3 * count or count == 0:
        raise MorphableModelError(f"a mean of {mean.size} numbers is not one of points in space")

    def components(basis: Floats | None, scale: float) -> torch.Tensor:
        if basis is None:
            return torch.zeros(0, count, 3)
        if basis.ndim != 2 or basis.shape[0] != 3 * count:
            raise MorphableModelError(f"components of shape {basis.shape} do not fit {count} vertices")
        return torch.from_numpy(np.ascontiguousarray(basis.T * scale, np.float32)).view(-1, count, 3)

    points = np.ascontiguousarray(mean.reshape(count, 3) * millimetres, np.float64)
    if (
        triangles.ndim != 2
        or not triangles.size
        or triangles.shape[1] != 3
        or triangles.min() < 0
        or triangles.max() >= count
    ):
        raise MorphableModelError("its triangles point at vertices that are not there")
    faces = triangles.astype(np.int64)
    flat = faces if uv_triangles is None else uv_triangles.astype(np.int64)
    if _inward(points, faces):
        faces, flat = faces[:, [0, 2, 1]], flat[:, [0, 2, 1]]
    return MorphableModel(
        name=name,
        mean=torch.from_numpy(points.astype(np.float32)),
        identity=components(identity, millimetres),
        expression=components(expression, millimetres),
        triangles=torch.from_numpy(np.ascontiguousarray(faces)),
        expression_names=expression_names,
        albedo_mean=None
        if albedo_mean is None
        else torch.from_numpy(np.ascontiguousarray(albedo_mean.reshape(count, 3), np.float32)),
        albedo=None if albedo is None else components(albedo, 1.0),
        landmarks=None if landmarks is None else torch.from_numpy(landmarks.astype(np.int64).ravel()),
        uv=None if uv is None else torch.from_numpy(np.ascontiguousarray(uv, np.float32)),
        uv_triangles=None if uv is None else torch.from_numpy(np.ascontiguousarray(flat)),
    )


def _inward(points: NDArray[np.float64], triangles: NDArray[np.int64]) -> bool:
    """Whether the surface faces its own middle: the volume under its triangles, seen from there, is negative."""
    corners = points[triangles] - points.mean(0)
    volume = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum()
    return bool(volume < 0)


def scaled(directions: Floats, deviations: Floats) -> NDArray[np.float64]:
    """Components (3 V, K), each by its own deviation.

    Raises:
        MorphableModelError: there are not as many of these as of those.
    """
    if directions.ndim != 2 or directions.shape[1] != deviations.size:
        raise MorphableModelError(f"components of shape {directions.shape} have {deviations.size} deviations")
    return np.asarray(directions * deviations.ravel(), np.float64)

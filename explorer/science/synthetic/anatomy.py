"""Where things are on the head that the morphable model draws: openings, regions, and how open to light each point is.

All regions are functions of the mean head, found once: components move the points, not what they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.geometry.landmarks import LandmarkBasis, landmark_basis
from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError
from explorer.science.geometry.rasterising import rasterise
from explorer.science.synthetic.surfaces import Floats, Integers

# Openings are closed by fans in the model: their middles are its last three vertices.
_FANS = 3
_SIDE = 160
_DIRECTIONS = 40
# How far something must lie in front to keep light out, in millimetres.
_SLACK = 3.0
# Directions are laid evenly over the sphere by this angle (Vogel 1979).
_GOLDEN = np.pi * (3 - 5**0.5)
_CENTRE = np.array([0.0, 55.0, -75.0])


@dataclass(frozen=True, eq=False)
class Anatomy:
    """A model subdivided once, and what is where on it; V vertices, T triangles of the skin.

    basis: which vertices can be the 68 landmarks.
    triangles: (T, 3), without what closes the openings.
    right_eye, left_eye, mouth, neck: vertices around the openings, in order.
    openness: (V,), the share of the light around that reaches each point, weighted by how it falls.
    scalp: (V,) millimetres by which a point lies above the usual hairline; negative below.
    beard: (V,) 0 to 1, where a beard grows. moustache: (V,) likewise, above the mouth.
    lips, ears, blood: (V,) 0 to 1, where lips and ears are, and where skin reddens.
    """

    model: MorphableModel
    basis: LandmarkBasis
    mean: Floats
    triangles: Integers
    right_eye: Integers
    left_eye: Integers
    mouth: Integers
    neck: Integers
    openness: Floats
    scalp: Floats
    beard: Floats
    moustache: Floats
    lips: Floats
    ears: Floats
    blood: Floats

    @property
    def landmarks(self) -> Integers:
        """(68,) vertices."""
        assert self.model.landmarks is not None, "checked when it was prepared"
        return self.model.landmarks.numpy()


@lru_cache(maxsize=2)
def anatomy(model: MorphableModel) -> Anatomy:
    """Prepare a model whose eyes and mouth are closed by fans, as those of the one that ships.

    Raises:
        MorphableModelError: it has no such openings, landmarks or albedo.
    """
    if model.landmarks is None or model.albedo is None or not model.named_units:
        raise MorphableModelError(f"{model.name} lacks landmarks, albedo or named expressions: people need the default")
    fans = (model.triangles >= len(model.mean) - _FANS).any(1).numpy()
    fine = model.at_level(1)
    triangles = fine.triangles.numpy()[~np.repeat(fans, 4)]
    mean = fine.mean.double().numpy()
    loops = sorted(_loops(triangles), key=len)
    if len(loops) != 4:
        raise MorphableModelError(f"{model.name} has not the openings of two eyes, a mouth and a neck")
    *three, neck = loops
    right, mouth, left = sorted(three, key=lambda loop: mean[loop, 0].mean())
    landmarks = mean[model.landmarks.numpy()]
    ears = _ears(mean)
    return Anatomy(
        model=fine,
        basis=landmark_basis(model),
        mean=mean,
        triangles=triangles,
        right_eye=right,
        left_eye=left,
        mouth=mouth,
        neck=neck,
        openness=_openness(mean, triangles, _normals(mean, triangles)),
        scalp=_above_hairline(mean, ears),
        beard=_beard(mean, landmarks),
        moustache=_moustache(mean, landmarks),
        lips=_lips(mean, landmarks),
        ears=ears,
        blood=_blood(mean, landmarks, ears),
    )


def smooth(values: Floats, low: Floats | float, high: Floats | float) -> Floats:
    """From 0 at low to 1 at high, smoothly; low may lie above high."""
    share = np.clip((values - low) / (high - low), 0, 1)
    stepped: Floats = share * share * (3 - 2 * share)
    return stepped


def _normals(points: Floats, triangles: Integers) -> Floats:
    normals: Floats = vertex_normals(torch.from_numpy(points), torch.from_numpy(triangles)).numpy()
    return normals


def _loops(triangles: Integers) -> list[Integers]:
    """The borders of a mesh, each in the order in which what closes it would run."""
    directed = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    keys = {(int(a), int(b)) for a, b in directed}
    following = {b: a for a, b in keys if (b, a) not in keys}
    loops = []
    while following:
        here, loop = min(following), []
        while here in following:
            loop.append(here)
            here = following.pop(here)
        loops.append(np.array(loop))
    return loops


def _openness(points: Floats, triangles: Integers, normals: Floats) -> Floats:
    """Seen from many directions, the share of those from which each point is seen, weighted by the cosine."""
    step = np.arange(_DIRECTIONS)
    height = 1 - 2 * (step + 0.5) / _DIRECTIONS
    around = np.sqrt(1 - height**2)
    directions = np.stack([around * np.cos(_GOLDEN * step), height, around * np.sin(_GOLDEN * step)], 1)
    open_, whole = np.zeros(len(points)), np.zeros(len(points))
    for direction in directions:
        cosine = np.maximum(normals @ direction, 0)
        whole += cosine
        open_ += cosine * _in_sight(points, triangles, normals, direction)
    return np.clip(open_ / np.maximum(whole, 1e-9), 0.02, 1)


def _in_sight(points: Floats, triangles: Integers, normals: Floats, direction: Floats) -> NDArray[np.bool_]:
    across = np.cross([0.0, 0.0, 1.0] if abs(direction[2]) < 0.9 else [0.0, 1.0, 0.0], direction)
    across /= np.linalg.norm(across)
    axes = np.stack([across, np.cross(direction, across), direction], 1)
    placed, starts = points @ axes, (points + normals) @ axes
    low, size = placed[:, :2].min(0), np.ptp(placed[:, :2], axis=0).max()
    scale = (_SIDE - 2) / size
    flat = np.concatenate([(placed[:, :2] - low) * scale + 1, placed[:, 2:]], 1)
    raster = rasterise(torch.from_numpy(flat), torch.from_numpy(triangles), _SIDE, _SIDE)
    depth = raster.interpolate(torch.from_numpy(placed[:, 2:]), torch.from_numpy(triangles))[..., 0].numpy()
    depth = np.where(raster.covered.numpy(), depth, -np.inf)
    column, row = np.clip(((starts[:, :2] - low) * scale + 1).astype(int), 0, _SIDE - 1).T
    in_sight: NDArray[np.bool_] = depth[row, column] <= starts[:, 2] + _SLACK
    return in_sight


def _ears(points: Floats) -> Floats:
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    width = np.interp(y, [-25, 0, 20, 45], [66, 69, 71.5, 73])
    return smooth(x, width, width + 2.5) * ((y > -26) & (y < 42) & (z < -62) & (z > -125))


def _above_hairline(points: Floats, ears: Floats) -> Floats:
    """Height above the hairline: over the forehead, down before the ears, over them, and down to the nape."""
    azimuth = np.degrees(np.arctan2(np.abs(points[:, 0]), points[:, 2] - _CENTRE[2]))
    bearings = [0, 15, 32, 46, 56, 66, 74, 80, 92, 112, 122, 135, 155, 180]
    heights = [101, 100, 98, 90, 78, 60, 34, 20, 40, 40, 8, -28, -44, -48]
    above: Floats = points[:, 1] - np.interp(azimuth, bearings, heights)
    return np.where(ears > 0.02, np.minimum(above, -10 * ears), above)


def _inside(points: Floats, polygon: Floats, soft: float) -> Floats:
    """How far within a polygon of the picture plane points lie, from 0 outside to 1, half on its line."""
    x, y = points[:, :1], points[:, 1:2]
    a, b = polygon, np.roll(polygon, -1, 0)
    step = b[:, 1] - a[:, 1]
    crossing = a[:, 0] + (y - a[:, 1]) / np.where(step == 0, 1e-9, step) * (b[:, 0] - a[:, 0])
    inside = ((((a[:, 1] > y) != (b[:, 1] > y)) & (x < crossing)).sum(1) % 2) == 1
    distance = line_distance(points[:, :2], np.concatenate([polygon, polygon[:1]]))[0]
    return smooth(np.where(inside, distance, -distance), -soft, soft)


def line_distance(points: Floats, line: Floats) -> tuple[Floats, Floats]:
    """Of points (N, D) to a line of many pieces (P, D): distances (N,), and the nearest place from 0 to 1."""
    a, way = line[:-1], np.diff(line, axis=0)
    offset = points[:, None] - a
    length = np.maximum((way**2).sum(1), 1e-12)
    share = np.clip((offset * way).sum(2) / length, 0, 1)
    distances = np.linalg.norm(offset - share[..., None] * way, axis=2)
    nearest = distances.argmin(1)
    row = np.arange(len(points))
    return distances[row, nearest], (nearest + share[row, nearest]) / len(way)


def _lips(points: Floats, landmarks: Floats) -> Floats:
    return _inside(points, landmarks[48:60, :2], 1.5) * (points[:, 2] > 0)


def _moustache(points: Floats, landmarks: Floats) -> Floats:
    upper, nose, corner = landmarks[48:55], landmarks[33], landmarks[54]
    top = [[0.62 * corner[0], nose[1] - 4], [0.3 * corner[0], nose[1] - 3], [-0.3 * corner[0], nose[1] - 3]]
    top += [[-0.62 * corner[0], nose[1] - 4]]
    outer = [[1.22 * corner[0], corner[1] - 3]]
    polygon = np.array([*upper[:, :2], *outer, *top, [-outer[0][0], outer[0][1]]])
    return _inside(points, polygon, 2.0) * (points[:, 2] > -15) * (1 - _lips(points, landmarks))


def _beard(points: Floats, landmarks: Floats) -> Floats:
    """Jaw, chin and throat, up to a line from the mouth's corners to the ears."""
    x = np.abs(points[:, 0])
    corner, chin = landmarks[54], landmarks[8]
    upper = np.interp(x, [0, corner[0], 50, 66, 74], [corner[1] - 9, corner[1] + 1, -16, 4, 24])
    below = smooth(points[:, 1] - upper, 4, -4)
    soul = smooth(np.abs(x - 11), 3, 6) + smooth(points[:, 1], corner[1] - 8, corner[1] - 16)
    near = np.where(x < corner[0], np.clip(soul, 0, 1), 1.0)
    front = smooth(points[:, 2], -78, -66)
    throat = smooth(points[:, 1], chin[1] - 22, chin[1] - 6)
    grown: Floats = below * near * front * throat * (1 - _lips(points, landmarks))
    return grown


def _blood(points: Floats, landmarks: Floats, ears: Floats) -> Floats:
    def around(centre: Floats, radius: float) -> Floats:
        blob: Floats = np.exp(-(((points - centre) / radius) ** 2).sum(1))
        return blob

    cheek = np.array([44.0, 4.0, -6.0])
    spots = around(cheek, 24) + around(cheek * (-1, 1, 1), 24) + 0.8 * around(landmarks[30], 12)
    return np.clip(spots + 0.8 * ears + 0.3 * around(landmarks[8], 16), 0, 1)

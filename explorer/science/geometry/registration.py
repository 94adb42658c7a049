"""Bring a morphable model whose landmarks are known onto another mesh of a face, to carry points from one to the other.

Pose, size and coefficients are found together: every round pairs the model's vertices with the nearest of the mesh,
along whose normals alone they are drawn (Chen and Medioni 1992), as the most probable shape of the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial import cKDTree

from explorer.science.geometry.landmarks import JAW
from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError
from explorer.science.geometry.threads import one_blas_thread

Floats = NDArray[np.float64]

_ROUNDS = 24
# Of the model, what lies this far from the middle of its landmarks is face, in millimetres.
_FACE = 115.0
# Pairs lie no farther apart than this, in millimetres: in the first round and in the last.
_FARTHEST, _NEAREST = 16.0, 5.0
_ALIKE = 0.6  # least cosine between the normals of a pair
# Deviations of a pair and of a landmark that was given, in millimetres, and of an expression's coefficient.
_PAIR, _GIVEN, _EXPRESSION = 2.0, 4.0, 0.3
_MOTIONS = 7
_FEWEST_PAIRS = 200


@dataclass(frozen=True, eq=False)
class Registered:
    """A model brought onto a mesh.

    landmarks: (68, 3), the model's, where they fall, in the mesh's axes and units.
    normals: (68, 3), unit, of the model's skin there.
    size: of a millimetre of the model, in the mesh's units.
    rest: mean distance of the pairs along their normals, in millimetres of the model.
    paired: share of the model's face that found a partner.
    """

    landmarks: Floats
    normals: Floats
    size: float
    rest: float
    paired: float


def similarity(source: Floats, target: Floats) -> tuple[float, Floats, Floats]:
    """Scale, rotation (3, 3) and translation (3,) that bring points (N, 3) nearest to others (Umeyama 1991)."""
    one, other = source - source.mean(0), target - target.mean(0)
    u, singular, vt = np.linalg.svd(other.T @ one)
    sign = np.ones(3)
    sign[2] = np.sign(np.linalg.det(u @ vt))
    rotation = u * sign @ vt
    scale = float((singular * sign).sum() / max((one**2).sum(), 1e-12))
    return scale, rotation, target.mean(0) - scale * rotation @ source.mean(0)


@one_blas_thread()
def register(template: MorphableModel, points: Floats, normals: Floats, inner: Floats) -> Registered:
    """Bring a model onto a mesh.

    Args:
        template: with landmarks.
        points, normals: (V, 3), of the mesh's vertices that may be paired.
        inner: (51, 3), about where the landmarks 17 to 67 lie on the mesh; a row of NaN for one that is not known.

    Raises:
        MorphableModelError: the mesh is no face near these landmarks.
    """
    if template.landmarks is None:
        raise MorphableModelError(f"{template.name} has no landmarks to be carried over")
    given = np.isfinite(inner).all(1)
    marked = template.landmarks.numpy()
    mean = template.mean.double().numpy()
    scale, rotation, translation = similarity(mean[marked[JAW:]][given], inner[given])
    middle = mean[marked[JAW:]].mean(0)
    face = np.flatnonzero(np.linalg.norm(mean - middle, axis=1) < _FACE)
    basis = torch.cat([template.identity, template.expression]).double().numpy()
    deviations = np.concatenate([np.ones(len(template.identity)), np.full(len(template.expression), _EXPRESSION)])
    # The mesh is brought to the model, whose millimetres all deviations are given in.
    near = (points - translation) @ rotation / scale
    facing = normals @ rotation
    held = (inner - translation) @ rotation / scale
    tree, coefficients = cKDTree(near), np.zeros(len(basis))
    turn, shift, size = np.eye(3), np.zeros(3), 1.0
    distance = _FARTHEST
    for step in range(_ROUNDS):
        shape = mean + np.tensordot(coefficients, basis, 1)
        placed = size * shape @ turn.T + shift
        outward = vertex_normals(torch.from_numpy(shape), template.triangles).numpy() @ turn.T
        distance = _FARTHEST + (_NEAREST - _FARTHEST) * min(1.0, step / (_ROUNDS / 2))
        away, partner = tree.query(placed[face], distance_upper_bound=distance)
        paired = np.isfinite(away)
        paired[paired] = (outward[face[paired]] * facing[partner[paired]]).sum(1) > _ALIKE
        rows, partner = face[paired], partner[paired]
        if len(rows) < _FEWEST_PAIRS:
            raise MorphableModelError("its mean shape is no face where the landmarks were found")
        pull = facing[partner]
        missing = ((near[partner] - placed[rows]) * pull).sum(1)
        motions = _motions(placed[rows])
        moved = np.einsum("cnk,nk->nc", np.concatenate([motions, size * basis[:, rows] @ turn.T]), pull)
        kept = marked[JAW:][given]
        slack = _GIVEN * (1 + step)  # they were drawn by hand once; the surface knows better by and by
        marks = np.concatenate([_motions(placed[kept]), size * basis[:, kept] @ turn.T])
        design = np.concatenate([moved / _PAIR, marks.transpose(1, 2, 0).reshape(-1, len(marks)) / slack])
        wanted = np.concatenate([missing / _PAIR, (held[given] - placed[kept]).ravel() / slack])
        prior = np.concatenate([np.full(_MOTIONS, 1e-6), 1 / deviations**2])
        pulled = design.T @ wanted
        pulled[_MOTIONS:] -= prior[_MOTIONS:] * coefficients
        change = cho_solve(cho_factor(design.T @ design + np.diag(prior)), pulled)
        coefficients = coefficients + change[_MOTIONS:]
        centre = placed[rows].mean(0)
        turned = _turn(change[:3])
        turn = turned @ turn
        growth = float(np.exp(np.clip(change[6], -0.2, 0.2)))
        size *= growth
        shift = growth * (turned @ (shift - centre)) + centre + change[3:6]
    shape = mean + np.tensordot(coefficients, basis, 1)
    placed = size * shape @ turn.T + shift
    outward = vertex_normals(torch.from_numpy(shape), template.triangles).numpy() @ turn.T
    return Registered(
        landmarks=scale * placed[marked] @ rotation.T + translation,
        normals=outward[marked] @ rotation.T,
        size=scale * size,
        rest=float(np.abs(missing).mean()),
        paired=len(rows) / len(face),
    )


def _motions(points: Floats) -> Floats:
    """How points (N, 3) move, (7, N, 3): by turns about x, y and z and growth, from their middle, and translation."""
    x, y, z = (points - points.mean(0)).T
    zero, one = np.zeros_like(x), np.ones_like(x)
    turns = [np.stack([zero, -z, y], 1), np.stack([z, zero, -x], 1), np.stack([-y, x, zero], 1)]
    shifts = [np.stack(column, 1) for column in ((one, zero, zero), (zero, one, zero), (zero, zero, one))]
    return np.stack([*turns, *shifts, np.stack([x, y, z], 1)])


def _turn(vector: Floats) -> Floats:
    """Rodrigues' formula, by the exponential of a skew matrix."""
    from scipy.spatial.transform import Rotation

    turn: Floats = Rotation.from_rotvec(vector).as_matrix()
    return turn

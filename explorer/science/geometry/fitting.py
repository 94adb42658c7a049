"""Fit the morphable model to 68 landmarks: pose, identity and expression by alternating linear solves.

Every round finds the scaled orthographic pose for the shape so far, lets the jaw line follow it, and solves for
identity and expression under that pose, as the most probable ones (Bas et al. 2016, section 3; Blanz and Vetter 1999).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from torch import Tensor

from explorer.science.faces.face import FaceError
from explorer.science.geometry.landmarks import JAW, LandmarkBasis
from explorer.science.geometry.morphable_model import LANDMARKS
from explorer.science.geometry.projection import Pose
from explorer.science.geometry.threads import one_blas_thread

Floats = NDArray[np.float64]

OUTER_EYE_CORNERS = (36, 45)
# Fewer landmarks than this do not tell shape from pose.
FEWEST_LANDMARKS = 35
_ROUNDS = 4
# Standard deviation of a landmark, in shares of the face's size; larger for the jaw line, which no two draw alike.
_NOISE, _JAW_NOISE = 0.008, 0.02
_MOTIONS = 6
# Precision of the pose's motions beside the coefficients: they are all but free.
_LOOSE = 1e-6
# Prior deviation of an expression unit, whose coefficient lies in [0, 1].
_EXPRESSION_DEVIATION = 0.3


@dataclass(frozen=True, eq=False)
class FaceFit:
    """A fitted face.

    pose: of the camera, unbatched. identity: (K,) standard deviations. expression: (E,).
    landmarks: (68,) int64, the vertices that ended as the landmarks. projected: (68, 2) pixels, where they fall.
    error: mean distance in pixels between the given landmarks and these.

    Example:
        >>> import torch
        >>> from explorer.science.geometry import FaceFit, Pose
        >>> pose = Pose(torch.eye(3), torch.tensor([50.0, 50.0]), torch.tensor(0.5))
        >>> fit = FaceFit(pose, torch.zeros(1), torch.zeros(1), torch.arange(68), torch.zeros(68, 2), error=3.0)
        >>> fit.scaled(2).pose.translation.tolist(), fit.scaled(2).error
        ([100.0, 100.0], 6.0)
    """

    pose: Pose
    identity: Tensor
    expression: Tensor
    landmarks: Tensor
    projected: Tensor
    error: float

    def scaled(self, factor: float) -> FaceFit:
        """The same fit in an image resized by a factor."""
        pose = Pose(self.pose.rotation, self.pose.translation * factor, self.pose.scale * factor)
        return replace(self, pose=pose, projected=self.projected * factor, error=self.error * factor)


@one_blas_thread()
def fit_landmarks(basis: LandmarkBasis, landmarks: NDArray[np.floating[Any]], named: bool = True) -> FaceFit:
    """Fit pose, identity and expression to landmarks.

    Args:
        basis: of the model, from `landmark_basis`.
        landmarks: (68, 2) pixels, x right, y down, centres at +0.5; a row of NaN for one that is not known.
        named: whether expressions are units in [0, 1], not components around 0.

    Returns:
        The fit, in single precision.

    Raises:
        FaceError: not 68 points, too few of them known, or they coincide.

    Example:
        >>> import torch
        >>> from explorer.science.geometry import Pose, fit_landmarks, landmark_basis, project
        >>> from explorer.science.geometry import roll_of, rotation_from_angles
        >>> rotation = rotation_from_angles(*torch.tensor([0.0, 0.0, 10.0]).deg2rad())
        >>> pose = Pose(rotation, torch.tensor([112.0, 112.0]), torch.tensor(1.0))
        >>> landmarks = project(model.mean[model.landmarks], pose)
        >>> fit = fit_landmarks(landmark_basis(model), landmarks.numpy(), model.named_units)
        >>> round(roll_of(fit.pose.rotation).rad2deg().item()), fit.error < 0.5
        (10, True)
    """
    known, size = _checked(landmarks)
    target = landmarks.astype(np.float64)[known]
    weights = np.where(np.arange(LANDMARKS) < JAW, _JAW_NOISE, _NOISE)[known] * size
    identities = len(basis.identity)
    coefficients = np.zeros(identities + len(basis.expression))
    deviations = np.ones_like(coefficients)
    deviations[identities:] = _EXPRESSION_DEVIATION if named else 1.0
    bounded = np.arange(len(coefficients)) >= (identities if named else len(coefficients))
    both = np.concatenate([basis.identity, basis.expression])
    chosen = np.concatenate([basis.strips[:, 0], basis.fixed])
    pose = _linear_pose(basis.mean[chosen[known]], target, 1 / weights)
    for _ in range(_ROUNDS):
        shape = basis.shape(coefficients[:identities], coefficients[identities:])
        chosen = basis.follow(shape, pose.rotation)
        rows = chosen[known]
        pose = _refined_pose(pose, shape[rows], target, 1 / weights, steps=2)
        missing = target - pose.project(basis.mean[rows])
        design = np.concatenate([_motions(pose, shape[rows]), np.tensordot(both[:, rows], pose.rows(), (2, 1))])
        coefficients = _solve(design / weights[:, None], missing / weights[:, None], deviations, bounded)
    identity, expression = coefficients[:identities], coefficients[identities:]
    shape = basis.shape(identity, expression)
    pose = _refined_pose(pose, shape[chosen[known]], target, 1 / weights)
    projected = pose.project(shape[chosen])
    error = float(np.linalg.norm(projected[known] - target, axis=1).mean())
    return FaceFit(
        pose=Pose(_single(pose.rotation), _single(pose.translation), torch.tensor(pose.scale, dtype=torch.float32)),
        identity=_single(identity),
        expression=_single(expression),
        landmarks=torch.from_numpy(basis.vertices[chosen]),
        projected=_single(projected),
        error=error,
    )


def _single(values: Floats) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))


def _checked(landmarks: NDArray[np.floating[Any]]) -> tuple[NDArray[np.bool_], float]:
    """Which landmarks are known, and the size of the face in pixels."""
    if landmarks.shape != (LANDMARKS, 2):
        raise FaceError(f"a fit needs 68 landmarks (x, y), not an array of {landmarks.shape}")
    known = np.isfinite(landmarks).all(1)
    if known.sum() < FEWEST_LANDMARKS or known[JAW:].sum() < FEWEST_LANDMARKS - JAW:
        raise FaceError(
            f"only {known.sum()} of the 68 landmarks are known: at least {FEWEST_LANDMARKS} are needed, "
            f"{FEWEST_LANDMARKS - JAW} of them inside of the face; use a photograph that shows more of it"
        )
    spread = landmarks[known] - landmarks[known].mean(0)
    axes = np.linalg.svd(spread, compute_uv=False) / np.sqrt(known.sum())
    if axes[1] < 1e-3 * axes[0] or axes[0] < 1e-6:
        raise FaceError("the landmarks coincide or lie on a line: they are not those of a face")
    # Of an upright frontal face this is about its width.
    return known, float(3.2 * np.sqrt(axes[0] * axes[1]))


@dataclass(frozen=True, eq=False)
class _Camera:
    """A scaled orthographic pose in double precision, as `Pose`."""

    rotation: Floats
    translation: Floats
    scale: float

    def rows(self) -> Floats:
        """(2, 3): the linear part of the projection, y down."""
        linear: Floats = self.scale * self.rotation[:2] * np.array([[1.0], [-1.0]])
        return linear

    def project(self, points: Floats) -> Floats:
        """(N, 3) to (N, 2) pixels."""
        projected: Floats = points @ self.rows().T + self.translation
        return projected


def _linear_pose(points: Floats, target: Floats, weights: Floats) -> _Camera:
    """The nearest scaled orthographic camera to the affine one that least squares finds."""
    design = np.concatenate([points, np.ones((len(points), 1))], 1) * weights[:, None]
    affine = np.linalg.lstsq(design, target * weights[:, None], rcond=None)[0]
    rows = affine[:3].T * np.array([[1.0], [-1.0]])
    u, singular, vt = np.linalg.svd(rows, full_matrices=False)
    first, second = u @ vt
    rotation = np.stack([first, second, np.cross(first, second)])
    return _Camera(rotation, affine[3], float(max(singular.mean(), 1e-9)))


def _refined_pose(start: _Camera, points: Floats, target: Floats, weights: Floats, steps: int = 4) -> _Camera:
    """Gauss-Newton on rotation, log scale and translation, from a pose nearby."""
    pose = start
    for _ in range(steps):
        design = (_motions(pose, points) * weights[:, None]).reshape(_MOTIONS, -1)
        residual = (target - pose.project(points)) * weights[:, None]
        step = np.linalg.lstsq(design.T, residual.ravel(), rcond=1e-10)[0].astype(np.float64)
        pose = _Camera(
            _turn(step[:3]) @ pose.rotation,
            pose.translation + step[4:],
            pose.scale * float(np.exp(np.clip(step[3], -1, 1))),
        )
    return pose


def _motions(pose: _Camera, points: Floats) -> Floats:
    """How projections (N, 2) move, (6, N, 2): by turns about the camera's x, y, z, by log scale, by translation."""
    x, y, z = (points @ pose.rotation.T * pose.scale).T
    zero, one = np.zeros_like(x), np.ones_like(x)
    across = [zero, z, -y, x, one, zero]
    down = [z, zero, -x, -y, zero, one]
    return np.stack([np.stack(across), np.stack(down)], -1)


def _turn(vector: Floats) -> Floats:
    """Rodrigues' formula."""
    angle = float(np.linalg.norm(vector))
    x, y, z = vector
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    if angle < 1e-12:
        return np.asarray(np.eye(3) + cross, np.float64)
    turn: Floats = np.eye(3) + np.sin(angle) / angle * cross + (1 - np.cos(angle)) / angle**2 * cross @ cross
    return turn


def _solve(design: Floats, missing: Floats, deviations: Floats, bounded: NDArray[np.bool_]) -> Floats:
    """The most probable coefficients, with the pose free to move a little along with them.

    A lopsided face looks much like a turned head: solved one after the other, pose and shape would take many rounds to
    agree. The pose's own share of the solution is dropped; the next round finds it exactly.

    Args:
        design: (6 + C, N, 2), how projections move with pose and coefficients, in standard deviations of the landmarks.
        missing: (N, 2), what the mean shape lacks, likewise.
        deviations: (C,) of the coefficients about 0.
        bounded: (C,) which stay in [0, 1]: those that would leave it are held at its ends, the others solved again.
    """
    flat = design.reshape(len(design), -1)
    prior = np.concatenate([np.full(_MOTIONS, _LOOSE), 1 / deviations**2])
    square, product = flat @ flat.T + np.diag(prior), flat @ missing.ravel()
    limited = np.concatenate([np.zeros(_MOTIONS, bool), bounded])
    solution = _solved(square, product)
    free = np.ones(len(solution), bool)
    for _ in range(2):
        outside = free & limited & ((solution < 0) | (solution > 1))
        if not outside.any():
            break
        solution[outside] = np.clip(solution[outside], 0, 1)
        free &= ~outside
        held = product[free] - square[np.ix_(free, ~free)] @ solution[~free]
        solution[free] = _solved(square[np.ix_(free, free)], held)
    solution = np.where(limited, np.clip(solution, 0, 1), solution)
    return solution[_MOTIONS:]


def _solved(square: Floats, product: Floats) -> Floats:
    """The solution of symmetric positive equations."""
    solution: Floats = cho_solve(cho_factor(square, check_finite=False), product, check_finite=False)
    return solution

"""Rotations: the nearest one to any matrix, angles, and the distance between two.

Axes are the camera's: x right, y up, z toward the viewer. Positive yaw turns the nose to the image's right, positive
pitch lowers it, positive roll turns the head counter-clockwise in the image: R = Rz(roll) Rx(pitch) Ry(yaw).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def nearest_rotation(matrix: Tensor) -> Tensor:
    """The rotation nearest to each matrix in the Frobenius norm (thesis, eqs. 5.4 and 5.5).

    U diag(1, 1, det(U V^T)) V^T of the singular value decomposition: never a reflection, unlike the printed U V^T.
    Gradients are finite wherever numbers are, for equal singular values too. Where the nearest rotation is not unique
    (the smallest two singular values cancel: a reflection of an isotropic matrix, a matrix of rank one or none), one of
    them is returned and the gradient is bounded.

    Args:
        matrix: (..., 3, 3), floating point, finite.

    Returns:
        (..., 3, 3), orthogonal with determinant 1.

    Raises:
        ValueError: not (..., 3, 3).

    Example:
        >>> import torch
        >>> from explorer.science.geometry import nearest_rotation
        >>> rotation = nearest_rotation(torch.diag(torch.tensor([1.0, 1.0, -2.0])))
        >>> round(torch.linalg.det(rotation).item(), 5)  # never a reflection
        1.0
    """
    if matrix.shape[-2:] != (3, 3):
        raise ValueError(f"rotations come from (..., 3, 3) matrices, not {tuple(matrix.shape)}")
    rotation: Tensor = _NearestRotation.apply(matrix)  # type: ignore[no-untyped-call]
    return rotation


class _NearestRotation(torch.autograd.Function):
    """The gradient of torch's SVD divides by differences of squared singular values; that of R only by sums.

    With M = W S V^T, W = U diag(1, 1, d), S = diag(s1, s2, d s3): dR = W O V^T, O antisymmetric,
    O_ij = (A_ij - A_ji) / (S_i + S_j), A = W^T dM V.
    """

    @staticmethod
    def forward(ctx: Any, matrix: Tensor) -> Tensor:
        u, singular, vt = torch.linalg.svd(matrix)
        signs = torch.ones_like(singular)
        signs[..., 2] = torch.linalg.det(u @ vt).sign()
        turned = u * signs[..., None, :]
        ctx.save_for_backward(turned, singular * signs, vt)
        rotation: Tensor = turned @ vt
        return rotation

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        turned, values, vt = ctx.saved_tensors
        inner = turned.mT @ gradient @ vt.mT
        sums = values[..., :, None] + values[..., None, :]
        smallest = torch.finfo(values.dtype).eps ** 0.5 * values[..., :1, None].clamp_min(1.0)
        back: Tensor = turned @ ((inner - inner.mT) / torch.maximum(sums, smallest)) @ vt
        return back


def rotation_from_angles(yaw: Tensor, pitch: Tensor, roll: Tensor) -> Tensor:
    """Rz(roll) Rx(pitch) Ry(yaw).

    Args:
        yaw, pitch, roll: (...) radians, broadcast against each other.

    Returns:
        (..., 3, 3).

    Example:
        >>> import torch
        >>> from explorer.science.geometry import pitch_of, roll_of, rotation_from_angles, yaw_of
        >>> angles = torch.tensor([120.0, -10.0, 5.0])
        >>> rotation = rotation_from_angles(*angles.deg2rad())
        >>> [round(of(rotation).rad2deg().item(), 3) for of in (yaw_of, pitch_of, roll_of)]
        [120.0, -10.0, 5.0]
    """
    yaw, pitch, roll = torch.broadcast_tensors(yaw, pitch, roll)
    zero, one = torch.zeros_like(yaw), torch.ones_like(yaw)

    def matrix(*entries: Tensor) -> Tensor:
        entry: Tensor = torch.stack(entries, -1).unflatten(-1, (3, 3))
        return entry

    sin, cos = yaw.sin(), yaw.cos()
    about_y = matrix(cos, zero, sin, zero, one, zero, -sin, zero, cos)
    sin, cos = pitch.sin(), pitch.cos()
    about_x = matrix(one, zero, zero, zero, cos, -sin, zero, sin, cos)
    sin, cos = roll.sin(), roll.cos()
    about_z = matrix(cos, -sin, zero, sin, cos, zero, zero, zero, one)
    return about_z @ about_x @ about_y


def rotation_from_vector(vector: Tensor) -> Tensor:
    """The rotation about an axis by an angle: exp of the cross product's matrix.

    Args:
        vector: (..., 3), the axis times the angle in radians.

    Returns:
        (..., 3, 3).
    """
    zero = torch.zeros_like(vector[..., 0])
    x, y, z = vector.unbind(-1)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).unflatten(-1, (3, 3))
    rotation: Tensor = torch.linalg.matrix_exp(cross)
    return rotation


def yaw_of(rotation: Tensor) -> Tensor:
    """Yaw in radians, (..., 3, 3) to (...): thesis, eq. 5.9, by atan2, for the printed arctan folds at 90 degrees.

    Example:
        >>> import torch
        >>> from explorer.science.geometry import rotation_from_angles, yaw_of
        >>> zero, yaw = torch.zeros(()), torch.tensor(135.0).deg2rad()
        >>> round(yaw_of(rotation_from_angles(yaw, zero, zero)).rad2deg().item(), 3)
        135.0
    """
    return torch.atan2(-rotation[..., 2, 0], rotation[..., 2, 2])


def pitch_of(rotation: Tensor) -> Tensor:
    """Pitch in radians, (..., 3, 3) to (...): arcsin R_21 (thesis, eq. 5.8).

    Where rounding took |R_21| to 1 or beyond, the gradient is 0, not infinite.

    Example:
        >>> import torch
        >>> from explorer.science.geometry import pitch_of
        >>> pitch_of(torch.eye(3)).item()
        0.0
    """
    limit = 1 - torch.finfo(rotation.dtype).eps
    return torch.asin(rotation[..., 2, 1].clamp(-limit, limit))


def roll_of(rotation: Tensor) -> Tensor:
    """Roll in radians, (..., 3, 3) to (...).

    Example:
        >>> import math
        >>> import torch
        >>> from explorer.science.geometry import roll_of, rotation_from_angles
        >>> zero, quarter = torch.zeros(()), torch.tensor(math.pi / 2)
        >>> round(roll_of(rotation_from_angles(zero, zero, quarter)).item() / math.pi, 5)
        0.5
    """
    return torch.atan2(-rotation[..., 0, 1], rotation[..., 1, 1])


def geodesic_distance(one: Tensor, other: Tensor) -> Tensor:
    """The angle in radians by which one rotation must turn to become the other, (..., 3, 3) each to (...).

    From |R1 - R2|_F = 2 sqrt(2) sin(angle / 2), which near 0 is accurate where the arccosine of the trace is not.

    Example:
        >>> import torch
        >>> from explorer.science.geometry import geodesic_distance, rotation_from_angles
        >>> zero, angle = torch.zeros(()), torch.tensor(40.0).deg2rad()
        >>> turned = rotation_from_angles(angle, zero, zero)
        >>> round(geodesic_distance(torch.eye(3), turned).rad2deg().item(), 3)
        40.0
    """
    half = (one - other).square().sum((-1, -2)).div(8).clamp(0, 1)
    return 2 * torch.atan2(half.sqrt(), (1 - half).sqrt())

"""The head's pose as MediaPipe's geometry pipeline finds it: the canonical face laid into the mesh by Procrustes.

The mesh's depth is relative. It becomes metric in two rounds: the canonical face's size tells the scale, the scale
tells each point's depth before a camera of 63 degrees, and so its place in space (MediaPipe, geometry_pipeline.cc).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.science.networks.errors import NetworkFileError

_FIELD_OF_VIEW = math.radians(63)
_VERTEX = 5  # position, then texture coordinates


@dataclass(frozen=True, eq=False)
class CanonicalFace:
    """points: (468, 3) in centimetres, x right, y up, z toward the viewer. weights: (468,), 0 for most."""

    points: NDArray[np.float64]
    weights: NDArray[np.float64]


def read_canonical_face(metadata: bytes) -> CanonicalFace:
    """Read the canonical face from the task's geometry metadata (a protocol buffer).

    Raises:
        NetworkFileError: the bytes are not that.
    """
    try:
        fields = _fields(metadata)
        mesh = next(value for number, value in fields if number == 1 and isinstance(value, bytes))
        floats = [value for number, value in _fields(mesh) if number == 3 and isinstance(value, float)]
        points = np.array(floats).reshape(-1, _VERTEX)[:, :3]
        weights = np.zeros(len(points))
        for number, value in fields:
            if number == 2 and isinstance(value, bytes):
                entry = dict(_fields(value))
                weights[int(entry.get(1, 0))] = entry[2]
    except (StopIteration, ValueError, IndexError, KeyError, TypeError, struct.error) as error:
        raise NetworkFileError("the MediaPipe file holds no canonical face, or it is damaged") from error
    if not weights.any():
        raise NetworkFileError("the MediaPipe file's canonical face has no weights")
    return CanonicalFace(points, weights)


def _fields(message: bytes) -> list[tuple[int, int | float | bytes]]:
    """Number and value of each field of a protocol buffer: integers, 32-bit floats and byte strings."""
    fields: list[tuple[int, int | float | bytes]] = []
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        value: int | float | bytes
        if key & 7 == 0:
            value, at = _varint(message, at)
        elif key & 7 == 2:
            length, at = _varint(message, at)
            value, at = message[at : at + length], at + length
        elif key & 7 == 5:
            value, at = struct.unpack_from("<f", message, at)[0], at + 4
        else:
            raise ValueError(f"a field of wire type {key & 7}")
        fields.append((key >> 3, value))
    return fields


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while message[at] & 0x80:
        value |= (message[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return value | message[at] << shift, at + 1


def head_pose(mesh: NDArray[np.float32], size: int, face: CanonicalFace) -> NDArray[np.float32]:
    """Yaw, pitch and roll of the head.

    Args:
        mesh: (478, 3) pixels of the frame, as `Mesh.points`.
        size: side of the frame in pixels.

    Returns:
        (3,) degrees. Positive yaw turns the nose to the image's right, positive pitch lowers it, positive roll turns
        the head counter-clockwise in the image.
    """
    return angles(_transform(mesh, size, face)[1])


def angles(rotation: NDArray[np.float64]) -> NDArray[np.float32]:
    """Yaw, pitch and roll in degrees of R = Rz(roll) Rx(pitch) Ry(yaw), (3, 3); x right, y up, z toward the viewer."""
    yaw = math.atan2(-rotation[2, 0], rotation[2, 2])
    pitch = math.asin(min(max(rotation[2, 1], -1.0), 1.0))
    roll = math.atan2(-rotation[0, 1], rotation[1, 1])
    return np.degrees([yaw, pitch, roll]).astype(np.float32)


def _transform(
    mesh: NDArray[np.float32], size: int, face: CanonicalFace
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Scale, rotation (3, 3) and shift (3,) from the canonical face to the metric mesh."""
    # At a distance of 1 the picture is so high; all three coordinates are measured in that plane.
    height = 2 * math.tan(_FIELD_OF_VIEW / 2)
    screen = (mesh[: len(face.points)].astype(np.float64) / size - (0.5, 0.5, 0)) * (height, -height, height)
    depth = screen[:, 2].mean()
    # First round: as if the camera were far away.
    scale = procrustes(face, screen * (1, 1, -1))[0]
    # Second round: with that scale each point has a depth.
    scale *= procrustes(face, _unprojected(screen, depth, scale))[0]
    return procrustes(face, _unprojected(screen, depth, scale))


def _unprojected(screen: NDArray[np.float64], depth: float, scale: float) -> NDArray[np.float64]:
    distance = (screen[:, 2:] - depth + 1) / scale
    return np.hstack([screen[:, :2] * distance, -distance])


def procrustes(
    face: CanonicalFace, target: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """The weighted least-squares similarity from the canonical face to (468, 3) points: scale, rotation, shift.

    The rotation is U diag(1, 1, det(U V^T)) V^T, never a reflection (Umeyama 1991, eq. 43).
    """
    weights = face.weights[:, None] / face.weights.sum()
    centre, target_centre = (weights * face.points).sum(0), (weights * target).sum(0)
    source, centred = face.points - centre, target - target_centre
    u, singular, vt = np.linalg.svd((weights * centred).T @ source)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * signs) @ vt
    scale = float((singular * signs).sum() / (weights * source**2).sum())
    return scale, rotation, target_centre - scale * rotation @ centre

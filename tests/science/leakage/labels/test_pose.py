"""Head pose of a canonical face that was turned by known angles, and of a mirrored photograph."""

from __future__ import annotations

import math

import numpy as np
import pytest

from explorer.science.leakage.labels.mesh import FaceMesh
from explorer.science.leakage.labels.pose import angles, head_pose, procrustes, read_canonical_face
from explorer.science.networks.errors import NetworkFileError

ANGLES = [(0, 0, 0), (30, 0, 0), (0, 20, 0), (0, 0, 15), (-35, 15, -10), (60, -20, 5)]


@pytest.fixture(scope="module")
def face_mesh(label_files):
    return FaceMesh(label_files["mediapipe-face"].read_bytes())


@pytest.fixture(scope="module")
def face(face_mesh):
    return read_canonical_face(face_mesh.canonical)


def rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    y, p, r = map(math.radians, (yaw, pitch, roll))
    around_y = np.array([[math.cos(y), 0, math.sin(y)], [0, 1, 0], [-math.sin(y), 0, math.cos(y)]])
    around_x = np.array([[1, 0, 0], [0, math.cos(p), -math.sin(p)], [0, math.sin(p), math.cos(p)]])
    around_z = np.array([[math.cos(r), -math.sin(r), 0], [math.sin(r), math.cos(r), 0], [0, 0, 1]])
    return around_z @ around_x @ around_y


def test_the_canonical_face_looks_at_the_viewer(face):
    nose, chin, right_eye, left_eye = face.points[[4, 152, 33, 263]]
    assert nose[2] == face.points[:, 2].max()
    assert chin[1] < right_eye[1]
    assert right_eye[0] < 0 < left_eye[0]
    assert face.points.shape == (468, 3)


@pytest.mark.parametrize("turn", ANGLES)
def test_angles_undo_the_rotation(turn):
    np.testing.assert_allclose(angles(rotation(*turn)), turn, atol=1e-4)


def test_positive_yaw_turns_the_nose_to_the_right_and_positive_pitch_lowers_it():
    nose = np.array([0, 0, 1])
    assert (rotation(20, 0, 0) @ nose)[0] > 0
    assert (rotation(0, 20, 0) @ nose)[1] < 0


@pytest.mark.parametrize("turn", ANGLES)
def test_procrustes_recovers_a_similarity(face, turn):
    target = 2.5 * face.points @ rotation(*turn).T + (3, -4, -50)
    scale, found, shift = procrustes(face, target)
    assert scale == pytest.approx(2.5)
    np.testing.assert_allclose(found, rotation(*turn), atol=1e-9)
    np.testing.assert_allclose(shift, (3, -4, -50), atol=1e-9)


def test_procrustes_never_reflects(face):
    assert np.linalg.det(procrustes(face, face.points * (-1, 1, 1))[1]) == pytest.approx(1)


@pytest.mark.parametrize("turn", ANGLES)
def test_a_photographed_canonical_face_has_its_pose(face, turn):
    """Placed before a camera of 63 degrees and projected, with the depth that the mesh network would report."""
    placed = face.points @ rotation(*turn).T + (0, 0, -40)
    distance = -placed[:, 2]
    height = 2 * math.tan(math.radians(63) / 2)
    x, y = placed[:, 0] / distance / height, placed[:, 1] / distance / height
    mesh = np.stack([x + 0.5, 0.5 - y, distance / distance.mean() / height], 1) * 448
    np.testing.assert_allclose(head_pose(mesh.astype(np.float32), 448, face), turn, atol=1.0)


def test_a_mirrored_photograph_has_the_opposite_yaw_and_roll(face_mesh, face, astronaut_crop):
    frame, _ = astronaut_crop
    yaw, pitch, roll = head_pose(face_mesh(frame).points, 448, face)
    mirrored = head_pose(face_mesh(np.ascontiguousarray(frame[:, ::-1])).points, 448, face)
    np.testing.assert_allclose(mirrored, (-yaw, pitch, -roll), atol=2)


@pytest.mark.parametrize("data", [b"", b"\x0a\x02\x08\x00", b"\xff\xff", b"text, not a message"])
def test_what_holds_no_canonical_face_is_refused(data):
    with pytest.raises(NetworkFileError):
        read_canonical_face(data)

"""Which face of a photograph is meant, and whether it can be used at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike

from explorer.science.faces.alignment import frame_matrix
from explorer.science.faces.face import Face, FaceError, Photograph

# Below this an encoder's template is filled with interpolated pixels only.
SMALLEST_WIDTH = 32.0
# A face, as detectors box it, is about this much of its frame's width.
_FACE_OF_FRAME = 0.52


def face_width(face: Face) -> float:
    """Width of a face in pixels of its photograph, from its five points, so that a turned head does not count as small.

    Raises:
        FaceError: the points coincide.
    """
    matrix = frame_matrix(torch.from_numpy(face.points)[None], 1)[0]
    return float(_FACE_OF_FRAME / torch.linalg.det(matrix[:, :2]).sqrt())


def is_usable(face: Face) -> bool:
    """Whether a face is large enough to be embedded."""
    return face_width(face) >= SMALLEST_WIDTH


def require_faces(photograph: Photograph, faces: Sequence[Face]) -> Sequence[Face]:
    """The faces, where there are any.

    Raises:
        FaceError: there is none; the message says what to do.
    """
    if not faces:
        raise FaceError(
            f"no face found in {photograph.name}: use a photograph that shows the whole face, upright and lit, "
            "or place the five points by hand (eyes, nose tip, mouth corners)"
        )
    return faces


def choose_face(photograph: Photograph, faces: Sequence[Face], index: int | None = None) -> Face:
    """The face that is meant.

    Args:
        faces: as `Detector.detect` sorts them, the most prominent first.
        index: which one, from 0; the first usable one where None.

    Raises:
        FaceError: there is no face, no such face, or it is too small; the message says what to do.

    Example:
        >>> import numpy as np
        >>> from explorer.science.faces import choose_face, face_by_hand, photograph_of
        >>> photograph = photograph_of(np.zeros((100, 200, 3), np.uint8), "two.png")
        >>> points = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], float)
        >>> left, right = (face_by_hand(points + [x, 0], photograph) for x in (0, 100))
        >>> choose_face(photograph, [left, right], 1) is right
        True
    """
    require_faces(photograph, faces)
    name = photograph.name
    if index is None:
        face = next((face for face in faces if is_usable(face)), faces[0])
    elif 0 <= index < len(faces):
        face = faces[index]
    else:
        count = "only 1 face" if len(faces) == 1 else f"only {len(faces)} faces"
        raise FaceError(f"there is no face {index + 1} in {name}: {count} found, numbered from 1")
    if not is_usable(face):
        which = "the face" if len(faces) == 1 else "the largest face" if index is None else f"face {index + 1}"
        raise FaceError(
            f"{which} in {name} is only {face_width(face):.0f} px wide: at least {SMALLEST_WIDTH:.0f} px are needed, "
            "use a larger or closer photograph"
        )
    return face


def face_by_hand(points: ArrayLike, photograph: Photograph) -> Face:
    """A face whose five points the user placed.

    Args:
        points: five (x, y) in pixels of the photograph: eye on the image's left, eye on the image's right (as the
            upright face is seen), nose tip, mouth corner left, mouth corner right.

    Raises:
        FaceError: not five finite points inside of the photograph, coinciding ones, or left and right exchanged.

    Example:
        >>> import numpy as np
        >>> from explorer.science.faces import face_by_hand, photograph_of
        >>> photograph = photograph_of(np.zeros((100, 100, 3), np.uint8), "plain.png")
        >>> face = face_by_hand([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], photograph)
        >>> face.by_hand, face.box
        (True, (30.0, 40.0, 70.0, 80.0))
    """
    five = np.array(points, dtype=np.float64)
    if five.shape != (5, 2) or not np.isfinite(five).all():
        raise FaceError(f"a face by hand needs five points (x, y), not {five.shape}: eyes, nose tip, mouth corners")
    height, width = photograph.pixels.shape[:2]
    if (five < 0).any() or (five > (width, height)).any():
        raise FaceError(f"a point lies outside of {photograph.name} ({width} x {height} px): place it on the face")
    nearest = min(np.linalg.norm(five[i] - five[j]) for i in range(5) for j in range(i))
    span = max(np.ptp(five[:, 0]), np.ptp(five[:, 1]))
    if nearest < max(1.0, 0.02 * span):
        raise FaceError(f"two of the five points in {photograph.name} coincide: place them apart from each other")
    left, right, mouth_left, mouth_right = five[0], five[1], five[3], five[4]
    across, down = right - left, (mouth_left + mouth_right - left - right) / 2
    if across[0] * down[1] - across[1] * down[0] <= 0 or np.dot(across, mouth_right - mouth_left) <= 0:
        raise FaceError(
            f"left and right are exchanged among the five points in {photograph.name}: the order is eye on the left of "
            "the picture, eye on the right, nose tip, mouth corner left, mouth corner right"
        )
    left_top, right_bottom = five.min(0), five.max(0)
    return Face(five, (*left_top.tolist(), *right_bottom.tolist()), 1.0, by_hand=True)

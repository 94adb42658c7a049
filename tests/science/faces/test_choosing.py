"""Which face is taken, and what the user is told where none can be."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.science.faces.choosing import choose_face, face_by_hand, face_width, is_usable
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import Face, FaceError, Photograph

# A frontal face with its eyes 62 px apart.
POINTS = np.array([[97.0, 120], [159, 120], [128, 152], [103, 184], [153, 184]])
PHOTOGRAPH = Photograph(np.zeros((300, 280, 3), np.uint8), "holiday.jpg", "")


def face(scale: float = 1.0) -> Face:
    return Face(POINTS * scale, (0.0, 0.0, 1.0, 1.0), 0.9)


def test_a_faces_width_is_what_the_detector_boxes(detector: Detector, astronaut: Photograph) -> None:
    found = detector.detect(astronaut.pixels)[0]
    left, _, right, _ = found.box
    assert face_width(found) == pytest.approx(right - left, rel=0.1)


def test_width_does_not_depend_on_place_or_angle() -> None:
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    moved = Face(POINTS @ turn.T * 2 + (50, 9), (0.0, 0.0, 1.0, 1.0), 0.9)
    assert face_width(moved) == pytest.approx(2 * face_width(face()), rel=1e-9)


def test_the_first_usable_face_is_chosen_unless_another_is_named() -> None:
    small, one, other = face(0.1), face(), face(1.5)
    assert choose_face(PHOTOGRAPH, [small, one, other]) is one
    assert choose_face(PHOTOGRAPH, [small, one, other], 2) is other


def test_no_face_is_said_with_the_way_out() -> None:
    with pytest.raises(FaceError, match=r"no face found in holiday\.jpg: .* place the five points by hand"):
        choose_face(PHOTOGRAPH, [])


@pytest.mark.parametrize("index", [-1, 1, 7])
def test_a_number_that_no_face_has_is_refused(index: int) -> None:
    with pytest.raises(FaceError, match=rf"no face {index + 1} in holiday\.jpg: only 1 face found"):
        choose_face(PHOTOGRAPH, [face()], index)


def test_a_face_too_small_is_refused_with_its_width() -> None:
    assert not is_usable(face(0.1))
    with pytest.raises(FaceError, match=r"the face in holiday\.jpg is only 13 px wide: at least 32 px"):
        choose_face(PHOTOGRAPH, [face(0.1)])
    with pytest.raises(FaceError, match=r"the largest face in holiday\.jpg is only 13 px wide"):
        choose_face(PHOTOGRAPH, [face(0.1), face(0.05)])
    with pytest.raises(FaceError, match=r"face 2 in holiday\.jpg is only 13 px wide"):
        choose_face(PHOTOGRAPH, [face(), face(0.1)], 1)


def test_points_placed_by_hand_are_a_face() -> None:
    placed = face_by_hand(POINTS.tolist(), PHOTOGRAPH)
    np.testing.assert_array_equal(placed.points, POINTS)
    assert placed.by_hand
    assert placed.score == 1
    assert placed.box == (97, 120, 159, 184)
    assert is_usable(placed)


def changed(index: int, to: tuple[float, float]) -> list[list[float]]:
    points = POINTS.tolist()
    points[index] = list(to)
    return points


@pytest.mark.parametrize(
    ("points", "told"),
    [
        (POINTS[:4].tolist(), "needs five points"),
        (changed(2, (np.nan, 3)), "needs five points"),
        (changed(2, (np.inf, 3)), "needs five points"),
        (changed(0, (-4, 120)), "outside of holiday.jpg"),
        (changed(0, (97, 301)), "outside of holiday.jpg"),
        (changed(0, (159, 120.3)), "coincide"),
        (POINTS[[1, 0, 2, 3, 4]].tolist(), "exchanged"),
        (POINTS[[0, 1, 2, 4, 3]].tolist(), "exchanged"),
        (POINTS[[1, 0, 2, 4, 3]].tolist(), "exchanged"),
    ],
)
def test_points_that_are_no_face_are_refused(points: list[list[float]], told: str) -> None:
    with pytest.raises(FaceError, match=told):
        face_by_hand(points, PHOTOGRAPH)


def test_a_face_upside_down_may_be_placed_by_hand() -> None:
    turned = (280, 300) - POINTS
    np.testing.assert_array_equal(face_by_hand(turned, PHOTOGRAPH).points, turned)

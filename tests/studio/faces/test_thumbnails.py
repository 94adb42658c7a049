"""Small pictures show the right part of a photograph, whatever its size."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.science.faces.face import Face
from explorer.studio.faces.thumbnails import OVERVIEW, overview, thumbnail


def boxed(left: float, top: float, right: float, bottom: float) -> Face:
    return Face(np.zeros((5, 2)), (left, top, right, bottom), 1.0)


def test_the_face_lies_in_the_middle_of_its_thumbnail() -> None:
    pixels = np.zeros((300, 400, 3), np.uint8)
    pixels[100:140, 200:240] = 255
    small = thumbnail(pixels, boxed(200, 100, 240, 140), 60)
    assert small.shape == (60, 60, 3)
    # The box is 40 of the 60 pixels that a quarter of margin on each side makes.
    assert (small[12:48, 12:48] == 255).all()
    assert (small[:8] == 0).all()


@pytest.mark.parametrize(
    "box", [(-50, -50, 30, 30), (380, 280, 460, 340), (-10, -10, 410, 310), (0, 0, 1, 1), (500, 500, 600, 600)]
)
def test_a_box_at_or_beyond_the_edge_is_filled_with_black(box: tuple[float, ...]) -> None:
    pixels = np.full((300, 400, 3), 200, np.uint8)
    small = thumbnail(pixels, boxed(*box))
    assert small.shape == (112, 112, 3)
    assert set(np.unique(small)) <= {0, 200}


def test_an_overview_keeps_the_shape_and_never_enlarges() -> None:
    assert overview(np.zeros((3000, 1500, 3), np.uint8)).shape == (OVERVIEW, OVERVIEW // 2, 3)
    assert overview(np.zeros((30, 20, 3), np.uint8)).shape == (30, 20, 3)
    assert overview(np.zeros((1, 5000, 3), np.uint8)).shape == (1, OVERVIEW, 3)

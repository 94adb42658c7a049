"""Where a frame leaves its photograph the colours at the edge go on, as if all of the frame had been blurred."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.science.faces.filling import filled

Floats = NDArray[np.float32]


def drawn_of(side: int) -> Floats:
    return np.random.default_rng(3).random((side, side, 3), dtype=np.float32)


def whole(drawn: Floats, inside: Floats) -> Floats:
    """All of the frame blurred, and taken where it leaves the photograph."""
    side = len(drawn)
    blurred = cv2.GaussianBlur(drawn, (0, 0), 0.04 * side, borderType=cv2.BORDER_REFLECT_101)
    feather = 2 * cv2.GaussianBlur(inside, (0, 0), 0.02 * side, borderType=cv2.BORDER_REPLICATE)
    weight = np.clip(feather, 0, 1)[..., None]
    return drawn * weight + blurred * (1 - weight)


def without(side: int, *parts: tuple[slice, slice]) -> Floats:
    inside = np.ones((side, side), np.float32)
    for part in parts:
        inside[part] = 0
    return inside


ALL = slice(None)


@pytest.mark.parametrize("side", [65, 256])
@pytest.mark.parametrize(
    "parts",
    [
        [(slice(0, 3), ALL)],
        [(slice(-2, None), ALL)],
        [(slice(0, 3), ALL), (slice(-2, None), ALL)],
        [(ALL, slice(0, 9))],
        [(slice(20, 30), slice(40, 60)), (slice(0, 1), ALL)],
        [(slice(30, 31), slice(30, 31))],  # so little that nothing is taken of it
        [(ALL, ALL)],
    ],
)
def test_rows_are_blurred_as_in_the_whole_frame(side: int, parts: list[tuple[slice, slice]]) -> None:
    drawn, inside = drawn_of(side), without(side, *parts)
    np.testing.assert_array_equal(filled(drawn, inside), whole(drawn, inside))


def test_a_slanted_edge_is_filled_as_in_the_whole_frame() -> None:
    rows, columns = np.mgrid[:256, :256]
    inside = ((rows > 0.2 * columns) & (rows - 0.1 * columns < 230)).astype(np.float32)
    drawn = drawn_of(256)
    np.testing.assert_array_equal(filled(drawn, inside), whole(drawn, inside))


def test_a_frame_within_its_photograph_is_the_photograph() -> None:
    drawn, inside = drawn_of(128), without(128)
    np.testing.assert_array_equal(filled(drawn, inside), whole(drawn, inside))
    np.testing.assert_array_equal(filled(drawn, inside * np.float32(0.999)), drawn)

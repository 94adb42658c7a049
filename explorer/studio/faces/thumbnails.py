"""Small pictures for lists: a face by its box, a photograph as a whole."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from explorer.science.faces.face import Face

THUMBNAIL = 112
OVERVIEW = 512
_MARGIN = 0.25


def thumbnail(pixels: NDArray[np.uint8], face: Face, size: int = THUMBNAIL) -> NDArray[np.uint8]:
    """Cut a square about a face's box, widened by a quarter; black beyond the photograph.

    Args:
        pixels: (H, W, 3) uint8.

    Returns:
        (size, size, 3) uint8.
    """
    left, top, right, bottom = face.box
    side = max(2, round((1 + 2 * _MARGIN) * max(right - left, bottom - top)))
    x, y = round((left + right - side) / 2), round((top + bottom - side) / 2)
    inside = pixels[max(y, 0) : max(y + side, 0), max(x, 0) : max(x + side, 0)]
    # Shrunk first, so that a face that fills a large photograph is never copied at full size.
    scale = size / side
    rows, columns = round(inside.shape[0] * scale), round(inside.shape[1] * scale)
    square = np.zeros((size, size, 3), np.uint8)
    if rows and columns:
        start_y, start_x = round(max(-y, 0) * scale), round(max(-x, 0) * scale)
        rows, columns = min(rows, size - start_y), min(columns, size - start_x)
        square[start_y : start_y + rows, start_x : start_x + columns] = _resized(inside, rows, columns)
    return square


def overview(pixels: NDArray[np.uint8], longest: int = OVERVIEW) -> NDArray[np.uint8]:
    """Shrink a picture (H, W, 3) so that its longer side is at most `longest` pixels; never enlarge."""
    height, width = pixels.shape[:2]
    scale = min(1.0, longest / max(height, width))
    return _resized(pixels, max(1, round(height * scale)), max(1, round(width * scale)))


def _resized(pixels: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.uint8]:
    method = cv2.INTER_AREA if rows < pixels.shape[0] else cv2.INTER_LINEAR
    return cv2.resize(pixels, (columns, rows), interpolation=method).astype(np.uint8, copy=False)

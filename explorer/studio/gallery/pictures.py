"""Small JPEGs of faces, as many thousands of them are kept, and how two pictures differ."""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from explorer.science.faces.face import Face

SIDE = 128
_WIDENED = 1.5
_QUALITY = 85
LARGEST = 64 * 2**10
_LARGEST_SIDE = 512


def small_jpeg(pixels: NDArray[np.uint8], face: Face) -> bytes:
    """A face's thumbnail as a JPEG of 128 px, without metadata.

    The square is moved and shrunk so that it lies within the photograph: in a grid of hundreds, black margins would be
    what is seen first.

    Args:
        pixels: (H, W, 3) uint8 of its photograph.
    """
    height, width = pixels.shape[:2]
    left, top, right, bottom = face.box
    side = max(1, min(round(_WIDENED * max(right - left, bottom - top)), height, width))
    x = min(max(round((left + right - side) / 2), 0), width - side)
    y = min(max(round((top + bottom - side) / 2), 0), height - side)
    square = pixels[y : y + side, x : x + side]
    method = cv2.INTER_AREA if side > SIDE else cv2.INTER_LINEAR
    return jpeg(cv2.resize(square, (SIDE, SIDE), interpolation=method).astype(np.uint8, copy=False))


def jpeg(pixels: NDArray[np.uint8]) -> bytes:
    """Encode (S, S, 3) uint8."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="JPEG", quality=_QUALITY)
    return buffer.getvalue()


def is_small_jpeg(data: bytes) -> bool:
    """Whether bytes begin as a small JPEG does: judged by its header, so that decoding it costs next to nothing."""
    if len(data) > LARGEST:
        return False
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            return max(image.size) <= _LARGEST_SIDE
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False


def colour_difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How far apart the colours of two pictures lie, pixel by pixel: their distance in CIELAB (CIE76 Delta E).

    2.3 is just noticed (Mahy et al. 1994); black and white are 100 apart.

    Args:
        one, other: (H, W, 3) uint8 sRGB of one size.

    Returns:
        (H, W) float32.

    Raises:
        ValueError: they are of different sizes.
    """
    if one.shape != other.shape:
        raise ValueError(f"pictures of {one.shape[:2]} and {other.shape[:2]} pixels cannot be compared")
    lab = [cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for picture in (one, other)]
    return np.asarray(np.linalg.norm(lab[0] - lab[1], axis=-1), np.float32)

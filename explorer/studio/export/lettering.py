"""The type that figures, films and contact sheets share, and the mark that a reconstruction carries."""

from __future__ import annotations

from functools import cache
from math import ceil
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from explorer.studio import places

Weight = Literal["Regular", "Medium", "SemiBold"]

MARK = "reconstruction, not a photograph"
BADGE = "target from the photograph"
# What a small picture says, where all the words would be too small to be read.
_FEWER = {MARK: "reconstruction", BADGE: "from photograph"}
_LEGIBLE = 0.75  # of the type size that was asked for


def font_file(weight: Weight = "Regular") -> Path:
    """Return the TrueType file of a weight of the figures' typeface."""
    return places.resources() / "fonts" / "print" / f"Inter-{weight}.ttf"


@cache
def font(pixels: int, weight: Weight = "Regular") -> ImageFont.FreeTypeFont:
    """Return Pillow's font of a size in pixels per em."""
    return ImageFont.truetype(font_file(weight), pixels)


def width_of(text: str, points: float, weight: Weight = "Regular") -> float:
    """Return how wide a text is set, in millimetres.

    Args:
        points: the type size in points of 1/72 inch.
    """
    return float(font(100, weight).getlength(text)) * points / 100 / 72 * 25.4


def wrapped(text: str, points: float, width: float) -> list[str]:
    """Break a text into lines of at most `width` millimetres, between words."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, points) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def marked(image: NDArray[np.uint8], pixels: int | None = None) -> NDArray[np.uint8]:
    """Return a copy of a reconstruction that says in its lower right corner that it is one.

    The mark is part of the pixels so that it stays when the picture is cut out of a figure or film. It lies below
    the chin of a face in the frame, outside what the encoders see.

    Args:
        image: (H, W, 3) uint8 RGB.
        pixels: type size; by default 1/44 of the height, at least 8.
    """
    height, width = image.shape[:2]
    band = mark(width, _type_size(image, pixels))[-height:, -width:]
    copy = image.copy()
    _lay(band, copy[height - band.shape[0] :, width - band.shape[1] :])
    return copy


def badged(image: NDArray[np.uint8], pixels: int | None = None) -> NDArray[np.uint8]:
    """Return a copy of a reconstruction that says in its upper left corner that its photograph guided it.

    Unlike the mark it cannot be turned off: such a picture shows more than the embedding gave away.

    Args:
        image: (H, W, 3) uint8 RGB.
        pixels: type size; by default 1/44 of the height, at least 8.
    """
    height, width = image.shape[:2]
    band = mark(width, _type_size(image, pixels), BADGE)[:height, :width]
    copy = image.copy()
    _lay(band, copy[: band.shape[0], : band.shape[1]])
    return copy


def captioned(image: NDArray[np.uint8], words: str, pixels: int | None = None) -> NDArray[np.uint8]:
    """Return a copy of a picture with words in its lower left corner, in the type of the mark.

    Args:
        image: (H, W, 3) uint8 RGB.
        pixels: type size; by default 1/44 of the height, at least 8.
    """
    height, width = image.shape[:2]
    band = mark(width, _type_size(image, pixels), words)[-height:, :width]
    copy = image.copy()
    _lay(band, copy[height - band.shape[0] :, : band.shape[1]])
    return copy


def _type_size(image: NDArray[np.uint8], pixels: int | None) -> int:
    return max(8, round(image.shape[0] / 44)) if pixels is None else pixels


def _lay(band: NDArray[np.uint8], corner: NDArray[np.uint8]) -> None:
    together = Image.alpha_composite(Image.fromarray(corner).convert("RGBA"), Image.fromarray(band))
    corner[:] = np.asarray(together.convert("RGB"))


@cache
def mark(width: int, pixels: int, words: str = MARK) -> NDArray[np.uint8]:
    """Return the mark of a reconstruction, or its badge, as a band to be laid into a corner of a picture.

    Args:
        width: of the picture; the mark is set smaller where it would not fit.
        pixels: type size. Where the words would be set much smaller than that, fewer are.

    Returns:
        (h, w, 4) uint8 RGBA, read-only.
    """
    lettering = font(pixels, "Medium")
    length = lettering.getlength(words)
    if length * _LEGIBLE > 0.94 * width:
        words = _FEWER.get(words, words)
        length = lettering.getlength(words)
    if length > 0.94 * width:
        lettering = font(max(5, int(pixels * 0.94 * width / length)), "Medium")
        length = lettering.getlength(words)
    pad = 0.45 * lettering.size
    band = Image.new("RGBA", (ceil(length + 2 * pad), ceil(1.5 * lettering.size)), (0, 0, 0, 140))
    # Drawn onto a band of its own: the strokes are to cover the veil, not to cut through it.
    text = Image.new("RGBA", band.size, (255, 255, 255, 0))
    ImageDraw.Draw(text).text((pad, band.height / 2), words, font=lettering, fill=(255, 255, 255, 235), anchor="lm")
    drawn = np.array(Image.alpha_composite(band, text), dtype=np.uint8)
    drawn.setflags(write=False)
    return drawn

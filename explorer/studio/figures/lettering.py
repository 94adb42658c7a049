"""The type that figures, films and contact sheets share, and the mark that a reconstruction carries."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from explorer.studio import places

Weight = Literal["Regular", "Medium", "SemiBold"]

MARK = "reconstruction, not a photograph"


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
    """Return a copy of a reconstruction that says on its lower edge that it is one.

    The mark is part of the pixels so that it stays when the picture is cut out of a figure or film. It lies below
    the chin of a face in the frame, outside what the encoders see.

    Args:
        image: (H, W, 3) uint8 RGB.
        pixels: type size; by default 1/44 of the height, at least 8.
    """
    picture = Image.fromarray(image)
    size = pixels if pixels is not None else max(8, round(image.shape[0] / 44))
    lettering = font(size, "Medium")
    width = lettering.getlength(MARK)
    if width > 0.94 * image.shape[1]:
        lettering = font(max(5, int(size * 0.94 * image.shape[1] / width)), "Medium")
        width = lettering.getlength(MARK)
    pad = 0.45 * lettering.size
    left, bottom = image.shape[1] - width - 2 * pad, float(image.shape[0])
    top = bottom - 1.5 * lettering.size
    veil = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(veil)
    draw.rectangle((left, top, image.shape[1], bottom), fill=(0, 0, 0, 140))
    draw.text((left + pad, (top + bottom) / 2), MARK, font=lettering, fill=(255, 255, 255, 235), anchor="lm")
    together = Image.alpha_composite(picture.convert("RGBA"), veil).convert("RGB")
    return np.asarray(together, dtype=np.uint8)

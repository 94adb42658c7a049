"""What the user wants of a network's input, whatever separates best. No torch: the window's controller knows it."""

from __future__ import annotations

from dataclasses import dataclass

# By the first of them numbers are asked for; the second says what becomes of x, a colour from 0 to 255.
NORMALISATION_WORDS = {
    "127.5": "(x - 127.5) / 127.5",
    "128": "(x - 127.5) / 128",
    "unit": "x / 255",
    "raw": "x as it is",
    "per-image": "(x - mean) / deviation of each picture",
    "vggface2": "x - VGGFace2's mean colour",
    "caffe": "x - ImageNet's mean colour",
}
MARGINS = (1.0, 1.1, 1.2, 1.3)


@dataclass(frozen=True)
class Wishes:
    """What the user wants whatever separates best; None where it is to be found out.

    framing: "arcface", "whole-frame", or "square-box" with or without a margin. size: rows and columns.
    normalisation: of `NORMALISATION_WORDS`.
    """

    framing: str | None = None
    margin: float | None = None
    size: tuple[int, int] | None = None
    colour: str | None = None
    normalisation: str | None = None
    measure: str | None = None


NO_WISHES = Wishes()

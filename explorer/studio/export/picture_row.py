"""Where the pictures of an inversion figure lie: target and result at one size, the way between them smaller."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from numpy.typing import NDArray

from explorer.studio.export.lettering import width_of
from explorer.studio.export.page import ATTACKED, BODY, GREY, HELD_OUT, Page

LABEL = 3.4
GAP = 2.0

_STRIPS = 8
_SIGNED = LinearSegmentedColormap.from_list("signed", [HELD_OUT[0], "#f5f5f5", ATTACKED])


@dataclass(frozen=True, eq=False)
class Panel:
    """One picture with what stands above it.

    content: (H, W, 3) uint8 RGB, or the (D,) numbers of an embedding.
    title: the first of these that fits is written on the left; facts likewise on the right.
    """

    content: NDArray[np.uint8] | NDArray[np.floating]
    title: Sequence[str]
    facts: Sequence[str] = ()


@dataclass(frozen=True)
class Spot:
    """Where a picture lies, in millimetres from the page's upper left corner; its label stands above `top`."""

    left: float
    top: float
    side: float


@dataclass(frozen=True)
class Arrangement:
    """The spots of the target (if it is shown), the small pictures and the result, and their height together."""

    target: Spot | None
    between: tuple[Spot, ...]
    result: Spot
    height: float


def arrange(width: float, between: int, *, target: bool, narrow: bool) -> Arrangement:
    """Arrange the pictures over a page's width.

    Args:
        width: in millimetres.
        between: how many pictures lie between target and result; at least 1.
        target: whether the target is shown.
        narrow: whether the small ones go below instead of between.
    """
    if target and narrow:
        return _two_and_a_strip(width, between)
    if not target and not narrow:
        return _one_row(width, between)
    return _around_a_grid(width, between, target)


def _around_a_grid(width: float, between: int, target: bool) -> Arrangement:
    """Put two rows of small pictures, together as high as the large ones, beside or between these."""
    columns, large = ceil(between / 2), 2 if target else 1
    gaps = columns + large - 1
    side = (width - gaps * GAP + columns * (LABEL + GAP) / 2) / (large + columns / 2)
    small = (side - LABEL - GAP) / 2
    first = side + GAP if target else 0.0
    spots = tuple(
        Spot(first + (place % columns) * (small + GAP), LABEL + (place // columns) * (small + GAP + LABEL), small)
        for place in range(between)
    )
    return Arrangement(Spot(0, LABEL, side) if target else None, spots, Spot(width - side, LABEL, side), LABEL + side)


def _one_row(width: float, between: int) -> Arrangement:
    """Put the small pictures in a row that stands on the same line as the large result."""
    small = (width - between * GAP) / (between + 1.6)
    side = 1.6 * small
    spots = tuple(Spot(place * (small + GAP), LABEL + side - small, small) for place in range(between))
    return Arrangement(None, spots, Spot(width - side, LABEL, side), LABEL + side)


def _two_and_a_strip(width: float, between: int) -> Arrangement:
    """Put target and result side by side, and the small pictures in a row below."""
    side = (width - GAP) / 2
    small = min((width - (between - 1) * GAP) / between, side)
    top = LABEL + side + GAP + LABEL
    spots = tuple(Spot(place * (small + GAP), top, small) for place in range(between))
    return Arrangement(Spot(0, LABEL, side), spots, Spot(side + GAP, LABEL, side), top + small)


def draw_panel(page: Page, panel: Panel, spot: Spot) -> None:
    """Draw a picture or a vector at its spot, with its label above."""
    if panel.content.ndim == 1:
        _draw_vector(page, panel.content.astype(np.float64), spot)
    else:
        page.picture(np.asarray(panel.content, np.uint8), spot.left, spot.top, spot.side)
    title = _fitting(panel.title, spot.side)
    page.text(spot.left, spot.top - 1.0, title, weight="Medium")
    room = spot.side - width_of(title, BODY, "Medium") - 1.5
    if facts := _fitting(panel.facts, room, or_nothing=True):
        page.text(spot.left + spot.side, spot.top - 1.0, facts, colour=GREY, align="right")


def _draw_vector(page: Page, vector: NDArray[np.float64], spot: Spot) -> None:
    """Draw an embedding as a strip of coloured numbers, folded into eight lines to fill the square."""
    per_line = ceil(len(vector) / _STRIPS)
    lines = np.full(_STRIPS * per_line, np.nan)
    lines[: len(vector)] = vector
    most = float(np.abs(vector).max()) or 1.0
    pitch = spot.side / _STRIPS
    for line, numbers in enumerate(lines.reshape(_STRIPS, per_line)):
        axes = page.axes(spot.left, spot.top + line * pitch, spot.side, pitch - 1.0 if line + 1 < _STRIPS else pitch)
        axes.set_axis_off()
        axes.imshow(
            numbers[None],
            cmap=_SIGNED,
            norm=TwoSlopeNorm(0, -most, most),
            aspect="auto",
            interpolation="nearest",
        )


def _fitting(candidates: Sequence[str], room: float, *, or_nothing: bool = False) -> str:
    """Return the first text that fits, else the last one, or nothing."""
    fits: Callable[[str], bool] = lambda text: width_of(text, BODY, "Medium") <= room  # noqa: E731
    last = "" if or_nothing or not candidates else candidates[-1]
    return next(filter(fits, candidates), last)

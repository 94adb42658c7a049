"""A grid of faces, a row a photograph and a column a way of turning it back: figures 4.2 to 4.5 of the thesis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from explorer.studio.export.drawings import Lettering
from explorer.studio.export.lettering import badged, marked, width_of, wrapped
from explorer.studio.export.page import BODY, GREY, SMALL, Page, house_style
from explorer.studio.export.picture_row import LABEL, Panel, Spot, draw_panel

_GAP = 1.6
# A title belongs to the picture below it, and stands nearer to that than to the one above.
_BETWEEN = 1.2
_LINE = 2.8
_MARK_POINTS = 4.0
_LARGEST_SIDE = 42.0


@dataclass(frozen=True, eq=False)
class Cell:
    """One picture of the grid.

    picture: (H, W, 3) uint8 RGB, square.
    facts: the first of these that fits is written above it. title: instead of the column's, in any row.
    reconstruction: whether it carries the mark, where marks are wanted.
    guided: whether the photograph guided it; the badge says so.
    """

    picture: NDArray[np.uint8]
    facts: Sequence[str] = ()
    reconstruction: bool = True
    guided: bool = False
    title: str = ""


@dataclass(frozen=True)
class GridOptions:
    """width: in millimetres. dpi: pixels per inch. mark: whether reconstructions say that they are. largest: of a
    picture, in millimetres; the page is no wider than they need. lettering: the text of an SVG."""

    width: float = 180.0
    dpi: float = 300
    mark: bool = True
    largest: float = _LARGEST_SIDE
    lettering: Lettering = "embedded"


def draw_grid(
    columns: Sequence[str], rows: Sequence[Sequence[Cell | None]], note: str, options: GridOptions | None = None
) -> Figure:
    """Compose the grid.

    Args:
        columns: their titles.
        rows: a cell, or None for an empty place, under each title.
        note: written below.

    Raises:
        ValueError: there is nothing to draw, or a row does not fit the titles.
    """
    options = options or GridOptions()
    if not rows or any(len(row) != len(columns) for row in rows):
        raise ValueError(f"a grid needs rows of {len(columns)} cells each")
    side = min(options.largest, (options.width - _GAP * (len(columns) - 1)) / len(columns))
    width = side * len(columns) + _GAP * (len(columns) - 1)
    text = wrapped(note, SMALL, width - 0.5)
    pitch = side + LABEL + _BETWEEN
    below = len(rows) * pitch - _BETWEEN + 1.5
    with house_style():
        page = Page(width, below + _LINE * len(text) + 1.0, options.dpi)
        for line, row in enumerate(rows):
            for place, (title, cell) in enumerate(zip(columns, row, strict=True)):
                if cell is not None:
                    spot = Spot(place * (side + _GAP), LABEL + line * pitch, side)
                    words = _cut(cell.title or (title if line == 0 else ""), side)
                    panel = Panel(_drawn(cell, page, side, options), (words,), cell.facts)
                    draw_panel(page, panel, spot)
        for line, words in enumerate(text):
            page.text(0, below + _LINE * (line + 0.9), words, size=SMALL, colour=GREY)
    return page.figure


def _cut(words: str, side: float) -> str:
    """A title no wider than its picture, so that it does not run into the next one's."""
    if width_of(words, BODY, "Medium") <= side:
        return words
    while words and width_of(f"{words}…", BODY, "Medium") > side:
        words = words[:-1]
    return f"{words}…"


def _drawn(cell: Cell, page: Page, side: float, options: GridOptions) -> NDArray[np.uint8]:
    """The picture with its mark; a small one is enlarged first, since no words can be read in few pixels."""
    pixels, picture = page.pixels(side), cell.picture
    says = cell.guided or (cell.reconstruction and options.mark)
    if says and picture.shape[0] < pixels:
        picture = np.asarray(Image.fromarray(picture).resize((pixels, pixels), Image.Resampling.LANCZOS), np.uint8)
    type_size = round(_MARK_POINTS / 72 * options.dpi * picture.shape[0] / pixels)
    if cell.reconstruction and options.mark:
        picture = marked(picture, type_size)
    return badged(picture, type_size) if cell.guided else picture

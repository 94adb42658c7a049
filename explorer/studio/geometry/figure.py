"""Figure 5.16 of the thesis: of each face the photograph, the fit over it, and its texture on the way to completion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from explorer.studio.export.picture_grid import Cell, GridOptions, draw_grid
from explorer.studio.geometry.view.face_view import FaceView
from explorer.studio.geometry.view.portrait import FitView
from explorer.studio.geometry.view.tinting import map_picture

Image = NDArray[np.uint8]

# So many faces make columns that are no higher than a page; of so few each takes two rows, of those between one.
_FEWEST_COLUMNS, _MOST_WRAPPED = 5, 2
_LEAST_FILLED = 0.005


@dataclass(frozen=True, eq=False)
class FitColumn:
    """One face: its fit, what its scene shows, and the mesh over the photograph, (S, S, 3)."""

    portrait: FitView
    view: FaceView
    over: Image


def draw_fits(
    columns: Sequence[FitColumn],
    options: GridOptions | None = None,
    *,
    with_source: bool = True,
    on_page: bool = False,
) -> Figure:
    """Compose the figure; `page.save` writes it.

    Args:
        with_source: whether photographs are shown; textures and the fit's own picture come without them.
        on_page: whether few faces go in rows, so that the figure is no strip higher than a page; a column a face
            otherwise.

    Raises:
        ValueError: there is no face.
    """
    with_field = any(column.view.maps.field is not None for column in columns)
    cells = [_cells(column, with_field, with_source) for column in columns]
    note = _note(columns, with_field)
    if not on_page or len(columns) >= _FEWEST_COLUMNS:
        rows = [list(row) for row in zip(*cells, strict=True)]
        return draw_grid([column.portrait.name for column in columns], rows, note, options)
    rows = []
    for column, own in zip(columns, cells, strict=True):
        across = ceil(len(own) / 2) if len(columns) <= _MOST_WRAPPED else len(own)
        places = [_titled(own[0], column.portrait.name), *own[1:], *[None] * (-len(own) % across)]
        rows += [places[start : start + across] for start in range(0, len(places), across)]
    return draw_grid([""] * len(rows[0]), rows, note, options)


def _titled(cell: Cell | None, name: str) -> Cell | None:
    return None if cell is None else replace(cell, title=name)


def _cells(column: FitColumn, with_field: bool, with_source: bool) -> list[Cell | None]:
    portrait, view, maps = column.portrait, column.view, column.view.maps
    made = not portrait.sha256  # a reconstruction, and to be marked as one
    cells: list[Cell | None] = [
        *([Cell(portrait.frame, ("photograph",) if not made else (), reconstruction=made)] if with_source else []),
        Cell(column.over, (f"fit, yaw {view.scene.yaw:.0f}°, pitch {view.scene.pitch:.0f}°", "fit"), made),
        Cell(view.sampled, ("sampled",), made),
        Cell(map_picture(maps, "exact"), (f"seen, exact {maps.exact_share:.0%}", "seen, exact"), False),
    ]
    if with_field:
        seen = None
        if maps.field is not None and maps.iou is not None:
            seen = Cell(map_picture(maps, "field"), (f"seen, field, IoU {maps.iou:.2f}", "seen, field"), False)
        cells.append(seen)
    cells.append(Cell(view.completed, ("completed",), made))
    return cells


def _note(columns: Sequence[FitColumn], with_field: bool) -> str:
    models = ", ".join(dict.fromkeys(column.portrait.fitted.model.name for column in columns))
    error = float(np.mean([column.portrait.relative_error for column in columns]))
    judges = {"exact": "the exact visibility", "field": "the neural field"}
    by = " or ".join(judges[one] for one in dict.fromkeys(column.view.scene.judge for column in columns))
    fields = f" The field counts as seen from {columns[0].view.maps.threshold:.2f} on." if with_field else ""
    faces = f"{len(columns)} face{'s' if len(columns) > 1 else ''}"
    return (
        f"{models} fitted to {faces}; landmarks lie {error:.1%} of the outer "
        f"eye corners' distance off on average. Textures are sampled at the fitted pose; what is hidden is taken from "
        f"its mirror image, by {by}.{fields}{_masked(columns)}{_filled(columns)} After figure 5.16 of Li (2024)."
    )


def _masked(columns: Sequence[FitColumn]) -> str:
    words = {"parsing": "by face parsing", "fit": "by the fit's silhouette"}
    told = dict.fromkeys(column.portrait.fitted.foreground.by for column in columns)
    by = " or ".join(words[one] for one in told if one in words)
    return f" Purple: seen, but the photograph shows background there, {by}; it is not used." if by else ""


def _filled(columns: Sequence[FitColumn]) -> str:
    shares = [column.view.unknown for column in columns if column.view.scene.filled]
    if not shares or max(shares) < _LEAST_FILLED:
        return ""
    share = f"{np.mean(shares):.0%}"
    return f" Of the completed surface {share} is known on neither side, and filled in from what lies nearby."

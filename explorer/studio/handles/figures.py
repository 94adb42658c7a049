"""Figures 9 to 12 of DIFFUSE: rows of edits along handles, and what elements say of two classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.generation.generator import Generator
from explorer.science.inversion.step import to_uint8
from explorer.studio.export.lettering import wrapped
from explorer.studio.export.page import ATTACKED, GREY, HELD_OUT, SMALL, Page, house_style, plain_axes, typeface
from explorer.studio.export.picture_grid import Cell, GridOptions, draw_grid
from explorer.studio.handles.editing import HandleEditor

Floats = NDArray[np.float64]

# Where handles are set in figures 9 and 10.
PLACES = (-4.0, -2.0, 0.0, 2.0, 4.0)
_WIDTH, _HEIGHT, _LINE, _BINS = 88.0, 46.0, 2.8, 40
_COLOURS = (HELD_OUT[0], ATTACKED)


def draw_edits(
    editor: HandleEditor,
    generator: Generator,
    styles: Tensor,
    names: Sequence[str],
    original: NDArray[np.uint8] | None,
    size: int,
    *,
    mark: bool = True,
) -> Figure:
    """Rows of edits of one face: the original, its reconstruction, and a row for each attribute and for all together.

    Args:
        styles: (L, K). names: of handles. original: (R, R, 3) uint8 of the common frame; None where there is none.
        size: at which faces are drawn, in pixels. mark: whether reconstructions say that they are.
    """
    kinds = [(name,) for name in names] + ([tuple(names)] if len(names) > 1 else [])
    read = editor.read(styles[None])
    unmoved = Cell(_drawn(generator, styles, size), title="reconstruction")
    first = None if original is None else Cell(original, reconstruction=False, title="photograph")
    rows = list[list[Cell | None]]()
    for row, kind in enumerate(kinds):
        beside = [first, unmoved] if row == 0 else [None, None]
        cells = list[Cell | None]()
        for at in PLACES:
            moved = editor.moved(styles[None], dict.fromkeys(kind, at))[0]
            cells.append(Cell(_drawn(generator, moved, size), title=f"{kind[0] if len(kind) == 1 else 'all'} {at:+g}"))
        rows.append([*beside, *cells])
    says = ", ".join(f"{name} {float(values[0]):+.2f}" for name, values in read.items())
    note = (
        "Elements of the space behind W+ are set to these values in every layer; all else of the face's vector stays. "
        f"Of the face itself they say: {says}. -1 and 1 are the classes that were learnt "
        f"({', '.join(f'{name}: {low} and {high}' for name, (low, high) in editor.record.classes.items())})."
    )
    columns = ["photograph", "reconstruction", *(f"{at:+g}" for at in PLACES)]
    if first is None:
        columns, rows = columns[1:], [row[1:] for row in rows]
    return draw_grid(columns, rows, note, GridOptions(mark=mark))


@torch.no_grad()
def _drawn(generator: Generator, styles: Tensor, size: int) -> NDArray[np.uint8]:
    return to_uint8(generator.image(styles[None].to(generator.mean_w), size)[0])


def draw_elements(
    name: str, classes: tuple[str, str], values: Floats, truth: NDArray[np.int64], told_by: str, area: str
) -> Figure:
    """Histograms of an element by class (figures 11 and 12).

    Args:
        classes: what 0 and 1 are called. values, truth: (N,). told_by: whose word the classes are. area: under the ROC
            curve, in words; empty where a class is missing.
    """
    counts = [int((truth == kind).sum()) for kind in (0, 1)]
    note = (
        f"The element of {name}, the mean over the layers, of {len(values):,} faces: {counts[0]:,} are "
        f"{classes[0]} and {counts[1]:,} {classes[1]} by {told_by}"
        f"{f'; area under the ROC curve {area}' if area else ''}. Classes are what was learnt or said, and no "
        "property of anybody."
    )
    lines = wrapped(note, SMALL, _WIDTH - 2)
    with house_style():
        page = Page(_WIDTH, _HEIGHT + 5 + _LINE * len(lines), 300)
        axes = page.axes(8, 3, _WIDTH - 11, _HEIGHT - 6)
        edges = np.linspace(*_ends(values), _BINS + 1)
        for (kind, label), colour in zip(enumerate(classes), _COLOURS, strict=True):
            some = values[truth == kind]
            shares = np.histogram(some, edges)[0] / max(len(some), 1)
            axes.stairs(shares, edges, fill=True, color=colour, alpha=0.45, label=label)
            axes.stairs(shares, edges, color=colour, lw=0.7)
        axes.set_xlim(*_ends(values))
        axes.legend(prop=typeface(SMALL), frameon=False, loc="upper right")
        plain_axes(axes)
        for place, words in enumerate(lines):
            page.text(1, _HEIGHT + 3.5 + _LINE * place, words, size=SMALL, colour=GREY)
    return page.figure


def _ends(values: Floats) -> tuple[float, float]:
    return float(values.min()) - 0.25, float(values.max()) + 0.25


def figure_of(name: str) -> str:
    """The report's number of an element's histogram, or a name of ours."""
    return {"gender": "figure-11", "smiling": "figure-12"}.get(name, f"elements-{name}")

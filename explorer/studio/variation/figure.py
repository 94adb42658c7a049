"""The figure of several inversions of one embedding: their mean face, where they vary, and what they agree in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from PIL import Image

from explorer.studio.export.colour_map import colour_map, coloured
from explorer.studio.export.drawings import VariationSpec
from explorer.studio.export.lettering import badged, marked, width_of, wrapped
from explorer.studio.export.page import BODY, GREY, HELD_OUT, INK, RULE, SMALL, Page, house_style, typeface
from explorer.studio.export.picture_row import LABEL, Panel, Spot, draw_panel
from explorer.studio.export.provenance import Provenance
from explorer.studio.inversion.provenance import provenance
from explorer.studio.variation.running import Variation
from explorer.studio.variation.text import EXPLANATION, HEADINGS, Row, rows, summary

# In millimetres.
_GAP, _LINE, _ROW, _BAR, _BARS = 2.0, 2.8, 3.7, 3.0, 26.0
_PER_ROW = 8
_MARK_POINTS = 4.0


@dataclass(frozen=True, eq=False)
class VariationImages:
    """What the figure shows.

    results: (R, R, 3) uint8 of every run. mean: likewise, their mean. spread: (R, R) in CIELAB units.
    target: the photograph's face, or the (D,) embedding where there was no photograph; None to leave it out.
    """

    results: Sequence[NDArray[np.uint8]]
    mean: NDArray[np.uint8]
    spread: NDArray[np.float32]
    target: NDArray[np.uint8] | NDArray[np.floating] | None = None


@dataclass(frozen=True)
class VariationOptions:
    """width: in millimetres. dpi: pixels per inch. mark: whether reconstructions say that they are."""

    width: float = 180.0
    dpi: float = 300
    mark: bool = True


def draw_variation(record: Variation, images: VariationImages, options: VariationOptions | None = None) -> Figure:
    """Compose the figure: target, mean and map in a row, the results below, then the table."""
    options = options or VariationOptions()
    table = rows(record)
    large = 3 if images.target is not None else 2
    side = (options.width - (large - 1) * _GAP - _BAR - 9) / max(large, 3)
    columns = min(_PER_ROW, max(len(images.results), 4))
    small = (options.width - (columns - 1) * _GAP) / columns
    lines = ceil(len(images.results) / columns)
    note = wrapped(f"{summary(record)}. {_judge(record)}{EXPLANATION}", SMALL, options.width - 0.5)
    below = LABEL + side + lines * (LABEL + small) + _GAP + 1
    height = below + _ROW * (len(table) + 1) + 3 + _LINE * len(note) + 1
    with house_style():
        page = Page(options.width, height, options.dpi)
        _draw_large(page, record, images, options, side)
        for number, picture in enumerate(images.results):
            left, line = number % columns * (small + _GAP), number // columns
            spot = Spot(left, LABEL + side + _GAP / 2 + LABEL + line * (LABEL + small), small)
            shown = _shown(page, picture, small, record, options)
            draw_panel(page, Panel(shown, (f"run {number + 1}",), _fact(record, number)), spot)
        _draw_table(page, table, [one.determined for one in record.agreements], below)
        for line, words in enumerate(note):
            page.text(0, height - 1 - _LINE * (len(note) - 1 - line), words, size=SMALL, colour=GREY)
    return page.figure


def _draw_large(page: Page, record: Variation, images: VariationImages, options: VariationOptions, side: float) -> None:
    left = 0.0
    if images.target is not None:
        title = "photograph" if images.target.ndim == 3 else "embedding"
        draw_panel(page, Panel(images.target, (title,)), Spot(left, LABEL, side))
        left += side + _GAP
    mean = _shown(page, images.mean, side, record, options)
    draw_panel(page, Panel(mean, ("mean of the results", "mean")), Spot(left, LABEL, side))
    left += side + _GAP
    picture, top = coloured(images.spread)
    draw_panel(page, Panel(picture, ("where they vary",)), Spot(left, LABEL, side))
    bar = page.figure.colorbar(
        ScalarMappable(Normalize(0, top), colour_map()), cax=page.axes(left + side + 1.2, LABEL, _BAR, side)
    )
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=2, width=0.5, pad=1.5, color=INK)
    for label in bar.ax.get_yticklabels():
        label.set_fontproperties(typeface(SMALL))
    page.text(left + side + 1.2 + _BAR, LABEL - 1.0, "ΔE", colour=GREY, align="right")


def variation_provenance(record: Variation, drawing: VariationSpec | None = None) -> Provenance:
    """How the runs were made, for whoever finds the figure: that of the first, and of each one behind it."""
    about = provenance(record.runs[0], drawing=drawing or VariationSpec())
    return about | {
        "figure": "variation",
        "runs": [provenance(run) for run in record.runs],
        "seeds": [run.settings.seed for run in record.runs],
        "scores": [[score.model_dump(mode="json") for score in run.scores] for run in record.runs],
        "best_index": [run.best_index for run in record.runs],
        "agreements": [one.model_dump(mode="json") for one in record.agreements],
    }


def _shown(
    page: Page, picture: NDArray[np.uint8], side: float, record: Variation, options: VariationOptions
) -> NDArray[np.uint8]:
    """A reconstruction at the size of its place, marked and badged."""
    pixels = page.pixels(side)
    fitted = np.asarray(Image.fromarray(picture).resize((pixels, pixels), Image.Resampling.LANCZOS), np.uint8)
    size = round(_MARK_POINTS / 72 * options.dpi)
    fitted = marked(fitted, size) if options.mark else fitted
    return badged(fitted, size) if record.guided_by_photograph else fitted


def _fact(record: Variation, number: int) -> tuple[str, ...]:
    """The mean cosine on held-out encoders; nothing where only the attacked one knows the target."""
    if number in record.without_face:
        return ("no face",)
    judged = _held_out(record, number)
    return (f"{np.mean(judged):.2f}",) if judged else ()


def _held_out(record: Variation, number: int) -> list[float]:
    scores = record.runs[number].scores
    return [score.score for score in scores if score.measure == "cosine" and not score.attacked]


def _judge(record: Variation) -> str:
    judged = any(_held_out(record, number) for number in range(len(record.runs)))
    return "Above a run: mean cosine to the photograph on held-out encoders. " if judged else ""


def _draw_table(page: Page, table: Sequence[Row], determined: Sequence[float | None], top: float) -> None:
    shown = [place for place in range(len(HEADINGS) - 1) if any(row[place] for row in table)]
    widths = {place: max(width_of(row[place], BODY, "Medium") for row in (Row(*HEADINGS), *table)) for place in shown}
    slack = (page.width - _BARS - 12 - sum(widths.values())) / len(shown)
    rights, right = {}, 0.0
    for place in shown:
        right += widths[place]
        rights[place] = right
        right += slack
    for place in shown:
        _cell(page, HEADINGS[place], place, rights[place], widths[place], top + _ROW - 1.1, heading=True)
    page.text(page.width, top + _ROW - 1.1, HEADINGS[-1], weight="Medium", align="right")
    page.rule(0, page.width, top + _ROW, 0.5)
    for number, (row, share) in enumerate(zip(table, determined, strict=True)):
        baseline = top + _ROW * (number + 2) - 1.1
        for place in shown:
            _cell(page, row[place], place, rights[place], widths[place], baseline)
        page.text(page.width, baseline, row.determined, align="right")
        start, middle = page.width - _BARS - 9, baseline - 0.9
        page.rule(start, start + _BARS, middle, 0.5, RULE)
        if share is not None and share > 0:
            _bar(page, start, middle, _BARS * min(share, 1.0))
    page.rule(0, page.width, top + _ROW * (len(table) + 1) + 0.4, 0.5)


def _bar(page: Page, left: float, middle: float, length: float, thickness: float = 1.1) -> None:
    corner = (left / page.width, 1 - (middle + thickness / 2) / page.height)
    extent = length / page.width, thickness / page.height
    page.figure.add_artist(
        Rectangle(corner, *extent, transform=page.figure.transFigure, color=HELD_OUT[0], lw=0, zorder=3)
    )


def _cell(
    page: Page, text: str, place: int, right: float, width: float, baseline: float, heading: bool = False
) -> None:
    left = place < 3
    page.text(
        right - width if left else right,
        baseline,
        text,
        weight="Medium" if heading else "Regular",
        align="left" if left else "right",
    )

"""The figure of one inversion: target, start, milestones and result; curves; scores on all encoders; settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from explorer.studio.export.drawings import DOUBLE_COLUMN
from explorer.studio.export.lettering import badged, marked, wrapped
from explorer.studio.export.page import GREY, SMALL, Page, house_style
from explorer.studio.export.picture_row import Arrangement, Panel, arrange, draw_panel
from explorer.studio.inversion.figure_caption import caption
from explorer.studio.inversion.figure_charts import chart_row
from explorer.studio.inversion.figure_curves import looks
from explorer.studio.inversion.figure_scores import draw_table, table_height
from explorer.studio.inversion.record import InversionRun

SINGLE_COLUMN = 88.0

# All in millimetres.
_BELOW_PICTURES = 5.0
_TICK_LABELS = 6.0
_LINE = 2.8
_MARK_POINTS = 4.6


@dataclass(frozen=True, eq=False)
class RunImages:
    """The pictures of a run; each (H, W, 3) uint8 RGB and square.

    start: the image of the chosen start.
    result: the image at the generator's native size.
    milestones: step and image, in order; three or five fill the sheet best.
    target: the photograph's face in the common frame; None where there was only a vector.
    target_vector: (D,) the inverted embedding, drawn where there is no photograph.
    """

    start: NDArray[np.uint8]
    result: NDArray[np.uint8]
    milestones: Sequence[tuple[int, NDArray[np.uint8]]] = field(default_factory=tuple)
    target: NDArray[np.uint8] | None = None
    target_vector: NDArray[np.floating] | None = None


@dataclass(frozen=True)
class FigureOptions:
    """How a figure is made.

    width: in millimetres: about 88 for a single column, 180 for two. Below 120 the parts lie one under the other.
    dpi: pixels per inch of the pictures, and of a PNG.
    source: whether the photograph, or the bare vector, is shown. Both are biometric data: the vector's strip can be
        read back into numbers that are good enough to invert.
    mark: whether the result says that it is a reconstruction.
    """

    width: float = DOUBLE_COLUMN
    dpi: float = 300
    source: bool = True
    mark: bool = True

    @property
    def narrow(self) -> bool:
        """Whether the parts lie one under the other."""
        return self.width < 120


def draw_inversion(run: InversionRun, images: RunImages, options: FigureOptions | None = None) -> Figure:
    """Compose the figure of a run; `page.save` writes it.

    Raises:
        ValueError: the run holds no step, or the width leaves no room.
    """
    options = options or FigureOptions()
    if not run.steps:
        raise ValueError("a run without steps has nothing to draw")
    if not 60 <= options.width <= 400:
        raise ValueError(f"a figure {options.width:g} mm wide cannot be laid out; choose 60 to 400 mm")
    with house_style():
        return _compose(run, images, options)


def _compose(run: InversionRun, images: RunImages, options: FigureOptions) -> Figure:
    """Measure first, for the page's height must be known; then draw from top to bottom."""
    target = _target_panel(run, images) if options.source else None
    between = _panels_between(run, images, options)
    places = arrange(options.width, len(between), target=target is not None, narrow=options.narrow)
    milestones = [index for index, _ in images.milestones]
    charts = chart_row(run, options.width, milestones, narrow=options.narrow)
    text = wrapped(caption(run, source_shown=target is not None), SMALL, options.width - 0.5)

    charts_top = places.height + _BELOW_PICTURES
    table_top = charts_top + max(chart.top + chart.height for chart in charts) + _TICK_LABELS + 2
    caption_top = table_top + (table_height(run.scores) if run.scores else _LINE) + 2
    page = Page(options.width, caption_top + _LINE * len(text) + 0.5, options.dpi)

    _draw_pictures(page, places, target, between, _result_panel(run, images, page, places, options))
    for chart in charts:
        chart.draw_on(page, charts_top)
    if run.scores:
        draw_table(page, run.scores, looks(run), table_top, narrow=options.narrow)
    else:
        page.text(0, table_top + 2, _why_no_scores(run), weight="Medium")
    for line, words in enumerate(text):
        page.text(0, caption_top + _LINE * (line + 0.75), words, size=SMALL, colour=GREY)
    return page.figure


def _target_panel(run: InversionRun, images: RunImages) -> Panel | None:
    if images.target is not None:
        return Panel(images.target, ("target",), ("photograph",))
    if images.target_vector is not None:
        numbers = f"{run.target.encoder}, {len(images.target_vector)} numbers"
        return Panel(images.target_vector, (f"target: bare embedding of {numbers}", f"target: {numbers}", "target"))
    return None


def _panels_between(run: InversionRun, images: RunImages, options: FigureOptions) -> list[Panel]:
    cosines = {step.index: step.cosine for step in run.steps}
    pictures = [("start", run.steps[0].index, images.start)]
    pictures += [(f"step {index}", index, image) for index, image in images.milestones]
    # On a narrow page the number stands alone; what it is, the result's label says.
    measure = "" if options.narrow or len(pictures) > 4 else "cosine "
    return [
        Panel(image, (title,), (f"{measure}{cosines[index]:.2f}",) if index in cosines else ())
        for title, index, image in pictures
    ]


def _result_panel(
    run: InversionRun, images: RunImages, page: Page, places: Arrangement, options: FigureOptions
) -> Panel:
    result = images.result
    # Mark and badge are set at the size that the picture is printed in, so that they can be read there.
    type_size = round(_MARK_POINTS / 72 * options.dpi * result.shape[0] / page.pixels(places.result.side))
    if options.mark:
        result = marked(result, type_size)
    if run.guided_by_photograph:
        result = badged(result, type_size)
    attacked = next((score for score in run.scores if score.attacked), None)
    if attacked is None:
        return Panel(result, ("result",))
    measure = "cosine" if attacked.measure == "cosine" else "distance"
    return Panel(result, ("result",), (f"{measure} {attacked.score:.2f}", f"{attacked.score:.2f}"))


def _draw_pictures(
    page: Page, places: Arrangement, target: Panel | None, between: Sequence[Panel], result: Panel
) -> None:
    if target is not None and places.target is not None:
        draw_panel(page, target, places.target)
    for panel, spot in zip(between, places.between, strict=True):
        draw_panel(page, panel, spot)
    draw_panel(page, result, places.result)


def _why_no_scores(run: InversionRun) -> str:
    if not run.result_face_found:
        return "No face was found in the result, so that no encoder could score it."
    return "The result was not scored."

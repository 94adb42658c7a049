"""Where the charts of an inversion figure lie: side by side, or one under the other on a narrow page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from matplotlib.axes import Axes

from explorer.studio.export.lettering import width_of
from explorer.studio.export.page import BODY, GREY, SMALL, Page
from explorer.studio.inversion.figure_curves import distances, draw_cosines, draw_distances, draw_losses, looks
from explorer.studio.inversion.record import InversionRun

# All in millimetres: a chart's title, the numbers left of it, its height beside others.
_TITLE = 4.0
_SCALE = 6.5
_HEIGHT = 34.0

Draw = Callable[[Axes, InversionRun, float], None]


@dataclass(frozen=True)
class Chart:
    """A chart's place under the pictures, in millimetres, and what draws its curves."""

    title: str
    note: str
    draw: Draw
    run: InversionRun
    left: float
    top: float
    width: float
    height: float
    names_steps: bool

    def draw_on(self, page: Page, offset: float) -> None:
        """Draw title, curves and the name of the axis; `offset` is where the charts begin on the page."""
        top = offset + self.top
        page.text(self.left, top - 1.6, self.title, weight="Medium")
        if width_of(self.title, BODY, "Medium") + width_of(self.note, SMALL) + 2 <= self.width:
            page.text(self.left + self.width, top - 1.6, self.note, size=SMALL, colour=GREY, align="right")
        axes = page.axes(self.left, top, self.width, self.height)
        self.draw(axes, self.run, self.height)
        if self.names_steps:
            centre = self.left + self.width / 2
            page.text(centre, top + self.height + 5.2, "step", size=SMALL, align="center")
        else:
            axes.tick_params(labelbottom=False)


class _Kind(NamedTuple):
    title: str
    note: str
    draw: Draw
    names: Sequence[str]
    share: float
    stacked_height: float


def chart_row(run: InversionRun, width: float, milestones: Collection[int], *, narrow: bool) -> list[Chart]:
    """Place the charts of a run over a page's width; distances get one only where an encoder measures them.

    Args:
        width: in millimetres.
        milestones: steps whose pictures are shown.
    """
    kinds = _kinds(run, milestones)
    return _stacked(run, kinds, width) if narrow else _beside(run, kinds, width)


def _kinds(run: InversionRun, milestones: Collection[int]) -> list[_Kind]:
    apart = distances(run)
    encoders = [name for name in looks(run) if name not in apart or name == run.settings.encoder]
    note = "dashed: thresholds" if run.scores else ""
    cosines = partial(draw_cosines, milestones=milestones)
    kinds = [
        _Kind("Loss by term, weighted", "", draw_losses, [*run.steps[0].losses, "total"], 0.32, 22.0),
        _Kind("Cosine to the target", note, cosines, encoders, 0.40, 28.0),
    ]
    if apart:
        kinds.append(_Kind("Distance to the target", note, draw_distances, apart, 0.28, 16.0))
    return kinds


def _beside(run: InversionRun, kinds: Sequence[_Kind], width: float) -> list[Chart]:
    charts: list[Chart] = []
    left = 0.0
    for kind in kinds:
        room = width * kind.share / sum(kind.share for kind in kinds)
        inner = room - _SCALE - _behind(kind.names)
        charts.append(Chart(kind.title, kind.note, kind.draw, run, left + _SCALE, _TITLE, inner, _HEIGHT, True))
        left += room
    return charts


def _stacked(run: InversionRun, kinds: Sequence[_Kind], width: float) -> list[Chart]:
    """Give all the same width, so that a step is at one place in all of them, and name the steps at the bottom."""
    inner = width - _SCALE - max(_behind(kind.names) for kind in kinds)
    charts: list[Chart] = []
    top = _TITLE
    for kind in kinds:
        height, last = kind.stacked_height, kind is kinds[-1]
        charts.append(Chart(kind.title, kind.note, kind.draw, run, _SCALE, top, inner, height, last))
        top += height + _TITLE + 2
    return charts


def _behind(names: Sequence[str]) -> float:
    """Room for the names behind the curves' ends."""
    return max(width_of(name, SMALL, "Medium") for name in names) + 2.5

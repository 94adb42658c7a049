"""Lines over curves: upright ones where something changed, level ones at thresholds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF

from explorer.ui.base import theme

_LATE = 0.6  # of the axis; a name there stands left of its line
_NAMED = 4  # more marks are drawn without their names: these would cover the curves
_SHARE = 0.5  # of the plot's height; where names need more, none is written
_NEAR = 3


@dataclass(frozen=True)
class Mark:
    """What happened at a step, in a few words."""

    step: int
    text: str


def gathered(changes: Iterable[tuple[int, str, float]]) -> list[Mark]:
    """Marks of weights that changed, by step, term and weight: one slider's way, drawn over some steps, is one mark, of
    where it came to rest."""
    marks: list[Mark] = []
    last: dict[str, tuple[int, int]] = {}
    for step, term, weight in changes:
        text = f"{term} {weight:g}"
        before = last.get(term)
        if before is not None and step - before[1] <= _NEAR:
            marks[before[0]] = Mark(marks[before[0]].step, text)
            last[term] = before[0], step
        else:
            last[term] = len(marks), step
            marks.append(Mark(step, text))
    return marks


class CurveMarks:
    """The marks of a plot and the level lines of its axes.

    Args:
        ground: the theme's colour of what the plot lies on.
        at_top: whether the names of marks stand at the top, where curves fall; else at the bottom, where they rise.
    """

    def __init__(self, plot: pg.PlotWidget, ground: str, *, at_top: bool) -> None:
        self._plot, self._ground, self._at_top = plot, ground, at_top
        self._marks: tuple[Mark, ...] = ()
        self._lines: list[pg.InfiniteLine] = []
        self._names: list[pg.TextItem] = []
        self._levels: list[tuple[pg.ViewBox, pg.InfiniteLine]] = []

    @property
    def said(self) -> str:
        """All marks in words, a line each."""
        return "\n".join(f"step {mark.step}: {mark.text}" for mark in self._marks)

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Replace the marks."""
        if tuple(marks) == self._marks:
            return
        for item in (*self._lines, *self._names):
            self._plot.removeItem(item)
        self._marks = tuple(marks)
        self._lines = [pg.InfiniteLine(mark.step, angle=90) for mark in self._marks]
        self._names = [pg.TextItem(mark.text) for mark in self._marks] if len(self._marks) <= _NAMED else []
        for item in (*self._lines, *self._names):
            item.setZValue(-1 if item in self._lines else 5)
            self._plot.addItem(item, ignoreBounds=True)
        self.restyle()

    def set_levels(self, levels: Sequence[tuple[pg.ViewBox, float, pg.QtGui.QColor]]) -> None:
        """Replace the level lines: of which axis, where, and in what colour."""
        for box, line in self._levels:
            box.removeItem(line)
        self._levels = []
        for box, value, colour in levels:
            line = pg.InfiniteLine(value, angle=0, pen=pg.mkPen(colour, width=1, style=Qt.PenStyle.DashLine))
            line.setOpacity(0.65)
            line.setZValue(-1)
            box.addItem(line, ignoreBounds=True)
            self._levels.append((box, line))

    def place(self, first: float, last: float, low: float, high: float) -> None:
        """Put the names below each other, on the side of their lines where there is room."""
        tall = max(self._plot.getViewBox().height(), 1.0)
        line = QFontMetricsF(_font()).height()
        room = line * len(self._names) <= _SHARE * tall
        for number, (mark, name) in enumerate(zip(self._marks, self._names, strict=False)):
            late = mark.step > first + _LATE * (last - first)
            way = line * number / tall * (high - low)
            name.setAnchor((1 if late else 0, 0 if self._at_top else 1))
            name.setPos(mark.step, high - way if self._at_top else low + way)
            name.setVisible(room)

    def restyle(self) -> None:
        """Follow the theme."""
        colours = theme.current()
        ground = colours.colour(self._ground)
        ground.setAlphaF(0.7)  # a name lies over curves
        for line in self._lines:
            line.setPen(pg.mkPen(colours.colour("faint"), width=1, style=Qt.PenStyle.DotLine))
        for name in self._names:
            name.setColor(colours.colour("muted"))
            name.fill = pg.mkBrush(ground)
            name.setFont(_font())


def _font() -> QFont:
    return theme.ui_font(theme.SMALL_POINTS - 0.5)

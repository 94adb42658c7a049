"""What plots of curves have in common: they stay as their owner scales them, and a line says where one looks."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor, log10
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy

from explorer.ui.base import theme

_APART = 1.0  # pixels between labels
_DECADES = 1.6  # so few of them are divided by 2 and 5


class RoomyAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis whose labels stay apart: where two would touch, as in a low window, the second is left out."""

    def generateDrawSpecs(self, painter: Any) -> Any:  # noqa: N802
        """Of what pyqtgraph would draw (line, ticks, labels with their places), labels that do not touch."""
        drawn = super().generateDrawSpecs(painter)
        if drawn is None:
            return None
        line, ticks, labels = drawn
        kept: list[Any] = []
        for label in labels:
            around = label[0].adjusted(-_APART, -_APART, _APART, _APART)
            if not any(around.intersects(other[0]) for other in kept):
                kept.append(label)
        return line, ticks, kept


def still_plot(least_width: int, least_height: int) -> tuple[pg.PlotWidget, pg.InfiniteLine]:
    """A plot that neither zooms nor pans, and its upright line.

    Args:
        least_width, least_height: in logical pixels.
    """
    axes = {side: RoomyAxis(side) for side in ("left", "bottom", "right")}
    plot = pg.PlotWidget(background=None, enableMenu=False, axisItems=axes)
    plot.hideAxis("right")
    plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
    plot.setMinimumSize(least_width, least_height)
    plot.hideButtons()
    plot.setMouseEnabled(False, False)
    line = pg.InfiniteLine(angle=90, movable=False)
    plot.addItem(line)
    return plot, line


def falling_axis(plot: pg.PlotWidget) -> pg.ViewBox:
    """A second upright axis at a plot's right, on which smaller is higher, and what is drawn by it; hidden at first."""
    box = pg.ViewBox(enableMenu=False, enableMouse=False, invertY=True, defaultPadding=0.0)
    plot.plotItem.scene().addItem(box)
    plot.getAxis("right").linkToView(box)
    box.setXLink(plot.getViewBox())
    plot.getViewBox().sigResized.connect(lambda left: box.setGeometry(left.sceneBoundingRect()))
    return box


def restyle(plot: pg.PlotWidget, line: pg.InfiniteLine) -> None:
    """Give axes, grid and line the colours of the theme."""
    colours = theme.current()
    for side in ("left", "bottom", "right"):
        axis = plot.getAxis(side)
        axis.setPen(colours.colour("border"))
        axis.setTextPen(colours.colour("muted"))
        axis.setStyle(tickFont=theme.ui_font(theme.SMALL_POINTS), tickLength=-3, maxTickLevel=0)
    plot.showGrid(x=False, y=True, alpha=0.25)
    plot.getAxis("right").setGrid(False)  # the lines of two scales would cross each other
    line.setPen(pg.mkPen(colours.colour("text"), width=1, style=Qt.PenStyle.DotLine))


def logarithmic_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Ticks between two logarithms to the base 10, where they lie and as numbers: at powers of ten, and where these are
    few at twice and five times as much, too."""
    shares = (1,) if high - low > _DECADES else (1, 2, 5)
    found = [(place, f"{value:g}") for place, value in _values(floor(low), ceil(high), shares) if low <= place <= high]
    return found or [((low + high) / 2, f"{10 ** ((low + high) / 2):.3g}")]


def _values(first: int, last: int, shares: tuple[int, ...]) -> Iterator[tuple[float, float]]:
    for decade in range(first, last + 1):
        for share in shares:
            yield decade + log10(share), share * 10.0**decade

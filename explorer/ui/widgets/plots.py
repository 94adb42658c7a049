"""What plots of curves have in common: they stay as their owner scales them, and a line says where one looks."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy

from explorer.ui.base import theme


def still_plot(least_width: int, least_height: int) -> tuple[pg.PlotWidget, pg.InfiniteLine]:
    """A plot that neither zooms nor pans, and its upright line.

    Args:
        least_width, least_height: in logical pixels.
    """
    plot = pg.PlotWidget(background=None, enableMenu=False)
    plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
    plot.setMinimumSize(least_width, least_height)
    plot.hideButtons()
    plot.setMouseEnabled(False, False)
    line = pg.InfiniteLine(angle=90, movable=False)
    plot.addItem(line)
    return plot, line


def restyle(plot: pg.PlotWidget, line: pg.InfiniteLine) -> None:
    """Give axes, grid and line the colours of the theme."""
    colours = theme.current()
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(colours.colour("border"))
        axis.setTextPen(colours.colour("muted"))
        axis.setStyle(tickFont=theme.ui_font(theme.SMALL_POINTS - 0.5), tickLength=-3, maxTickLevel=0)
    plot.showGrid(x=False, y=True, alpha=0.25)
    line.setPen(pg.mkPen(colours.colour("text"), width=1, style=Qt.PenStyle.DotLine))

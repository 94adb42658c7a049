"""Live curves over the steps of a run, with a legend that reads the values at the step in view."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent
from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from explorer.science.inversion.settings import InversionSettings
from explorer.ui.base import theme
from explorer.ui.base.guard import guarded
from explorer.ui.widgets.captioned import figure_label, section_title
from explorer.ui.widgets.plots import restyle, still_plot

LEGEND_WIDTH = 164  # equal, so that plots side by side are equal


@dataclass(frozen=True)
class Series:
    """One curve. `colour` counts in the theme's series; -1 is the text's colour. `note` explains it in the legend,
    where `group` is a heading above the first of its group. `sparse` marks every value with a dot."""

    key: str
    name: str
    colour: int
    dashed: bool = False
    note: str = ""
    group: str = ""
    sparse: bool = False


@dataclass
class _Curve:
    series: Series
    item: pg.PlotDataItem
    value: QLabel
    steps: Sequence[int] = ()
    values: Sequence[float] = ()


class _Swatch(QWidget):
    """A short piece of a curve's line."""

    def __init__(self, series: Series) -> None:
        super().__init__()
        self._series = series
        self.setFixedSize(QSize(16, 10))

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the line."""
        painter = QPainter(self)
        pen = QPen(_colour(self._series), 2)
        if self._series.dashed:
            pen.setDashPattern([2, 1.5])
        painter.setPen(pen)
        painter.drawLine(QPointF(0, 5), QPointF(16, 5))


class Curves(QWidget):
    """A plot over steps. The owner sets the series, then their values; a click on the plot picks a step.

    Args:
        title: above the plot.
        at_least: the range the upright axis always shows; None for from 0 to the largest value.
        ground: the theme's colour of what it lies on.
    """

    picked = Signal(int)

    def __init__(self, title: str, at_least: tuple[float, float] | None = None, ground: str = "window") -> None:
        super().__init__()
        self._ground = ground
        self.title = title
        self._at_least = at_least
        self._curves: dict[str, _Curve] = {}
        self._plot, self._marker = still_plot(90, 70)
        self._plot.getViewBox().setDefaultPadding(0.0)
        self._plot.scene().sigMouseClicked.connect(self._clicked)
        self._marker.hide()
        self._legend = QGridLayout()
        self._legend.setContentsMargins(0, 2, 0, 0)
        self._legend.setHorizontalSpacing(7)
        self._legend.setVerticalSpacing(2)
        self._legend.setColumnStretch(1, 1)
        side = QWidget()
        side.setFixedWidth(LEGEND_WIDTH)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._legend)
        column.addStretch()
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self._plot, 1)
        row.addWidget(side)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(section_title(title))
        layout.addLayout(row, 1)
        theme.themes.changed.connect(self._restyle)
        self._restyle()
        self.set_values({}, InversionSettings().steps)

    def set_series(self, series: Sequence[Series]) -> None:
        """Replace the curves, empty, unless they are the same as before."""
        if [curve.series for curve in self._curves.values()] == list(series):
            return
        for curve in self._curves.values():
            self._plot.removeItem(curve.item)
        while (item := self._legend.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self._curves = {}
        group = ""
        for one in series:
            if one.group != group:
                group = one.group
                heading = QLabel(group)
                heading.setObjectName("faint")
                self._legend.addWidget(heading, self._legend.rowCount(), 0, 1, 3)
            row = self._legend.rowCount()
            item = self._plot.plot([], [], antialias=True)
            name = QLabel(one.name)
            name.setObjectName("muted")
            name.setToolTip(one.note)
            value = figure_label("", "figure")
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            value.setMinimumWidth(value.fontMetrics().horizontalAdvance("-0.0000"))
            for column, widget in enumerate((_Swatch(one), name, value)):
                self._legend.addWidget(widget, row, column)
            self._curves[one.key] = _Curve(one, item, value)
        self._restyle()

    def set_values(
        self, values: Mapping[str, tuple[Sequence[int], Sequence[float]]], last: int, first: int = 0
    ) -> None:
        """Draw the curves.

        Args:
            values: by series, steps (increasing) and values.
            last: the last step the axis has room for. first: its first; below 0 for what came before the steps.
        """
        for key, curve in self._curves.items():
            steps, numbers = values.get(key, ((), ()))
            curve.steps, curve.values = steps, numbers
            curve.item.setData(np.asarray(steps, float), np.asarray(numbers, float))
        self._plot.setXRange(first, max(last, 1), padding=0.03)
        self._fit()

    def set_marker(self, step: int | None, live: bool) -> None:
        """Read the values at a step, and draw a line there unless it is the newest."""
        self._marker.setVisible(step is not None and not live)
        if step is not None:
            self._marker.setValue(step)
        for curve in self._curves.values():
            known = 0 if step is None else bisect_right(curve.steps, step)
            curve.value.setText(_figure(curve.values[known - 1]) if known else "–")

    def value(self, key: str) -> str:
        """Return what the legend reads of a series."""
        return self._curves[key].value.text() if key in self._curves else ""

    def csv(self) -> str:
        """Return all curves as comma-separated lines: step, then one column a curve."""
        steps = sorted({step for curve in self._curves.values() for step in curve.steps})
        known = [dict(zip(curve.steps, curve.values, strict=True)) for curve in self._curves.values()]
        lines = [",".join(["step", *self._curves])]
        lines += [",".join([str(step), *(f"{at[step]:.6g}" if step in at else "" for at in known)]) for step in steps]
        return "\n".join(lines)

    @guarded
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Offer to copy the numbers."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = menu.addAction("Copy curves as CSV", lambda: QGuiApplication.clipboard().setText(self.csv()))
        copy.setEnabled(any(curve.steps for curve in self._curves.values()))
        menu.exec(event.globalPos())

    def _fit(self) -> None:
        parts = [np.asarray(curve.values, float) for curve in self._curves.values()]
        if not any(map(len, parts)):
            self._plot.setYRange(0, 1, padding=0.04)
            return
        values = np.concatenate([*parts, self._at_least or (0.0,)])
        values = values[np.isfinite(values)]
        low, high = float(values.min()), float(values.max())
        self._plot.setYRange(low, max(high, low + 1e-6), padding=0.04)

    def _clicked(self, event: MouseClickEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and any(curve.steps for curve in self._curves.values()):
            self.picked.emit(round(self._plot.getViewBox().mapSceneToView(event.scenePos()).x()))

    def _restyle(self) -> None:
        restyle(self._plot, self._marker)
        self._plot.getAxis("left").setWidth(40)
        self._plot.setBackground(theme.current().colour(self._ground))
        for curve in self._curves.values():
            style = Qt.PenStyle.DashLine if curve.series.dashed else Qt.PenStyle.SolidLine
            # One pixel, cosmetic: a wider line is drawn many times more slowly.
            curve.item.setPen(pg.mkPen(_colour(curve.series), width=1, style=style))
            if curve.series.sparse:
                curve.item.setSymbol("o")
                curve.item.setSymbolSize(4)
                curve.item.setSymbolPen(None)
                curve.item.setSymbolBrush(_colour(curve.series))
        self.update()


def _colour(series: Series) -> QColor:
    colours = theme.current()
    return colours.colour("text") if series.colour < 0 else QColor(colours.series[series.colour % len(colours.series)])


def _figure(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 10 else f"{value:.2f}"

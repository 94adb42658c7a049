"""Live curves over the steps of a run, with a legend that reads the values at the step in view."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from explorer.science.inversion.settings import InversionSettings
from explorer.ui.base import theme
from explorer.ui.base.guard import guarded
from explorer.ui.widgets.captioned import section_title
from explorer.ui.widgets.curve_legend import CurveLegend, Series
from explorer.ui.widgets.curve_marks import CurveMarks, Mark
from explorer.ui.widgets.plots import falling_axis, logarithmic_ticks, restyle, still_plot

__all__ = ["LEGEND_WIDTH", "Curves", "Mark", "Series"]

LEGEND_WIDTH = 178  # equal, so that plots side by side are equal
AXIS, AXIS_RIGHT, HEADER = 40, 34, 28
_ABOVE = 1.1  # the room of distances, as in the figure
_LEAST_LOG = 1e-6  # a smaller loss than the largest's share is drawn at the bottom

Line = tuple[Sequence[int], Sequence[float]]


@dataclass
class _Curve:
    series: Series
    item: pg.PlotDataItem
    steps: Sequence[int] = ()
    values: Sequence[float] = ()


class Curves(QWidget):
    """A plot over steps. The owner sets the series, then their values; a click on the plot picks a step.

    Steps below 0 are of what came before the run, as the contest of its starts; 0 is then marked.

    Args:
        title: above the plot.
        at_least: the range the upright axis always shows; None for from 0 to the largest value.
        ground: the theme's colour of what it lies on.
        logarithmic: whether the user may choose a logarithmic axis.
        legend_width: in pixels.

    """

    picked = Signal(int)

    def __init__(
        self,
        title: str,
        at_least: tuple[float, float] | None = None,
        ground: str = "window",
        *,
        logarithmic: bool = False,
        legend_width: int = LEGEND_WIDTH,
    ) -> None:
        super().__init__()
        self._ground = ground
        self.title = title
        self._at_least = at_least
        self._curves: dict[str, _Curve] = {}
        self._first, self._last = 0, 1
        self._plot, self._marker = still_plot(90, 70)
        self._plot.getViewBox().setDefaultPadding(0.0)
        self._plot.scene().sigMouseClicked.connect(self._clicked)
        self._marker.hide()
        self._right = falling_axis(self._plot)
        self._marks = CurveMarks(self._plot, ground, at_top=at_least is None)
        self._zero = pg.InfiniteLine(0, angle=90)
        self._zero.hide()
        self._plot.addItem(self._zero, ignoreBounds=True)
        self.legend = CurveLegend(legend_width)
        self.log = QToolButton()
        self.log.setText("log")
        self.log.setObjectName("button")
        self.log.setCheckable(True)
        if not logarithmic:  # without a parent, what is shown would be a window of its own
            self.log.hide()
        self.log.setAccessibleName(f"{title.lower()}: logarithmic axis")
        self.log.setToolTip("Logarithmic axis: small terms can be read beside large ones")
        self.log.toggled.connect(self._draw)
        self._build(title)
        theme.themes.changed.connect(self._restyle)
        self._restyle()
        self.set_values({}, InversionSettings().steps)
        self._plot.getViewBox().sigResized.connect(self._place_marks)

    def _build(self, title: str) -> None:
        self._above = QHBoxLayout()
        self._above.setSpacing(6)
        self._above.addWidget(section_title(title))
        self._above.addStretch()
        self._above.addWidget(self.log)
        self._above.addStrut(HEADER)  # plots side by side begin at one height, whatever stands above them
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self._plot, 1)
        row.addWidget(self.legend)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(self._above)
        layout.addLayout(row, 1)

    def put_above(self, chooser: QWidget, stretch: int = 0) -> None:
        """Put what chooses the curves behind the title."""
        self._above.insertWidget(1, chooser, stretch)

    def set_range(self, at_least: tuple[float, float] | None) -> None:
        """Choose anew the range that the upright axis always shows."""
        self._at_least = at_least

    def set_series(self, series: Sequence[Series]) -> None:
        """Replace the curves, empty, unless they are the same as before."""
        if [curve.series for curve in self._curves.values()] == list(series):
            return
        for curve in self._curves.values():
            (self._right if curve.series.falls else self._plot).removeItem(curve.item)
        self._curves = {}
        for one in series:
            item = pg.PlotDataItem([], [], antialias=True)
            (self._right if one.falls else self._plot).addItem(item)
            self._curves[one.key] = _Curve(one, item)
        self.legend.set_series(series)
        self._plot.showAxis("right", any(one.falls for one in series))
        self._restyle()

    def set_values(self, values: Mapping[str, Line], last: int, first: int = 0) -> None:
        """Draw the curves.

        Args:
            values: by series, steps (increasing) and values.
            last, first: the last and the first step the axis has room for.
        """
        for key, curve in self._curves.items():
            curve.steps, curve.values = values.get(key, ((), ()))
        begins = (curve.steps[0] for curve in self._curves.values() if len(curve.steps))
        self._first, self._last = min(0, first, *begins), max(last, 1)
        self._draw()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Mark steps at which something changed."""
        self._marks.set_marks(marks)
        self._place_marks()

    def set_marker(self, step: int | None, live: bool) -> None:
        """Read the values at a step, and draw a line there unless it is the newest."""
        self._marker.setVisible(step is not None and not live)
        if step is not None:
            self._marker.setValue(step)
        for key, curve in self._curves.items():
            known = 0 if step is None else bisect_right(curve.steps, step)
            self.legend.values[key].setText(_figure(curve.values[known - 1]) if known else "–")

    def value(self, key: str) -> str:
        """Return what the legend reads of a series."""
        return self.legend.values[key].text() if key in self._curves else ""

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

    def set_log(self, on: bool) -> None:
        """Draw by a logarithmic axis or not, without telling anybody."""
        with QSignalBlocker(self.log):
            self.log.setChecked(on)
        self._draw()

    # Drawing.

    def _draw(self) -> None:
        floor = self._floor()
        for curve in self._curves.values():
            curve.item.setData(np.asarray(curve.steps, float), self._up(curve.values, curve.series, floor))
        self._plot.setXRange(self._first, self._last, padding=0.03)
        self._zero.setVisible(self._first < 0)
        self._fit()
        self._draw_levels()
        self._place_marks()

    def _floor(self) -> float:
        """The smallest value that a logarithmic axis shows."""
        values = self._numbers(curve.values for curve in self._curves.values() if not curve.series.falls)
        positive = values[values > 0]
        return max(float(positive.min()), _LEAST_LOG * float(positive.max())) if len(positive) else _LEAST_LOG

    def _up(self, values: Sequence[float], series: Series, floor: float) -> NDArray[np.float64]:
        numbers = np.asarray(values, float)
        return np.log10(np.maximum(numbers, floor)) if self.log.isChecked() and not series.falls else numbers

    def _fit(self) -> None:
        rising = [curve for curve in self._curves.values() if not curve.series.falls]
        falling = [curve for curve in self._curves.values() if curve.series.falls]
        floor = self._floor()
        axis = self._plot.getAxis("left")
        drawn = self._numbers(self._up(curve.values, curve.series, floor) for curve in rising)
        logarithmic = self.log.isChecked() and len(drawn) > 0
        if logarithmic:
            low, high = float(drawn.min()), float(drawn.max())
        else:
            most = self._at_least or (0.0, *(() if len(drawn) else (1.0,)))
            values = self._numbers([drawn, most, _thresholds(rising)])
            low, high = float(values.min()), float(values.max())
        high = max(high, low + 1e-6)
        axis.setTicks([logarithmic_ticks(low, high)] if logarithmic else None)
        self._plot.setYRange(low, high, padding=0.04)
        distances = self._numbers([*(curve.values for curve in falling), _thresholds(falling)])
        self._right.setYRange(0.0, _ABOVE * float(distances.max(initial=1e-6)), padding=0.04)

    def _draw_levels(self) -> None:
        boxes = {False: self._plot.getViewBox(), True: self._right}
        floor = self._floor()
        self._marks.set_levels(
            [
                (boxes[one.falls], float(self._up([one.threshold], one, floor)[0]), one.paint())
                for one in (curve.series for curve in self._curves.values() if len(curve.steps))
                if one.threshold is not None
            ]
        )

    def _place_marks(self, *_: object) -> None:
        low, high = self._plot.getViewBox().viewRange()[1]
        self._marks.place(self._first, self._last, low, high)
        self._plot.setToolTip(self._marks.said)

    @staticmethod
    def _numbers(parts: Iterable[Sequence[float] | NDArray[np.float64]]) -> NDArray[np.float64]:
        """All numbers of some parts that are finite."""
        joined = np.concatenate([np.zeros(0), *(np.asarray(part, float) for part in parts)])
        finite: NDArray[np.float64] = joined[np.isfinite(joined)]
        return finite

    def _clicked(self, event: MouseClickEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and any(curve.steps for curve in self._curves.values()):
            self.picked.emit(round(self._plot.getViewBox().mapSceneToView(event.scenePos()).x()))

    def _restyle(self) -> None:
        restyle(self._plot, self._marker)
        self._plot.getAxis("left").setWidth(AXIS)
        self._plot.getAxis("right").setWidth(AXIS_RIGHT)
        self._plot.setBackground(theme.current().colour(self._ground))
        self._zero.setPen(pg.mkPen(theme.current().colour("muted"), width=1))
        for curve in self._curves.values():
            self._style(curve)
        falling = [curve.series for curve in self._curves.values() if curve.series.falls]
        if len(falling) == 1:  # whose numbers these are is seen by their colour
            self._plot.getAxis("right").setTextPen(falling[0].paint())
        self._marks.restyle()
        self._draw_levels()
        self.update()

    def _style(self, curve: _Curve) -> None:
        series, colour = curve.series, curve.series.paint()
        style = Qt.PenStyle.DashLine if series.dashed else Qt.PenStyle.SolidLine
        # One pixel, cosmetic: a wider line is drawn many times more slowly.
        curve.item.setPen(pg.mkPen(colour, width=1, style=style))
        if series.sparse:
            curve.item.setSymbol("o")
            curve.item.setSymbolSize(4)
            curve.item.setSymbolPen(None)
            curve.item.setSymbolBrush(colour)


def _thresholds(curves: Sequence[_Curve]) -> list[float]:
    return [curve.series.threshold for curve in curves if curve.series.threshold is not None and len(curve.steps)]


def _figure(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 10 else f"{value:.2f}"

"""How much is seen over the yaw of the head, by exact rays and by the neural field, and how well the two agree."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QLabel, QMenu, QVBoxLayout, QWidget

from explorer.studio.geometry.view.face_view import YawSweep
from explorer.ui.base import theme
from explorer.ui.base.guard import guarded
from explorer.ui.widgets.plots import restyle, still_plot

NAMES = {"exact_share": "seen, exact", "field_share": "seen, field", "iou": "IoU of the two"}


class YawPlot(QWidget):
    """A plot from -90 to 90 degrees; a click picks a yaw."""

    picked = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._sweep: YawSweep | None = None
        self._plot, self._marker = still_plot(120, 80)
        self._plot.setXRange(-90, 90, padding=0.02)
        self._plot.setYRange(0, 1, padding=0.03)
        self._plot.getAxis("bottom").setTicks([[(yaw, f"{yaw}°") for yaw in range(-90, 91, 30)]])
        self._plot.scene().sigMouseClicked.connect(self._clicked)
        self._curves = {name: self._plot.plot([], [], antialias=True) for name in NAMES}
        self.legend = QLabel()
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self._plot, 1)
        layout.addWidget(self.legend)
        theme.themes.changed.connect(self._restyle)
        self._restyle()

    def draw(self, sweep: YawSweep | None, yaw: float | None) -> None:
        """Show a sweep and where the head is turned to."""
        self._marker.setVisible(yaw is not None)
        if yaw is not None:
            self._marker.setValue(yaw)
        if sweep is not self._sweep:
            self._sweep = sweep
            for name, curve in self._curves.items():
                values = () if sweep is None else getattr(sweep, name)
                degrees = () if sweep is None else sweep.degrees[: len(values)]
                curve.setData(np.asarray(degrees, float), np.asarray(values, float))
            self._say()

    def csv(self) -> str:
        """Return the numbers as comma-separated lines."""
        sweep = self._sweep
        if sweep is None:
            return "yaw,exact_share,field_share,iou"
        columns = [getattr(sweep, name) or ("",) * len(sweep.degrees) for name in NAMES]
        rows = zip(sweep.degrees, *columns, strict=True)
        lines = [",".join(f"{one:.6g}" if isinstance(one, float) else one for one in row) for row in rows]
        return "\n".join(["yaw," + ",".join(NAMES), *lines])

    def _say(self) -> None:
        sweep, parts = self._sweep, []
        for name, colour in zip(NAMES, theme.current().series, strict=False):
            values = () if sweep is None else getattr(sweep, name)
            if values:
                mean = f", mean {np.mean(values):.3f}" if name == "iou" else ""
                parts.append(f'<span style="color:{colour}">●</span> {NAMES[name]}{mean}')
        if sweep is not None and not sweep.iou:
            parts.append("no neural field for this model")
        self.legend.setText("&nbsp;&nbsp; ".join(parts) or "The visibility at every yaw comes when the face rests.")

    @guarded
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Offer to copy the numbers."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy as CSV", lambda: QGuiApplication.clipboard().setText(self.csv()))
        menu.exec(event.globalPos())

    def _clicked(self, event: MouseClickEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.picked.emit(float(np.clip(self._plot.getViewBox().mapSceneToView(event.scenePos()).x(), -90, 90)))

    def _restyle(self) -> None:
        restyle(self._plot, self._marker)
        for curve, colour in zip(self._curves.values(), theme.current().series, strict=False):
            curve.setPen(pg.mkPen(colour, width=1))
        self._say()

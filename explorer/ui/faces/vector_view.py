"""An embedding as a strip of cells and as bars around zero."""

from __future__ import annotations

import json
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication, QHelpEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from explorer.studio.faces.vectors import exact_numbers
from explorer.ui.base import imaging, theme
from explorer.ui.base.guard import guarded, guarded_as

COLUMNS = 64

Form = Literal["strip", "bars"]


class VectorView(QWidget):
    """Draws a vector; hovering reads a coordinate, the menu copies all of them.

    Args:
        form: "strip" for cells in rows of 64, coloured by sign and size; "bars" for columns around zero.
    """

    def __init__(self, form: Form, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form = form
        self._vector: NDArray[np.float32] | None = None
        self._strip: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(52)
        self.setAccessibleName(f"embedding as {'a strip' if form == 'strip' else 'bars'}")
        theme.themes.changed.connect(self._restyle)

    def set_vector(self, vector: NDArray[np.float32] | None) -> None:
        """Show (D,) values, or nothing."""
        if vector is not self._vector:
            self._vector = vector
            self._restyle()

    def coordinate(self, x: float, y: float) -> int | None:
        """Return which coordinate is drawn at a place of the widget."""
        if self._vector is None or not (0 <= x < self.width() and 0 <= y < self.height()):
            return None
        count = len(self._vector)
        if self.form == "bars":
            return int(x / self.width() * count)
        rows = -(-count // COLUMNS)
        index = int(y / self.height() * rows) * COLUMNS + int(x / self.width() * COLUMNS)
        return index if index < count else None

    def copy(self) -> None:
        """Put all coordinates on the clipboard as JSON, as `likeness invert` reads them."""
        if self._vector is not None:
            QGuiApplication.clipboard().setText(json.dumps(exact_numbers(self._vector)))

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the vector."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.current().colour("field"))
        if self._vector is None:
            return
        if self.form == "bars":
            self._paint_bars(painter, self._vector)
            return
        if self._strip is None:
            self._strip = QPixmap.fromImage(imaging.to_qimage(_cells(self._vector)))
        painter.drawPixmap(self.rect(), self._strip)

    def _paint_bars(self, painter: QPainter, vector: NDArray[np.float32]) -> None:
        colours = theme.current()
        # One bar a device pixel at most: where several coordinates share it, the largest of each sign is drawn.
        ratio = self.devicePixelRatioF()
        columns = min(len(vector), max(1, int(self.width() * ratio)))
        edges = np.linspace(0, len(vector), columns + 1).astype(int)[:-1]
        peak = float(np.abs(vector).max()) or 1.0
        middle, width = self.height() / 2, self.width() / columns
        gap = 0.25 * width if width > 2 else 0.0
        for values, colour in (
            (np.maximum.reduceat(vector, edges).clip(min=0), colours.colour("accent")),
            (np.minimum.reduceat(vector, edges).clip(max=0), colours.colour("negative")),
        ):
            bars = [
                QRectF(i * width, min(middle, middle - value), width - gap, abs(value))
                for i, value in enumerate((values / peak * (middle - 1)).tolist())
            ]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRects(bars)
        painter.fillRect(QRectF(0, middle - 0.5, self.width(), 1), colours.colour("border"))

    @guarded_as(False)
    def event(self, event: QEvent) -> bool:
        """Read a coordinate under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self.coordinate(event.pos().x(), event.pos().y())
            text = "" if index is None or self._vector is None else f"[{index}]  {self._vector[index]:+.4f}"
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    @guarded
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Offer to copy the vector."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy vector as JSON", self.copy).setEnabled(self._vector is not None)
        menu.exec(event.globalPos())

    def _restyle(self) -> None:
        self._strip = None
        self.update()


def _cells(vector: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(D,) to (rows, 64, 3): from the theme's negative colour through the field's to the accent."""
    colours = theme.current()
    rows = -(-len(vector) // COLUMNS)
    values = np.zeros(rows * COLUMNS, np.float32)
    values[: len(vector)] = vector / (np.abs(vector).max() or 1.0)
    strength = np.abs(values)[:, None] ** 0.7
    ends = np.where(values[:, None] >= 0, _rgb(colours.colour("accent")), _rgb(colours.colour("negative")))
    pixels = (1 - strength) * _rgb(colours.colour("field")) + strength * ends
    return pixels.round().astype(np.uint8).reshape(rows, COLUMNS, 3)


def _rgb(colour: QColor) -> NDArray[np.float32]:
    return np.array([colour.red(), colour.green(), colour.blue()], np.float32)

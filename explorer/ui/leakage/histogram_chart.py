"""Histograms of the three colours: read from an embedding (solid) against the picture's own (dotted)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.ui.base import theme
from explorer.ui.base.guard import guarded

Histogram = NDArray[np.float32]
_COLOURS = {
    "dark": (QColor("#ff6b6b"), QColor("#5fd38a"), QColor("#7aa2ff")),
    "light": (QColor("#c0392b"), QColor("#1e8449"), QColor("#2e5fa3")),
}


class HistogramChart(QWidget):
    """Draws shares (3, bins) of red, green and blue, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self._read: Histogram | None = None
        self._shown: Histogram | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(64)
        self.setAccessibleName("histograms of red, green and blue")
        self.setToolTip(
            "Red, green and blue, dark to light.\nSolid: read from the embedding; dotted: the picture's own"
        )
        theme.themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Prefer some width."""
        return QSize(240, 64)

    def set_histograms(self, read: Histogram | None, shown: Histogram | None) -> None:
        """Show what is read and what the picture has; either may be missing."""
        self._read, self._shown = read, shown
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the lines, all three colours on one scale."""
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        known = [one for one in (self._read, self._shown) if one is not None]
        highest = max((float(one.max()) for one in known), default=1.0) or 1.0
        gap = 8.0
        width = (self.width() - 2 * gap) / 3
        for place, colour in enumerate(_COLOURS["light" if colours.name == "light" else "dark"]):
            box = QRectF(place * (width + gap), 0, width, self.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.colour("field"))
            painter.drawRoundedRect(box, 3, 3)
            for shares, style in ((self._shown, Qt.PenStyle.DotLine), (self._read, Qt.PenStyle.SolidLine)):
                if shares is not None:
                    painter.setPen(QPen(colour, 1.5, style))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawPolyline(_line(box.adjusted(4, 5, -4, -4), shares[place], highest))


def _line(box: QRectF, shares: NDArray[np.float32], highest: float) -> QPolygonF:
    step = box.width() / (len(shares) - 1)
    return QPolygonF(
        [
            QPointF(box.left() + place * step, box.bottom() - share / highest * box.height())
            for place, share in enumerate(shares.tolist())
        ]
    )

"""The cursor that photograph, texture and mesh share."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

RING = QColor(255, 255, 255)
SHADE = QColor(0, 0, 0, 170)


def paint_cursor(painter: QPainter, place: QPointF, *, hidden: bool = False) -> None:
    """Draw a ring with a dot; dashed and without a dot where the point is hidden."""
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # A dark line under the light one keeps it legible on any picture.
    for colour, width in ((SHADE, 3.2), (RING, 1.4)):
        pen = QPen(colour, width)
        if hidden:
            pen.setDashPattern([2.0, 1.6])
        painter.setPen(pen)
        painter.drawEllipse(place, 5.5, 5.5)
    if not hidden:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(RING)
        painter.drawEllipse(place, 1.4, 1.4)
    painter.restore()

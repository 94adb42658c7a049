"""Landmarks and histograms drawn onto a picture: those that are sought against those that it has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from explorer.studio.inversion.values import Overlay

SOUGHT, REACHED = QColor(255, 196, 64), QColor(86, 220, 255)
COLOURS = (QColor(255, 96, 96), QColor(96, 230, 120), QColor(120, 160, 255))
VEIL = QColor(0, 0, 0, 120)
# Of the picture's side.
DOT = 0.006
INSET = QRectF(0.02, 0.76, 0.36, 0.22)


def paint(
    painter: QPainter,
    area: QRectF,
    overlay: Overlay,
    *,
    landmarks: bool,
    histograms: bool,
    within: QRectF | None = None,
) -> None:
    """Draw onto the picture that lies in an area.

    Landmarks that are sought are rings, joined by lines to the picture's own, which are dots. Histograms lie in the
    lower left corner, sought dashed and reached in full lines, one pair of lines a colour.

    Args:
        within: what is in view of the area, where that is a part of it: landmarks move with the picture, histograms
            and the size of the dots do not.
    """
    painter.save()
    frame = area if within is None else within
    painter.setClipRect(frame)
    if landmarks:
        _paint_landmarks(painter, area, overlay, max(1.4, DOT * frame.width()))
    if histograms and (overlay.histogram is not None or overlay.wanted_histogram is not None):
        _paint_histograms(painter, frame, overlay)
    painter.restore()


def _paint_landmarks(painter: QPainter, area: QRectF, overlay: Overlay, size: float) -> None:
    sought, reached = (_placed(area, one) for one in (overlay.wanted_landmarks, overlay.landmarks))
    painter.setPen(QPen(SOUGHT, 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if sought and reached:
        for one, other in zip(sought, reached, strict=True):
            painter.drawLine(one, other)
    for place in sought:
        painter.drawEllipse(place, size, size)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(REACHED)
    for place in reached:
        painter.drawEllipse(place, 0.75 * size, 0.75 * size)


def _placed(area: QRectF, landmarks: NDArray[np.float32] | None) -> list[QPointF]:
    if landmarks is None:
        return []
    return [QPointF(area.left() + x * area.width(), area.top() + y * area.height()) for x, y in landmarks.tolist()]


def _paint_histograms(painter: QPainter, area: QRectF, overlay: Overlay) -> None:
    box = QRectF(
        area.left() + INSET.left() * area.width(),
        area.top() + INSET.top() * area.height(),
        INSET.width() * area.width(),
        INSET.height() * area.height(),
    )
    painter.fillRect(box, VEIL)
    shown = [one for one in (overlay.wanted_histogram, overlay.histogram) if one is not None]
    highest = max(float(one.max()) for one in shown) or 1.0
    for shares, line in (
        (overlay.wanted_histogram, Qt.PenStyle.DashLine),
        (overlay.histogram, Qt.PenStyle.SolidLine),
    ):
        if shares is not None:
            for colour, row in zip(COLOURS, shares.tolist(), strict=True):
                painter.setPen(QPen(colour, 1.3, line))
                painter.drawPolyline(_curve(box, row, highest))


def _curve(box: QRectF, shares: list[float], highest: float) -> QPolygonF:
    step = box.width() / len(shares)
    return QPolygonF(
        [
            QPointF(box.left() + (place + 0.5) * step, box.bottom() - 0.94 * box.height() * share / highest)
            for place, share in enumerate(shares)
        ]
    )

"""Small square pictures of faces and vectors, sharp on any screen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

from explorer.studio.faces.state import LoadedVector
from explorer.ui.base import icons, imaging, theme

Picture = NDArray[np.uint8] | LoadedVector


def thumbnail(picture: Picture, side: int, ratio: float, *, faint: bool = False) -> QPixmap:
    """Return a square of `side` logical pixels; a vector has no picture and gets its icon."""
    return row([picture], side, ratio, faint=faint)


def row(pictures: Sequence[Picture], side: int, ratio: float, *, faint: bool = False, gap: int = 3) -> QPixmap:
    """Return squares side by side."""
    pixels, space = round(side * ratio), round(gap * ratio)
    canvas = QPixmap(len(pictures) * (pixels + space) - space, pixels)
    canvas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setOpacity(0.45 if faint else 1.0)
    for number, picture in enumerate(pictures):
        _draw(painter, picture, QRect(number * (pixels + space), 0, pixels, pixels))
    painter.end()
    canvas.setDevicePixelRatio(ratio)
    return canvas


def _draw(painter: QPainter, picture: Picture, place: QRect) -> None:
    if isinstance(picture, LoadedVector):
        painter.fillRect(place, theme.current().colour("raised"))
        glyph = icons.icon("vector", "accent").pixmap(QSize(place.width() * 5 // 8, place.height() * 5 // 8), 1.0)
        painter.drawPixmap(place.center().x() - glyph.width() // 2, place.center().y() - glyph.height() // 2, glyph)
        return
    image = imaging.to_qimage(picture)
    square = min(image.width(), image.height())
    image = image.copy((image.width() - square) // 2, (image.height() - square) // 2, square, square)
    painter.drawImage(
        place.topLeft(),
        image.scaled(place.size(), Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation),
    )

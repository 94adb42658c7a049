"""Faces of a map as pictures at their places, where few enough of them are in view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from explorer.ui.base import theme
from explorer.ui.base.guard import guarded

MOST = 60
# Sides of a picture in logical pixels: the largest at which most of those in view stand clear of their neighbours.
SIDES = (72, 56, 44, 32)
CORNER, RING, CHOSEN_RING = 4.0, 2.0, 3.0


@dataclass(frozen=True)
class MapFace:
    """One face in view.

    row: of the map's points. place: its middle, in the map's pixels. picture: None while it is being made.
    """

    row: int
    place: QPointF
    picture: QPixmap | None
    ring: QColor
    chosen: bool


class MapFaces(QWidget):
    """Lies over a map and draws its faces, the chosen ones in front; the pointer goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.faces: tuple[MapFace, ...] = ()
        self.side = SIDES[-1]
        self.hide()

    def draw(self, faces: Sequence[MapFace]) -> None:
        """Show faces at their places, or none."""
        self.faces = tuple(sorted(faces, key=lambda face: face.chosen))
        self.side = fitting_side(np.array([face.place.toTuple() for face in faces]).reshape(-1, 2))
        self.setVisible(bool(self.faces))
        self.update()

    def row_at(self, place: QPointF) -> int | None:
        """The row of the frontmost face at a place of the map, or None."""
        return next((face.row for face in reversed(self.faces) if self._box(face).contains(place)), None)

    def _box(self, face: MapFace) -> QRectF:
        return QRectF(face.place.x() - self.side / 2, face.place.y() - self.side / 2, self.side, self.side)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw every face with its ring."""
        painter, colours = QPainter(self), theme.current()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        for face in self.faces:
            box, outline = self._box(face), QPainterPath()
            outline.addRoundedRect(box, CORNER, CORNER)
            painter.setClipPath(outline)
            if face.picture is None:
                painter.fillRect(box, colours.colour("field"))
            else:
                painter.drawPixmap(box, face.picture, QRectF(face.picture.rect()))
            painter.setClipping(False)
            painter.setPen(QPen(face.ring, CHOSEN_RING if face.chosen else RING))
            painter.drawPath(outline)


def fitting_side(places: NDArray[np.float64]) -> int:
    """The largest of `SIDES` at which half of the places (N, 2), in pixels, have no neighbour within it; the largest
    for one alone."""
    if len(places) < 2:
        return SIDES[0]
    apart = np.abs(places[:, None] - places[None]).max(2)  # of squares, the larger distance counts
    np.fill_diagonal(apart, np.inf)
    typical = float(np.median(apart.min(1)))
    return next((side for side in SIDES if side <= typical), SIDES[-1])

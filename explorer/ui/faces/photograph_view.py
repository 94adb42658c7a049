"""A photograph with the faces found in it; a click picks one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QWidget

from explorer.studio.faces.state import LoadedFace, LoadedPhotograph
from explorer.ui.base.guard import guarded
from explorer.ui.widgets.image_view import ImageView

CHOSEN = QColor("#55c8ec")  # on photographs, whatever the theme


class PhotographView(ImageView):
    """Shows an overview of a photograph; face boxes and points are drawn over it, not into it.

    Args:
        fill: puts what can be done with the selected face into a menu, for that of a face.
    """

    picked = Signal(str)

    def __init__(self, hint: str, fill: Callable[[QMenu], None] | None = None, parent: QWidget | None = None) -> None:
        super().__init__("Photograph", hint, parent=parent)
        self._fill = fill
        self._faces: tuple[LoadedFace, ...] = ()
        self._selected: str | None = None
        self._scale = 1.0
        self.setMouseTracking(True)

    def set_photograph(
        self, photograph: LoadedPhotograph | None, faces: Sequence[LoadedFace], selected: str | None
    ) -> None:
        """Show a photograph, its faces and which of them is selected."""
        self.set_pixels(None if photograph is None else photograph.overview)
        self._scale = (
            1.0 if photograph is None else photograph.overview.shape[1] / photograph.photograph.pixels.shape[1]
        )
        self._faces, self._selected = tuple(faces), selected
        self.update()

    def box(self, face: LoadedFace) -> QRectF:
        """Return where a face's box lies in the widget."""
        left, top, right, bottom = (edge * self._scale for edge in face.face.box)
        return QRectF(self.from_image(QPointF(left, top)), self.from_image(QPointF(right, bottom)))

    def face_at(self, position: QPointF) -> LoadedFace | None:
        """Return the smallest face whose box holds a place of the widget."""
        hit = [face for face in self._faces if self.box(face).contains(position)]
        return min(hit, key=lambda face: self.box(face).width() * self.box(face).height(), default=None)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the photograph, then the boxes."""
        super().paintEvent(event)
        if self.image() is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for face in self._faces:
            chosen = face.key == self._selected
            box = self.box(face)
            # A dark line under the light one keeps both legible on any photograph.
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(0, 0, 0, 130), 3))
            painter.drawRoundedRect(box, 3, 3)
            painter.setPen(QPen(CHOSEN if chosen else QColor(255, 255, 255, 210), 1.5))
            painter.drawRoundedRect(box, 3, 3)
            if chosen:
                self._paint_points(painter, face, CHOSEN)

    def _paint_points(self, painter: QPainter, face: LoadedFace, colour: QColor) -> None:
        painter.setPen(QPen(QColor(0, 0, 0, 160), 1))
        painter.setBrush(colour)
        for x, y in (face.face.points * self._scale).tolist():
            painter.drawEllipse(self.from_image(QPointF(x, y)), 2.5, 2.5)

    @guarded
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Pick the face under the pointer and offer what can be done with it; elsewhere, to copy and save."""
        face = self.face_at(QPointF(event.pos()))
        if face is None or self._fill is None:
            super().contextMenuEvent(event)
            return
        self.picked.emit(face.key)
        self.face_menu().exec(event.globalPos())

    def face_menu(self) -> QMenu:
        """Return the menu of the selected face: what can be done with it, and then with the picture."""
        menu = self.menu()
        own = menu.actions()
        for action in own:
            menu.removeAction(action)
        if self._fill is not None:
            self._fill(menu)
            menu.addSeparator()
        menu.addActions(own)
        return menu

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Show that a face can be picked."""
        over = self.face_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
        super().mouseMoveEvent(event)

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Pick the face under the pointer."""
        face = self.face_at(event.position())
        if face is not None and event.button() is Qt.MouseButton.LeftButton:
            self.picked.emit(face.key)
        super().mouseReleaseEvent(event)

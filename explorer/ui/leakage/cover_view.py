"""A picture of a face on which parts can be painted over: by a rectangle, or with a brush."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF

from explorer.science.leakage.edits import Patch
from explorer.ui.base import theme
from explorer.ui.base.guard import guarded
from explorer.ui.widgets.image_view import ImageView

Tool = Literal["rectangle", "brush"]
COVER = QColor(128, 128, 128)
BRUSH = 0.08  # of the frame's side
_LEAST = 0.01  # a smaller rectangle is a click, a shorter way is not worth a corner of a stroke


class CoverView(ImageView):
    """Emits `covered` with the `Patch` that was drawn. Without a tool it is like any picture."""

    covered = Signal(object)

    def __init__(self, title: str, hint: str) -> None:
        super().__init__(title, hint)
        self.tool: Tool | None = None
        self._course: list[QPointF] = []
        self._pending: tuple[Patch, ...] = ()

    def set_tool(self, tool: Tool | None) -> None:
        """Choose what a drag with the mouse draws; None lets it drag the picture out."""
        self.tool = tool
        self._course = []
        self.setCursor(Qt.CursorShape.ArrowCursor if tool is None else Qt.CursorShape.CrossCursor)
        self.update()

    def set_pending(self, patches: tuple[Patch, ...]) -> None:
        """Draw patches that the picture does not hold yet."""
        if patches != self._pending:
            self._pending = patches
            self.update()

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Begin a patch."""
        if self.tool is None or self.image() is None or event.button() is not Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self.setFocus()
        self._course = [self._place(event)]
        self.update()

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Draw on."""
        if not self._course:
            super().mouseMoveEvent(event)
            return
        place = self._place(event)
        if self.tool == "rectangle":
            self._course = [self._course[0], place]
        elif (place - self._course[-1]).manhattanLength() >= _LEAST:
            self._course.append(place)
        self.update()

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """End the patch."""
        patch = self._patch()
        self._course = []
        self.update()
        if patch is not None:
            self.covered.emit(patch)
        else:
            super().mouseReleaseEvent(event)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Escape drops the patch that is being drawn."""
        if event.key() == Qt.Key.Key_Escape and self._course:
            self._course = []
            self.update()
        else:
            super().keyPressEvent(event)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the picture, and what is or is being painted over."""
        super().paintEvent(event)
        patch = self._patch()
        if not self._pending and patch is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(self.area())
        for one in self._pending:
            self._paint(painter, one)
        if patch is not None:
            self._paint(painter, patch)
            if self.tool == "rectangle":
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(theme.current().colour("accent"), 1))
                painter.drawRect(QRectF(self._shown(self._course[0]), self._shown(self._course[-1])).normalized())

    def _paint(self, painter: QPainter, patch: Patch) -> None:
        course = QPolygonF([self._shown(QPointF(*point)) for point in patch.points])
        if patch.width == 0:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(COVER)
            painter.drawPolygon(course)
            return
        width = patch.width * self.area().width()
        painter.setPen(QPen(COVER, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if course.size() == 1:
            painter.drawPoint(course.at(0))
        else:
            painter.drawPolyline(course)

    def _patch(self) -> Patch | None:
        """What is being drawn; None where there is nothing worth it."""
        if not self._course:
            return None
        if self.tool == "brush":
            return Patch(points=tuple((point.x(), point.y()) for point in self._course), width=BRUSH)
        area = QRectF(self._course[0], self._course[-1]).normalized()
        if min(area.width(), area.height()) < _LEAST:
            return None
        return Patch.rectangle(area.left(), area.top(), area.right(), area.bottom())

    def _place(self, event: QMouseEvent) -> QPointF:
        """Where the pointer is, in units of the frame's side."""
        area = self.area()
        x = (event.position().x() - area.left()) / area.width()
        y = (event.position().y() - area.top()) / area.height()
        return QPointF(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0))

    def _shown(self, place: QPointF) -> QPointF:
        area = self.area()
        return QPointF(area.left() + place.x() * area.width(), area.top() + place.y() * area.height())

"""A picture under a lens that it may share with others, and two pictures under a wipe."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent

from explorer.ui.base import imaging, theme
from explorer.ui.base.guard import guarded
from explorer.ui.gallery.lens import Lens
from explorer.ui.widgets.image_view import ImageView

_STEP = 1.25
_NUDGE = 0.02
_GRIP = 10.0


class ZoomView(ImageView):
    """Shows the part of a picture that a lens is on: wheel or + and - zoom, a drag pans, 0 shows everything.

    While everything is in view, a drag takes the picture out of the window as from any other.
    """

    def __init__(self, title: str, hint: str, lens: Lens, *, reconstruction: bool = False) -> None:
        super().__init__(title, hint, reconstruction=reconstruction)
        self.lens = lens
        self._held: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip("Wheel or + and − zoom, drag pans, 0 shows all")
        lens.changed.connect(self.update)

    def frame(self) -> QRectF:
        """Where pictures are shown in the widget: a square, or of the picture's own shape."""
        return super().area()

    def area(self) -> QRectF:
        """Where the whole picture lies, most of it out of sight when zoomed."""
        frame, part = self.frame(), self.lens.part
        zoom = self.lens.zoom
        return QRectF(
            frame.left() - part.left() * zoom * frame.width(),
            frame.top() - part.top() * zoom * frame.height(),
            frame.width() * zoom,
            frame.height() * zoom,
        )

    def place(self, position: QPointF) -> QPointF:
        """Turn a place in the widget into one in the picture, in units of its sides."""
        area = self.area()
        return QPointF((position.x() - area.left()) / area.width(), (position.y() - area.top()) / area.height())

    def paint_part(self, painter: QPainter, image: QImage, within: QRectF) -> None:
        """Draw what the lens shows of a picture, but only within a part of the widget."""
        painter.save()
        painter.setClipRect(within)
        # Pixels are worth seeing once they are large.
        smooth = self.area().width() * self.devicePixelRatioF() < 6 * image.width()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        part, size = self.lens.part, QSize(image.size())
        source = QRectF(
            part.left() * size.width(),
            part.top() * size.height(),
            part.width() * size.width(),
            part.height() * size.height(),
        )
        painter.drawImage(self.frame(), image, source)
        painter.restore()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw what the lens shows, or the hint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._image is None:
            self._paint_hint(painter)
            return
        self.paint_part(painter, self._image, self.frame())
        self._paint_marks(painter)
        if self.hasFocus():
            painter.setPen(QPen(theme.current().colour("accent"), 1))
            painter.drawRect(self.frame().adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_marks(self, painter: QPainter) -> None:
        if self._mark:
            imaging.draw_mark(painter, self.frame())
        if self._badge:
            imaging.draw_badge(painter, self.frame())

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom about the pointer."""
        if self._image is None:
            super().wheelEvent(event)
            return
        self.lens.zoom_by(_STEP ** (event.angleDelta().y() / 120), self.place(event.position()))
        event.accept()

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Begin to pan, where there is something to pan."""
        if event.button() is Qt.MouseButton.LeftButton and self.lens.zoom > 1 and self._image is not None:
            self.setFocus()
            self._held = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            super().mousePressEvent(event)

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Pan."""
        if self._held is None:
            super().mouseMoveEvent(event)
            return
        area, moved = self.area(), self._held - event.position()
        self._held = event.position()
        self.lens.pan(QPointF(moved.x() / area.width(), moved.y() / area.height()))

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Let go."""
        if self._held is not None:
            self._held = None
            self.unsetCursor()
        else:
            super().mouseReleaseEvent(event)

    @guarded
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Show everything."""
        self.lens.reset()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Zoom and pan by keys."""
        middle = self.lens.part.center()
        step = 0.1 / self.lens.zoom
        moves = {
            Qt.Key.Key_Left: QPointF(-step, 0),
            Qt.Key.Key_Right: QPointF(step, 0),
            Qt.Key.Key_Up: QPointF(0, -step),
            Qt.Key.Key_Down: QPointF(0, step),
        }
        if event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.lens.zoom_by(_STEP, middle)
        elif event.key() == Qt.Key.Key_Minus:
            self.lens.zoom_by(1 / _STEP, middle)
        elif event.key() == Qt.Key.Key_0:
            self.lens.reset()
        elif event.key() in moves:
            self.lens.pan(moves[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)


class WipeView(ZoomView):
    """Two pictures of one frame, the one left of a line that is dragged (or moved by [ and ]), the other right of it.

    The picture that can be copied and saved is the one at the right. `wiped` carries where the line is, from 0 to 1.
    """

    wiped = Signal(float)

    def __init__(self, title: str, hint: str, lens: Lens) -> None:
        super().__init__(title, hint, lens, reconstruction=True)
        self._left: QImage | None = None
        self._left_pixels: NDArray[np.uint8] | None = None
        self._names = ("", "")
        self._grasped = False
        self.line = 0.5
        self.setMouseTracking(True)
        self.setToolTip("Drag the line, or move it by [ and ]; wheel or + and − zoom, drag pans, 0 shows all")

    def set_pair(self, left: NDArray[np.uint8] | None, right: NDArray[np.uint8] | None, names: tuple[str, str]) -> None:
        """Show two pictures (H, W, 3) uint8 with their names; either may be missing."""
        self._names = names
        if left is not self._left_pixels:
            self._left_pixels = left
            self._left = None if left is None else imaging.to_qimage(left)
        self.set_pixels(right if left is not None else None)
        self.update()

    def set_line(self, line: float) -> None:
        """Move the line, from 0 at the left edge to 1 at the right."""
        self.line = min(max(line, 0.0), 1.0)
        self.wiped.emit(self.line)
        self.update()

    def line_x(self) -> float:
        """Where the line is in the widget."""
        frame = self.frame()
        return frame.left() + self.line * frame.width()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw both sides, the line and the names."""
        super().paintEvent(event)
        if self._image is None or self._left is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame, x = self.frame(), self.line_x()
        self.paint_part(painter, self._left, QRectF(frame.left(), frame.top(), x - frame.left(), frame.height()))
        colours = theme.current()
        painter.setPen(QPen(colours.colour("accent"), 2))
        painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
        painter.setBrush(colours.colour("accent"))
        middle = QPointF(x, frame.center().y())
        painter.drawEllipse(middle, 7, 7)
        painter.setPen(QPen(colours.colour("accent_text"), 1.5))
        for side in (-1, 1):
            painter.drawLine(middle + QPointF(2 * side, -3), middle + QPointF(4.5 * side, 0))
            painter.drawLine(middle + QPointF(4.5 * side, 0), middle + QPointF(2 * side, 3))
        self._paint_names(painter, frame)

    def _paint_names(self, painter: QPainter, frame: QRectF) -> None:
        painter.setFont(theme.ui_font(theme.SMALL_POINTS))
        for name, flag, shown in (
            (self._names[0], Qt.AlignmentFlag.AlignLeft, self.line > 0.08),
            (self._names[1], Qt.AlignmentFlag.AlignRight, self.line < 0.92),
        ):
            if not name or not shown:
                continue
            text = painter.fontMetrics().boundingRect(name)
            size = QSize(text.width() + 12, text.height() + 4)
            left = frame.left() + 6 if flag is Qt.AlignmentFlag.AlignLeft else frame.right() - 6 - size.width()
            box = QRectF(left, frame.top() + 6, size.width(), size.height())
            ground = theme.current().colour("window")
            ground.setAlphaF(0.72)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(box, 3, 3)
            painter.setPen(theme.current().colour("text"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)

    def _paint_marks(self, painter: QPainter) -> None:
        # They are about the picture at the right, and stay on it.
        frame, x = self.frame(), self.line_x() if self._left is not None else self.frame().left()
        right = QRectF(x, frame.top(), max(frame.right() - x, 1.0), frame.height())
        if self._mark:
            imaging.draw_mark(painter, right)
        if self._badge:
            imaging.draw_badge(painter, right)

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Grasp the line where the pointer is on it."""
        if event.button() is Qt.MouseButton.LeftButton and self._is_on_line(event.position()):
            self._grasped = True
            self.setFocus()
        else:
            super().mousePressEvent(event)

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Move the line, or say that it can be moved."""
        if self._grasped:
            frame = self.frame()
            self.set_line((event.position().x() - frame.left()) / frame.width())
            return
        if self._held is None:
            on = self._is_on_line(event.position())
            self.setCursor(Qt.CursorShape.SplitHCursor if on else Qt.CursorShape.ArrowCursor)
        super().mouseMoveEvent(event)

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Let go of the line."""
        if self._grasped:
            self._grasped = False
        else:
            super().mouseReleaseEvent(event)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Move the line by [ and ]."""
        if event.key() == Qt.Key.Key_BracketLeft:
            self.set_line(self.line - _NUDGE)
        elif event.key() == Qt.Key.Key_BracketRight:
            self.set_line(self.line + _NUDGE)
        else:
            super().keyPressEvent(event)

    def _is_on_line(self, position: QPointF) -> bool:
        return self._image is not None and self._left is not None and abs(position.x() - self.line_x()) <= _GRIP

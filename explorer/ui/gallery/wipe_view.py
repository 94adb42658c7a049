"""Two pictures of one frame under a line that is dragged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen

from explorer.ui.base import imaging, theme
from explorer.ui.base.guard import guarded
from explorer.ui.widgets.image_view import ImageView
from explorer.ui.widgets.lens import Lens
from explorer.ui.widgets.zoom_view import ZoomView, paint_name

_NUDGE = 0.02
_GRIP = 10.0


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
            self._shrunk.clear()
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
        left, right = self._names
        if left and self.line > 0.08:
            paint_name(painter, frame, left, at_right=False)
        if right and self.line < 0.92:
            paint_name(painter, frame, right, at_right=True)

    def _paint_marks(self, painter: QPainter, shown: ImageView) -> None:
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

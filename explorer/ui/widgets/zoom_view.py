"""A picture under a lens that it may share with others, and another picture in its place for a moment."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QWheelEvent

from explorer.ui.base import imaging, theme
from explorer.ui.base.guard import guarded
from explorer.ui.widgets import overlay
from explorer.ui.widgets.image_view import ImageView
from explorer.ui.widgets.lens import STEP, Lens

_LARGE = 6.0  # so many times as large as they are, pixels are worth seeing
_KEPT = 2  # shrunk pictures: its own, and the one in its place


class ZoomView(ImageView):
    """Shows the part of a picture that a lens is on: wheel or + and - zoom, a drag pans, 0 or a double click resets.

    While everything is in view, a drag takes the picture out of the window as from any other.
    """

    def __init__(self, title: str, hint: str, lens: Lens, *, reconstruction: bool = False) -> None:
        super().__init__(title, hint, reconstruction=reconstruction)
        self.lens = lens
        self._held: QPointF | None = None
        self._instead: ImageView | None = None
        self._shrunk: dict[tuple[int, int], QPixmap] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip("Wheel or + and − zoom, drag pans, 0 or a double click shows all")
        lens.changed.connect(self.update)

    def show_instead(self, other: ImageView | None) -> None:
        """Draw another view's picture in the place of this one's, or its own again.

        What is copied, saved or dragged out is its own all the while.
        """
        if other is not self._instead:
            self._instead = other
            self.update()

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
        area, ratio = self.area(), self.devicePixelRatioF()
        size = (area.size() * ratio).toSize()
        if size.width() <= image.width():
            # The whole is shrunk as a whole, so that pictures of two sizes lie upon each other to a part of a pixel.
            shrunk = self._smaller(image, size)
            painter.drawPixmap(area, shrunk, QRectF(shrunk.rect()))
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, size.width() < _LARGE * image.width())
            part, whole = self.lens.part, QSize(image.size())
            source = QRectF(
                part.left() * whole.width(),
                part.top() * whole.height(),
                part.width() * whole.width(),
                part.height() * whole.height(),
            )
            painter.drawImage(self.frame(), image, source)
        painter.restore()

    def _smaller(self, image: QImage, size: QSize) -> QPixmap:
        key = (image.cacheKey(), size.width())
        if key not in self._shrunk:
            if len(self._shrunk) >= _KEPT:
                self._shrunk.clear()
            mode = Qt.TransformationMode.SmoothTransformation
            self._shrunk[key] = QPixmap.fromImage(image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, mode))
        return self._shrunk[key]

    def _show(self) -> None:
        self._shrunk.clear()  # it holds a face, which may just have been forgotten
        super()._show()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw what the lens shows, or the hint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._image is None:
            self._paint_hint(painter)
        else:
            other = self._instead
            shown = self if other is None or other._image is None else other
            assert shown._image is not None
            self.paint_part(painter, shown._image, self.frame())
            if shown._overlay is not None:
                overlay.paint(
                    painter,
                    self.area(),
                    shown._overlay,
                    landmarks=self._shows_landmarks,
                    histograms=self._shows_histograms,
                    within=self.frame(),
                )
            self._paint_marks(painter, shown)
            if shown is not self:
                paint_name(painter, self.frame(), shown.title, at_right=True)
        if self.hasFocus():
            painter.setPen(QPen(theme.current().colour("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.frame().adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_marks(self, painter: QPainter, shown: ImageView) -> None:
        if shown._mark:
            imaging.draw_mark(painter, self.frame())
        if shown._badge:
            imaging.draw_badge(painter, self.frame())

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom about the pointer."""
        if self._image is None:
            super().wheelEvent(event)
            return
        self.lens.zoom_by(STEP ** (event.angleDelta().y() / 120), self.place(event.position()))
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
        step = 0.1 / self.lens.zoom
        moves = {
            Qt.Key.Key_Left: QPointF(-step, 0),
            Qt.Key.Key_Right: QPointF(step, 0),
            Qt.Key.Key_Up: QPointF(0, -step),
            Qt.Key.Key_Down: QPointF(0, step),
        }
        if event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.lens.zoom_in()
        elif event.key() == Qt.Key.Key_Minus:
            self.lens.zoom_out()
        elif event.key() == Qt.Key.Key_0:
            self.lens.reset()
        elif event.key() in moves:
            self.lens.pan(moves[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)


def paint_name(painter: QPainter, frame: QRectF, name: str, *, at_right: bool) -> None:
    """Write what a picture is into an upper corner of its frame."""
    painter.setFont(theme.ui_font(theme.SMALL_POINTS))
    text = painter.fontMetrics().boundingRect(name)
    size = QSize(text.width() + 12, text.height() + 4)
    left = frame.right() - 6 - size.width() if at_right else frame.left() + 6
    box = QRectF(left, frame.top() + 6, size.width(), size.height())
    ground = theme.current().colour("window")
    ground.setAlphaF(0.72)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, 3, 3)
    painter.setPen(theme.current().colour("text"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)

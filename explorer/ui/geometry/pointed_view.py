"""A picture that shares a cursor with other views of the same skin."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from explorer.ui.base.guard import guarded
from explorer.ui.geometry.cursor import paint_cursor
from explorer.ui.widgets.captioned import figure_label, section_title
from explorer.ui.widgets.image_view import ImageView


class PointedView(ImageView):
    """Shows a picture and the cursor on it. `hovered` carries the place of the pointer in units of the picture's sides,
    or None where it left."""

    hovered = Signal(object)

    def __init__(self, title: str, hint: str, *, reconstruction: bool = False) -> None:
        super().__init__(title, hint, reconstruction=reconstruction)
        self._place: QPointF | None = None
        self._hidden = False
        self.setMinimumSize(40, 40)
        self.setMouseTracking(True)

    def set_cursor(self, place: QPointF | None, hidden: bool = False) -> None:
        """Put the cursor at a place in units of the picture's sides, or take it away."""
        if (place, hidden) != (self._place, self._hidden):
            self._place, self._hidden = place, hidden
            self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the picture, then the cursor."""
        super().paintEvent(event)
        if self._place is None or self.image() is None:
            return
        painter, area = QPainter(self), self.area()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(area)
        at = QPointF(area.left() + self._place.x() * area.width(), area.top() + self._place.y() * area.height())
        paint_cursor(painter, at, hidden=self._hidden)

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Tell where the pointer is."""
        area = self.area()
        if not event.buttons() and self.image() is not None and area.contains(event.position()):
            off = event.position() - area.topLeft()
            self.hovered.emit(QPointF(off.x() / area.width(), off.y() / area.height()))
        elif not event.buttons():
            self.hovered.emit(None)
        super().mouseMoveEvent(event)

    @guarded
    def leaveEvent(self, event: object) -> None:  # noqa: N802
        """Tell that the pointer left."""
        self.hovered.emit(None)


class PointedImage(QWidget):
    """A `PointedView` under a header: title at the left, detail at the right."""

    def __init__(self, title: str, hint: str, explanation: str = "", *, reconstruction: bool = False) -> None:
        super().__init__()
        self.view = PointedView(title, hint, reconstruction=reconstruction)
        self.detail = figure_label()
        self._heading = section_title(title)
        self._heading.setToolTip(explanation)
        # Pictures side by side are equal, whatever stands above them.
        self._heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        header = QHBoxLayout()
        header.setContentsMargins(1, 0, 1, 0)
        header.addWidget(self._heading, 1)
        header.addWidget(self.detail)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(header)
        layout.addWidget(self.view, 1)

    def set_title(self, title: str) -> None:
        """Say what the picture is now."""
        self._heading.setText(title)
        self.view.title = title
        self.view.setAccessibleName(title)

"""A picture as large as its place allows; it can be copied, saved and dragged out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QMenu, QSizePolicy, QWidget

from explorer.studio.errors import UserError
from explorer.studio.inversion.values import Overlay
from explorer.ui.base import imaging, theme
from explorer.ui.base.guard import guarded
from explorer.ui.base.throttle import IMAGES_MS, Throttle
from explorer.ui.widgets import overlay


class ImageView(QWidget):
    """Shows one picture, or a hint where there is none yet.

    Args:
        title: what the picture is; names the saved file.
        hint: what to do to get one.
        reconstruction: whether it may carry the mark of a reconstruction.

    `saved` carries the path of the file that was written, `failed` why there is none.

    Attributes:
        about: describes pixels that leave the window for the file's provenance; `mark` says whether with the mark.
        proposed: a name for the file of these pixels.
    """

    failed = Signal(str)
    saved = Signal(object)

    def __init__(
        self, title: str, hint: str = "", *, reconstruction: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.title = title
        self.hint = hint
        self._reconstruction = reconstruction
        self._mark = reconstruction
        self._badge = False
        self._overlay: Overlay | None = None
        self._shows_landmarks = self._shows_histograms = True
        self._image: QImage | None = None
        self._scaled: QPixmap | None = None
        self._source: NDArray[np.uint8] | None = None
        self._press: QPoint | None = None
        self.about: Callable[[NDArray[np.uint8], bool], Mapping[str, Any]] = self._only_the_title
        self.proposed: Callable[[NDArray[np.uint8] | None], str] = lambda _: f"{imaging.file_stem(self.title)}.png"
        self._refresh = Throttle(self._show, IMAGES_MS, self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(96, 96)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName(title)
        theme.themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Prefer a square of a comfortable size."""
        return QSize(280, 280)

    def set_pixels(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show (H, W, 3) uint8 RGB, or the hint for None; the same array again costs nothing."""
        if pixels is self._source:
            return
        self._source = pixels
        self._refresh.poke()

    @property
    def source(self) -> NDArray[np.uint8] | None:
        """The pixels shown, (H, W, 3) uint8."""
        return self._source

    def set_hint(self, hint: str) -> None:
        """Change what is said where there is no picture."""
        self.hint = hint
        self.update()

    def set_mark(self, on: bool) -> None:
        """Carry the mark of a reconstruction or not; a photograph never does."""
        self._mark = on and self._reconstruction
        self.update()

    def set_badge(self, on: bool) -> None:
        """Say that the photograph guided this reconstruction, or not."""
        if on != self._badge:
            self._badge = on
            self.update()

    def set_overlay(self, new: Overlay | None) -> None:
        """Change what can be drawn onto the picture; it never leaves the window with it."""
        if new is not self._overlay:
            self._overlay = new
            self._refresh.poke()

    def show_overlay(self, *, landmarks: bool, histograms: bool) -> None:
        """Choose what is drawn onto the picture."""
        self._shows_landmarks, self._shows_histograms = landmarks, histograms
        self.update()

    def show_as(self, other: ImageView) -> None:
        """Show what another view shows, and let it leave the window as from there."""
        if self.title != other.title:
            self.title = other.title
            self.setAccessibleName(other.title)
        self.about, self._reconstruction = other.about, other._reconstruction
        self.set_hint(other.hint)
        self.set_mark(other._mark)
        self.set_badge(other._badge)
        self.set_overlay(other._overlay)
        self.show_overlay(landmarks=other._shows_landmarks, histograms=other._shows_histograms)
        self.set_pixels(other._source)

    def image(self) -> QImage | None:
        """Return the picture as it leaves the window, in its own resolution."""
        if self._image is None or self._source is None:
            return None
        if not (self._mark or self._badge):
            return self._image
        from explorer.studio.export.lettering import badged, marked

        drawn = marked(self._source) if self._mark else self._source
        return imaging.to_qimage(badged(drawn) if self._badge else drawn)

    def area(self) -> QRectF:
        """Return where the picture lies in the widget, in logical pixels."""
        if self._image is None:
            return QRectF(self.rect())
        size = QSize(self._image.size()).scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        return QRectF(
            (self.width() - size.width()) / 2, (self.height() - size.height()) / 2, size.width(), size.height()
        )

    def to_image(self, position: QPointF) -> QPointF:
        """Turn a place in the widget into pixel coordinates of the picture."""
        area, image = self.area(), self._image
        if image is None:
            return position
        scale = image.width() / area.width()
        return QPointF((position.x() - area.left()) * scale, (position.y() - area.top()) * scale)

    def from_image(self, point: QPointF) -> QPointF:
        """Turn pixel coordinates of the picture into a place in the widget."""
        area, image = self.area(), self._image
        if image is None:
            return point
        scale = area.width() / image.width()
        return QPointF(area.left() + point.x() * scale, area.top() + point.y() * scale)

    def copy(self) -> None:
        """Put the picture on the clipboard."""
        image = self.image()
        if image is not None:
            QGuiApplication.clipboard().setImage(image)

    def save(self) -> None:
        """Ask where to and save the picture."""
        image = self.image()
        if image is None:
            return
        try:
            path = imaging.save_image(self, image, self.proposed(self._source), self.record())
        except UserError as error:
            self.failed.emit(str(error))
            return
        if path is not None:
            self.saved.emit(path)

    def record(self) -> Mapping[str, Any]:
        """The provenance of the picture as it leaves the window."""
        return {} if self._source is None else self.about(self._source, self._mark)

    def _only_the_title(self, pixels: NDArray[np.uint8], mark: bool) -> Mapping[str, Any]:
        from explorer.studio.export.provenance import bare_record

        return bare_record(kind="picture", picture=self.title, mark=mark)

    def _show(self) -> None:
        self._image = None if self._source is None else imaging.to_qimage(self._source)
        self._scaled = None
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the picture, its mark, or the hint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._image is None:
            self._paint_hint(painter)
            return
        area, ratio = self.area(), self.devicePixelRatioF()
        size = (area.size() * ratio).toSize()
        if self._scaled is None or self._scaled.size() != size:
            self._scaled = QPixmap.fromImage(
                self._image.scaled(
                    size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
                )
            )
            self._scaled.setDevicePixelRatio(ratio)
        painter.drawPixmap(area.topLeft(), self._scaled)
        if self._overlay is not None:
            overlay.paint(
                painter, area, self._overlay, landmarks=self._shows_landmarks, histograms=self._shows_histograms
            )
        if self._mark:
            imaging.draw_mark(painter, area)
        if self._badge:
            imaging.draw_badge(painter, area)

    def _paint_hint(self, painter: QPainter) -> None:
        colours = theme.current()
        painter.setPen(QPen(colours.colour("border"), 1))
        painter.setBrush(colours.colour("field"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        painter.setPen(colours.colour("faint"))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(QRectF(self.rect()).adjusted(14, 14, -14, -14), flags, self.hint)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Scale anew."""
        self._scaled = None

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Remember where a drag may begin."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._press = event.position().toPoint()
        super().mousePressEvent(event)

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Drag the picture out of the window."""
        start = self._press
        if start is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        if (event.position().toPoint() - start).manhattanLength() < QApplication.startDragDistance():
            return
        self._press, image = None, self.image()
        if image is None:
            return
        try:
            mime = imaging.DragFolder.mime(image, self.title, self.record())
        except UserError as error:
            self.failed.emit(str(error))
            return
        drag = QDrag(self)
        drag.setMimeData(mime)
        drag.setPixmap(QPixmap.fromImage(image.scaled(96, 96, Qt.AspectRatioMode.KeepAspectRatio)))
        drag.exec(Qt.DropAction.CopyAction)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Copy on Ctrl+C."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    @guarded
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Offer to copy and save."""
        self.menu().exec(event.globalPos())

    def menu(self) -> QMenu:
        """Return the menu of this picture."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, act in (("Copy image", self.copy), ("Save image…", self.save)):
            action = menu.addAction(text, act)
            action.setEnabled(self._image is not None)
        return menu

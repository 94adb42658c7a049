"""Thumbnails of everything loaded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QListView, QListWidget, QListWidgetItem, QMenu, QWidget

from explorer.studio.session.state import LoadedVector, Session
from explorer.studio.workbench import Workbench
from explorer.ui import icons, imaging, theme
from explorer.ui.desk import Desk

THUMBNAIL = 60
KEY = int(Qt.ItemDataRole.UserRole)
IS_PHOTOGRAPH = KEY + 1


class FaceList(QListWidget):
    """Faces and vectors of the session, and photographs in which no face was found; a click selects."""

    photograph_chosen = Signal(str)
    edit_asked = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._drawn: list[tuple[str, int]] = []
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(QSize(THUMBNAIL, THUMBNAIL))
        self.setGridSize(QSize(THUMBNAIL + 16, THUMBNAIL + 26))
        self.setUniformItemSizes(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setWordWrap(False)
        self.setFont(theme.ui_font(theme.SMALL_POINTS))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMinimumHeight(THUMBNAIL + 30)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)
        self.currentItemChanged.connect(lambda item, _: self._choose(item))
        self.itemDoubleClicked.connect(lambda _: self.edit_asked.emit())

    def draw(self) -> None:
        """Show the session as it stands."""
        session = self._desk.session
        with QSignalBlocker(self):
            rows = _rows(session)
            drawn = [(key, id(picture)) for key, _, picture, _ in rows]
            if drawn != self._drawn:
                self._drawn = drawn
                self.clear()
                for key, name, picture, is_photograph in rows:
                    self._add(key, name, picture, is_photograph)
            for row in range(self.count()):
                if self.item(row).data(KEY) == session.selected:
                    self.setCurrentRow(row)
            if session.selected is None:
                self.setCurrentRow(-1)

    def _add(self, key: str, name: str, picture: NDArray[np.uint8] | LoadedVector, is_photograph: bool) -> None:
        item = QListWidgetItem(QIcon(self._thumbnail(picture, is_photograph)), name)
        item.setData(KEY, key)
        item.setData(IS_PHOTOGRAPH, is_photograph)
        item.setToolTip(f"{name}: no face was found" if is_photograph else name)
        item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        self.addItem(item)

    def _thumbnail(self, picture: NDArray[np.uint8] | LoadedVector, faint: bool) -> QPixmap:
        ratio = self.devicePixelRatioF()
        side = round(THUMBNAIL * ratio)
        canvas = QPixmap(side, side)
        canvas.fill(Qt.GlobalColor.transparent)
        painter = QPainter(canvas)
        if isinstance(picture, LoadedVector):
            painter.fillRect(canvas.rect(), theme.current().colour("field"))
            glyph = icons.icon("vector", "accent").pixmap(QSize(side // 2, side // 2), 1.0)
            painter.drawPixmap((side - glyph.width()) // 2, (side - glyph.height()) // 2, glyph)
        else:
            image: QImage = imaging.to_qimage(picture).scaled(
                side, side, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
            )
            painter.setOpacity(0.45 if faint else 1.0)
            painter.drawImage((side - image.width()) // 2, (side - image.height()) // 2, image)
        painter.end()
        canvas.setDevicePixelRatio(ratio)
        return canvas

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        if item.data(IS_PHOTOGRAPH):
            self._desk.ask(Workbench.select_face, None)
            self.photograph_chosen.emit(item.data(KEY))
        else:
            self._desk.ask(Workbench.select_face, item.data(KEY))

    def _menu(self, place: QPoint) -> None:
        item = self.itemAt(place)
        if item is None:
            return
        self.setCurrentItem(item)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if item.data(KEY) not in self._desk.session.vectors:
            menu.addAction("Place points…", self.edit_asked.emit)
        if not item.data(IS_PHOTOGRAPH):
            menu.addAction("Forget", self._forget)
        menu.exec(self.viewport().mapToGlobal(place))

    def _forget(self) -> None:
        item = self.currentItem()
        if item is not None and not item.data(IS_PHOTOGRAPH):
            self._desk.ask(Workbench.remove_face, item.data(KEY))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Forget what is selected on Delete."""
        if event.key() == Qt.Key.Key_Delete:
            self._forget()
        else:
            super().keyPressEvent(event)


def _rows(session: Session) -> list[tuple[str, str, NDArray[np.uint8] | LoadedVector, bool]]:
    rows: list[tuple[str, str, NDArray[np.uint8] | LoadedVector, bool]] = []
    with_face = {face.photograph_key for face in session.faces.values()}
    alone = [photograph for photograph in session.photographs.values() if photograph.key not in with_face]
    rows.extend((photograph.key, photograph.photograph.name, photograph.overview, True) for photograph in alone)
    rows.extend((face.key, face.name, face.thumbnail, False) for face in session.faces.values())
    rows.extend((vector.key, vector.name, vector, False) for vector in session.vectors.values())
    return rows

"""Thumbnails of everything loaded."""

from __future__ import annotations

import re

from PySide6.QtCore import QPoint, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QListWidget, QListWidgetItem, QMenu, QWidget

from explorer.studio.faces.state import FACES, PHOTOGRAPHS, SELECTED, VECTORS
from explorer.studio.session.state import Session
from explorer.ui.base import text_size
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.guard import guarded
from explorer.ui.base.thumbnails import Picture, thumbnail

THUMBNAIL = 56
KEY = int(Qt.ItemDataRole.UserRole)
IS_PHOTOGRAPH = KEY + 1


class FaceList(QListWidget):
    """Faces and vectors of the session, and photographs in which no face was found; a click selects.

    Args:
        forget: the action that forgets what is selected.
    """

    photograph_chosen = Signal(str)
    edit_asked = Signal()

    def __init__(self, dispatcher: CommandDispatcher, forget: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dispatcher, self._forget = dispatcher, forget
        self._drawn: list[tuple[str, int]] = []
        self.setAccessibleName("faces and embeddings of this session")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(QSize(THUMBNAIL, THUMBNAIL))
        text_size.follow(self, lambda: self.setGridSize(QSize(THUMBNAIL + 18, THUMBNAIL + text_size.scaled(26))))
        self.setUniformItemSizes(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setWordWrap(False)
        text_size.small(self)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMinimumHeight(THUMBNAIL + 30)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)
        self.currentItemChanged.connect(lambda item, _: self._choose(item))
        self.itemDoubleClicked.connect(lambda _: self.edit_asked.emit())

    def draw(self) -> None:
        """Show the session as it stands."""
        session = self._dispatcher.session
        with QSignalBlocker(self):
            rows = _rows(session)
            drawn = [(key, id(picture)) for key, _, picture, _ in rows]
            if drawn != self._drawn:
                self._drawn = drawn
                self.clear()
                for key, name, picture, is_photograph in rows:
                    self._add(key, name, picture, is_photograph)
            selected = session[SELECTED]
            if selected is None:
                self.setCurrentRow(-1)
            else:
                self.choose(selected)

    def choose(self, key: str) -> None:
        """Select a face or vector as a click on it does."""
        for row in range(self.count()):
            if self.item(row).data(KEY) == key:
                self.setCurrentRow(row)

    def _add(self, key: str, name: str, picture: Picture, is_photograph: bool) -> None:
        icon = thumbnail(picture, THUMBNAIL, self.devicePixelRatioF(), faint=is_photograph)
        # The same picture for every state: Qt would tint a selected face.
        states = QIcon(icon)
        states.addPixmap(icon, QIcon.Mode.Selected)
        item = QListWidgetItem(states, _label(name))
        item.setData(KEY, key)
        item.setData(IS_PHOTOGRAPH, is_photograph)
        item.setToolTip(f"{name}: no face was found" if is_photograph else name)
        item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        self.addItem(item)

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        if item.data(IS_PHOTOGRAPH):
            self._dispatcher.send(lambda app: app.faces.select_face(None))
            self.photograph_chosen.emit(item.data(KEY))
        else:
            key = item.data(KEY)
            self._dispatcher.send(lambda app: app.faces.select_face(key))

    def _menu(self, place: QPoint) -> None:
        item = self.itemAt(place)
        if item is None:
            return
        self.setCurrentItem(item)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if item.data(KEY) not in self._dispatcher.session[VECTORS]:
            menu.addAction("Place points…", self.edit_asked.emit)
        menu.addAction("Remove from session", self._remove)
        menu.addAction(self._forget)
        menu.exec(self.viewport().mapToGlobal(place))

    def _remove(self) -> None:
        item = self.currentItem()
        if item is not None:
            key = item.data(KEY)
            self._dispatcher.send(lambda app: app.faces.close_face(key))

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Remove what is selected on Delete."""
        if event.key() == Qt.Key.Key_Delete:
            self._remove()
        else:
            super().keyPressEvent(event)


def _label(name: str) -> str:
    """The name without its file's suffix: "group.jpg, face 2" is "group, face 2"."""
    return re.sub(r"\.\w{1,5}(?=,|$)", "", name)


def _rows(session: Session) -> list[tuple[str, str, Picture, bool]]:
    rows: list[tuple[str, str, Picture, bool]] = []
    with_face = {face.photograph_key for face in session[FACES].values()}
    alone = [photograph for photograph in session[PHOTOGRAPHS].values() if photograph.key not in with_face]
    rows.extend((photograph.key, photograph.photograph.name, photograph.overview, True) for photograph in alone)
    rows.extend((face.key, face.name, face.thumbnail, False) for face in session[FACES].values())
    rows.extend((vector.key, vector.name, vector, False) for vector in session[VECTORS].values())
    return rows

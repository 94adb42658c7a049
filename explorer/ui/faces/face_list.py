"""Thumbnails of everything loaded, and of what is being opened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QHelpEvent, QIcon, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QListView, QListWidget, QListWidgetItem, QMenu, QToolTip, QWidget

from explorer.studio.faces.plausibility import remark_on
from explorer.studio.faces.state import EMBEDDINGS, FACES, OPENING, PHOTOGRAPHS, SELECTED, VECTORS
from explorer.studio.session.state import Session
from explorer.ui.base import icons, text_size, theme
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.guard import guarded, guarded_as
from explorer.ui.base.thumbnails import Picture, thumbnail
from explorer.ui.faces import face_menu
from explorer.ui.faces.facts import facts

THUMBNAIL = 56
KEY = int(Qt.ItemDataRole.UserRole)
IS_PHOTOGRAPH = KEY + 1


@dataclass(frozen=True, eq=False)
class _Row:
    """key: empty of what is being opened, which has no picture yet. remark: why a face is hardly one."""

    key: str
    name: str
    picture: Picture | None
    is_photograph: bool = False
    remark: str = ""

    @property
    def mark(self) -> tuple[object, ...]:
        """What tells whether it has to be drawn anew."""
        return self.key, self.name, id(self.picture), self.remark


class FaceList(QListWidget):
    """Faces and vectors of the session, photographs in which no face was found, and what is being opened; a click
    selects.

    Args:
        actions: the registered ones, for the menu of a face.
    """

    photograph_chosen = Signal(str)
    edit_asked = Signal()

    def __init__(
        self, dispatcher: CommandDispatcher, actions: Mapping[str, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._dispatcher, self._actions = dispatcher, actions
        self._drawn: list[tuple[object, ...]] = []
        self._in_view: str | None = None
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
        self.currentItemChanged.connect(lambda item, _: self._choose(item))
        self.itemDoubleClicked.connect(lambda _: self.edit_asked.emit())
        theme.themes.changed.connect(self._restyle)

    def draw(self, photograph: str | None = None) -> None:
        """Show the session as it stands.

        Args:
            photograph: key of the one in view while no face is selected.
        """
        session = self._dispatcher.session
        with QSignalBlocker(self):
            rows = _rows(session)
            drawn = [row.mark for row in rows]
            if drawn != self._drawn:
                self._drawn = drawn
                self.clear()
                for row in rows:
                    self._add(row)
            self._in_view = photograph
            self.choose(session[SELECTED] or photograph or "")

    def choose(self, key: str) -> None:
        """Select a face, a vector or a photograph as a click on it does; none where there is none of the key."""
        keys = [self.item(row).data(KEY) for row in range(self.count())]
        self.setCurrentRow(keys.index(key) if key and key in keys else -1)

    def tip(self, item: QListWidgetItem) -> str:
        """What is known of what a row shows."""
        return facts(self._dispatcher.session, item.data(KEY)) or f"{item.data(Qt.ItemDataRole.AccessibleTextRole)}"

    def _add(self, row: _Row) -> None:
        ratio = self.devicePixelRatioF()
        if row.picture is None:
            icon = _awaited(THUMBNAIL, ratio)
        else:
            icon = thumbnail(row.picture, THUMBNAIL, ratio, faint=row.is_photograph)
        if row.remark:
            _badge(icon, ratio)
        # The same picture for every state: Qt would tint a selected face.
        states = QIcon(icon)
        for mode in (QIcon.Mode.Selected, QIcon.Mode.Disabled):
            states.addPixmap(icon, mode)
        item = QListWidgetItem(states, _label(row.name))
        item.setData(KEY, row.key)
        item.setData(IS_PHOTOGRAPH, row.is_photograph)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, _spoken(row))
        if not row.key:
            item.setFlags(Qt.ItemFlag.NoItemFlags)
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

    @guarded
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Offer what can be done with the row under the pointer, or with the current one where a key asks."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        item = self.currentItem() if by_key else self.itemAt(event.pos())
        if item is None or not item.data(KEY):
            return
        self.setCurrentItem(item)
        place: QPoint = self.visualItemRect(item).center() if by_key else event.pos()
        self.menu(item).exec(self.viewport().mapToGlobal(place))

    def menu(self, item: QListWidgetItem) -> QMenu:
        """Return the menu of a row, which is selected."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if item.data(IS_PHOTOGRAPH):
            entries = face_menu.PHOTOGRAPH
        else:
            entries = face_menu.VECTOR if item.data(KEY) in self._dispatcher.session[VECTORS] else face_menu.FACE
        face_menu.fill(menu, self._actions, entries)
        return menu

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

    @guarded_as(False)
    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802
        """Say what is known of the row under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            item = self.itemAt(event.pos())
            text = "" if item is None else self.tip(item)
            QToolTip.showText(event.globalPos(), text, self.viewport())
            return True
        return super().viewportEvent(event)

    def _restyle(self) -> None:
        """Badges and what is awaited are drawn in the theme's colours."""
        self._drawn = []
        self.draw(self._in_view)


def _label(name: str) -> str:
    """The name without its file's suffix: "group.jpg, face 2" is "group, face 2"."""
    return re.sub(r"\.\w{1,5}(?=,|$)", "", name)


def _spoken(row: _Row) -> str:
    if not row.key:
        return f"{row.name} is being opened"
    if row.is_photograph:
        return f"{row.name}: no face was found"
    return f"{row.name}: not face-like" if row.remark else row.name


def _awaited(side: int, ratio: float) -> QPixmap:
    """A square with dots, where a picture will be."""
    canvas = QPixmap(round(side * ratio), round(side * ratio))
    canvas.setDevicePixelRatio(ratio)
    canvas.fill(Qt.GlobalColor.transparent)
    colours = theme.current()
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colours.colour("border"), 1, Qt.PenStyle.DashLine))
    painter.setBrush(colours.colour("field"))
    painter.drawRoundedRect(QRectF(0.5, 0.5, side - 1, side - 1), 4, 4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colours.colour("muted"))
    for step in (-1, 0, 1):
        painter.drawEllipse(QRectF(side / 2 + 9 * step - 2, side / 2 - 2, 4, 4))
    painter.end()
    return canvas


def _badge(picture: QPixmap, ratio: float) -> None:
    """Lay a warning over the corner of a thumbnail."""
    side = round(picture.width() / ratio)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    place = QRectF(side - 21, 1, 20, 20)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.current().colour("panel"))
    painter.drawEllipse(place)
    icons.icon("warning", "warn").paint(painter, place.adjusted(3, 2, -3, -4).toRect())
    painter.end()


def _rows(session: Session) -> list[_Row]:
    with_face = {face.photograph_key for face in session[FACES].values()}
    alone = [photograph for photograph in session[PHOTOGRAPHS].values() if photograph.key not in with_face]
    rows = [_Row(one.key, one.photograph.name, one.overview, is_photograph=True) for one in alone]
    for face in session[FACES].values():
        remark = remark_on(face.face, session[EMBEDDINGS].get(face.key, {}))
        rows.append(_Row(face.key, face.name, face.thumbnail, remark=remark))
    rows.extend(_Row(vector.key, vector.name, vector) for vector in session[VECTORS].values())
    rows.extend(_Row("", one.name, None) for one in session[OPENING])
    return rows

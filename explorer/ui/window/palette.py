"""The command palette: type a few letters of what is wanted, and Return does it."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from explorer.ui.actions.registry import Entry, Registry
from explorer.ui.base import text_size, theme
from explorer.ui.base.guard import guarded, guarded_as
from explorer.ui.base.window import Window
from explorer.ui.preferences.service import PreferencesService
from explorer.ui.window.action_search import Sought, ranked

WIDTH, ROW, MOST_ROWS, TOP = 620, 30, 12, 56
AROUND = 46  # pixels of margins and gaps above, between and below its parts, and below it
REMEMBERED = 20
ENTRY = int(Qt.ItemDataRole.UserRole)
MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class Palette(QFrame):
    """Searches the registered actions over the top of the window; those used last come first."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._registry, self._window = window.service(Registry), window
        self._preferences = window.service(PreferencesService)
        self._before: QWidget | None = None
        self.setObjectName("palette")
        self.field = QLineEdit()
        self.field.setPlaceholderText("Search for an action…")
        self.field.setAccessibleName("search for an action")
        self.field.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName("actions found")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(_Row(self.list))
        self.foot = QLabel()
        self.foot.setObjectName("faint")
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 8)
        layout.setSpacing(8)
        layout.addWidget(self.field)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.foot)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(lambda _: self.accept())
        self.list.currentItemChanged.connect(lambda item, _: self._explain(item))
        window.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Come into view, empty; a second time, go away again."""
        if self.isVisible():
            self.dismiss()
            return
        self._before = self._window.focusWidget()
        self.field.clear()
        self._search("")
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def dismiss(self) -> None:
        """Go away, and give the keyboard back."""
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)

    def accept(self) -> None:
        """Carry out what is marked, if it can be now."""
        item = self.list.currentItem()
        entry = None if item is None else cast(Entry, item.data(ENTRY))
        if entry is None or entry.reason:
            return
        self.dismiss()
        name = entry.spec.name
        self._preferences.remember((name, *(one for one in self.recent if one != name))[:REMEMBERED])
        entry.action.trigger()

    @property
    def recent(self) -> tuple[str, ...]:
        """Names of the actions that were used, the last one first."""
        return self._preferences.recent_actions

    def shown(self) -> list[Entry]:
        """Return what is listed, best first."""
        return [cast(Entry, self.list.item(row).data(ENTRY)) for row in range(self.list.count())]

    def _search(self, typed: str) -> None:
        self._registry.refresh()
        entries = {entry.spec.name: entry for entry in self._registry.entries.values() if not entry.spec.head}
        sought = [
            Sought(name, one.action.text(), one.spec.menu.replace("/", " "), one.spec.tooltip, not one.reason)
            for name, one in entries.items()
            if name != "palette"
        ]
        self.list.clear()
        for one in ranked(typed, sought, self.recent):
            item = QListWidgetItem(entries[one.name].action.text())
            item.setData(ENTRY, entries[one.name])
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        if not self.list.count():
            self.foot.setText("No action is called so.")
        self._place()

    def _explain(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            entry = cast(Entry, item.data(ENTRY))
            self.foot.setText(
                f"{entry.spec.tooltip}. Not now: {entry.reason}." if entry.reason else f"{entry.spec.tooltip}."
            )

    def _place(self) -> None:
        row = text_size.scaled(ROW)
        around = self.field.sizeHint().height() + self.foot.sizeHint().height() + AROUND
        room = (self._window.height() - TOP - around) // row
        rows = max(1, min(self.list.count(), MOST_ROWS, room))
        self.list.setFixedHeight(rows * row + 4)
        width = min(WIDTH, self._window.width() - 40)
        self.setGeometry(QRect((self._window.width() - width) // 2, TOP, width, self._column.sizeHint().height()))

    @guarded_as(False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Let the arrow keys move in the list, Escape close, and keep the place over the window."""
        kind = event.type()
        if watched is self._window and kind == QEvent.Type.Resize and self.isVisible():
            self._place()
        if watched is not self.field:
            return False
        if kind == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        if kind == QEvent.Type.ShortcutOverride and cast(QKeyEvent, event).key() == Qt.Key.Key_Escape:
            event.accept()  # else the window's own Escape cancels what is under way
            return True
        return kind == QEvent.Type.KeyPress and self._pressed(cast(QKeyEvent, event))

    def _pressed(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.dismiss()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accept()
        elif key in MOVES:
            by = {MOVES[0]: -1, MOVES[1]: 1, MOVES[2]: -MOST_ROWS, MOVES[3]: MOST_ROWS}[cast(Qt.Key, key)]
            last = self.list.count() - 1
            self.list.setCurrentRow(min(max(self.list.currentRow() + by, 0), last))
        else:
            return False
        return True


class _Row(QStyledItemDelegate):
    """An action's text, the menu it is in, and its shortcut; grey with the reason where it cannot be done now."""

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one row."""
        entry, colours = cast(Entry, index.data(ENTRY)), theme.current()
        rect, font = option.rect, option.font
        painter.save()
        painter.setFont(font)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.colour("selection"))
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), 4, 4)
        mark = entry.action.icon()
        if not mark.isNull():
            mark.paint(painter, QRect(rect.left() + 8, rect.center().y() - 7, 16, 16))
        inner = rect.adjusted(34, 0, -10, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        keys = " or ".join(one.toString(QKeySequence.SequenceFormat.NativeText) for one in entry.action.shortcuts())
        painter.setPen(colours.colour("faint"))
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignRight, keys)
        painter.setPen(colours.colour("faint" if entry.reason else "text"))
        text = entry.action.text()
        painter.drawText(inner, middle, text)
        aside = entry.reason or entry.spec.menu.replace("/", " › ")
        metrics = painter.fontMetrics()
        beside = inner.adjusted(metrics.horizontalAdvance(text) + 14, 0, -metrics.horizontalAdvance(keys) - 14, 0)
        painter.setPen(colours.colour("faint"))
        painter.drawText(beside, middle, metrics.elidedText(aside, Qt.TextElideMode.ElideRight, beside.width()))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        """Every row is as high as the next."""
        return QSize(0, text_size.scaled(ROW))

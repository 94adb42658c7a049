"""A grid of many faces, of which only those in view are ever touched."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, islice

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen, QStaticText
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from explorer.studio.gallery.browsing import GalleryViewState
from explorer.ui.base import theme
from explorer.ui.base.guard import guarded, guarded_as
from explorer.ui.gallery.cell_grid import CellGrid
from explorer.ui.gallery.model import FaceModel
from explorer.ui.gallery.thumbnails import Thumbnails

SIDE = 88
_PAD, _GAP = 5, 3
_LINES = 2
# Of a selection, so many are told; whoever selects a million means all.
MOST_CHOSEN = 20_000
_MOST_TEXTS = 5000
_SELECTED = QStyle.StateFlag.State_Selected.value
_POINTED = QStyle.StateFlag.State_MouseOver.value
_FOCUSED = QStyle.StateFlag.State_HasFocus.value


class FaceDelegate(QStyledItemDelegate):
    """Paints a face: thumbnail, name, and below it the score or the person.

    A hundred cells are painted for a frame: their texts are laid out once, and enumerations compared as numbers.
    """

    def __init__(self, pictures: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._font = theme.ui_font(theme.SMALL_POINTS)
        self._metrics = QFontMetrics(self._font)
        self._texts: dict[str, tuple[QStaticText, int]] = {}
        self._colours: dict[str, QColor] = {}
        theme.themes.changed.connect(self._colours.clear)

    def cell(self) -> QSize:
        """The size of a cell."""
        return QSize(SIDE + 2 * _PAD, SIDE + 2 * _PAD + _GAP + _LINES * self._metrics.height())

    @guarded_as(QSize(SIDE, SIDE))
    def sizeHint(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Every cell is of one size, and clicks anywhere in it count."""
        return self.cell()

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one cell."""
        rect: QRect = option.rect
        state = option.state.value
        model = index.model()
        assert isinstance(model, FaceModel)
        row = index.row()
        name, person, score, picture = model.cell(row)
        left, top = rect.left() + _PAD, rect.top() + _PAD
        if state & _SELECTED:
            painter.fillRect(rect, self._colour("selection"))
        elif state & _POINTED:
            painter.fillRect(rect, self._colour("raised"))
        pixmap = self._pictures.get(model.key_at(row), picture, painter.device().devicePixelRatioF())
        if pixmap is None:
            painter.fillRect(left, top, SIDE, SIDE, self._colour("field"))
        else:
            painter.drawPixmap(left, top, pixmap)
        if state & _FOCUSED and state & _SELECTED:
            painter.setPen(QPen(self._colour("accent"), 1))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        painter.setFont(self._font)
        below = top + SIDE + _GAP
        self._write(painter, left, below, name, "text")
        self._write(painter, left, below + self._metrics.height(), score or person, "accent" if score else "muted")

    def _write(self, painter: QPainter, left: int, top: int, text: str, role: str) -> None:
        if not text:
            return
        laid_out, width = self._laid_out(text)
        painter.setPen(self._colour(role))
        painter.drawStaticText(left + (SIDE - width) // 2, top, laid_out)

    def _laid_out(self, text: str) -> tuple[QStaticText, int]:
        known = self._texts.get(text)
        if known is None:
            if len(self._texts) > _MOST_TEXTS:
                self._texts.clear()
            stem = text.rsplit(".", 1)[0] if "." in text[-6:-1] and not text[-1].isdigit() else text
            fitted = self._metrics.elidedText(stem, Qt.TextElideMode.ElideMiddle, SIDE)
            laid_out = QStaticText(fitted)
            laid_out.setTextFormat(Qt.TextFormat.PlainText)
            laid_out.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
            laid_out.prepare(font=self._font)
            known = self._texts[text] = laid_out, round(laid_out.size().width())
        return known

    def _colour(self, role: str) -> QColor:
        known = self._colours.get(role)
        if known is None:
            known = self._colours[role] = theme.current().colour(role)
        return known


class FaceGrid(CellGrid):
    """Shows the session's gallery.

    `chosen` carries the keys of the selected faces, those longest selected first; `opened` the key of a face that was
    double-clicked, or given Enter; `removed` that Delete was pressed; `asked` where a menu was asked for; `pointed` the
    key of the face under the pointer, or None.
    """

    chosen = Signal(object)
    opened = Signal(str)
    removed = Signal()
    asked = Signal(QPoint)
    pointed = Signal(object)

    def __init__(self) -> None:
        pictures = Thumbnails(SIDE)
        delegate = FaceDelegate(pictures)
        super().__init__(delegate.cell() + QSize(4, 6))
        self.faces = FaceModel(self)
        self.pictures, self._delegate = pictures, delegate
        for one in (pictures, delegate):
            one.setParent(self)
        self.pictures.arrived.connect(self.viewport().update)
        self._chosen: tuple[str, ...] = ()
        self.setModel(self.faces)
        self.setItemDelegate(self._delegate)
        self.setFont(theme.ui_font(theme.SMALL_POINTS))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setMouseTracking(True)
        self.setAccessibleName("faces of the gallery")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self.asked)
        self.doubleClicked.connect(lambda index: self.opened.emit(self.faces.key_at(index.row())))
        self.selectionModel().selectionChanged.connect(lambda *_: self._tell())
        self.entered.connect(lambda index: self.pointed.emit(self.faces.key_at(index.row())))
        self.viewportEntered.connect(lambda: self.pointed.emit(None))
        theme.themes.changed.connect(self.viewport().update)

    def draw(self, browsing: GalleryViewState) -> None:
        """Show what the session shows, and keep the place where nothing was asked for anew."""
        bar = self.verticalScrollBar()
        before, focus = bar.value(), self._key_in_focus()
        with QSignalBlocker(self.selectionModel()):
            if self.faces.show(browsing):
                self.pictures.keep_only(browsing.listing.places)
                self._chosen = ()
                self.doItemsLayout()  # without it there is no place to scroll to yet
                bar.setValue(before)
            if browsing.chosen != self._chosen:
                self._select(browsing.chosen, focus)
                self.viewport().update()

    def top(self) -> None:
        """Scroll to the beginning."""
        self.verticalScrollBar().setValue(0)

    def _select(self, keys: tuple[str, ...], focus: str | None) -> None:
        self._chosen = keys
        rows = [row for row in map(self.faces.row_of, keys) if row is not None]
        selection = QItemSelection()
        for row in rows:
            selection.select(self.faces.index(row), self.faces.index(row))
        model = self.selectionModel()
        model.select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        current = self.faces.row_of(focus) if focus in keys else None
        if current is None and rows:
            current = rows[0]
        if current is not None:
            model.setCurrentIndex(self.faces.index(current), QItemSelectionModel.SelectionFlag.NoUpdate)

    def _key_in_focus(self) -> str | None:
        index = self.currentIndex()
        return self.faces.key_at(index.row()) if index.isValid() else None

    def _tell(self) -> None:
        selection = self.selectionModel().selection()
        parts = (selection.at(number) for number in range(selection.size()))
        ranges = (range(part.top(), part.bottom() + 1) for part in parts)
        selected = [self.faces.key_at(row) for row in islice(chain.from_iterable(ranges), MOST_CHOSEN)]
        known = set(selected)
        longest = [key for key in self._chosen if key in known]
        self._chosen = (*longest, *(key for key in selected if key not in set(longest)))
        self.chosen.emit(self._chosen)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw what is in view, and wait for no picture that is not."""
        self.pictures.ask_anew()
        super().paintEvent(event)

    @guarded
    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """Look at nothing any more."""
        self.pointed.emit(None)
        super().leaveEvent(event)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Open on Enter, remove on Delete."""
        acts: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Return: self._open,
            Qt.Key.Key_Enter: self._open,
            Qt.Key.Key_Delete: self.removed.emit,
        }
        act = acts.get(event.key())
        if act is None:
            super().keyPressEvent(event)
        else:
            act()

    def _open(self) -> None:
        key = self._key_in_focus()
        if key is not None:
            self.opened.emit(key)

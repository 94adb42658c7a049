"""A list as a grid of equal cells, laid out by arithmetic: a million rows cost what a hundred do."""

from __future__ import annotations

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyleOptionViewItem, QWidget

from explorer.ui.base.guard import guarded, guarded_as

Index = QModelIndex | QPersistentModelIndex
# Typing a name goes through all rows to find it.
_MOST_SOUGHT = 20_000
_Move = QAbstractItemView.CursorAction


class CellGrid(QListView):
    """Cells from left to right, line after line, scrolled by pixels.

    It is a list to whoever asks for its kind, screen readers among them; the list's own layout is never made.

    Args:
        cell: the size of a cell.
    """

    def __init__(self, cell: QSize, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cell = cell
        self._pointed_row: int | None = None
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.entered.connect(lambda index: self._point(index.row()))
        self.viewportEntered.connect(lambda: self._point(None))

    @property
    def columns(self) -> int:
        """Cells in a line."""
        return max(self.viewport().width() // self._cell.width(), 1)

    def rows_in_view(self) -> range:
        """The rows that are in view, in whole or in part."""
        height, top = self._cell.height(), self.verticalScrollBar().value()
        first = top // height * self.columns
        behind = ((top + self.viewport().height()) // height + 1) * self.columns
        return range(min(first, self._count()), min(behind, self._count()))

    # Where things lie.

    @guarded_as(QRect())
    def visualRect(self, index: Index) -> QRect:  # noqa: N802
        """The cell of a row, in the viewport's pixels."""
        return self._rect(index.row()) if index.isValid() else QRect()

    @guarded_as(QModelIndex())
    def indexAt(self, point: QPoint) -> QModelIndex:  # noqa: N802
        """The row whose cell is at a place of the viewport."""
        column, line = self._at(point)
        row = line * self.columns + column
        there = 0 <= column < self.columns and line >= 0 and row < self._count()
        return self.model().index(row, 0) if there else QModelIndex()

    @guarded
    def scrollTo(  # noqa: N802
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """Bring a row into view."""
        if not index.isValid():
            return
        rect, bar = self._rect(index.row()), self.verticalScrollBar()
        height = self.viewport().height()
        above, below = rect.top(), rect.top() + rect.height() - height
        hints = QAbstractItemView.ScrollHint
        if hint == hints.PositionAtCenter:
            bar.setValue(bar.value() + (above + below) // 2)
        elif hint == hints.PositionAtTop or (hint == hints.EnsureVisible and above < 0):
            bar.setValue(bar.value() + above)
        elif hint == hints.PositionAtBottom or (hint == hints.EnsureVisible and below > 0):
            bar.setValue(bar.value() + below)

    @guarded_as(0)
    def horizontalOffset(self) -> int:  # noqa: N802
        """Nothing lies beside what is in view."""
        return 0

    @guarded_as(0)
    def verticalOffset(self) -> int:  # noqa: N802
        """What has been scrolled past."""
        return self.verticalScrollBar().value()

    @guarded
    def doItemsLayout(self) -> None:  # noqa: N802
        """Ask for the scroll bar's range anew: there is nothing else to lay out."""
        QAbstractItemView.doItemsLayout(self)

    @guarded
    def updateGeometries(self) -> None:  # noqa: N802
        """Set the scroll bar to as many lines as there are."""
        lines = -(-self._count() // self.columns)
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(height)
        bar.setSingleStep(self._cell.height() // 3)
        bar.setRange(0, max(lines * self._cell.height() - height, 0))

    @guarded
    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802
        """Move what is painted already."""
        self.viewport().scroll(0, dy)

    # Choosing.

    @guarded
    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:  # noqa: N802
        """Choose the rows from one corner to the other."""
        selection = QItemSelection()
        corners = rect.topLeft(), rect.bottomRight()
        met = self.indexAt(rect.center()).isValid() or any(self.indexAt(corner).isValid() for corner in corners)
        if met or rect.width() > 1 or rect.height() > 1:
            first, last = sorted(map(self._nearest, corners))
            if self._count():
                selection.select(self.model().index(first, 0), self.model().index(last, 0))
        self.selectionModel().select(selection, command)

    @guarded_as(QRegion())
    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:  # noqa: N802
        """What has to be painted anew where a selection changes."""
        return QRegion(self.viewport().rect())

    @guarded_as(QModelIndex())
    def moveCursor(  # noqa: N802
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Go from cell to cell, line to line, page to page."""
        count, columns = self._count(), self.columns
        if not count:
            return QModelIndex()
        page = max(self.viewport().height() // self._cell.height(), 1) * columns
        steps = {
            _Move.MoveLeft: -1,
            _Move.MovePrevious: -1,
            _Move.MoveRight: 1,
            _Move.MoveNext: 1,
            _Move.MoveUp: -columns,
            _Move.MoveDown: columns,
            _Move.MovePageUp: -page,
            _Move.MovePageDown: page,
            _Move.MoveHome: -count,
            _Move.MoveEnd: count,
        }
        now = self.currentIndex().row()
        if now < 0:
            return self.model().index(0, 0)
        wanted = now + steps.get(action, 0)
        if action in {_Move.MoveUp, _Move.MoveDown} and not 0 <= wanted < count:
            wanted = now
        return self.model().index(min(max(wanted, 0), count - 1), 0)

    @guarded
    def keyboardSearch(self, search: str) -> None:  # noqa: N802
        """Go to a name that is typed, where the rows are few enough to be gone through."""
        if self._count() <= _MOST_SOUGHT:
            super().keyboardSearch(search)

    # Painting.

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the cells in view that are not up to date."""
        painter, option = QPainter(self.viewport()), QStyleOptionViewItem()
        self.initViewItemOption(option)
        plain = option.state & ~(QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_MouseOver)
        selection, delegate, model = self.selectionModel(), self.itemDelegate(), self.model()
        current = self.currentIndex().row() if self.hasFocus() else -1
        chosen, columns, top = selection.hasSelection(), self.columns, self.verticalScrollBar().value()
        width, height = self._cell.width(), self._cell.height()
        asked, box = event.region(), event.rect()
        whole = asked.rectCount() == 1
        for row in self.rows_in_view():
            line, column = divmod(row, columns)
            rect = QRect(column * width, line * height - top, width, height)
            if not (box.intersects(rect) if whole else asked.intersects(rect)):
                continue
            index, state = model.index(row, 0), plain
            if chosen and selection.isSelected(index):
                state |= QStyle.StateFlag.State_Selected
            if row == self._pointed_row:
                state |= QStyle.StateFlag.State_MouseOver
            if row == current:
                state |= QStyle.StateFlag.State_HasFocus
            option.rect, option.state = rect, state
            delegate.paint(painter, option, index)

    def _point(self, row: int | None) -> None:
        before, self._pointed_row = self._pointed_row, row
        if before != row:
            for one in (before, row):
                if one is not None:
                    self.viewport().update(self._rect(one))

    def _count(self) -> int:
        model = self.model()
        return 0 if model is None else model.rowCount()

    def _rect(self, row: int) -> QRect:
        line, column = divmod(row, self.columns)
        width, height = self._cell.width(), self._cell.height()
        return QRect(column * width, line * height - self.verticalScrollBar().value(), width, height)

    def _at(self, point: QPoint) -> tuple[int, int]:
        return point.x() // self._cell.width(), (point.y() + self.verticalScrollBar().value()) // self._cell.height()

    def _nearest(self, point: QPoint) -> int:
        column, line = self._at(point)
        row = max(line, 0) * self.columns + min(max(column, 0), self.columns - 1)
        return min(max(row, 0), max(self._count() - 1, 0))

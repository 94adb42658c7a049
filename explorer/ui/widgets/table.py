"""A read-only table whose cells can be copied as tab-separated text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QContextMenuEvent,
    QFont,
    QGuiApplication,
    QIcon,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableWidget, QTableWidgetItem, QWidget

from explorer.ui.base import text_size, theme
from explorer.ui.base.guard import guarded

ROW = 26  # pixels


@dataclass(frozen=True)
class Cell:
    """What a cell says. `role` is a colour of the theme; `figure` aligns it to the right; `copied` is its
    text on the clipboard where it shows a picture instead."""

    text: str
    role: str = "text"
    figure: bool = False
    strong: bool = False
    hint: str = ""
    icon: QIcon | None = None
    copied: str = ""

    def plain(self) -> str:
        """What is copied of it."""
        return self.copied or self.text


class CopyableTable(QTableWidget):
    """Rows of `Cell`s. Ctrl+C copies the selection, the menu also the whole table with its header."""

    def __init__(self, headings: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(0, len(headings), parent)
        self._cells: list[Sequence[Cell]] = []
        self._shared = False
        self.set_headings(headings)
        self.verticalHeader().hide()
        self.set_row_height(ROW)
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setMinimumSectionSize(30)
        theme.themes.changed.connect(self._restyle)

    def set_row_height(self, pixels: int) -> None:
        """Make every row so high, where text is of 100 %."""
        text_size.follow(self, lambda: self.verticalHeader().setDefaultSectionSize(text_size.scaled(pixels)))

    def stretch(self) -> None:
        """Let all columns but the first share the width, as long as everything in them can be read."""
        self._shared = True
        self._share_width()

    def _share_width(self) -> None:
        if not self._shared:
            return
        header, columns = self.horizontalHeader(), range(self.columnCount())
        needed = [max(self.sizeHintForColumn(one), header.sectionSizeHint(one)) for one in columns]
        first, others = needed[:1], needed[1:]
        room = self.viewport().width()
        fits = sum(first) + len(others) * max(others, default=0) <= room
        header.setStretchLastSection(not fits and sum(needed) < room)
        modes = QHeaderView.ResizeMode
        for column in columns[1:]:
            header.setSectionResizeMode(column, modes.Stretch if fits else modes.ResizeToContents)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Share the width anew, or scroll what does not fit."""
        super().resizeEvent(event)
        self._share_width()

    def set_headings(self, headings: Sequence[str], hints: Sequence[str] = (), figures: Sequence[bool] = ()) -> None:
        """Name the columns; `figures` says which are aligned to the right."""
        self._headings = list(headings)
        self.setColumnCount(len(headings))
        for column, heading in enumerate(headings):
            item = QTableWidgetItem(heading)
            right = column < len(figures) and figures[column]
            item.setTextAlignment(
                (Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter
            )
            item.setToolTip(hints[column] if column < len(hints) else "")
            self.setHorizontalHeaderItem(column, item)

    def set_rows(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Replace the rows; what was selected stays selected where it still exists."""
        self._cells = list(rows)
        self.setRowCount(len(rows))
        colours = theme.current()
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                item = QTableWidgetItem(cell.text)
                item.setForeground(QBrush(colours.colour(cell.role)))
                item.setTextAlignment(
                    (Qt.AlignmentFlag.AlignRight if cell.figure else Qt.AlignmentFlag.AlignLeft)
                    | Qt.AlignmentFlag.AlignVCenter
                )
                item.setToolTip(cell.hint)
                if cell.icon is not None:
                    item.setIcon(cell.icon)
                if cell.strong:
                    font = QFont(self.font())
                    font.setWeight(QFont.Weight.DemiBold)
                    item.setFont(font)
                self.setItem(row, column, item)
        self._share_width()

    def _restyle(self) -> None:
        self.set_rows(self._cells)

    def text(self, *, selected: bool = False) -> str:
        """Return the table, or its selected cells, as tab-separated lines."""
        if not selected:
            lines = [
                [heading.replace("\n", " ") for heading in self._headings],
                *([cell.plain() for cell in row] for row in self._cells),
            ]
            return "\n".join("\t".join(line) for line in lines)
        rows: dict[int, list[str]] = {}
        for index in sorted(self.selectedIndexes(), key=lambda index: (index.row(), index.column())):
            rows.setdefault(index.row(), []).append(self._cells[index.row()][index.column()].plain())
        return "\n".join("\t".join(row) for row in rows.values())

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Copy on Ctrl+C."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.text(selected=True))
        else:
            super().keyPressEvent(event)

    @guarded
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Offer to copy."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        clipboard = QGuiApplication.clipboard()
        chosen = menu.addAction("Copy cells", lambda: clipboard.setText(self.text(selected=True)))
        chosen.setEnabled(bool(self.selectedIndexes()))
        menu.addAction("Copy table", lambda: clipboard.setText(self.text())).setEnabled(bool(self._cells))
        menu.exec(event.globalPos())

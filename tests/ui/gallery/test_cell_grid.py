"""A grid by arithmetic: each cell is where it is painted, and a million cost no more than those in view."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, QStringListModel, Qt
from pytestqt.qtbot import QtBot

from explorer.ui.gallery.cell_grid import CellGrid


@pytest.fixture
def grid(qtbot: QtBot) -> CellGrid:
    grid = CellGrid(QSize(50, 40))
    grid.setSelectionMode(CellGrid.SelectionMode.ExtendedSelection)
    grid.setModel(QStringListModel([f"face {row}" for row in range(1003)], grid))
    grid.resize(330, 250)
    qtbot.addWidget(grid)
    with qtbot.waitExposed(grid):
        grid.show()
    return grid


def chosen(grid: CellGrid) -> list[int]:
    return sorted(index.row() for index in grid.selectedIndexes())


def test_a_cell_is_found_where_it_lies(grid: CellGrid) -> None:
    grid.verticalScrollBar().setValue(777)
    for row in grid.rows_in_view():
        index = grid.model().index(row, 0)
        assert grid.indexAt(grid.visualRect(index).center()) == index
    rects = [grid.visualRect(grid.model().index(row, 0)) for row in range(1003)]
    inside = [row for row, rect in enumerate(rects) if rect.intersects(grid.viewport().rect())]
    assert set(inside) <= set(grid.rows_in_view())


def test_the_last_line_can_be_scrolled_to_and_no_further(grid: CellGrid) -> None:
    bar = grid.verticalScrollBar()
    bar.setValue(bar.maximum())
    last = grid.visualRect(grid.model().index(1002, 0))
    assert last.bottom() + 1 == grid.viewport().height()
    assert not grid.indexAt(last.center() + QPoint(last.width(), 0)).isValid()


def test_keys_go_from_cell_to_cell_and_bring_them_into_view(grid: CellGrid, qtbot: QtBot) -> None:
    grid.setCurrentIndex(grid.model().index(0, 0))
    columns = grid.columns
    for key, row in [
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Down, 1 + columns),
        (Qt.Key.Key_Left, columns),
        (Qt.Key.Key_Up, 0),
        (Qt.Key.Key_Up, 0),
        (Qt.Key.Key_End, 1002),
        (Qt.Key.Key_Down, 1002),
    ]:
        qtbot.keyClick(grid, key)
        assert grid.currentIndex().row() == row
        assert grid.viewport().rect().contains(grid.visualRect(grid.currentIndex()).center())


def test_clicks_choose_one_and_a_row_of_them(grid: CellGrid, qtbot: QtBot) -> None:
    def click(row: int, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        place = grid.visualRect(grid.model().index(row, 0)).center()
        qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, held, place)

    click(3)
    assert chosen(grid) == [3]
    click(9, Qt.KeyboardModifier.ShiftModifier)
    assert chosen(grid) == list(range(3, 10))
    click(5, Qt.KeyboardModifier.ControlModifier)
    assert chosen(grid) == [3, 4, 6, 7, 8, 9]
    click(2)
    assert chosen(grid) == [2]
    beside = QPoint(grid.viewport().width() - 2, 5)
    assert not grid.indexAt(beside).isValid()
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, beside)
    assert chosen(grid) == []


def test_nothing_lies_in_an_empty_grid(grid: CellGrid) -> None:
    grid.setModel(QStringListModel([], grid))
    grid.doItemsLayout()
    assert not grid.indexAt(QPoint(5, 5)).isValid()
    assert grid.visualRect(grid.indexAt(QPoint(5, 5))) == QRect()
    assert grid.verticalScrollBar().maximum() == 0
    grid.viewport().repaint()

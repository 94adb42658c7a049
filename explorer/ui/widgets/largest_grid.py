"""Square pictures in as many columns as make them largest."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from explorer.ui.base.guard import guarded

GAP = 8


class LargestGrid(QWidget):
    """Lays pictures out row by row.

    Args:
        pictures: in order. header: the height in pixels of what stands above each.
        narrowest: the width in pixels that what stands above one needs; columns are narrower in a narrow place only.
    """

    def __init__(self, pictures: Sequence[QWidget], header: int, narrowest: int = 0) -> None:
        super().__init__()
        self._pictures, self._header, self._narrowest = tuple(pictures), header, narrowest
        self._shown = len(self._pictures)
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP)
        for picture in self._pictures:  # without a parent, a picture that is shown would be a window of its own
            picture.setParent(self)
        self._arrange(3)

    def show_only(self, count: int) -> None:
        """Show the first so many."""
        if count != self._shown:
            self._shown = count
            self._arrange(self._best(self.width(), self.height()))

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for pictures that can be read, and leave the rest to what is beside."""
        return QSize(480, 300)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Leave room for very little; the pictures take what there is."""
        return QSize(240, 120)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Choose the columns anew."""
        super().resizeEvent(event)
        width, height = self.width(), self.height()
        if (best := self._best(width, height)) != self._columns:
            self._arrange(best)
        tallest = max(int(self._side(best, width, height)) + self._header + GAP, 2 * self._header)
        for picture in self._pictures:
            picture.setMaximumHeight(tallest)

    def height_in(self, width: int, height: int) -> int:
        """Return how much of a place's height the pictures take, laid out in it as large as they can be."""
        columns = self._best(width, height)
        rows = ceil(self._shown / columns)
        return round(rows * (self._side(columns, width, height) + self._header) + GAP * (rows - 1))

    def _best(self, width: int, height: int) -> int:
        most = max(1, (width + GAP) // (self._narrowest + GAP)) if self._narrowest else self._shown
        several = range(1, min(most, self._shown) + 1)
        return max(several, key=lambda columns: (self._side(columns, width, height), -columns))

    def _side(self, columns: int, width: int, height: int) -> float:
        rows = ceil(self._shown / columns)
        across = (width - GAP * (columns - 1)) / columns
        down = (height - GAP * (rows - 1)) / rows - self._header
        return min(across, down)

    def _arrange(self, columns: int) -> None:
        self._columns = columns
        for picture in self._pictures:
            self._grid.removeWidget(picture)
        for line in range(len(self._pictures)):
            self._grid.setRowStretch(line, 0)
            self._grid.setColumnStretch(line, 0)
        for number, picture in enumerate(self._pictures):
            if number < self._shown:
                row, column = divmod(number, columns)
                self._grid.addWidget(picture, row, column)
                self._grid.setRowStretch(row, 1)
                self._grid.setColumnStretch(column, 1)
            picture.setVisible(number < self._shown)

"""The legend of curves: a piece of each line, its name, and its value at the step in view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from explorer.ui.base import text_size, theme
from explorer.ui.base.guard import guarded
from explorer.ui.widgets.captioned import figure_label


@dataclass(frozen=True)
class Series:
    """One curve. `colour` counts in the theme's series; -1 is the text's colour. `note` explains it in the legend,
    where `group` is a heading above the first of its group. `sparse` marks every value with a dot, `dashed` is of
    something that stands beside what is looked at. One that `falls` is drawn by the axis at the right, on which smaller
    is higher. `threshold` is drawn as a level line."""

    key: str
    name: str
    colour: int
    dashed: bool = False
    note: str = ""
    group: str = ""
    sparse: bool = False
    falls: bool = False
    threshold: float | None = None

    def paint(self) -> QColor:
        """Its colour in the theme in force."""
        colours = theme.current()
        return colours.colour("text") if self.colour < 0 else QColor(colours.series[self.colour % len(colours.series)])


class _Swatch(QWidget):
    """A short piece of a curve's line."""

    def __init__(self, series: Series) -> None:
        super().__init__()
        self._series = series
        self.setFixedSize(QSize(16, 10))

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the line."""
        painter = QPainter(self)
        pen = QPen(self._series.paint(), 2)
        if self._series.dashed:
            pen.setDashPattern([2, 1.5])
        painter.setPen(pen)
        painter.drawLine(QPointF(0, 5), QPointF(16, 5))


class CurveLegend(QScrollArea):
    """Rows of a legend; where there is no room for all of them they are scrolled."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.values: dict[str, QLabel] = {}
        text_size.fixed_width(self, width)
        self.setMinimumHeight(20)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._content = content = QWidget()
        content.setObjectName("scrolled")
        self._rows = QGridLayout()
        self._rows.setContentsMargins(0, 2, 0, 0)
        self._rows.setHorizontalSpacing(7)
        self._rows.setVerticalSpacing(2)
        self._rows.setColumnStretch(1, 1)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._rows)
        column.addStretch()
        self.setWidget(content)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for the height of all rows."""
        return QSize(self.width(), self._content.sizeHint().height())

    def set_series(self, series: Sequence[Series]) -> None:
        """Replace the rows."""
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self.values = {}
        group = ""
        for one in series:
            if one.group != group:
                group = one.group
                heading = QLabel(group)
                heading.setObjectName("faint")
                self._rows.addWidget(heading, self._rows.rowCount(), 0, 1, 3)
            self._add(one)

    def _add(self, one: Series) -> None:
        name = QLabel(one.name)
        name.setObjectName("muted")
        name.setToolTip(one.note)
        name.setMinimumWidth(20)  # a long name gives way to the number
        value = figure_label("", "figure")
        value.setAlignment(Qt.AlignmentFlag.AlignRight)
        value.setMinimumWidth(value.fontMetrics().horizontalAdvance("-0.0000"))
        row = self._rows.rowCount()
        for column, widget in enumerate((_Swatch(one), name, value)):
            self._rows.addWidget(widget, row, column)
        self.values[one.key] = value

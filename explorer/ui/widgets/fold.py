"""A line to click on, and what it opens below itself."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget


class Fold(QWidget):
    """Closed at first.

    line: the button that opens and closes. body: the layout of what lies inside.

    Args:
        spoken: what a screen reader calls the line.
    """

    def __init__(self, title: str, spoken: str) -> None:
        super().__init__()
        self.line = QToolButton()
        self.line.setCheckable(True)
        self.line.setAutoRaise(True)
        self.line.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.line.setText(title)
        self.line.setAccessibleName(spoken)
        self.line.toggled.connect(self._open)
        self._inside = QWidget()
        self.body = QVBoxLayout(self._inside)
        self.body.setContentsMargins(0, 4, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.line)
        column.addWidget(self._inside)
        self._open(False)

    def insert_below_line(self, widget: QWidget) -> None:
        """Put a widget between the line and what it opens; it stays in sight."""
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(1, widget)

    def set_open(self, on: bool) -> None:
        """Open or close, as a click does."""
        self.line.setChecked(on)

    @property
    def is_open(self) -> bool:
        """Whether what lies inside is in sight."""
        return self.line.isChecked()

    def _open(self, on: bool) -> None:
        self.line.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self._inside.setVisible(on)

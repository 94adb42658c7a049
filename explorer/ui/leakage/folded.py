"""Rows that nothing tells, folded under one line that says why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.ui.base import text_size

WHY = "on photographs nothing that reads the embedding is clearly better than chance here"
IN_FULL = "The 95 % interval, by person, does not lie clear of chance: neither the probe's nor the reconstruction's."


class FoldedRows(QWidget):
    """A line to click on, and rows below it while it is open."""

    def __init__(self) -> None:
        super().__init__()
        self.line = QToolButton()
        self.line.setCheckable(True)
        self.line.setAutoRaise(True)
        self.line.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.line.setToolTip(IN_FULL)
        self.line.setAccessibleName("show the attributes at chance")
        self.line.toggled.connect(self._open)
        self.why = QLabel()
        self.why.setObjectName("faint")
        self.why.setWordWrap(True)
        self.why.setToolTip(IN_FULL)
        text_size.small(self.why)
        self._inside = QWidget()
        self.rows = QVBoxLayout(self._inside)
        self.rows.setContentsMargins(0, 4, 0, 0)
        self.rows.setSpacing(9)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.line)
        layout.addWidget(self.why)
        layout.addWidget(self._inside)
        self._open(False)

    def say(self, titles: Sequence[str]) -> None:
        """Name what is folded; nothing is shown where that is nothing."""
        self.setVisible(bool(titles))
        self.line.setText(f"{len(titles)} at chance")
        self.why.setText(f"{', '.join(titles)}: {WHY}")

    def _open(self, on: bool) -> None:
        self.line.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self._inside.setVisible(on)

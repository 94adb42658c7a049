"""Rows that nothing tells, folded under one line that says why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QLabel

from explorer.ui.base import text_size
from explorer.ui.widgets.fold import Fold

WHY = "on photographs nothing that reads the embedding is clearly better than chance here"
IN_FULL = "The 95 % interval, by person, does not lie clear of chance: neither the probe's nor the reconstruction's."


class FoldedRows(Fold):
    """A line to click on, and rows below it while it is open."""

    def __init__(self) -> None:
        super().__init__("", "show the attributes at chance")
        self.line.setToolTip(IN_FULL)
        self.why = QLabel()
        self.why.setObjectName("faint")
        self.why.setWordWrap(True)
        self.why.setToolTip(IN_FULL)
        text_size.small(self.why)
        self.insert_below_line(self.why)
        self.rows = self.body
        self.rows.setSpacing(9)

    def say(self, titles: Sequence[str]) -> None:
        """Name what is folded; nothing is shown where that is nothing."""
        self.setVisible(bool(titles))
        self.line.setText(f"{len(titles)} at chance")
        self.why.setText(f"{', '.join(titles)}: {WHY}")

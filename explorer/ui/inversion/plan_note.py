"""What the next run does by itself, as the run did whose settings were taken; and the way to leave that out."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from explorer.studio.inversion.plan import Plan
from explorer.ui.base import icons

TITLE = "These settings include what happened during their run"
HINT = "Start does it again, so that the run is the same. Several runs at once, branches and folders begin without it."


class PlanNote(QFrame):
    """Is there while something is planned; `dropped` is emitted where the user leaves it out."""

    dropped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("note")
        self.setToolTip(HINT)
        title = QLabel(TITLE)
        title.setWordWrap(True)
        self.words = QLabel()
        self.words.setObjectName("muted")
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.drop = QPushButton("Leave out")
        self.drop.setToolTip("Keep the weights as they are set, and go on to the last step; undo brings this back")
        self.drop.setAccessibleName("leave the planned changes out")
        icons.attach(self.drop, "close")
        self.drop.clicked.connect(self.dropped)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.drop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(title)
        column.addWidget(self.words)
        column.addLayout(row)
        self.hide()

    def show_plan(self, plan: Plan | None) -> None:
        """Say what is planned, or nothing."""
        self.words.setText("" if plan is None else plan.words)
        self.setVisible(plan is not None)

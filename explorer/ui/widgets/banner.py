"""A line across the window that says what is missing, with the button that mends it, and perhaps one that declines."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton


class Banner(QFrame):
    """Shown while `say` has a text."""

    accepted = Signal()
    declined = Signal()

    def __init__(self, button: str, other: str = "") -> None:
        super().__init__()
        self.setObjectName("banner")
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.button = QPushButton(button)
        self.button.setObjectName("primary")
        self.button.clicked.connect(self.accepted)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 7, 8, 7)
        layout.addWidget(self.text, 1)
        if other:
            decline = QPushButton(other)
            decline.clicked.connect(self.declined)
            layout.addWidget(decline)
        layout.addWidget(self.button)
        self.hide()

    def say(self, text: str | None) -> None:
        """Show a text, or go away for None."""
        self.text.setText(text or "")
        self.setVisible(text is not None)

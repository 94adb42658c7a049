"""Sliders and choices that leave the wheel to the scroll area until they are chosen: scrolling a panel changes nothing.

Qt's own take the wheel wherever it passes, and some take the keyboard with it.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QSlider, QWidget

from explorer.ui.base.guard import guarded


class QuietSlider(QSlider):
    """A horizontal slider that the wheel moves only while it has the keyboard."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Scroll the panel instead."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class QuietComboBox(QComboBox):
    """A choice that the wheel changes only while it has the keyboard."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Scroll the panel instead."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

"""Sliders and choices that leave the wheel to the scroll area until they are chosen: scrolling a panel changes nothing.

Qt's own take the wheel wherever it passes, and some take the keyboard with it.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QSlider, QWidget

from explorer.ui.base.guard import guarded


def passes_by(widget: QWidget, event: QWheelEvent) -> bool:
    """Whether a wheel only passes over a widget without the keyboard; the event is then left to its panel."""
    if widget.hasFocus():
        return False
    event.ignore()
    return True


class QuietSlider(QSlider):
    """A horizontal slider that the wheel moves only while it has the keyboard."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Scroll the panel instead."""
        if not passes_by(self, event):
            super().wheelEvent(event)


class QuietComboBox(QComboBox):
    """A choice that the wheel changes only while it has the keyboard."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Scroll the panel instead."""
        if not passes_by(self, event):
            super().wheelEvent(event)

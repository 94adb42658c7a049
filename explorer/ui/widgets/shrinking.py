"""Room for panels on small screens: what does not fit is scrolled to, and a dialog is no larger than its screen."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

FRAME = QSize(0, 36)  # of a window, around what is in it: its title bar


class Shrinking(QScrollArea):
    """Lets a widget be in less room than it asks for, down to a least size: beyond that it is scrolled.

    Args:
        widget: asks for as little room as it can do with by its `minimumSizeHint`.
        least: in logical pixels; less where the widget itself asks for less.
    """

    def __init__(self, widget: QWidget, least: QSize) -> None:
        super().__init__()
        self._least = least
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it takes the keyboard
        self.setWidgetResizable(True)
        if not widget.objectName():
            widget.setObjectName("scrolled")  # by which the style sheet leaves its ground alone
        self.setWidget(widget)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for no more than the least room."""
        return self._wanted(self.widget().minimumSizeHint()).boundedTo(self._least)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for what the widget would like."""
        return self._wanted(self.widget().sizeHint())

    def _wanted(self, hint: QSize) -> QSize:
        return hint.expandedTo(self.widget().minimumSize())


def fit_screen(window: QWidget, wanted: QSize) -> None:
    """Give a window the size that is wanted, or what its screen leaves it."""
    window.resize(wanted.boundedTo(window.screen().availableSize() - FRAME))

"""Room for panels on small screens: what does not fit is scrolled to, and a dialog is no larger than its screen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from explorer.ui.base.guard import guarded, guarded_as

FRAME = QSize(0, 36)  # of a window, around what is in it: its title bar


class Shrinking(QScrollArea):
    """Lets a widget be in less room than it asks for, down to a least size: beyond that it is scrolled.

    Args:
        content: asks for as little room as it can do with by its `minimumSizeHint`.
        least: in logical pixels; less where the content itself asks for less.
        parent: is better known now than later: a widget that is moved has the whole of the style sheet worked out again
            for all that is in it.
    """

    def __init__(self, content: QWidget, least: QSize, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._content, self._least = content, least
        self._place = _Place(content)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it takes the keyboard
        self.setWidgetResizable(True)
        self.setCornerWidget(QWidget())  # Fusion's own draws a size grip
        self.setWidget(self._place)
        content.setParent(self._place)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for no more than the least room."""
        return self._wanted(self._content.minimumSizeHint()).boundedTo(self._least)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for what the content would like."""
        return self._wanted(self._content.sizeHint())

    def _wanted(self, hint: QSize) -> QSize:
        return hint.expandedTo(self._content.minimumSize())

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Find out anew what has to be scrolled."""
        self._place.room = self.viewport().width()
        super().resizeEvent(event)


class _Place(QWidget):
    """Holds the content at its least height for the width there is: Qt's own would be scrolled to its preferred one."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setObjectName("scrolled")  # by which the style sheet leaves its ground alone
        self.room = 0
        self._content = content

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for the least room of the content; lines that are wrapped need more height in less width."""
        least = self._content.minimumSizeHint().expandedTo(self._content.minimumSize())
        layout = self._content.layout()
        if layout is not None and layout.hasHeightForWidth():
            wrapped = layout.totalMinimumHeightForWidth(max(self.room, least.width()))
            least.setHeight(max(least.height(), wrapped))
        return least

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for what the content would like."""
        return self._content.sizeHint()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Give the content all of the place."""
        super().resizeEvent(event)
        self._content.setGeometry(self.rect())

    @guarded_as(False)
    def event(self, event: QEvent) -> bool:
        """Pass on that the content asks for other room: Qt does so for widgets with a layout alone."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().event(event)


def fit_screen(window: QWidget, wanted: QSize) -> None:
    """Give a window the size that is wanted, or what its screen leaves it."""
    window.resize(wanted.boundedTo(window.screen().availableSize() - FRAME))

"""Files and pictures may be dropped anywhere on the window, its floating docks included."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QGraphicsOpacityEffect, QLabel, QWidget

from explorer.ui.base import imaging
from explorer.ui.base.guard import guarded_as
from explorer.ui.faces.opening import OpenService, takes


class Drops(QObject):
    """Takes drops on widgets, and says so while something is held over the first of them."""

    def __init__(self, opening: OpenService, window: QWidget, *others: QWidget) -> None:
        super().__init__(window)
        self._opening = opening
        self._window = window
        self._overlay = QLabel("Drop to open", window)
        self._overlay.setObjectName("dropOverlay")
        self._overlay.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._overlay.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        veil = QGraphicsOpacityEffect(self._overlay)
        veil.setOpacity(0.9)
        self._overlay.setGraphicsEffect(veil)
        self._overlay.hide()
        for widget in (window, *others):
            widget.setAcceptDrops(True)
            widget.installEventFilter(self)

    @guarded_as(False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Accept what can be opened, and open it when it is let go."""
        if event.type() == QEvent.Type.DragEnter and isinstance(event, QDragEnterEvent):
            if _from_outside(event) and takes(event.mimeData()):
                event.acceptProposedAction()
                self._show(watched)
            else:
                event.ignore()
            return True
        if event.type() == QEvent.Type.DragLeave:
            self._overlay.hide()
        elif event.type() == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self._overlay.hide()
            if _from_outside(event) and self._opening.mime(event.mimeData()):
                event.acceptProposedAction()
            return True
        return False

    def _show(self, over: QObject) -> None:
        if over is self._window:
            self._overlay.setGeometry(self._window.rect().adjusted(10, 34, -10, -46))
            self._overlay.raise_()
            self._overlay.show()


def _from_outside(event: QDropEvent) -> bool:
    """Whether a drag began elsewhere: what the window shows already is no new face, nor a new question."""
    return event.source() is None and not imaging.DragFolder.holds(event.mimeData())

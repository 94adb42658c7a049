"""Carries the engine's events from its threads to the window's."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot

from explorer.studio.app.workbench import Workbench
from explorer.studio.engine.reports import Event


class Bridge(QObject):
    """Connects an engine to a workbench; every event is handled on the thread that made the bridge."""

    _arrived = Signal(object)

    def __init__(self, workbench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._open = True
        self._arrived.connect(self._handle, Qt.ConnectionType.QueuedConnection)
        workbench.engine.connect(self._arrived.emit)

    def close(self) -> None:
        """Handle nothing any more; what is still queued is dropped."""
        self._open = False

    @Slot(object)
    def _handle(self, event: Event) -> None:
        if self._open:
            self._workbench.handle(event)

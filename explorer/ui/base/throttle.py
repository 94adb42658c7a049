"""At once when idle, otherwise no more often than every so many milliseconds."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

IMAGES_MS = 34  # at most 30 pictures a second
CURVES_MS = 110  # at most 9 redraws a second


class Throttle(QObject):
    """Calls `act` for every `poke`, but lets calls that come too fast fall together into one."""

    def __init__(self, act: Callable[[], None], milliseconds: int, parent: QObject) -> None:
        super().__init__(parent)
        self._act = act
        self._waiting = False
        self._timer = QTimer(self, interval=milliseconds, singleShot=True)
        self._timer.timeout.connect(self._due)

    def poke(self) -> None:
        """Ask for a call: now, or as soon as the interval is over."""
        if self._timer.isActive():
            self._waiting = True
            return
        self._timer.start()
        self._act()

    def _due(self) -> None:
        if self._waiting:
            self._waiting = False
            self.poke()

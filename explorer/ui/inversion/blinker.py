"""Target and result by turns in one place: while something is held, or by themselves so many times a second."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

# Pictures a second. More than three flashes a second, of two pictures each, can harm who is sensitive to them.
RATES = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)


class Blinker(QObject):
    """Says which of two pictures is to be seen now. `changed` says that this, or the rate, is another.

    Attributes:
        swapped: whether the other picture is in the place of a view's own.
        rate: pictures a second while it blinks.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.swapped = False
        self.rate = 1.5
        self._timer = QTimer(self)
        self._timer.timeout.connect(lambda: self._set(not self.swapped))

    @property
    def blinking(self) -> bool:
        """Whether the pictures take turns by themselves."""
        return self._timer.isActive()

    def hold(self, on: bool) -> None:
        """Show the other picture for as long as something is held, or until this is said again."""
        self._timer.stop()
        self._set(on)

    def blink(self, on: bool) -> None:
        """Let the pictures take turns, the other one first; or show a view's own again."""
        if on:
            self._timer.start(round(1000 / self.rate))
        else:
            self._timer.stop()
        self._set(on)

    def set_rate(self, rate: float) -> None:
        """Choose how many pictures a second are shown."""
        self.rate = rate
        if self.blinking:
            self._timer.start(round(1000 / rate))
        self.changed.emit()

    def quicken(self, by: int) -> None:
        """Choose the next quicker rate for 1, the next slower one for -1."""
        nearest = min(range(len(RATES)), key=lambda place: abs(RATES[place] - self.rate))
        self.set_rate(RATES[min(max(nearest + by, 0), len(RATES) - 1)])

    def _set(self, swapped: bool) -> None:
        self.swapped = swapped
        self.changed.emit()

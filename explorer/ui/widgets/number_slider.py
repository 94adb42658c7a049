"""A number that is slid to, or typed exactly."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QSlider, QWidget

from explorer.ui.widgets.number_field import NumberField

TICKS = 1000


class NumberSlider(QWidget):
    """A slider of `TICKS` and a field that follow each other; its owner lays them out. `moved` carries the number.

    Args:
        slider: whose travel is linear from `low` to `high`, unless `tick_of` and `value_at` say else.
    """

    moved = Signal(float)

    def __init__(self, slider: QSlider, low: float, high: float, decimals: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.low, self.high = low, high
        self.slider = slider
        self.slider.setRange(0, TICKS)
        self.field = NumberField(low, high, decimals)
        self.slider.valueChanged.connect(self._slid)
        self.field.valueChanged.connect(self._typed)

    def value(self) -> float:
        """Return the number."""
        return self.field.value()

    def set_value(self, value: float) -> None:
        """Show a number without telling anybody."""
        with QSignalBlocker(self.field), QSignalBlocker(self.slider):
            if abs(value - self.field.value()) > 1e-9:
                self.field.setValue(value)
            self.slider.setValue(self.tick_of(value))

    def tick_of(self, value: float) -> int:
        """Where on the slider a number is."""
        return round((value - self.low) / (self.high - self.low) * TICKS)

    def value_at(self, tick: int) -> float:
        """The number at a place of the slider."""
        return self.low + tick / TICKS * (self.high - self.low)

    def _slid(self, tick: int) -> None:
        with QSignalBlocker(self.field):
            self.field.setValue(self.value_at(tick))
        self.moved.emit(self.field.value())

    def _typed(self, value: float) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(self.tick_of(value))
        self.moved.emit(value)

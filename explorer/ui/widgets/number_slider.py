"""A number that is slid to, or typed exactly."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QSlider, QWidget

from explorer.ui.guard import guarded

TICKS = 1000


class NumberField(QDoubleSpinBox):
    """A field for a number that shows no more digits than it needs and leaves the wheel to the scroll area."""

    def __init__(self, low: float, high: float, decimals: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDecimals(decimals)
        self.setRange(low, high)
        self.setKeyboardTracking(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def textFromValue(self, value: float) -> str:  # noqa: N802
        """Write a value without trailing zeros."""
        text = f"{value:.{self.decimals()}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Turn the wheel only in a field that was chosen, so that scrolling a panel changes nothing."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


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

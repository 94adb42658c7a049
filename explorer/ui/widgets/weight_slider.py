"""A loss term's weight: a slider with a field for the exact number."""

from __future__ import annotations

import math

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QLabel, QSlider, QWidget

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


class WeightSlider(QWidget):
    """Chooses a weight in [0, high]. The slider's travel is cubic, so small weights have room; the field is exact."""

    moved = Signal(float)

    def __init__(self, title: str, hint: str, value: float, high: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.high = high
        self.label = QLabel(title)
        self.label.setToolTip(hint)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, TICKS)
        self.slider.setToolTip(hint)
        self.slider.setAccessibleName(f"weight of {title}")
        self.field = NumberField(0.0, high, 5)
        self.field.setToolTip(hint)
        self.field.setAccessibleName(f"weight of {title}, exactly")
        self.field.setFixedWidth(78)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(1)
        layout.addWidget(self.label, 0, 0)
        layout.addWidget(self.field, 0, 1)
        layout.addWidget(self.slider, 1, 0, 1, 2)
        layout.setColumnStretch(0, 1)
        self.set_value(value)
        self.slider.valueChanged.connect(self._slid)
        self.field.valueChanged.connect(self._typed)

    def value(self) -> float:
        """Return the weight."""
        return self.field.value()

    def set_value(self, value: float) -> None:
        """Show a weight without telling anybody."""
        with QSignalBlocker(self.field), QSignalBlocker(self.slider):
            if abs(value - self.field.value()) > 1e-9:
                self.field.setValue(value)
            self.slider.setValue(self._tick(value))

    def _tick(self, value: float) -> int:
        return round(math.cbrt(max(value, 0.0) / self.high) * TICKS)

    def _slid(self, tick: int) -> None:
        value = float(f"{(tick / TICKS) ** 3 * self.high:.3g}")
        with QSignalBlocker(self.field):
            self.field.setValue(value)
        self.moved.emit(self.field.value())

    def _typed(self, value: float) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(self._tick(value))
        self.moved.emit(value)

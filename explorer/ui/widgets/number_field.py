"""A number that is typed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QWidget

from explorer.ui.base.guard import guarded
from explorer.ui.widgets.quiet import passes_by


class NumberField(QDoubleSpinBox):
    """A field for a number that shows no more digits than it needs and leaves the wheel to the scroll area.

    Args:
        decimals: 0 for whole numbers, which the arrow keys change by one.
    """

    def __init__(self, low: float, high: float, decimals: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDecimals(decimals)
        self.setRange(low, high)
        self.setKeyboardTracking(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        if decimals:
            self.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def number(self) -> float | int:
        """Return the number, an integer where the field has no decimals."""
        return self.value() if self.decimals() else round(self.value())

    def textFromValue(self, value: float) -> str:  # noqa: N802
        """Write a value without trailing zeros."""
        text = f"{value:.{self.decimals()}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Turn the wheel only in a field that was chosen, so that scrolling a panel changes nothing."""
        if not passes_by(self, event):
            super().wheelEvent(event)

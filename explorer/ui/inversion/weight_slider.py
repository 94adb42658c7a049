"""A loss term's weight: a slider with a field for the exact number."""

from __future__ import annotations

import math

from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from explorer.ui.base import text_size
from explorer.ui.widgets.number_slider import TICKS, NumberSlider
from explorer.ui.widgets.quiet import QuietSlider


class WeightSlider(NumberSlider):
    """Chooses a weight in [0, high]. The slider's travel is cubic, so small weights have room; the field is exact."""

    def __init__(self, title: str, hint: str, value: float, high: float, parent: QWidget | None = None) -> None:
        super().__init__(QuietSlider(), 0.0, high, 5, parent)
        self.label = QLabel(title)
        self.label.setToolTip(hint)
        self.slider.setToolTip(hint)
        self.slider.setAccessibleName(f"weight of {title}")
        self.field.setToolTip(hint)
        self.field.setAccessibleName(f"weight of {title}, exactly")
        text_size.fixed_width(self.field, 78)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(1)
        layout.addWidget(self.label, 0, 0)
        layout.addWidget(self.field, 0, 1)
        layout.addWidget(self.slider, 1, 0, 1, 2)
        layout.setColumnStretch(0, 1)
        self.set_value(value)

    def tick_of(self, value: float) -> int:
        """Where on the slider a weight is."""
        return round(math.cbrt(max(value, 0.0) / self.high) * TICKS)

    def value_at(self, tick: int) -> float:
        """The weight at a place of the slider, to three figures."""
        return float(f"{(tick / TICKS) ** 3 * self.high:.3g}")

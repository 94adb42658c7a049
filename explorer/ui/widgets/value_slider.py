"""A slider with its name before it and its value behind it, which can be typed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel

from explorer.ui.base import text_size
from explorer.ui.base.guard import guarded
from explorer.ui.widgets.number_slider import TICKS, NumberSlider
from explorer.ui.widgets.quiet import QuietSlider


class _JumpingSlider(QuietSlider):
    """A slider that goes where it is clicked."""

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Jump to the pointer before the drag begins."""
        if event.button() is Qt.MouseButton.LeftButton and self.width() > 12:
            share = min(max((event.position().x() - 6) / (self.width() - 12), 0.0), 1.0)
            self.setValue(round(self.minimum() + share * (self.maximum() - self.minimum())))
        super().mousePressEvent(event)


class ValueSlider(NumberSlider):
    """Chooses a number in [low, high]."""

    def __init__(
        self,
        name: str,
        low: float,
        high: float,
        *,
        decimals: int = 2,
        unit: str = "",
        hint: str = "",
        name_width: int | None = None,
    ) -> None:
        super().__init__(_JumpingSlider(), low, high, decimals)
        self.label = QLabel(name)
        self.label.setObjectName("muted")
        if name_width is not None:
            text_size.fixed_width(self.label, name_width)
        self.slider.setPageStep(TICKS // 20)
        self.slider.setMinimumWidth(50)
        self.slider.setAccessibleName(name or hint)
        self.field.setSuffix(unit)
        text_size.fixed_width(self.field, 58)
        self.field.setAccessibleName(f"{name or hint}, exactly")
        for part in (self.label, self.slider, self.field):
            part.setToolTip(hint or name)
        text_size.follow(self, lambda: self.setMinimumHeight(text_size.scaled(25)))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(7)
        layout.addWidget(self.label)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.field)

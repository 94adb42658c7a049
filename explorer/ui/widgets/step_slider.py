"""A slider through a few given values, with its name before it and the value behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from explorer.ui.base import text_size
from explorer.ui.widgets.captioned import figure_label
from explorer.ui.widgets.quiet import QuietSlider

LABEL_WIDTH, VALUE_WIDTH = 58, 56


class StepSlider(QWidget):
    """Chooses one of some values; `moved` carries it.

    Args:
        values: from left to right; the first is "nothing is done", unless `rest` says which one is.
        words: how a value is written.
        rest: the value that a double click on the name goes back to.
    """

    moved = Signal(object)

    def __init__(
        self,
        title: str,
        hint: str,
        values: Sequence[float | int | None],
        words: Callable[[float | int | None], str],
        rest: float | int | None = None,
    ) -> None:
        super().__init__()
        self._values = list(values)
        self._words = words
        self.label = QLabel(title)
        self.label.setObjectName("muted")
        text_size.fixed_width(self.label, LABEL_WIDTH)
        self.slider = QuietSlider()
        self.slider.setRange(0, len(self._values) - 1)
        self.slider.setPageStep(max(1, len(self._values) // 8))
        self.slider.setAccessibleName(hint)
        self.slider.setMinimumWidth(60)
        self.value_label = figure_label("", "muted")
        self.value_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        text_size.fixed_width(self.value_label, VALUE_WIDTH)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self.label, self.slider, self.value_label):
            widget.setToolTip(hint)
            layout.addWidget(widget, 1 if widget is self.slider else 0)
        self.set_value(rest)
        self.slider.valueChanged.connect(self._slid)

    def value(self) -> float | int | None:
        """Return the value that is chosen."""
        return self._values[self.slider.value()]

    def set_value(self, value: float | int | None) -> None:
        """Show a value, or the nearest there is, without telling anybody."""
        if value in self._values:
            place = self._values.index(value)
        else:
            known = [(abs(one - (value or 0)), at) for at, one in enumerate(self._values) if one is not None]
            place = min(known)[1]
        with QSignalBlocker(self.slider):
            self.slider.setValue(place)
        self.value_label.setText(self._words(value))

    def _slid(self, place: int) -> None:
        value = self._values[place]
        self.value_label.setText(self._words(value))
        self.moved.emit(value)

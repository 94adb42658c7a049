"""What image labellers see of one attribute, in reconstructions or in the photograph: the answer, its bar, how far the
runs let it be known."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from explorer.science.leakage.picture_readout import PictureReadout
from explorer.science.leakage.readout import CANNOT_TELL, axis_of
from explorer.ui.base import text_size, theme
from explorer.ui.base.guard import guarded
from explorer.ui.widgets.captioned import figure_label

RECONSTRUCTION, PHOTOGRAPH = "Reconstruction", "Photograph"
_SERIES = {RECONSTRUCTION: 3, PHOTOGRAPH: 2}  # places of the colours in the theme's series
NOTHING = "–"


def column_colour(column: str) -> QColor:
    """Return the colour of a column."""
    return QColor(theme.current().series[_SERIES[column]])


class PictureCell(QWidget):
    """Draws a reading of pictures. column: `RECONSTRUCTION` or `PHOTOGRAPH`."""

    def __init__(self, column: str) -> None:
        super().__init__()
        self._column = column
        self.caption = QLabel(column)
        self.caption.setObjectName("faint")
        text_size.small(self.caption)
        self.answer = figure_label("", "figure")
        self.answer.setWordWrap(True)
        self.bar = PictureBar(column)
        self.runs = figure_label("", "faint")
        self.runs.setWordWrap(True)
        text_size.small(self.runs)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        for part in (self.caption, self.answer, self.bar, self.runs):
            layout.addWidget(part)
        layout.addStretch()

    def show_reading(self, reading: PictureReadout | None) -> None:
        """Show a reading; a dash where there is none."""
        vague = reading is not None and reading.tells is False
        self.answer.setText(NOTHING if reading is None else CANNOT_TELL if vague else answer_words(reading))
        self.answer.setEnabled(not vague)
        self.answer.setToolTip("" if reading is None else explained(reading))
        self.bar.setVisible(reading is not None)
        self.bar.setToolTip(self.answer.toolTip())
        self.bar.show_reading(reading)
        said = "" if reading is None or self._column == PHOTOGRAPH else reading.interval_words()
        self.runs.setText(said.replace(" degrees", "°"))
        self.runs.setVisible(bool(said))


class PictureBar(QWidget):
    """A bar to the probability or a dot on an axis, and a line over the interval by the runs."""

    def __init__(self, column: str) -> None:
        super().__init__()
        self._column = column
        self._reading: PictureReadout | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(18)
        theme.themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Prefer some width."""
        return QSize(60, 18)

    def show_reading(self, reading: PictureReadout | None) -> None:
        """Show a reading of a class or a number."""
        self._reading = reading
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the reading."""
        reading = self._reading
        if reading is None or isinstance(reading.value, np.ndarray):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().colour("hover"))
        colour = theme.current().colour("faint") if reading.tells is False else column_colour(self._column)
        if reading.probabilities:
            _, at, interval = reading.presence()
            painter.drawRoundedRect(QRectF(0, 5, self._width, 8), 2, 2)
            painter.setBrush(colour)
            painter.drawRoundedRect(QRectF(0, 5, max(2.0, at * self._width), 8), 2, 2)
            self._line(painter, interval, (0.0, 1.0), theme.current().colour("text"))
        elif isinstance(reading.value, float):
            axis = axis_of(reading.probe)
            painter.drawRoundedRect(QRectF(0, 8, self._width, 3), 1.5, 1.5)
            self._line(painter, reading.interval, axis, colour)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(self._x(reading.value, axis), 9.5), 3.6, 3.6)

    @property
    def _width(self) -> float:
        return self.width() - 1.0

    def _x(self, value: float, axis: tuple[float, float]) -> float:
        low, high = axis
        return min(max((value - low) / (high - low) * self._width, 1.0), self._width - 1)

    def _line(
        self, painter: QPainter, interval: tuple[float, float] | None, axis: tuple[float, float], colour: QColor
    ) -> None:
        if interval is None:
            return
        painter.setPen(QPen(colour, 1.4))
        low, high = (self._x(edge, axis) for edge in interval)
        painter.drawLine(QPointF(low, 9.3), QPointF(high, 9.3))
        for edge in (low, high):
            painter.drawLine(QPointF(edge, 6.8), QPointF(edge, 11.8))


def answer_words(reading: PictureReadout) -> str:
    """The answer in a few words: "smiling 91 %", "34 years", "-12°"."""
    if not reading.probabilities:
        return reading.text.replace(" degrees", "°")
    name, probability, _ = reading.presence()
    return f"{name} {100 * probability:.0f} %"


def explained(reading: PictureReadout) -> str:
    """The numbers behind a bar, and what is known of how good such readings are."""
    lines = [", ".join(f"{name} {100 * share:.1f} %" for name, share in reading.probabilities.items()) or reading.text]
    if reading.agreement is not None and reading.pictures > 1:
        lines.append(f"{100 * reading.agreement:.0f} % of {reading.pictures} runs show {reading.text}")
    if isinstance(reading.spread, float):
        lines.append(f"spread over the runs {reading.spread:.1f} {reading.unit}")
    lines.append(f"seen by {reading.labeller}")
    if reading.on_photographs is not None:
        lines.append(f"on photographs: {reading.on_photographs.words()}")
    return "\n".join(lines)

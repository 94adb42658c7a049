"""One attribute as it is read from an embedding: its bar, its answer, and how far the probe can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from explorer.science.leakage.picture_readout import PictureReadout
from explorer.science.leakage.readout import (
    CANNOT_TELL,
    CHANCE_IS,
    MetricValue,
    Readout,
    axis_of,
    calibration_sentences,
)
from explorer.ui.base import theme
from explorer.ui.base.guard import guarded
from explorer.ui.base.wording import sentence
from explorer.ui.leakage.picture_cell import PHOTOGRAPH, RECONSTRUCTION, PictureCell
from explorer.ui.widgets.captioned import figure_label

_INVERSION = 1  # place of the inversion's colour in the theme's series


@dataclass(frozen=True, eq=False)
class Answers:
    """What one probe says of the embedding now, of another one before it, and of the inversion.

    before_words: which that is: the unaltered one, or that of the encoder that a debiased one was made of.
    """

    now: Readout
    before: Readout | None = None
    inversion: Readout | None = None
    before_words: str = "unaltered"


def inversion_colour() -> QColor:
    """Return the colour of everything that is read from the inversion."""
    return QColor(theme.current().series[_INVERSION])


class ReadoutRow(QWidget):
    """Draws the answers of one probe whose answer is a class or a number, and what pictures show beside it.

    The three stand side by side where there is room, and below each other where there is not.
    """

    def __init__(self) -> None:
        super().__init__()
        self.title = QLabel()
        self.answer = figure_label("", "figure")
        self.answer.setWordWrap(True)
        self.made, self.seen = PictureCell(RECONSTRUCTION), PictureCell(PHOTOGRAPH)
        self.inversion = figure_label("", "figure")
        self.truth = figure_label("", "figure")
        self.truth.setToolTip("of the picture that was drawn, by the scene that it was drawn of")
        self.truth.hide()
        self.bar = ReadoutBar()
        self.quality = figure_label("", "faint")
        self.quality.setWordWrap(True)
        small = theme.ui_font(theme.SMALL_POINTS)
        self.quality.setFont(small)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.title, 1)
        head.addWidget(self.truth)
        head.addWidget(self.inversion)
        own = QWidget()
        column = QVBoxLayout(own)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(self.answer)
        column.addWidget(self.bar)
        column.addStretch()
        self._cells = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._cells.setSpacing(10)
        for cell in (own, self.made, self.seen):
            self._cells.addWidget(cell, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addLayout(head)
        layout.addLayout(self._cells)
        layout.addWidget(self.quality)
        self.set_beside(True)
        theme.themes.changed.connect(self._restyle)
        self._restyle()

    def show_answers(self, answers: Answers) -> None:
        """Show answers of one probe."""
        now = answers.now
        vague = now.tells is False
        self.title.setText(now.title)
        self.answer.setText(CANNOT_TELL if vague else answer_words(now))
        for label in (self.title, self.answer):
            label.setEnabled(not vague)  # grey in either theme
        self.answer.setToolTip(_explain(answers))
        # What cannot be told of the face cannot be told of its inversion.
        self.inversion.setVisible(answers.inversion is not None and not vague)
        self.inversion.setText("" if answers.inversion is None else _short(answers.inversion))
        self.inversion.setToolTip("read from the inversion")
        self.quality.setText(quality_line(now))
        self.quality.setToolTip(quality_words(now))
        self.bar.show_answers(answers)
        self.bar.setToolTip(_explain(answers))

    def show_pictures(self, made: PictureReadout | None, seen: PictureReadout | None, of_photograph: bool) -> None:
        """Show what the reconstruction and the photograph show of the same attribute."""
        self.made.show_reading(made)
        self.seen.show_reading(seen)
        self.seen.setVisible(of_photograph)
        if made is not None and made.portraits is not None:
            self.quality.setText(f"{self.quality.text()} · reconstruction {picture_quality(made.portraits)}")

    def show_truth(self, words: str) -> None:
        """Show what is true of a picture that was drawn; nothing where nobody knows."""
        self.truth.setText(f"true: {words}" if words else "")
        self.truth.setVisible(bool(words))

    def set_beside(self, on: bool) -> None:
        """Lay the three side by side, under headings, or below each other, each with its own caption."""
        self._cells.setDirection(QBoxLayout.Direction.LeftToRight if on else QBoxLayout.Direction.TopToBottom)
        self._cells.setSpacing(10 if on else 3)
        for cell in (self.made, self.seen):
            cell.caption.setVisible(not on)

    def text(self) -> str:
        """Return the row as tab-separated text."""
        cells = (self.title, self.answer, self.made.answer, self.seen.answer, self.inversion, self.quality)
        return "\t".join([*(cell.text() for cell in cells), *filter(None, [self.truth.text()])])

    def _restyle(self) -> None:
        self.inversion.setStyleSheet(f"QLabel:enabled {{ color: {inversion_colour().name()} }}")


class ReadoutBar(QWidget):
    """A bar to the probability, or a dot on an axis with its margin; a tick at the calibration faces' share or mean.

    Grey where the probe is not clearly better than chance on photographs.
    """

    def __init__(self) -> None:
        super().__init__()
        self._answers: Answers | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(18)
        theme.themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Prefer some width."""
        return QSize(200, 18)

    def show_answers(self, answers: Answers) -> None:
        """Show answers of one probe."""
        self._answers = answers
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the answers."""
        if self._answers is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._answers.now.probability is None:
            self._paint_number(painter, self._answers)
        else:
            self._paint_class(painter, self._answers)

    def _paint_class(self, painter: QPainter, answers: Answers) -> None:
        colours, width = theme.current(), self.width() - 1.0
        name, probability, usual = answers.now.presence()
        lower = answers.inversion is not None and not answers.now.hidden
        track = QRectF(0, 4 if lower else 5, width, 6 if lower else 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.colour("hover"))
        painter.drawRoundedRect(track, 2, 2)
        if answers.now.hidden:
            self._tick(painter, usual * width)
            return
        self._fill(painter, track, probability, self._colour("accent"))
        if answers.inversion is not None:
            below = QRectF(0, 12, width, 3)
            painter.setBrush(colours.colour("hover"))
            painter.drawRoundedRect(below, 1.5, 1.5)
            self._fill(painter, below, answers.inversion.probabilities.get(name, 0.0), self._colour("inversion"))
        if answers.before is not None:
            at = answers.before.probabilities.get(name, 0.0) * width
            painter.setPen(QPen(colours.colour("text"), 1.3))
            painter.setBrush(colours.colour("panel"))
            painter.drawEllipse(QPointF(min(max(at, 4.0), width - 4), track.center().y()), 3.4, 3.4)
        self._tick(painter, usual * width)

    def _paint_number(self, painter: QPainter, answers: Answers) -> None:
        colours, now = theme.current(), answers.now
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.colour("hover"))
        painter.drawRoundedRect(QRectF(0, 8, self.width() - 1.0, 3), 1.5, 1.5)
        if now.hidden:
            if isinstance(now.typical, float):
                self._tick(painter, self._x(now, now.typical))
            return
        middle = 9.5
        if now.margin is not None and isinstance(now.value, float):
            painter.setBrush(colours.colour("selection"))
            left, right = (self._x(now, now.value + side * now.margin) for side in (-1, 1))
            painter.drawRoundedRect(QRectF(left, middle - 3, right - left, 6), 3, 3)
        for one, colour, filled in (
            (answers.before, colours.colour("text"), False),
            (answers.inversion, self._colour("inversion"), True),
            (now, self._colour("accent"), True),
        ):
            if one is not None and isinstance(one.value, float):
                painter.setPen(QPen(colour, 1.4))
                painter.setBrush(colour if filled else colours.colour("panel"))
                painter.drawEllipse(QPointF(self._x(now, one.value), middle), 3.6, 3.6)
        if isinstance(now.typical, float):
            self._tick(painter, self._x(now, now.typical))

    def _colour(self, role: str) -> QColor:
        """The colour of an answer; grey where it cannot be told."""
        if self._answers is not None and self._answers.now.tells is False:
            return theme.current().colour("faint")
        return inversion_colour() if role == "inversion" else theme.current().colour("accent")

    def _x(self, answer: Readout, value: float) -> float:
        low, high = axis_of(answer.probe)
        width = self.width() - 1.0
        return min(max((value - low) / (high - low) * width, 4.0), width - 4)

    @staticmethod
    def _fill(painter: QPainter, track: QRectF, share: float, colour: QColor) -> None:
        painter.setBrush(colour)
        filled = QRectF(track)
        filled.setWidth(max(2.0, share * track.width()))
        painter.drawRoundedRect(filled, 2, 2)

    def _tick(self, painter: QPainter, at: float) -> None:
        painter.fillRect(
            QRectF(min(max(at - 0.75, 0.0), self.width() - 1.5), 1, 1.5, 15), theme.current().colour("text")
        )


def quality_line(readout: Readout) -> str:
    """How good a probe is, photographs first: "photographs 0.71 (0.61 to 0.81), chance 0.50 · generated 0.86"."""
    test, portraits = readout.test, readout.portraits
    parts = ["photographs not measured"]
    if readout.skill is not None:
        parts = [f"photographs {_better(readout.skill)}"]
    elif portraits is not None:
        parts = [f"photographs {picture_quality(portraits)}"]
    if test is None:
        parts.append("generated not measured")
    else:
        # Two chances where the faces differ, and one where they do not.
        same = readout.skill is None and portraits is not None and _chance(portraits) == _chance(test)
        parts.append(f"generated {_bare(test, test.value)}" + ("" if same else f", {_chance(test)}"))
    return " · ".join(parts)


def picture_quality(quality: MetricValue) -> str:
    """How good readings of pictures are on photographs: "0.92 (0.85 to 0.97), chance 0.50"."""
    interval = f"{_bare(quality, quality.low, unit=False)} to {_bare(quality, quality.high, unit=False)}"
    return f"{_bare(quality, quality.value)} ({interval}), {_chance(quality)}"


def quality_words(readout: Readout) -> str:
    """All that is known of how good a probe is, in sentences."""
    lines = []
    measured = (
        ("photographs", readout.skill),
        ("photographs", readout.error),
        (f"photographs ({readout.judged_on})", readout.portraits),
        ("unseen generated faces", readout.test),
    )
    for where, quality in measured:
        if quality is not None:
            people = "" if quality.people is None else f" of {quality.people} people"
            lines.append(f"On {where}: {quality.words()}, {quality.faces} faces{people}")
    if readout.vague_because:
        lines.append(readout.vague_because)
    (calibrated,) = calibration_sentences([readout])
    lines += [CHANCE_IS, f"Labels by {readout.labeller}. {calibrated}."]
    return "\n".join([*lines, *([f"{sentence(readout.fitted_on)}."] if readout.fitted_on else [])])


def _better(skill: MetricValue) -> str:
    """How much better than the base rate answers are: "64 % better than the base rate (44 to 82 %)"."""
    value, low, high = (round(100 * one) for one in (skill.value, skill.low, skill.high))
    way = "better" if value >= 0 else "worse"
    return f"{abs(value)} % {way} than the base rate ({low} to {high} %)"


def _chance(quality: MetricValue) -> str:
    return "" if quality.chance is None else f"chance {_bare(quality, quality.chance)}"


_UNITS = {"": "", "degrees": "°"}


def _bare(quality: MetricValue, value: float, *, unit: bool = True) -> str:
    """A measure as a number: a share with two digits, an error with one and its unit."""
    number = f"{value:.1f}" if quality.unit else f"{value:.2f}"
    return number + _UNITS.get(quality.unit, f" {quality.unit}") if unit else number


def answer_words(readout: Readout) -> str:
    """An answer in few words: "smiling 87 %", "34 years"."""
    if readout.probability is None:
        return readout.text.replace(" degrees", "°")
    name, probability, _ = readout.presence()
    return f"{name} {100 * probability:.0f} %"


def _short(readout: Readout) -> str:
    if readout.probability is None:
        return readout.text.replace(" degrees", "°").replace(" years", "")
    name, probability, _ = readout.presence()
    return f"{100 * probability:.0f} %" if len(readout.probabilities) == 2 else f"{name} {100 * probability:.0f} %"


def _explain(answers: Answers) -> str:
    """The numbers behind a bar."""
    lines = []
    if answers.now.tells is False:
        lines.append(f"{answers.now.vague_because[:1].lower()}{answers.now.vague_because[1:-1]}; it says")
    said = (("now", answers.now), (answers.before_words, answers.before), ("inversion", answers.inversion))
    for what, one in said:
        if one is None:
            continue
        if one.probability is None:
            margin = "" if one.margin is None else f", nine in ten within {one.margin:.1f} {one.unit}"
            lines.append(f"{what}: {one.text}{margin}")
        else:
            lines.append(f"{what}: " + ", ".join(f"{n} {100 * p:.1f} %" for n, p in one.probabilities.items()))
    now = answers.now
    if now.probability is not None:
        name, _, usual = now.presence()
        lines.append(f"the tick: {name}, {100 * usual:.0f} % of the calibration faces")
    elif isinstance(now.typical, float):
        lines.append(f"the tick: {now.typical:.0f} {now.unit}, the mean of the calibration faces")
    return "\n".join(lines)

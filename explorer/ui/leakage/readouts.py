"""The list of readouts in the Probe dock: a row an attribute, then landmarks and colours."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QScrollArea, QVBoxLayout, QWidget

from explorer.science.leakage.readout import CANNOT_TELL, CHANCE_IS, Readout
from explorer.studio.leakage.readings import FaceRead, Reading
from explorer.ui.base import text_size, theme
from explorer.ui.base.guard import guarded
from explorer.ui.leakage.histogram_chart import HistogramChart
from explorer.ui.leakage.readout_row import Answers, ReadoutRow, inversion_colour, quality_line, quality_words
from explorer.ui.widgets.captioned import figure_label

KEY = (
    "<span style='color:{accent}'>■</span> now &nbsp; ○ unaltered &nbsp; "
    "<span style='color:{inversion}'>■</span> inversion &nbsp; ┃ usual"
)
HOW_GOOD = (
    "Under each: balanced accuracy, or the mean error, on openpeople's photographs, with its 95 % interval by person, "
    f"and on unseen generated faces. {CHANCE_IS} "
    "Where the interval does not lie clear of chance, the probe cannot tell. "
)
USUAL = "┃: the share of the calibration faces that are so, or their mean"


class ReadoutList(QScrollArea):
    """Draws the readings of a face and of its inversion; the menu copies them."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, ReadoutRow] = {}
        self.key = QLabel()
        self.key.setObjectName("faint")
        self.key.setTextFormat(Qt.TextFormat.RichText)
        self.key.setWordWrap(True)
        self.key.setToolTip(USUAL)
        self.landmarks = _ArrayRow("Landmarks")
        self.colours = _ArrayRow("Colours")
        self.chart = HistogramChart()
        self.inverted_title = QLabel("of the inversion")
        self.inverted_title.setObjectName("faint")
        self.inverted_chart = HistogramChart()
        self.note = QLabel()
        self.note.setObjectName("faint")
        self.note.setWordWrap(True)
        self._attributes = QVBoxLayout()
        self._attributes.setSpacing(9)
        content = QWidget()
        content.setObjectName("scrolled")
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 8, 4)
        layout.setSpacing(9)
        layout.addWidget(self.key)
        layout.addLayout(self._attributes)
        layout.addWidget(self.landmarks)
        layout.addWidget(self.colours)
        layout.addWidget(self.chart)
        layout.addWidget(self.inverted_title)
        layout.addWidget(self.inverted_chart)
        layout.addWidget(_rule())
        layout.addWidget(self.note)
        layout.addStretch()
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(140)
        theme.themes.changed.connect(self._restyle)
        self._restyle()

    def draw(self, read: FaceRead, inversion: Reading | None) -> None:
        """Show readings whose encoder is the same."""
        altered = read.now is not read.before
        for one in read.now.readouts:
            if not isinstance(one.value, np.ndarray):
                before = read.before.readout(one.probe) if altered else None
                inverted = None if inversion is None else inversion.readout(one.probe)
                self._row(one.probe).show_answers(Answers(one, before, inverted))
        known = {one.probe for one in read.now.readouts}
        for probe, row in self.rows.items():
            row.setVisible(probe in known)
        self._draw_arrays(read, inversion)
        first = read.now.readouts[0]
        labellers = ", ".join(dict.fromkeys(one.labeller for one in read.now.readouts if one.labeller != "exact"))
        remark = f"\n{read.now.remark}" if read.now.remark else ""
        self.note.setText(f"{HOW_GOOD}Labels by {labellers}. Calibrated on {first.calibrated_on}.{remark}")

    def _draw_arrays(self, read: FaceRead, inversion: Reading | None) -> None:
        now = read.now
        errors = [one.landmark_error for one in (now, inversion) if one is not None]
        self.landmarks.draw(now.readout("landmarks"), errors, "{:.1f} % off", "of the eyes' distance from dlib's")
        errors = [one.histogram_error for one in (now, inversion) if one is not None]
        self.colours.draw(
            now.readout("histogram"), errors, "{:.2f} bins off", "earth mover's distance from the picture"
        )
        self.chart.set_histograms(_values(now.readout("histogram")), now.histogram)
        self.chart.setVisible(now.readout("histogram") is not None)
        inverted = None if inversion is None else _values(inversion.readout("histogram"))
        self.inverted_chart.set_histograms(inverted, None if inversion is None else inversion.histogram)
        self.inverted_chart.setVisible(inverted is not None)
        self.inverted_title.setVisible(inverted is not None)

    def _row(self, probe: str) -> ReadoutRow:
        if probe not in self.rows:
            self.rows[probe] = ReadoutRow()
            self._attributes.addWidget(self.rows[probe])
        return self.rows[probe]

    def text(self) -> str:
        """Return all rows as tab-separated lines."""
        shown = [row for row in self.rows.values() if row.isVisibleTo(self)]
        head = "\t".join(("Readout", "Now", "Inversion", "How good"))
        return "\n".join([head, *(row.text() for row in shown), self.landmarks.text(), self.colours.text()])

    @guarded
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Offer to copy the readouts."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy readouts", lambda: QGuiApplication.clipboard().setText(self.text()))
        menu.exec(event.globalPos())

    def _restyle(self) -> None:
        self.key.setText(KEY.format(accent=theme.current().accent, inversion=inversion_colour().name()))


class _ArrayRow(QWidget):
    """Landmarks or colours: how far what is read lies from what the picture shows, and how far it does elsewhere."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self.figures = [figure_label("", "figure") for _ in range(2)]
        self.quality = figure_label("", "faint")
        self.quality.setWordWrap(True)
        text_size.small(self.quality)
        head = QHBoxLayout()
        head.setSpacing(10)
        self.title = QLabel(title)
        head.addWidget(self.title, 1)
        for label in self.figures:
            head.addWidget(label)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addLayout(head)
        layout.addWidget(self.quality)
        theme.themes.changed.connect(self._restyle)
        self._restyle()

    def draw(self, readout: Readout | None, errors: list[float | None], words: str, hint: str) -> None:
        """Show a readout with its errors on the picture and on the inversion's."""
        self.setVisible(readout is not None)
        if readout is None:
            return
        vague = readout.tells is False
        self.title.setText(f"{self._title}: {CANNOT_TELL}" if vague else self._title)
        for label in (self.title, *self.figures):
            label.setEnabled(not vague)  # grey in either theme
        for place, label in enumerate(self.figures):
            error = errors[place] if place < len(errors) else None
            short = words if place == 0 else words.partition(" off")[0]
            label.setText("" if error is None else short.format(error))
            label.setToolTip(f"{'here' if place == 0 else 'in the inversion'}: {hint}")
            label.setVisible(error is not None)
        self.quality.setText(quality_line(readout))
        self.quality.setToolTip(quality_words(readout))

    def text(self) -> str:
        """Return the row as tab-separated text."""
        return "\t".join((self.title.text(), *(label.text() for label in self.figures), self.quality.text()))

    def _restyle(self) -> None:
        self.figures[1].setStyleSheet(f"QLabel:enabled {{ color: {inversion_colour().name()} }}")


def _values(readout: Readout | None) -> np.ndarray | None:
    return readout.value if readout is not None and isinstance(readout.value, np.ndarray) else None


def _rule() -> QFrame:
    rule = QFrame()
    rule.setObjectName("rule")
    return rule

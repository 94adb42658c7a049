"""The list of readouts in the Probe dock: a row an attribute, then landmarks and colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QScrollArea, QVBoxLayout, QWidget

from explorer.science.leakage.picture_readout import NOT_CALIBRATED
from explorer.science.leakage.readout import CANNOT_TELL, CHANCE_IS, Readout, calibration_sentences
from explorer.studio.leakage.readings import FaceRead, Reading
from explorer.studio.leakage.reconstructions import AttributeReadings, Reconstruction, by_trust, side_by_side
from explorer.ui.base import text_size, theme
from explorer.ui.base.guard import guarded
from explorer.ui.base.wording import sentence
from explorer.ui.leakage.folded import FoldedRows
from explorer.ui.leakage.histogram_chart import HistogramChart
from explorer.ui.leakage.picture_cell import PHOTOGRAPH, RECONSTRUCTION, column_colour
from explorer.ui.leakage.pictures_shown import PicturesShown
from explorer.ui.leakage.readout_row import Answers, ReadoutRow, inversion_colour, quality_line, quality_words
from explorer.ui.widgets.captioned import figure_label

KEY = (
    "<span style='color:{accent}'>■</span> now &nbsp; ○ {beside} &nbsp; "
    "<span style='color:{inversion}'>■</span> inversion &nbsp; ┃ usual"
)
HOW_GOOD = (
    "Under each: how much better the answer is than the base rate on photographs of people that it was not calibrated "
    "on (or balanced accuracy, or the mean error, on {judged_on}), with its 95 % interval by person; then balanced "
    f"accuracy or the mean error on unseen generated faces. {CHANCE_IS} "
    "Where the interval does not lie clear of the base rate or of chance, the probe cannot tell. "
)
USUAL = "┃: the share of the calibration faces that are so, or their mean"


VECTOR = "Vector probe"
VECTOR_HINT = "what a small network reads from the embedding alone"
MADE_HINT = "what image labellers see in the face that was made from the embedding alone: the mean over the runs"
SEEN_HINT = "what the same labellers see in the photograph itself"
BESIDE = 300  # pixels at 100 % text from which on three columns have room
_WHERE = ("here", "in the inversion, read by the probe", "in the reconstruction, as labellers see it")


class ReadoutList(QScrollArea):
    """Draws the readings of a face and of its inversion; the menu copies them."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, ReadoutRow] = {}
        self._beside = "unaltered"
        self.key = QLabel()
        self.key.setObjectName("faint")
        self.key.setTextFormat(Qt.TextFormat.RichText)
        self.key.setWordWrap(True)
        self.key.setToolTip(USUAL)
        self.made = QLabel()
        self.made.setObjectName("faint")
        self.made.setWordWrap(True)
        self.heading, self._columns = _headings()
        self.folded = FoldedRows()
        self._order: tuple[list[str], list[str]] = [], []
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
        layout.addWidget(self.made)
        layout.addWidget(self.heading)
        layout.addLayout(self._attributes)
        layout.addWidget(self.folded)
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

    def draw(
        self,
        read: FaceRead,
        inversion: Reading | None,
        pictures: PicturesShown | None = None,
        truth: Mapping[str, str] | None = None,
    ) -> None:
        """Show readings whose encoder is the same: those first that are known best, those at chance folded away.

        Args:
            truth: of a picture that was drawn, by probe.
        """
        pictures = pictures or PicturesShown()
        if read.beside_words != self._beside:
            self._beside = read.beside_words
            self._restyle()
        rows = by_trust(side_by_side(read.now.readouts, pictures.readouts, pictures.photograph))
        rows = [one for one in rows if one.vector is not None and not isinstance(one.vector.value, np.ndarray)]
        for one in rows:
            assert one.vector is not None
            inverted = None if inversion is None else inversion.readout(one.probe)
            row = self._row(one.probe)
            row.show_answers(Answers(one.vector, read.beside(one.probe), inverted, read.beside_words))
            row.show_pictures(one.reconstruction, one.photograph, pictures.of_photograph)
            row.show_truth((truth or {}).get(one.probe, ""))
        self._place(rows)
        self.made.setText(pictures.words)
        self.made.setVisible(bool(pictures.words))
        self._columns[PHOTOGRAPH].setVisible(pictures.of_photograph)
        self._draw_arrays(read, inversion, pictures.made)
        labellers = ", ".join(dict.fromkeys(one.labeller for one in read.now.readouts if one.labeller != "exact"))
        remark = f"\n{read.now.remark}" if read.now.remark else ""
        calibrated = " ".join(f"{words}." for words in calibration_sentences(read.now.readouts))
        first = read.now.readouts[0]
        said = [HOW_GOOD.format(judged_on=first.judged_on).strip()]
        said += [f"{sentence(first.fitted_on)}."] if first.fitted_on else []
        said += [f"Labels by {labellers}. {calibrated}"]
        if pictures.readouts:
            fitted = dict.fromkeys(one.calibrated_on for one in pictures.readouts if one.calibrated_on)
            words = f"calibrated on {', '.join(fitted)}" if fitted else NOT_CALIBRATED
            said.append(f"Reconstruction: the mean over the runs, with its 95 % interval by the runs; {words}.")
        self.note.setText(" ".join(said) + remark)

    def _place(self, rows: Sequence[AttributeReadings]) -> None:
        """Lay the rows in this order, those at chance folded under a line."""
        shown = [one.probe for one in rows if not one.at_chance]
        vague = [one.probe for one in rows if one.at_chance]
        for probe, row in self.rows.items():
            row.setVisible(probe in shown or probe in vague)
        if (shown, vague) != self._order:
            self._order = shown, vague
            for layout, probes in ((self._attributes, shown), (self.folded.rows, vague)):
                for probe in probes:
                    layout.addWidget(self.rows[probe])
        self.folded.say([one.title for one in rows if one.at_chance])

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Lay the three readings of an attribute side by side where their words have room."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        beside = self.viewport().width() >= text_size.scaled(BESIDE)
        self.heading.setVisible(beside)
        for row in self.rows.values():
            row.set_beside(beside)

    def _draw_arrays(self, read: FaceRead, inversion: Reading | None, made: Reconstruction | None) -> None:
        now, readings = read.now, (read.now, inversion, made)
        errors = [None if one is None else one.landmark_error for one in readings]
        self.landmarks.draw(now.readout("landmarks"), errors, "{:.1f} % off", "of the eyes' distance from dlib's")
        errors = [None if one is None else one.histogram_error for one in readings]
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
            self.rows[probe].set_beside(self.heading.isVisibleTo(self))
        return self.rows[probe]

    def text(self) -> str:
        """Return all rows as tab-separated lines."""
        shown = [self.rows[probe] for probes in self._order for probe in probes]
        head = "\t".join(("Readout", "Now", RECONSTRUCTION, PHOTOGRAPH, "Inversion", "How good"))
        return "\n".join([head, *(row.text() for row in shown), self.landmarks.text(), self.colours.text()])

    @guarded
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Offer to copy the readouts."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy readouts", lambda: QGuiApplication.clipboard().setText(self.text()))
        menu.exec(event.globalPos())

    def _restyle(self) -> None:
        colours = {"accent": theme.current().accent, "inversion": inversion_colour().name()}
        self.key.setText(KEY.format(**colours, beside=self._beside))


def _headings() -> tuple[QWidget, dict[str, QLabel]]:
    """The titles of the three columns."""
    line, labels = QWidget(), {}
    layout = QHBoxLayout(line)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(10)
    for title, hint in ((VECTOR, VECTOR_HINT), (RECONSTRUCTION, MADE_HINT), (PHOTOGRAPH, SEEN_HINT)):
        labels[title] = QLabel(title)
        labels[title].setObjectName("faint")
        labels[title].setToolTip(hint)
        layout.addWidget(labels[title], 1)
    return line, labels


class _ArrayRow(QWidget):
    """Landmarks or colours: how far what is read lies from what the picture shows, and how far it does elsewhere."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self.figures = [figure_label("", "figure") for _ in range(3)]
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
            label.setToolTip(f"{_WHERE[place]}: {hint}")
            label.setVisible(error is not None)
        self.quality.setText(quality_line(readout))
        self.quality.setToolTip(quality_words(readout))

    def text(self) -> str:
        """Return the row as tab-separated text."""
        return "\t".join((self.title.text(), *(label.text() for label in self.figures), self.quality.text()))

    def _restyle(self) -> None:
        for label, colour in zip(self.figures[1:], (inversion_colour(), column_colour(RECONSTRUCTION)), strict=True):
            label.setStyleSheet(f"QLabel:enabled {{ color: {colour.name()} }}")


def _values(readout: Readout | None) -> np.ndarray | None:
    return readout.value if readout is not None and isinstance(readout.value, np.ndarray) else None


def _rule() -> QFrame:
    rule = QFrame()
    rule.setObjectName("rule")
    return rule

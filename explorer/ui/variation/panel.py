"""The Variation dock: what a vector determines of a face and what the prior invents, from several inversions of it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from explorer.studio.variation.state import VARIATION, VariationState
from explorer.studio.variation.values import RANDOM_FACE, EnsembleResult, RunNow
from explorer.ui.actions.button import bind_button
from explorer.ui.base import icons, text_size
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.observe import Observer
from explorer.ui.widgets.captioned import CaptionedImage, figure_label
from explorer.ui.widgets.colour_scale import ColourScale
from explorer.ui.widgets.number_field import NumberField
from explorer.ui.widgets.saving import report_saving
from explorer.ui.widgets.table import Cell, CopyableTable

FEWEST, MOST, USUAL = 2, 64, 8
INVITATION = (
    "Inverts the selected embedding several times, each from other starts. What the results share the vector "
    "determined; where they differ the generator invented."
)
HEADINGS = ("Compared", "Determined", "Results show", "Vector says", "Results", "Random faces")
HINTS = (
    "",
    "1 less the disagreement of the results over that of random faces",
    "what most of the results show, or their mean, to the networks that label",
    "what the encoder's probes read off the embedding, with their calibrated probability",
    "mean over pairs of results: share that agrees, difference, cosine (dlib-resnet: distance); spread of colours",
    "the same of faces that the generator draws at random",
)
MEAN, MAP = "The mean face\nof all results", "How much the colour\nof each pixel varies"
SOON = "It comes with\nthe second result"
VECTOR = HEADINGS.index("Vector says")
RESULT, ROW = 96, 22


class VariationPanel(QWidget):
    """Draws `session[VARIATION]`; the runs' settings are those of the Objective dock."""

    def __init__(self, dispatcher: CommandDispatcher, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self._mark = True
        self.runs = NumberField(FEWEST, MOST, 0)
        self.runs.setValue(USUAL)
        self.runs.setSuffix(" runs")
        self.runs.setAccessibleName("how many inversions")
        self.start = QPushButton("Start")
        self.start.setObjectName("primary")
        bind_button(self.start, actions["vary_start"])
        icons.attach(self.start, "start", "accent_text")
        self.stop = QPushButton("Stop")
        bind_button(self.stop, actions["vary_stop"])
        icons.attach(self.stop, "stop")
        self.export = QPushButton("Export figure…")
        bind_button(self.export, actions["export_variation"])
        icons.attach(self.export, "export")
        self.state = figure_label("", "muted")
        self.mean = CaptionedImage("Mean of the results", MEAN, reconstruction=True)
        self.map = CaptionedImage("Where they vary", MAP)
        self.scale = ColourScale("ΔE")
        self.scale.setToolTip("Standard deviation of a pixel's colour in CIELAB; 2.3 is just noticed")
        self.results: list[CaptionedImage] = []
        self.now = CaptionedImage("", "", reconstruction=True)
        self._drawn: EnsembleResult | None = None
        self.table = CopyableTable(HEADINGS)
        self.table.setAccessibleName("what the results agree on")
        self.table.set_headings(HEADINGS, HINTS, (False, True, False, False, True, True))
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.set_row_height(ROW)
        text_size.small(self.table)
        self.table.setCornerWidget(QWidget())  # Fusion's own draws a size grip
        for one in (self.mean, self.map):
            report_saving(one.view, dispatcher)
        self._build()
        for empty in (self.table, self.strip):
            empty.hide()
        self.observer = Observer(dispatcher.session)
        self.observer.watch(VARIATION, self._draw)

    def _build(self) -> None:
        bar = QHBoxLayout()
        for widget in (self.runs, self.start, self.stop, self.export):
            bar.addWidget(widget)
        bar.addStretch()
        # However long the sentence, it never widens the window.
        self.state.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.state.setWordWrap(True)
        self.invitation = QLabel(INVITATION)
        self.invitation.setObjectName("faint")
        self.invitation.setWordWrap(True)
        large = QHBoxLayout()
        large.setSpacing(10)
        large.addWidget(self.mean, 1)
        large.addWidget(self.map, 1)
        large.addWidget(self.scale)
        pictures = QWidget()
        column = QVBoxLayout(pictures)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(large, 1)
        self.strip = self._strip()
        column.addWidget(self.strip)
        parts = QSplitter(Qt.Orientation.Horizontal)
        parts.setChildrenCollapsible(False)
        parts.addWidget(pictures)
        parts.addWidget(self.table)
        parts.setSizes([380, 440])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 10)
        layout.setSpacing(8)
        layout.addLayout(bar)
        layout.addWidget(self.state)
        layout.addWidget(self.invitation)
        layout.addWidget(parts, 1)

    def _strip(self) -> QScrollArea:
        """The results side by side."""
        self._row = QHBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self._row.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.now.view.setFixedSize(RESULT, RESULT)
        report_saving(self.now.view, self._dispatcher)
        self._row.addWidget(self.now)
        holder = QWidget()
        holder.setObjectName("scrolled")
        holder.setLayout(self._row)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        bar = area.horizontalScrollBar().sizeHint().height()
        text_size.follow(area, lambda: area.setFixedHeight(self.now.sizeHint().height() + bar))
        area.setWidget(holder)
        return area

    def begin(self) -> None:
        """Start as many runs as the field says."""
        runs = round(self.runs.value())
        self._dispatcher.send(lambda app: app.variation.start(runs))

    def set_mark(self, on: bool) -> None:
        """Let reconstructions carry their mark or not."""
        self._mark = on
        for one in (self.mean, self.now, *self.results):
            one.view.set_mark(on)

    def _draw(self, state: VariationState | None) -> None:
        self._enable()
        self.state.setText("" if state is None else _says(state))
        self.state.setVisible(state is not None)
        self.invitation.setVisible(state is None)
        self._draw_results(state)
        result = None if state is None else state.compared
        soon = state is not None and state.active
        self.mean.view.set_hint(SOON if soon else MEAN)
        self.map.view.set_hint(SOON if soon else MAP)
        if result is self._drawn and result is not None:
            return  # a step of a run changes nothing here
        self._drawn = result
        guided = state is not None and state.guided
        self.mean.view.set_badge(guided)
        self.mean.view.set_pixels(None if result is None else result.finished.mean)
        self.map.view.set_pixels(None if result is None else result.painted)
        self.scale.set_scale(*((None,) if result is None else (result.scale, result.top)))
        # Headings above nothing say nothing.
        self.table.setVisible(result is not None)
        if result is None:
            self.table.set_rows([])
            return
        from explorer.studio.variation.text import rows

        agreements = result.finished.record.agreements
        self.table.setColumnHidden(VECTOR, not result.finished.record.readouts)
        self.table.set_rows(
            [
                [
                    Cell(row.title, strong=True),
                    Cell(row.determined, figure=True, strong=True),
                    Cell(row.answer),
                    Cell(row.vector, role="muted"),
                    Cell(row.results, figure=True, hint=one.measure),
                    Cell(row.random, role="muted", figure=True, hint=one.measure),
                ]
                for row, one in zip(rows(result.finished.record), agreements, strict=True)
            ]
        )

    def _draw_results(self, state: VariationState | None) -> None:
        pictures, now = ((), None) if state is None else (state.pictures, state.now)
        self.strip.setVisible(bool(pictures) or now is not None)
        self._draw_now(now, guided=state is not None and state.guided)
        while len(self.results) > len(pictures):
            gone = self.results.pop()
            self._row.removeWidget(gone)
            gone.deleteLater()
        while len(self.results) < len(pictures):
            number = len(self.results)
            one = CaptionedImage(f"Run {number + 1}", "", reconstruction=True)
            one.view.setFixedSize(RESULT, RESULT)
            one.view.set_mark(self._mark)
            report_saving(one.view, self._dispatcher)
            self.results.append(one)
            self._row.insertWidget(number, one)
        if state is not None:
            for one, picture, facts in zip(self.results, pictures, state.facts, strict=True):
                one.view.set_badge(state.guided)
                one.view.set_pixels(picture)  # the same object again costs nothing
                one.setToolTip(facts)
                one.detail.setText(facts.rpartition(" ")[2] if facts[-1:].isdigit() else "")

    def _draw_now(self, now: RunNow | None, *, guided: bool) -> None:
        """What is under way, behind the results."""
        self.now.setVisible(now is not None)
        inverts = now is not None and now.title != RANDOM_FACE
        self.now.view.set_mark(self._mark and inverts)
        self.now.view.set_badge(guided and inverts)
        self.now.view.set_pixels(None if now is None else now.picture)
        self.now.view.set_hint("" if now is None else "It begins…")
        self.now.title.setText("" if now is None else now.title)
        self.now.setToolTip("" if now is None else now.words)

    def _enable(self) -> None:
        state = self._dispatcher.session[VARIATION]
        self.runs.setEnabled(state is None or not state.active)


def _says(state: VariationState) -> str:
    """Where the runs stand."""
    made = len(state.pictures)
    if state.status == "running" and state.now is not None:
        return state.now.words
    if state.status == "running":
        return f"run {min(made + 1, state.runs)} of {state.runs}" if made < state.runs else "comparing the results"
    if state.status == "finishing":
        return "stopping, then comparing the runs that were made"
    if state.status == "finished" and state.result is not None:
        from explorer.studio.variation.text import summary

        return summary(state.result.finished.record)
    return f"{'failed' if state.status == 'failed' else 'stopped'} after {made} of {state.runs} runs"

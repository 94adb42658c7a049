"""One face of the laboratory: as altered, what became of its embedding, decodes, scores, probes before and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.science.evaluation.score import AT_THRESHOLD, EncoderScore, verdict, without_statistics
from explorer.science.leakage.readout import Readout, vague_sentences
from explorer.studio.arrays import Vector
from explorer.studio.laboratory.row_words import row_title
from explorer.studio.laboratory.values import LabRow, RowScore
from explorer.ui.base import icons, text_size
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.guard import guarded
from explorer.ui.base.wording import sentence, shortened
from explorer.ui.faces.vector_view import VectorView
from explorer.ui.leakage.cover_view import CoverView
from explorer.ui.leakage.readout_row import answer_words
from explorer.ui.widgets.captioned import CaptionedImage, figure_label, section_title
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.saving import report_saving
from explorer.ui.widgets.table import Cell, CopyableTable

SIDE, GAP, ROW = 132, 8, 21
NUMBERS = 640  # pixels that scores and probes need beside pictures
TABLES = 10  # rows of a table that are seen without scrolling
Export = Callable[[str, str], object]
Invert = Callable[[str, bool], object]
INVERT = "Let the search make a face of the changed embedding alone; it is listed among the faces like any other vector"
INVERT_MAPPED = "Likewise of the embedding behind the map"
NO_DECODER = "No decoder for {encoder} yet.\nlikeness train decoder\n--encoder {encoder}"


class RowCard(QFrame):
    """Draws a `LabRow`.

    Args:
        export: told the face's key and "figure", "table" or "picture". invert: told the key, and whether the embedding
            behind the map is meant.
    """

    def __init__(self, dispatcher: CommandDispatcher, export: Export, invert: Invert) -> None:
        super().__init__()
        self.setObjectName("card")
        self._row: LabRow | None = None
        self.cover = CoverView("Altered photograph", "")
        self.altered = CaptionedImage("As altered", "", view=self.cover)
        self.change = CaptionedImage("Change", "")
        self.before = CaptionedImage("Decode before", "", reconstruction=True)
        self.after = CaptionedImage("After", "", reconstruction=True)
        self.mapped = CaptionedImage("Mapped", "", reconstruction=True)
        self.pictures = (self.altered, self.change, self.before, self.after, self.mapped)
        for one in self.pictures:
            one.view.setFixedSize(SIDE, SIDE)
            report_saving(one.view, dispatcher)
        self.title, self.facts = figure_label("", "sectionTitle"), figure_label("", "muted")
        for label in (self.title, self.facts):
            label.setWordWrap(True)
        self.remark = QLabel()
        self.remark.setObjectName("warn")
        self.remark.setWordWrap(True)
        self.strip = VectorView("strip")
        self.strip.setFixedHeight(34)
        self.strip.setAccessibleName("difference of the embeddings")
        self.length = figure_label("", "detail")
        self.scores, self.probes = CopyableTable(["Encoder"]), CopyableTable(["Probe"])
        self.scores.setAccessibleName("scores beside the face as it is")
        self.probes.setAccessibleName("what probes say before and after")
        for table in (self.scores, self.probes):
            table.set_row_height(ROW)
            table.setObjectName("pairs")
            table.stretch()
            table.setCornerWidget(QWidget())
            text_size.small(table)
        self.untold = figure_label("", "faint")
        self.untold.setWordWrap(True)
        text_size.small(self.untold)
        self._export, self._invert = export, invert
        self.invert = self._invert_button("Invert", INVERT, mapped=False)
        self.invert_mapped = self._invert_button("Invert mapped", INVERT_MAPPED, mapped=True)
        self._build()

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.title, 1)
        for button in (self.invert, self.invert_mapped):
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._export_button(), 0, Qt.AlignmentFlag.AlignTop)
        # In a narrow dock the last pictures stand beneath the first: none is out of view.
        pictures = FlowLayout(GAP)
        for one in self.pictures:
            pictures.addWidget(one)
        self._numbers = QWidget()
        self._tables = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._numbers)
        self._tables.setContentsMargins(0, 0, 0, 0)
        self._tables.setSpacing(14)
        left = QVBoxLayout()
        left.setSpacing(4)
        heading = QHBoxLayout()
        heading.addWidget(section_title("Difference of embeddings"))
        heading.addStretch()
        heading.addWidget(self.length)
        left.addLayout(heading)
        left.addWidget(self.strip)
        left.addSpacing(4)
        left.addWidget(self.scores)
        left.addStretch()
        right = QVBoxLayout()
        right.setSpacing(4)
        right.addWidget(self.probes)
        right.addWidget(self.untold)
        right.addStretch()
        self._tables.addLayout(left, 3)
        self._tables.addLayout(right, 2)
        self._body = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._body.setSpacing(10)
        self._body.addLayout(pictures)
        self._body.addWidget(self._numbers, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 10)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self.facts)
        layout.addWidget(self.remark)
        layout.addLayout(self._body)

    def _invert_button(self, text: str, hint: str, *, mapped: bool) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(hint)
        button.setAccessibleName(text.lower())
        button.setIconSize(QSize(16, 16))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        icons.attach(button, "start")
        button.clicked.connect(partial(self._ask_inversion, mapped))
        return button

    def _ask_inversion(self, mapped: bool, _checked: bool = False) -> None:
        if self._row is not None:
            self._invert(self._row.key, mapped)

    def _export_button(self) -> QToolButton:
        button = QToolButton()
        button.setToolTip("Export this row")
        button.setAccessibleName("export this row")
        button.setIconSize(QSize(16, 16))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        icons.attach(button, "export")
        menu = QMenu(button)
        for what, text in (
            ("figure", "Export row as figure…"),
            ("table", "Export row's numbers…"),
            ("picture", "Save attacked picture to the bit…"),
        ):
            action = menu.addAction(text)
            action.setObjectName(what)
            action.triggered.connect(partial(self._ask, what))
        menu.aboutToShow.connect(lambda: self._enable(menu))
        button.setMenu(menu)
        self.export = button
        return button

    def _enable(self, menu: QMenu) -> None:
        row = self._row
        operation = "" if row is None else row.choice.operation
        for action in menu.actions():
            there = row is not None and row.made is not None
            fits = {"picture": operation == "attack", "figure": operation != "modify", "table": True}
            action.setVisible(action.objectName() != "picture" or operation == "attack")
            action.setEnabled(there and fits[action.objectName()])

    def _ask(self, what: str, _checked: bool = False) -> None:
        if self._row is not None:
            self._export(self._row.key, what)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Lay pictures, scores and probes side by side where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        shown = sum(not one.isHidden() for one in self.pictures)
        numbers = text_size.scaled(NUMBERS)
        wide = self.width() >= shown * (SIDE + GAP) + numbers
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._body.setDirection(across if wide else down)
        # In a narrower card the probes stand below the scores: columns that are cut off say nothing.
        self._tables.setDirection(across if self.width() >= numbers else down)

    def set_mark(self, on: bool) -> None:
        """Let decodes carry the mark of a reconstruction or not."""
        for one in (self.before, self.after, self.mapped):
            one.view.set_mark(on)

    def draw(self, row: LabRow, *, waiting: bool) -> None:
        """Show a row. waiting: whether a newer one is on its way."""
        self.facts.setText("working…" if waiting else row.facts)
        self.facts.setVisible(bool(self.facts.text()))
        self.invert.setEnabled(row.after is not None and not waiting)
        self.invert_mapped.setEnabled(not waiting)
        self.invert_mapped.setVisible(row.mapped is not None)
        if row is self._row:
            return
        self._row = row
        self.title.setText(f"{shortened(row.whose.name)}  ·  {row_title(row)}")
        self.title.setToolTip(row.whose.name)
        self.remark.setText(sentence(row.remark))
        self.remark.setVisible(bool(row.remark))
        self.altered.title.setText("The photograph" if row.choice.operation == "modify" else "As altered")
        self._draw_pictures(row)
        self._draw_difference(row)
        self._draw_scores(row)
        self._draw_probes(row)
        self._numbers.setVisible(row.after is not None or bool(row.scores) or bool(row.probes))
        self._arrange()

    def _draw_pictures(self, row: LabRow) -> None:
        self.cover.set_pixels(row.picture)
        self.change.setVisible(row.change is not None)
        self.change.view.set_pixels(row.change)
        decoded = any(one is not None for one in row.decoded)
        hint = NO_DECODER.format(encoder=row.encoder) if row.undecoded else ""
        for one, pixels in zip((self.before, self.after, self.mapped), row.decoded, strict=True):
            one.view.set_pixels(pixels)
            one.view.set_hint("")
            one.setVisible(pixels is not None)
        # Where there is no decoder, one place says how there comes to be one.
        self.before.setVisible(decoded or bool(row.undecoded))
        self.before.title.setText("Decode before" if decoded else "Decodes")
        self.before.view.set_hint(hint)
        self.before.setToolTip(row.undecoded)

    def _draw_difference(self, row: LabRow) -> None:
        difference = difference_of(row.before, row.after)
        self.strip.set_vector(difference)
        self.length.setText("" if difference is None else f"length {float(np.linalg.norm(difference)):.3f}")
        self.length.setToolTip("Of the difference of the two embeddings, each of length 1: 0 where nothing changed")

    def _draw_scores(self, row: LabRow) -> None:
        mapped = any(one.mapped is not None for one in row.scores)
        aimed = any(one.aim is not None for one in row.scores)
        headings = ["Encoder", "To itself", "Threshold", "Verdict"]
        hints = ["", "beside the face as it is: a cosine, of dlib-resnet a distance", AT_THRESHOLD, ""]
        headings += ["Mapped"] if mapped else []
        hints += ["the same of the embedding behind the encoder's map"] if mapped else []
        headings += ["To the aim"] if aimed else []
        hints += ["beside what the attack goes towards: of the face as it is, and attacked"] if aimed else []
        figures = [False, True, True, False, *([True] * (len(headings) - 4))]
        self.scores.set_headings(headings, hints, figures)
        rows = []
        for one in row.scores:
            cells = [Cell(one.score.encoder, strong=one.score.encoder == row.encoder), *_judged(one.score)]
            cells += [_score(one.mapped)] if mapped else []
            cells += [_aimed(one)] if aimed else []
            rows.append(cells)
        _fill(self.scores, rows)

    def _draw_probes(self, row: LabRow) -> None:
        self.probes.set_headings(["Probe", "Before", "After"], ["", "of the face as it is", "of the changed face"])
        answers = [(one, other) for one, other in row.probes if not isinstance(one.value, np.ndarray)]
        told = [(one, other) for one, other in answers if one.tells is not False]
        rows = [
            [Cell(one.title), _said(one), _said(other, strong=other is not None and other.text != one.text)]
            for one, other in told
        ]
        _fill(self.probes, rows)
        vague = [one for one, _ in answers if one.tells is False]
        named = ", ".join(one.title.lower() for one in vague)
        self.untold.setText(f"Probes cannot tell: {named}." if vague else "")
        self.untold.setToolTip("\n".join(vague_sentences(vague)))
        self.untold.setVisible(bool(vague))


def difference_of(before: Vector | None, after: Vector | None) -> NDArray[np.float32] | None:
    """The difference (D,) of two embeddings, each brought to length 1; None where one is not there."""
    if before is None or after is None:
        return None
    one, other = (vector / (float(np.linalg.norm(vector)) or 1.0) for vector in (before, after))
    return np.asarray(other - one, np.float32)


def _fill(table: CopyableTable, rows: Sequence[Sequence[Cell]]) -> None:
    """Put rows into a table that is as high as they are."""
    table.set_rows(rows)
    shown = min(len(rows), TABLES)
    header = table.horizontalHeader().sizeHint().height()
    bar = table.horizontalScrollBar().sizeHint().height()
    table.setFixedHeight(header + shown * table.verticalHeader().defaultSectionSize() + bar)
    table.setVisible(bool(rows))


def _judged(score: EncoderScore) -> list[Cell]:
    """Score, threshold and verdict."""
    if score.threshold is None or score.passes is None:
        hint = without_statistics(score.encoder, whole=True)
        return [_score(score), Cell("–", role="faint", figure=True, hint=hint), Cell("–", role="faint", hint=hint)]
    sign = "≥" if score.measure == "cosine" else "≤"
    words = verdict(score.measure, score.passes).removesuffix(" threshold")
    role = "good" if score.passes else "muted"
    threshold = Cell(f"{sign} {score.threshold:.3f}", role="muted", figure=True)
    return [_score(score), threshold, Cell(words, role=role, hint=verdict(score.measure, score.passes, whole=True))]


def _score(score: EncoderScore | None) -> Cell:
    if score is None:
        return Cell("–", role="faint", figure=True)
    passes = bool(score.passes)
    hint = f"{score.encoder}: {score.score:.6f}"
    return Cell(f"{score.score:.3f}", role="good" if passes else "text", figure=True, strong=passes, hint=hint)


def _aimed(one: RowScore) -> Cell:
    if one.aim_before is None or one.aim is None:
        return Cell("–", role="faint", figure=True)
    threshold, distance = one.score.threshold, one.score.measure == "euclidean"
    passes = threshold is not None and (one.aim <= threshold if distance else one.aim >= threshold)
    hint = "" if threshold is None else verdict(one.score.measure, passes, whole=True)
    role = "good" if passes else "text"
    return Cell(f"{one.aim_before:.3f} → {one.aim:.3f}", role=role, figure=True, strong=passes, hint=hint)


def _said(readout: Readout | None, *, strong: bool = False) -> Cell:
    if readout is None:
        return Cell("–", role="faint")
    return Cell(answer_words(readout), strong=strong)

"""The Probe dock: what the selected embedding tells besides who it is, how that changes when it or its photograph is
altered, and what of it survives an inversion."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.science.leakage.edits import Patch
from explorer.studio.faces.state import EDITS, EMBEDDINGS, ENCODER, FACES, ORIGINS, SELECTED, VECTORS, edits_of
from explorer.studio.inversion.state import AS_TARGET, RUN, RunState
from explorer.studio.inversion.values import Overlay
from explorer.studio.leakage.readings import FaceRead, Reading
from explorer.studio.leakage.state import PICTURES, PROBING, ProbeState
from explorer.studio.people.state import TRUTHS, truth_of
from explorer.studio.session.state import Session
from explorer.studio.variation.state import VARIATION
from explorer.ui.base import icons
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.guard import guarded
from explorer.ui.base.observe import Observer
from explorer.ui.base.throttle import IMAGES_MS, Throttle
from explorer.ui.base.wording import sentence
from explorer.ui.leakage.cover_view import CoverView
from explorer.ui.leakage.origin_box import OriginBox
from explorer.ui.leakage.pictures_shown import pictures_shown
from explorer.ui.leakage.readouts import ReadoutList
from explorer.ui.leakage.tools import AsTarget, ProbeTools
from explorer.ui.widgets.captioned import CaptionedImage, ElidedLabel, figure_label, section_title
from explorer.ui.widgets.encoder_box import EncoderBox
from explorer.ui.widgets.fold import Fold
from explorer.ui.widgets.overlay import REACHED, SOUGHT
from explorer.ui.widgets.saving import report_saving

FRAME = 224  # pixels of the frame that landmarks are read in
WIDE = 640
LEAST_WIDTH = 262
HEADER = 22  # above a picture
# Below each other, the pictures leave most of a low panel to the readings.
PICTURES_SHARE, LEAST_PICTURE = 0.2, 96
COMMAND = "likeness train corpus --work DIR\nlikeness train probes --work DIR --encoder {encoder}"
NOTHING = "Select a face. What its embedding tells besides who it is, is read here from the embedding alone."
WAITING = "The face is being embedded; its embedding is read as soon as it is there."
NO_PICTURE = "A bare embedding:\nthere is no photograph"
NO_RUN = "Start inverts the embedding;\nwhat survives is read here"
RUNNING = "Read as soon as the run\nends or pauses"
LEGEND = (
    "Landmarks: <span style='color:{read}'>○</span> read &nbsp; <span style='color:{shown}'>●</span> in the picture"
)
READING = "Reading the inversion…"


class ProbePanel(QWidget):
    """Draws the readings of the session; they are made while this can be seen."""

    def __init__(self, dispatcher: CommandDispatcher, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self._watched = False
        self._opened_for: str | None = None  # the altered face for which the tools were opened
        self.encoder = EncoderBox(dispatcher, "The recogniser whose embedding is read", "recogniser that is read")
        self.origin = OriginBox(dispatcher)
        self.busy = ElidedLabel("muted")
        self.export = QToolButton()
        self.export.setToolTip("Export the readouts")
        self.export.setAccessibleName("export the readouts")
        self.export.setIconSize(QSize(16, 16))
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        icons.attach(self.export, "export")
        menu = QMenu(self.export)
        self.export_table, self.export_figure = actions["export_readouts"], actions["export_readouts_figure"]
        menu.addActions([self.export_table, self.export_figure, actions["export_three_ways"]])
        self.export.setMenu(menu)
        self.photograph = CoveredImage("Photograph")
        self.inversion = CaptionedImage("Inversion", NO_RUN, reconstruction=True)
        for image in (self.photograph, self.inversion):
            report_saving(image.view, dispatcher)
            image.view.show_overlay(landmarks=True, histograms=False)
        self.tools = ProbeTools(dispatcher)
        self.as_target = AsTarget(dispatcher)
        self.altering = Fold("Alter the face", "tools that alter the photograph or the embedding")
        self.altering.line.setToolTip(
            "Hide parts of the photograph, degrade it, or change the embedding, and read again"
        )
        self.readouts = ReadoutList()
        self.empty = EmptyState(lambda: dispatcher.send(lambda app: app.probes.retry()))
        self._build()
        self.tools.tool_chosen.connect(self.photograph.cover.set_tool)
        self.photograph.cover.covered.connect(self._cover)
        self._refresh = Throttle(self._draw, IMAGES_MS, self)
        self.altering.line.toggled.connect(self._drop_hidden_tool)
        self.observer = Observer(dispatcher.session)
        faces = (SELECTED, ENCODER, EMBEDDINGS, VECTORS, FACES, ORIGINS, TRUTHS)
        for field in (PROBING, PICTURES, RUN, VARIATION, *faces):
            self.observer.watch(field, lambda _: self._refresh.poke())
        dispatcher.when_ready(self._refresh.poke)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.encoder, 1)
        head.addWidget(self.origin)
        head.addWidget(self.export)
        pictures = QHBoxLayout()
        pictures.setSpacing(8)
        pictures.addWidget(self.photograph, 1)
        pictures.addWidget(self.inversion, 1)
        self.legend = QLabel(LEGEND.format(read=SOUGHT.name(), shown=REACHED.name()))
        self.legend.setObjectName("faint")
        self.legend.setToolTip("In the common frame: those read from the embedding, and dlib's of the picture")
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(pictures, 1)
        column.addWidget(self.legend)
        self.altering.body.addWidget(self.tools)
        self.altering.body.addWidget(self.as_target)
        column.addWidget(self.altering)
        column.addStretch()
        title = QHBoxLayout()
        title.addWidget(section_title("Read from the embedding alone"))
        title.addStretch()
        title.addWidget(self.busy)
        self._right = QStackedWidget()
        self._right.addWidget(self.readouts)
        self._right.addWidget(self.empty)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(title)
        column.addWidget(self._right, 1)
        self._columns = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._columns.setSpacing(10)
        self._columns.addWidget(left, 0)
        self._columns.addWidget(right, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 8)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addLayout(self._columns, 1)
        self.setMinimumWidth(LEAST_WIDTH)

    @Slot(bool)
    def set_watched(self, on: bool) -> None:
        """Have readings made while they can be seen, and none otherwise.

        A dock behind another's tab counts as visible to Qt; only its dock knows better.
        """
        if on == self._watched:
            return
        self._watched = on
        if not on:
            self.tools.drop_tool()
        self._dispatcher.send(lambda app: app.probes.watch(on))
        self._refresh.poke()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Lay pictures and readouts side by side where there is room."""
        wide = self.width() >= WIDE
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        self._columns.setDirection(direction)
        self._columns.setStretch(0, 1 if wide else 0)
        if wide:  # the tools take no room from the readings there
            self.altering.set_open(True)
        room = (self.width() - 30) // 2 if wide else self.width() - 20
        square = (room - 8) // 2
        side = square if wide else min(square, max(LEAST_PICTURE, round(self.height() * PICTURES_SHARE)))
        for image in (self.photograph, self.inversion):
            image.setMaximumHeight(side + HEADER)
        super().resizeEvent(event)

    def set_mark(self, on: bool) -> None:
        """Mark the inversion as a reconstruction, or not."""
        self.inversion.view.set_mark(on)

    # Drawing the session.

    def _draw(self) -> None:
        if not self._watched:
            return
        session, probing = self._dispatcher.session, self._dispatcher.session[PROBING]
        bare = session[VECTORS].get(session[SELECTED] or "")
        encoder = session[ENCODER] if bare is None else bare.encoder
        self.encoder.show_encoder(encoder)
        self.encoder.setEnabled(bare is None)
        self.origin.draw(session)
        read = probing.face if probing.face is not None and probing.face.encoder == encoder else None
        inverted = probing.result
        fits = inverted is not None and inverted.encoder == encoder
        inversion = inverted.reading if inverted is not None and fits else None
        self._draw_photograph(session, read)
        self._draw_inversion(session[RUN], session[SELECTED], probing, inversion)
        edits = edits_of(session[EDITS], session[SELECTED])
        self._keep_altered_in_sight(bool(edits.changes), session[SELECTED])
        self.tools.setEnabled(session[SELECTED] is not None)
        self.tools.draw(edits, None if read is None else read.now, bare=bare is not None)
        self.as_target.draw(session[AS_TARGET], edits.changes)
        under_way = probing.reading or probing.reading_result or session[PICTURES].reading
        self.busy.setText("reading…" if under_way else "")
        readable = read is not None and bool(read.now.readouts)
        self.export.setEnabled(readable)
        self._right.setCurrentWidget(self.readouts if readable else self.empty)
        if read is not None and readable:
            drawn = truth_of(session[TRUTHS], session[SELECTED])
            truth = None if drawn is None else drawn.attributes()
            self.readouts.draw(read, inversion, pictures_shown(session, encoder), truth)
        elif read is not None:
            self.empty.missing(read.missing, encoder)
        else:
            self.empty.say(NOTHING if session[SELECTED] is None else WAITING)

    def _draw_photograph(self, session: Session, read: FaceRead | None) -> None:
        key = session[SELECTED] or ""
        face, view = session[FACES].get(key), self.photograph.cover
        view.set_hint(NO_PICTURE if key in session[VECTORS] else "The photograph")
        now = None if read is None else read.now
        if now is not None and now.frame is not None:
            view.set_pixels(now.frame)
        else:
            view.set_pixels(None if face is None else face.frame)
        view.set_overlay(_overlay(now))
        hidden = edits_of(session[EDITS], key).picture.hidden
        held = () if read is None else read.edits.picture.hidden
        view.set_pending(hidden[len(held) :] if hidden[: len(held)] == held else ())
        self.photograph.detail.setText("edited" if read is not None and read.edits.picture.changes else "")

    def _draw_inversion(
        self, run: RunState | None, selected: str | None, probing: ProbeState, inversion: Reading | None
    ) -> None:
        view = self.inversion.view
        mine = run is not None and run.target.key == selected
        view.set_pixels(None if inversion is None else inversion.frame)
        view.set_overlay(_overlay(inversion))
        view.set_badge(run is not None and mine and run.shows_photograph)
        near = None if inversion is None else inversion.nearness
        self.inversion.detail.setText("" if near is None else f"{near.measure} {near.score:.2f}")
        self.inversion.detail.setToolTip("to what was inverted, under this recogniser")
        if run is None or not mine:
            view.set_hint(NO_RUN)
        elif probing.result is not None and probing.result.remark:
            view.set_hint(probing.result.remark)
        elif probing.reading_result:
            view.set_hint(READING)
        else:
            view.set_hint(RUNNING if run.active else NO_RUN)

    def _keep_altered_in_sight(self, altered: bool, selected: str | None) -> None:
        """Open the tools for a face that is altered, once: whoever closes them then wants the room."""
        if altered and self._opened_for != selected:
            self._opened_for = selected
            self.altering.set_open(True)
        elif not altered:
            self._opened_for = None

    def _drop_hidden_tool(self, is_open: bool) -> None:
        if not is_open:
            self.tools.drop_tool()

    # Commands.

    def _cover(self, patch: Patch) -> None:
        self._dispatcher.send(lambda app: app.probes.hide(patch))


class CoveredImage(CaptionedImage):
    """A photograph that can be painted over, under its header."""

    def __init__(self, title: str) -> None:
        self.cover = CoverView(title, "")
        super().__init__(title, "", view=self.cover)


class EmptyState(QWidget):
    """Says why there are no readouts, and what to do."""

    def __init__(self, again: Callable[[], object]) -> None:
        super().__init__()
        self.text = QLabel()
        self.text.setObjectName("muted")
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.command = figure_label()
        self.command.setStyleSheet("font-family: monospace; font-size: 8.5pt;")
        self.command.setWordWrap(True)
        self.copy = QPushButton("Copy commands")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.command.text()))
        icons.attach(self.copy, "copy")
        self.again = QPushButton("Look again")
        self.again.clicked.connect(lambda _checked: again())
        row = QHBoxLayout()
        row.addWidget(self.copy)
        row.addWidget(self.again)
        row.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 8, 0)
        layout.setSpacing(10)
        layout.addWidget(self.text)
        layout.addWidget(self.command)
        layout.addLayout(row)
        layout.addStretch()
        self.say("")

    def say(self, text: str) -> None:
        """Say something that only waiting or selecting mends."""
        self.text.setText(text)
        for part in (self.command, self.copy, self.again):
            part.hide()

    def missing(self, reason: str, encoder: str) -> None:
        """Say that an encoder has no probes that can be used, and which commands make them."""
        in_short = reason.partition(":")[0]
        self.text.setText(
            f"{sentence(in_short)}. The photograph and the embedding can be altered and inverted all the same.\n\n"
            "To make probes, from faces that are generated for it, run:"
        )
        self.command.setText(COMMAND.format(encoder=encoder))
        for part in (self.command, self.copy, self.again):
            part.show()


def _overlay(reading: Reading | None) -> Overlay | None:
    """Landmarks read as rings, the picture's own as dots."""
    if reading is None:
        return None
    said = reading.readout("landmarks")
    read = said.value / np.float32(FRAME) if said is not None and isinstance(said.value, np.ndarray) else None
    shown = None if reading.landmarks is None else reading.landmarks / np.float32(FRAME)
    return None if read is None and shown is None else Overlay(landmarks=shown, wanted_landmarks=read)

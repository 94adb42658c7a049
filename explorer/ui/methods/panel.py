"""The Methods dock: every way from one vector back to a face, side by side, and what is said of each answer."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from explorer.studio.inversion.state import RUN
from explorer.studio.methods.state import METHODS, MethodsState
from explorer.ui.actions.button import bind_button
from explorer.ui.base import icons
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.observe import Observer
from explorer.ui.base.wording import shortened
from explorer.ui.methods.way_card import WayCard, lines_of
from explorer.ui.widgets.captioned import figure_label

INVITATION = (
    "Turns the selected embedding back into a face in every way that there is: those that answer at once first, the "
    "searches last. Each answer is judged by the same encoders, and read by the same labellers."
)


class MethodsPanel(QWidget):
    """Draws `session[METHODS]`; settings of the search are those of the Objective dock."""

    def __init__(self, dispatcher: CommandDispatcher, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self._mark = True
        self.start, self.stop = QPushButton("Start"), QPushButton("Stop")
        self.start.setObjectName("primary")
        self.figure, self.table = QPushButton("Export figure…"), QPushButton("Export table…")
        for button, action, icon in (
            (self.start, "methods_start", "start"),
            (self.stop, "methods_stop", "stop"),
            (self.figure, "export_methods", "export"),
            (self.table, "export_methods_table", "table"),
        ):
            bind_button(button, actions[action])
            icons.attach(button, icon, *(("accent_text",) if button is self.start else ()))
        self.state = figure_label("", "muted")
        self.state.setWordWrap(True)
        self.invitation = QLabel(INVITATION)
        self.invitation.setObjectName("faint")
        self.invitation.setWordWrap(True)
        self.lacking = figure_label("", "muted")
        self.lacking.setWordWrap(True)
        # However long the sentences, they never widen the window.
        for label in (self.state, self.lacking):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.cards: list[WayCard] = []
        self.now = WayCard(dispatcher, self._search)
        self._build()
        self.observer = Observer(dispatcher.session)
        self.observer.watch(METHODS, self._draw)
        self.observer.watch(RUN, lambda _: self._enable())

    def _build(self) -> None:
        bar = QHBoxLayout()
        for widget in (self.start, self.stop, self.figure, self.table):
            bar.addWidget(widget)
        bar.addStretch()
        self._row = QHBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addWidget(self.now)
        self._row.addStretch()
        holder = QWidget()
        holder.setObjectName("scrolled")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._row)
        column.addStretch()
        self.strip = QScrollArea()
        self.strip.setWidgetResizable(True)
        self.strip.setFrameShape(QFrame.Shape.NoFrame)
        self.strip.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.strip.setWidget(holder)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 10)
        layout.setSpacing(8)
        layout.addLayout(bar)
        layout.addWidget(self.state)
        layout.addWidget(self.invitation)
        layout.addWidget(self.lacking)
        layout.addWidget(self.strip, 1)

    def set_mark(self, on: bool) -> None:
        """Let reconstructions carry their mark or not."""
        self._mark = on
        for card in (self.now, *self.cards):
            card.set_mark(on)

    def _search(self, way: str) -> None:
        from explorer.studio.methods.controller import MethodsController  # brings torch

        self._dispatcher.send(lambda app: app.controller(MethodsController).search(way))

    def _draw(self, state: MethodsState | None) -> None:
        self.invitation.setVisible(state is None)
        self.state.setText("" if state is None else _says(state))
        self.state.setVisible(state is not None)
        seen = () if state is None else state.seen
        lacking = [f"{one.row.title}: {one.row.lacking}" for one in seen if one.row.lacking]
        self.lacking.setText("\n".join(lacking))
        self.lacking.setVisible(bool(lacking))
        self._draw_cards(state)
        now = None if state is None else state.now
        self.now.setVisible(now is not None)
        if now is not None:
            self.now.draw_now(now)
        self.strip.setVisible(bool(self.cards) or now is not None)
        self._enable()

    def _draw_cards(self, state: MethodsState | None) -> None:
        seen = [] if state is None else [one for one in state.seen if one.picture is not None]
        encoders = list(dict.fromkeys(score.encoder for one in seen for score in one.row.scores))
        readings = list(dict.fromkeys(title for one in seen for title in one.row.readings))
        while len(self.cards) > len(seen):
            gone = self.cards.pop()
            self._row.removeWidget(gone)
            gone.deleteLater()
        while len(self.cards) < len(seen):
            card = WayCard(self._dispatcher, self._search)
            card.set_mark(self._mark)
            self._row.insertWidget(len(self.cards), card)
            self.cards.append(card)
        for card, one in zip(self.cards, seen, strict=True):
            card.picture.view.set_badge(state is not None and state.settings.shows_photograph)
            card.draw(one, lines_of(one, encoders, readings))

    def _enable(self) -> None:
        session = self._dispatcher.session
        state, run = session[METHODS], session[RUN]
        why_not = "a run is under way" if run is not None and run.active else ""
        why_not = "the ways are still under way" if state is not None and state.active else why_not
        for card in self.cards:
            card.enable(why_not)


def _says(state: MethodsState) -> str:
    """Where the ways stand, and of what vector they are."""
    of = f"{shortened(state.target.record.name)} under {state.settings.encoder}"
    if state.status == "running":
        return f"{of}: {'begins' if state.now is None else f'{state.now.title}, {state.now.words}'}"
    if state.status == "finishing":
        return f"{of}: stopping"
    made = sum(one.picture is not None for one in state.seen)
    ways = "1 way" if made == 1 else f"{made} ways"
    ended = {"finished": "made a face", "stopped": "made a face before it was stopped"}
    return f"{of}: {ways} {ended.get(state.status, 'made a face before one failed')}"

"""The Laboratory dock: choose faces, an operation and its strength; one row a face shows what encoders make of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.science.leakage.edits import Patch
from explorer.studio.faces.state import EMBEDDINGS, ENCODER, FACES, SELECTED, VECTORS
from explorer.studio.laboratory.chosen import aims, chosen_keys
from explorer.studio.laboratory.controller import LaboratoryController
from explorer.studio.laboratory.state import LAB, LAB_ROWS, LabState
from explorer.studio.laboratory.values import OPERATIONS, LabChoice, LabRow, Operation
from explorer.studio.session.state import Session
from explorer.ui.base import icons
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.file_dialogs import ask_open
from explorer.ui.base.observe import Observer
from explorer.ui.base.throttle import CURVES_MS, IMAGES_MS, Throttle
from explorer.ui.base.wording import sentence
from explorer.ui.laboratory.controls import AlterPage, AttackPage, ModifyPage, OcclusionPage, OperationPage
from explorer.ui.laboratory.face_ticks import FaceTicks
from explorer.ui.laboratory.row_card import RowCard
from explorer.ui.leakage.cover_view import Tool
from explorer.ui.widgets.beside import BesidePanel, Room
from explorer.ui.widgets.captioned import figure_label, section_title
from explorer.ui.widgets.encoder_box import EncoderBox
from explorer.ui.widgets.quiet import QuietComboBox

ROOM = Room(controls=284, least=120, beside=300, below=420)
NOTHING = (
    "Open a photograph and choose faces. Each gets a row: the photograph as altered, what became of its embedding, "
    "what decoders draw before and after, its score beside the face as it is under every encoder, and what probes say."
)
WAITING = "The faces are being embedded; their rows are made as soon as that is done."
MAKING = "Making the rows…"
WEIGHTS = "Weights (*.safetensors);;All files (*)"


class LaboratoryPanel(BesidePanel):
    """Draws `session[LAB]` and `session[LAB_ROWS]`; rows are made while the panel can be seen.

    Args:
        export: told the key of a face and "figure", "table" or "picture".
    """

    def __init__(
        self,
        dispatcher: CommandDispatcher,
        actions: Mapping[str, QAction],
        export: Callable[[str, str], object],
    ) -> None:
        super().__init__()
        self._dispatcher, self._export = dispatcher, export
        self._watched, self._mark = False, True
        self._pending: dict[Operation, dict[str, object]] = {}
        self.encoder = EncoderBox(dispatcher, "The recogniser that is shown, and attacked", "recogniser that is shown")
        self.operation = QuietComboBox()
        self.operation.setAccessibleName("what is done to the faces")
        for operation, title in OPERATIONS.items():
            self.operation.addItem(title, operation)
        self.operation.activated.connect(lambda _: self._choose(self.operation.currentData()))
        self.faces = FaceTicks(dispatcher)
        self.alter, self.occlusion, self.attack, self.modify = AlterPage(), OcclusionPage(), AttackPage(), ModifyPage()
        self.pages: dict[Operation, OperationPage] = {
            "alter": self.alter,
            "occlusion": self.occlusion,
            "attack": self.attack,
            "modify": self.modify,
        }
        self.says = figure_label("", "muted")
        self.says.setWordWrap(True)
        self.again = QPushButton("Run again")
        self.again.setToolTip("Make the rows anew, as after something was trained or they were stopped")
        icons.attach(self.again, "start")
        self.stop = QPushButton("Stop")
        self.stop.setToolTip("Leave the rows that are under way")
        icons.attach(self.stop, "stop")
        self.reset = QToolButton()
        self.reset.setToolTip("The operation as it was at first")
        self.reset.setAccessibleName("the operation as it was at first")
        self.reset.setIconSize(QSize(16, 16))
        icons.attach(self.reset, "reset")
        self.menu_button = self._menu(actions)
        self.invitation = QLabel(NOTHING)
        self.invitation.setObjectName("faint")
        self.invitation.setWordWrap(True)
        self.invitation.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.invitation.setContentsMargins(40, 20, 40, 20)
        self.cards: dict[str, RowCard] = {}
        self._connect()
        self._build()
        self._settle = Throttle(self._send, CURVES_MS, self)
        self._refresh = Throttle(self._draw, IMAGES_MS, self)
        self.observer = Observer(dispatcher.session)
        for field in (LAB, LAB_ROWS, FACES, SELECTED, ENCODER, VECTORS, EMBEDDINGS):
            self.observer.watch(field, lambda _: self._refresh.poke())
        dispatcher.when_ready(self._offer)

    def _menu(self, actions: Mapping[str, QAction]) -> QToolButton:
        button = QToolButton()
        button.setToolTip("Export all rows, or copy the command")
        button.setAccessibleName("export all rows")
        button.setIconSize(QSize(16, 16))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        icons.attach(button, "export")
        menu = QMenu(button)
        for name in ("export_laboratory_figure", "export_laboratory_table", "copy_laboratory_command"):
            menu.addAction(actions[name])
        button.setMenu(menu)
        return button

    def _connect(self) -> None:
        for operation, page in self.pages.items():
            page.changed.connect(lambda values, operation=operation: self._later(operation, values))
        self.alter.maps_asked.connect(self._ask_maps)
        self.alter.maps_dropped.connect(lambda: self._command(lambda lab: lab.use_maps(None)))
        self.modify.file_asked.connect(self._ask_modifier)
        self.modify.file_dropped.connect(lambda: self._command(lambda lab: lab.use_modifier(None)))
        self.occlusion.undone.connect(lambda: self._command(lambda lab: lab.show_last()))
        self.occlusion.tool_chosen.connect(self._set_tool)
        self.again.clicked.connect(lambda: self._command(lambda lab: lab.again()))
        self.stop.clicked.connect(lambda: self._command(lambda lab: lab.stop()))
        self.reset.clicked.connect(lambda: self._command(lambda lab: lab.reset(self.operation.currentData())))

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.encoder, 1)
        head.addWidget(self.reset)
        head.addWidget(self.menu_button)
        self._stack = QStackedWidget()
        for page in self.pages.values():
            page.column.addStretch()
            self._stack.addWidget(page)
        self._stack.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.again)
        row.addWidget(self.stop)
        row.addStretch()
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(7)
        column.addLayout(head)
        self.faces_title = section_title("Faces")
        column.addWidget(self.faces_title)
        column.addWidget(self.faces)
        column.addWidget(section_title("Operation"))
        column.addWidget(self.operation)
        column.addWidget(self._stack)
        column.addWidget(self.says)
        column.addLayout(row)
        column.addStretch()
        holder = QWidget()
        holder.setObjectName("scrolled")
        self._rows = QVBoxLayout(holder)
        self._rows.setContentsMargins(0, 0, 4, 0)
        self._rows.setSpacing(8)
        self._rows.addWidget(self.invitation, 1)
        self._rows.addStretch()
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setMinimumSize(0, ROOM.least)
        self.area.setCornerWidget(QWidget())  # Fusion's own draws a size grip
        self.area.setWidget(holder)
        self.lay(left, self.area, ROOM, controls_first=True, margins=(10, 8, 8, 10), spacing=8)

    @Slot(bool)
    def set_watched(self, on: bool) -> None:
        """Have rows made while they can be seen, and none otherwise."""
        if on == self._watched:
            return
        self._watched = on
        if not on:
            self.occlusion.drop_tool()
        self._command(lambda lab: lab.watch(on))
        self._refresh.poke()

    def set_mark(self, on: bool) -> None:
        """Mark decodes as reconstructions, or not."""
        self._mark = on
        for card in self.cards.values():
            card.set_mark(on)

    # Commands.

    def _command(self, command: Callable[[LaboratoryController], object]) -> None:
        self._dispatcher.send(lambda app: command(app.controller(LaboratoryController)))

    def _choose(self, operation: Operation) -> None:
        self._send()
        self.occlusion.drop_tool()
        self._command(lambda lab: lab.choose(operation))

    def _later(self, operation: Operation, values: dict[str, object]) -> None:
        """Take new values over; of those that come faster than rows are worth making, the newest."""
        self._pending.setdefault(operation, {}).update(values)
        self._settle.poke()

    def _send(self) -> None:
        pending, self._pending = self._pending, {}
        for operation, values in pending.items():
            self._change(operation, values)

    def _change(self, operation: Operation, values: dict[str, object]) -> None:
        self._command(lambda lab: lab.change(operation, **values))

    def _hide(self, patch: Patch) -> None:
        self._command(lambda lab: lab.hide(patch))

    def _ask_maps(self) -> None:
        file = ask_open(self, "probes", "Maps of embeddings", WEIGHTS)
        if file is not None:
            self._command(partial(LaboratoryController.use_maps, file=file))

    def _ask_modifier(self) -> None:
        file: Path | None = ask_open(self, "probes", "Take attributes out by", WEIGHTS)
        if file is not None:
            self._command(partial(LaboratoryController.use_modifier, file=file))

    def _invert(self, key: str, mapped: bool) -> None:
        self._command(lambda lab: lab.invert(key, mapped=mapped))

    def _set_tool(self, tool: Tool | None) -> None:
        for card in self.cards.values():
            card.cover.set_tool(tool)

    def _offer(self) -> None:
        """Offer what only torch knows of, once that is loaded."""
        from explorer.science.training.modification import attributes

        self.modify.offer(tuple(attributes()))
        self._refresh.poke()

    # Drawing.

    def _draw(self) -> None:
        session = self._dispatcher.session
        choice, state = session[LAB], session[LAB_ROWS]
        # Nothing of a face that is gone stays, seen or not.
        self._drop_gone({row.key for row in state.rows})
        self.faces.drop_gone()
        if not self._watched:
            return
        self.encoder.show_encoder(session[ENCODER])
        self.faces.draw()
        for part in (self.faces_title, self.faces):
            part.setVisible(bool(session[FACES]))
        if not self._pending:  # what is being slid is not pulled back
            self._draw_choice(session, choice)
        self._draw_rows(choice, state)
        self._say(state)
        self.stop.setEnabled(state.busy)
        self.again.setEnabled(bool(chosen_keys(session)) and not state.busy)

    def _say(self, state: LabState) -> None:
        """Say how many rows are to come, or why there are none."""
        said = sentence(state.remark)
        if state.busy:
            count = len(state.waiting)
            said = "A row is being made…" if count == 1 else f"{count} rows are to come…"
        self.says.setText(said)
        self.says.setVisible(bool(said))

    def _draw_choice(self, session: Session, choice: LabChoice) -> None:
        self.operation.setCurrentIndex(self.operation.findData(choice.operation))
        page = self.pages[choice.operation]
        # The stack is as high as the page in view.
        for one in self.pages.values():
            policy = QSizePolicy.Policy.Preferred if one is page else QSizePolicy.Policy.Ignored
            one.setSizePolicy(QSizePolicy.Policy.Preferred, policy)
        self._stack.setCurrentWidget(page)
        self.attack.offer(aims(session))
        page.draw(choice)

    def _drop_gone(self, keys: set[str]) -> None:
        for key in [key for key in self.cards if key not in keys]:
            card = self.cards.pop(key)
            self._rows.removeWidget(card)
            card.deleteLater()

    def _draw_rows(self, choice: LabChoice, state: LabState) -> None:
        rows = {row.key: row for row in state.rows}
        for place, (key, row) in enumerate(rows.items()):
            card = self.cards.get(key) or self._add(key)
            if self._rows.indexOf(card) != place:
                self._rows.insertWidget(place, card)
            card.draw(row, waiting=key in state.waiting)
            self._draw_pending(card, choice, row)
        self.invitation.setVisible(not rows)
        embedded = set(chosen_keys(self._dispatcher.session))
        self.invitation.setText(MAKING if state.busy else WAITING if embedded else NOTHING)

    def _draw_pending(self, card: RowCard, choice: LabChoice, row: LabRow) -> None:
        """Show on a picture what was drawn since; nothing can be drawn on what is no photograph in the frame."""
        hides = choice.operation == "occlusion" and row.choice.operation == "occlusion"
        held, wanted = row.choice.occlusion.patches, choice.occlusion.patches
        card.cover.set_pending(wanted[len(held) :] if hides and wanted[: len(held)] == held else ())
        tools: list[Tool] = [name for name, button in self.occlusion.tools.items() if button.isChecked()]
        tool = tools[0] if hides and tools else None
        if card.cover.tool != tool:
            card.cover.set_tool(tool)

    def _add(self, key: str) -> RowCard:
        card = self.cards[key] = RowCard(self._dispatcher, self._export, self._invert)
        card.set_mark(self._mark)
        card.cover.covered.connect(self._hide)
        return card

"""Everything that was imported, encoders and generators: what each is, what depends on it, and the way to remove it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from explorer.science.names import shown
from explorer.studio.bringing.depending import what_depends as what_depends_on_encoder
from explorer.studio.bringing.state import OWN_ENCODERS
from explorer.studio.catalogue.brought_encoders import EncoderCard
from explorer.studio.catalogue.generators import GeneratorCard
from explorer.studio.catalogue.image_encoders import ImageEncoderCard, image_encoders
from explorer.studio.generators.state import BROUGHT
from explorer.studio.generators.words import card_text, image_encoder_text
from explorer.studio.generators.words import what_depends as what_depends_on_generator
from explorer.studio.session.state import Session
from explorer.ui.base import icons, text_size
from explorer.ui.base.observe import Observer
from explorer.ui.base.window import Window
from explorer.ui.bringing.invitation import Invitation
from explorer.ui.widgets.page import Page
from explorer.ui.widgets.question import agreed
from explorer.ui.widgets.shrinking import Shrinking, fit_screen
from explorer.ui.widgets.table import Cell, CopyableTable

SIZE = QSize(940, 620)
HEADINGS = ("Name", "Kind", "Threshold", "Licence", "Size", "Imported", "sha256")
HINTS = (
    "By which it is a choice everywhere",
    "",
    "From which similarity on two faces pass for one person, at a false match rate of 1e-3",
    "Its terms, as they were said when it was imported",
    "What is kept of it",
    "",
    "The beginning of its file's hash",
)
_LICENCE, _HASH = HEADINGS.index("Licence"), HEADINGS.index("sha256")
_HEIGHTS = (150, 400)  # of the list and of the card, at first
_TELLS_LATENTS = "image encoder"
FIGURES = (False, False, True, False, True, False, False)


@dataclass(frozen=True)
class Own:
    """One part of the user's own. threshold: in words; "" where it has none."""

    id: str
    kind: str
    threshold: str
    licence: str
    size: int
    since: datetime | None
    sha256: str
    card: Callable[[], str]
    depends: Callable[[Session], str]


class OwnPartsDialog(QDialog):
    """Lists what the session knows to be imported.

    Attributes:
        table: a row for each. page: the card of the one that is chosen. depends: what depends on it.
        ask: the question before one is removed; its arguments are what is asked and what goes.
    """

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._dispatcher = window.dispatcher
        self._parts: tuple[Own, ...] = ()
        self.ask: Callable[[str, str], bool] = lambda asked, goes: agreed(self, asked, goes, "Remove")
        self.setWindowTitle("Imported networks")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.table = CopyableTable(HEADINGS)
        self.table.set_headings(HEADINGS, HINTS, FIGURES)
        self.table.setAccessibleName("imported networks")
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.horizontalHeader().setSectionResizeMode(_LICENCE, QHeaderView.ResizeMode.Stretch)
        self.page = Page("card of the network")
        self.depends = QLabel()
        self.depends.setObjectName("muted")
        self.depends.setWordWrap(True)
        self.depends.setTextFormat(Qt.TextFormat.PlainText)
        self._build([window.actions_by_name[name] for name in ("import_network", "import_generator")])
        fit_screen(self, QSize(text_size.scaled(SIZE.width()), text_size.scaled(SIZE.height())))
        self.table.itemSelectionChanged.connect(self._draw_card)
        self._dispatcher.send(lambda app: app.bringing.look())
        observer = Observer(self._dispatcher.session)
        for slice_ in (OWN_ENCODERS, BROUGHT):
            observer.watch(slice_, self._draw)
        self.finished.connect(lambda _: observer.release())

    def _build(self, imports: list[QAction]) -> None:
        self.remove = QPushButton("Remove…")
        self.remove.setToolTip("Take it away, once you have read what depends on it; its maker's file stays")
        self.remove.setAutoDefault(False)
        self.remove.clicked.connect(self._remove)
        icons.attach(self.remove, "forget")
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        self.imports: list[QPushButton] = []
        for action in imports:
            button = QPushButton(action.text())
            button.setIcon(action.icon())
            button.setToolTip(action.toolTip())
            button.setAutoDefault(False)
            button.clicked.connect(action.trigger)
            buttons.addWidget(button)
            self.imports.append(button)
        buttons.addStretch()
        buttons.addWidget(self.remove)
        buttons.addWidget(close)
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.page, 1)
        column.addWidget(self.depends)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(10)
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(below)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([text_size.scaled(height) for height in _HEIGHTS])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        self.invitation = Invitation(*imports)
        self.inviting = Shrinking(self.invitation, QSize(300, 160))
        layout.addWidget(self.inviting, 1)
        layout.addWidget(self.splitter, 1)
        layout.addLayout(buttons)

    @property
    def chosen(self) -> Own | None:
        """The one whose card is shown."""
        row = self.table.currentRow()
        return self._parts[row] if self.table.selectedIndexes() and row < len(self._parts) else None

    def _draw(self, _: object = None) -> None:
        session, before = self._dispatcher.session, self.chosen
        encoders, generators = map(_encoder, session[OWN_ENCODERS]), map(_generator, session[BROUGHT])
        self._parts = (*encoders, *generators, *map(_image_encoder, image_encoders()))
        self.table.set_rows([_row(part) for part in self._parts])
        self.inviting.setVisible(not self._parts)
        for widget in (self.splitter, self.remove, *self.imports):
            widget.setVisible(bool(self._parts))
        rows = [row for row, part in enumerate(self._parts) if before is not None and part.id == before.id]
        if self._parts:
            self.table.setCurrentCell(rows[0] if rows else 0, 0)
            self.table.selectRow(rows[0] if rows else 0)
        self._draw_card()

    def _draw_card(self) -> None:
        part = self.chosen
        self.page.show_markdown("" if part is None else part.card())
        self.depends.setText("" if part is None else part.depends(self._dispatcher.session))

    def _remove(self) -> None:
        part = self.chosen
        if part is None or not self.ask(f"Remove {part.id}?", part.depends(self._dispatcher.session)):
            return
        if part.kind == "generator":
            self._dispatcher.send(lambda app: app.generators.remove(part.id))
        elif part.kind == _TELLS_LATENTS:
            self._dispatcher.send(lambda app: app.bringing.remove_image_encoder(part.id))
            self._draw()
        else:
            self._dispatcher.send(lambda app: app.bringing.remove(part.id))


def _encoder(card: EncoderCard) -> Own:
    threshold = "" if card.threshold is None else f"{card.threshold:.3f} ({card.input.measure})"
    return Own(
        card.id,
        "encoder",
        threshold,
        card.licence,
        card.size,
        card.kept_since,
        card.sha256,
        lambda: _text_of(card),
        lambda session: what_depends_on_encoder(session, card, session[OWN_ENCODERS]),
    )


def _text_of(card: EncoderCard) -> str:
    try:
        return card.text.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        return f"# {card.id}\n\nIts card {shown(card.text)} cannot be read: {error}"


def _generator(card: GeneratorCard) -> Own:
    return Own(
        card.id,
        "generator",
        "",
        card.licence,
        card.size,
        card.kept_since,
        card.source_sha256,
        lambda: card_text(card),
        lambda session: what_depends_on_generator(session, card),
    )


def _image_encoder(card: ImageEncoderCard) -> Own:
    return Own(
        card.id,
        _TELLS_LATENTS,
        "",
        card.licence,
        card.size,
        card.kept_since,
        card.source_sha256,
        lambda: image_encoder_text(card),
        lambda session: "What was reconstructed by it stays, and cannot be made again without it.",
    )


def _row(part: Own) -> list[Cell]:
    texts = (
        part.id,
        part.kind,
        part.threshold or "–",
        part.licence,
        f"{part.size / 1e6:.1f} MB",
        "" if part.since is None else f"{part.since:%Y-%m-%d %H:%M}",
        part.sha256[:12],
    )
    hints = ("", "", "", part.licence, f"{part.size:,} bytes", "", part.sha256)
    return [
        Cell(
            text,
            "text",
            FIGURES[column],
            not column,
            hints[column],
            copied=hints[column] if column in (_LICENCE, _HASH) else "",
        )
        for column, text in enumerate(texts)
    ]

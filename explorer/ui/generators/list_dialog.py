"""The generators that were imported, each with what is known of it, and the way to take one away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.studio.catalogue.generators import GeneratorCard
from explorer.studio.generators.state import BROUGHT
from explorer.ui.base import icons
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.observe import Observer
from explorer.ui.base.wording import breakable
from explorer.ui.widgets.captioned import SELECTABLE
from explorer.ui.widgets.shrinking import Shrinking, fit_screen

NONE = "None has been imported. StyleGAN2, StyleGAN2-ADA, StyleGAN3 and DCGAN can be, without labels."
KEPT = "What was drawn with a generator stays when it is removed, and cannot be made again without it."


class GeneratorsDialog(QDialog):
    """Draws the cards of the session's brought generators.

    Attributes:
        rows: one for each, by name.
    """

    def __init__(self, dispatcher: CommandDispatcher, bring: Callable[[], object], parent: QWidget) -> None:
        super().__init__(parent)
        self._dispatcher = dispatcher
        self.setWindowTitle("Imported generators")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.rows: dict[str, GeneratorRow] = {}
        page = QWidget()
        self._list = QVBoxLayout(page)
        self._list.setContentsMargins(20, 16, 20, 0)
        self._list.setSpacing(12)
        self.note = QLabel()
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        self._list.addWidget(self.note)
        self._list.addStretch()
        self.bring = QPushButton("Import…")
        self.bring.setToolTip("Import a generator from its maker's file")
        self.bring.setAutoDefault(False)
        self.bring.clicked.connect(bring)
        icons.attach(self.bring, "open")
        self.close_button = QPushButton("Close")
        self.close_button.setDefault(True)
        self.close_button.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(20, 0, 20, 0)
        buttons.addWidget(self.bring)
        buttons.addStretch()
        buttons.addWidget(self.close_button)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 16)
        outer.setSpacing(10)
        outer.addWidget(Shrinking(page, QSize(300, 160)), 1)
        outer.addLayout(buttons)
        fit_screen(self, QSize(560, 320))
        observer = Observer(dispatcher.session)
        observer.watch(BROUGHT, self._draw)
        self.finished.connect(lambda _: observer.release())

    def _draw(self, cards: tuple[GeneratorCard, ...]) -> None:
        for row in self.rows.values():
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {card.id: GeneratorRow(card) for card in cards}
        for number, (name, row) in enumerate(self.rows.items()):
            row.remove.clicked.connect(lambda _=False, name=name: self._remove(name))
            self._list.insertWidget(number, row)
        self.note.setText(KEPT if cards else NONE)

    def _remove(self, name: str) -> None:
        self._dispatcher.send(lambda app: app.generators.remove(name))


class GeneratorRow(QFrame):
    """One generator."""

    def __init__(self, card: GeneratorCard) -> None:
        super().__init__()
        title = QLabel(card.id)
        title.setObjectName("sectionTitle")
        self.remove = QPushButton("Remove")
        self.remove.setAccessibleName(f"remove {card.id}")
        self.remove.setToolTip(f"Take {card.id} away; its maker's file stays")
        self.remove.setAutoDefault(False)
        icons.attach(self.remove, "forget")
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(self.remove)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        for text in ("; ".join(card.facts), card.origin):
            layout.addWidget(_words(text[:1].upper() + text[1:]))


def _words(text: str) -> QLabel:
    label = QLabel(breakable(text))
    label.setObjectName("muted")
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(SELECTABLE)
    return label

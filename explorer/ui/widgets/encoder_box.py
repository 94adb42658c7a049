"""Chooses the recogniser of the session."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt

from explorer.studio.faces.state import ENCODER
from explorer.ui.base import registries
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.guard import guarded
from explorer.ui.widgets.quiet import QuietComboBox

# Of a name, beside the arrow in pixels, that stay where a panel has no room for all of it.
LETTERS, ARROW = 7, 30


class EncoderBox(QuietComboBox):
    """Every recogniser that is registered, once the workbench has come; until then, the one that is chosen.

    Args:
        hint: its tip. name: what it is called where it cannot be seen.
        attacked: whether those are left out that only judge.
    """

    def __init__(self, dispatcher: CommandDispatcher, hint: str, name: str, *, attacked: bool = False) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self._attacked = attacked
        self._known = False
        self.addItem(dispatcher.session[ENCODER], dispatcher.session[ENCODER])
        self.setToolTip(hint)
        self.setAccessibleName(name)
        self.activated.connect(self._select)
        dispatcher.when_ready(self._fill)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for the room of a few letters: a long name is cut where there is no more."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), LETTERS * self.fontMetrics().averageCharWidth() + ARROW), hint.height())

    def show_encoder(self, encoder: str) -> None:
        """Show an encoder without telling anybody; one that was imported or fetched since is offered from now on."""
        if self._known and self.findData(encoder) < 0:
            self._offer()
        with QSignalBlocker(self):
            self.setCurrentIndex(self.findData(encoder))

    def _select(self, index: int) -> None:
        encoder = self.itemData(index)
        self._dispatcher.send(lambda app: app.settings.select_encoder(encoder))

    @guarded
    def showPopup(self) -> None:  # noqa: N802
        """Offer what has been fetched since, too."""
        if self._known:
            self._fill()
        super().showPopup()

    def _fill(self) -> None:
        self._known = True
        self._offer()
        self.show_encoder(self._dispatcher.session[ENCODER])

    def _offer(self) -> None:
        with QSignalBlocker(self):
            self.clear()
            for spec in registries.encoders():
                if self._attacked and spec.judges_only:
                    continue
                self.addItem(spec.id, spec.id)
                self.setItemData(self.count() - 1, spec.title, Qt.ItemDataRole.ToolTipRole)

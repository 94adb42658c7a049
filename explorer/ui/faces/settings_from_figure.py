"""A figure of this program was brought: ask, and take its settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from explorer.science.names import name_of
from explorer.studio.errors import UserError
from explorer.studio.inversion.values import starts_in_words
from explorer.ui.base.dispatcher import CommandDispatcher

if TYPE_CHECKING:
    from explorer.studio.reproducing.adopting import Adoption

PICTURES = (".png", ".gif")


class AdoptSettingsDialog(QMessageBox):
    """Asks what a figure is brought for. `photograph` is emitted where it is to be opened as one after all."""

    photograph = Signal()

    def __init__(self, path: Path, dispatcher: CommandDispatcher, parent: QWidget) -> None:
        super().__init__(parent)
        self._dispatcher = dispatcher
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("A figure of this program")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(f"{name_of(path)} says how it was made.")
        self.take = self.addButton("Take its settings", QMessageBox.ButtonRole.AcceptRole)
        self.open_picture = None
        if path.suffix.lower() in PICTURES:
            self.open_picture = self.addButton("Open as photograph", QMessageBox.ButtonRole.ActionRole)
        self.addButton(QMessageBox.StandardButton.Cancel)
        self.setDefaultButton(self.take)
        self._adoption: Adoption | None = None
        try:
            from explorer.studio.reproducing.adopting import adoption  # brings torch
            from explorer.studio.reproducing.runs import read_recorded

            self._adoption = adoption(read_recorded(path))
        except UserError as error:
            self.take.setEnabled(False)
            self.setInformativeText(f"Its settings cannot be taken: {error}.")
        else:
            self.setInformativeText(_words(self._adoption))
        self._path = path
        self.buttonClicked.connect(self._clicked)

    def _clicked(self, button: object) -> None:
        if button is self.take and self._adoption is not None:
            taken, target, name = self._adoption, self._adoption.recipe.target, self._path.name
            self._dispatcher.send(
                lambda app: app.settings.take(name, taken.settings, target.sha256, taken.plan, target.points)
            )
        elif self.open_picture is not None and button is self.open_picture:
            self.photograph.emit()


def _words(adoption: Adoption) -> str:
    recipe, settings = adoption.recipe, adoption.settings
    starts = starts_in_words(settings.starts, recipe.proposed_starts)
    parts = [
        f"{settings.encoder}, {settings.space}, {settings.steps} steps from {starts}, made of {recipe.target.name}.",
        "Encoder, settings and weights of the next run become those of the figure; undo brings yours back.",
    ]
    if adoption.plan is not None:
        parts.insert(1, f"Taken, too, and done again by the next run: {adoption.plan.words}.")
    if adoption.lacking:
        parts.append(f"Not taken: {'; '.join(adoption.lacking)}.")
    return "\n".join(parts)

"""Chooses the generator that draws the next run."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from explorer.science.generation.registry import absence
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.generators.state import BROUGHT
from explorer.studio.inversion.state import SETTINGS
from explorer.ui.base import registries, text_size
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.observe import Observer
from explorer.ui.base.wording import breakable
from explorer.ui.widgets.quiet import QuietComboBox
from explorer.ui.widgets.settings_form import LABEL_WIDTH


class GeneratorBox(QWidget):
    """Every generator that is registered, as a row of the form below it; nothing where there is one alone.

    One that the settings name and that is not on this machine stands there as well, and says so.
    """

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self._titles: dict[str, tuple[str, str]] = {}
        self.box = QuietComboBox()
        self.box.setAccessibleName("generator")
        hint = str(InversionSettings.model_fields["generator"].description)
        self.box.setToolTip(hint)
        label = QLabel("generator")
        label.setObjectName("muted")
        label.setToolTip(hint)
        label.setBuddy(self.box)
        text_size.fixed_width(label, LABEL_WIDTH)
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(10)
        layout.addRow(label, self.box)
        self.note = QLabel()
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        layout.addRow(self.note)
        self.box.activated.connect(self._choose)
        self.setVisible(False)
        self.observer = Observer(dispatcher.session)
        dispatcher.when_ready(self._begin)

    def _begin(self) -> None:
        self.observer.watch(BROUGHT, self._fill)

    def _fill(self, _cards: object) -> None:
        """Offer what is registered now."""
        self._titles = {spec.id: (spec.id, spec.title) for spec in registries.generators()}
        self.show_generator(self._dispatcher.session[SETTINGS])

    def show_generator(self, settings: InversionSettings) -> None:
        """Show the settings' generator without telling anybody."""
        if not self._titles:  # nothing is registered that could be read yet
            return
        chosen = settings.generator
        absent = {} if chosen in self._titles else {chosen: (chosen, absence(chosen))}
        with QSignalBlocker(self.box):
            self.box.clear()
            for id_, (text, hint) in {**self._titles, **absent}.items():
                self.box.addItem(text, id_)
                self.box.setItemData(self.box.count() - 1, hint, Qt.ItemDataRole.ToolTipRole)
            self.box.setCurrentIndex(self.box.findData(chosen))
        words = f"{breakable(chosen)} is not on this machine: import it, or choose another."
        self.note.setText(words if absent else "")
        self.note.setVisible(bool(absent))
        self.setVisible(self.box.count() > 1)

    def _choose(self, index: int) -> None:
        generator = self.box.itemData(index)
        self._dispatcher.send(lambda app: app.settings.change("generator", generator))

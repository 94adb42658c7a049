"""Chooses the generator that draws the next run."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.inversion.state import SETTINGS
from explorer.ui.base import registries, text_size
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.widgets.quiet import QuietComboBox
from explorer.ui.widgets.settings_form import LABEL_WIDTH


class GeneratorBox(QWidget):
    """Every generator that is registered, as a row of the form below it; nothing where there is one alone."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__()
        self._dispatcher = dispatcher
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
        self.box.activated.connect(self._choose)
        self.setVisible(False)
        dispatcher.ready.connect(self.fill)

    def fill(self) -> None:
        """Offer what is registered now."""
        specs = registries.generators()
        with QSignalBlocker(self.box):
            self.box.clear()
            for spec in specs:
                self.box.addItem(spec.id, spec.id)
                self.box.setItemData(self.box.count() - 1, spec.title, Qt.ItemDataRole.ToolTipRole)
        self.setVisible(len(specs) > 1)
        self.show_generator(self._dispatcher.session[SETTINGS])

    def show_generator(self, settings: InversionSettings) -> None:
        """Show the settings' generator without telling anybody."""
        with QSignalBlocker(self.box):
            self.box.setCurrentIndex(self.box.findData(settings.generator))

    def _choose(self, index: int) -> None:
        generator = self.box.itemData(index)
        self._dispatcher.send(lambda app: app.settings.change("generator", generator))

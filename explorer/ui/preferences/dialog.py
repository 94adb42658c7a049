"""The preferences, as a form made from their model; what is changed holds at once."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from explorer.studio.config.preferences import Preferences
from explorer.ui.base import icons
from explorer.ui.preferences.plugin_list import PluginList
from explorer.ui.preferences.service import PreferencesService
from explorer.ui.widgets.captioned import section_title
from explorer.ui.widgets.settings_form import SettingsForm
from explorer.ui.widgets.shrinking import Shrinking, fit_screen

SECTIONS = {
    "Window": ("theme", "text_size", "tool_bar", "keep_layout"),
    "Pictures": ("mark", "landmarks", "histograms"),
    "Messages": ("note_seconds", "warning_seconds"),
    "Engine and files": ("device", "autosave_seconds"),
}
LABELS = 150


class PreferencesDialog(QDialog):
    """Edits the preferences of a window."""

    def __init__(self, service: PreferencesService, parent: QWidget) -> None:
        super().__init__(parent)
        self._service = service
        self.setWindowTitle("Preferences")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.forms: list[SettingsForm] = []
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(20, 16, 20, 0)
        layout.setSpacing(6)
        for title, fields in SECTIONS.items():
            form = SettingsForm(Preferences, fields, label_width=LABELS, explained=True)
            form.changed.connect(service.set)
            self.forms.append(form)
            layout.addWidget(section_title(title))
            layout.addWidget(form)
            layout.addSpacing(8)
        layout.addWidget(section_title("Plug-ins"))
        self.plugins = PluginList(service)
        layout.addWidget(self.plugins)
        layout.addSpacing(8)
        self.reset = QPushButton("Defaults")
        self.reset.setToolTip("Give every preference its default")
        self.reset.clicked.connect(service.reset)
        icons.attach(self.reset, "reset")
        self.close_button = QPushButton("Close")
        self.close_button.setDefault(True)
        self.close_button.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.setContentsMargins(20, 0, 20, 0)
        row.addWidget(self.reset)
        row.addStretch()
        row.addWidget(self.close_button)
        area = Shrinking(page, QSize(300, 200))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 16)
        outer.setSpacing(10)
        outer.addWidget(area, 1)
        outer.addLayout(row)
        room = QSize(area.verticalScrollBar().sizeHint().width(), 0)
        fit_screen(self, outer.sizeHint() + room)
        service.store.changed.connect(self._draw)
        self.finished.connect(lambda _: service.store.changed.disconnect(self._draw))
        service.plugins.changed.connect(self.plugins.draw)
        self.finished.connect(lambda _: service.plugins.changed.disconnect(self.plugins.draw))
        self._draw(service.now)

    def _draw(self, preferences: Preferences) -> None:
        for form in self.forms:
            form.show_values(preferences)

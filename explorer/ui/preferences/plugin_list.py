"""The plug-ins that are installed, each with its switch, by what their metadata say: none is imported."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from explorer.studio.origins import Group
from explorer.studio.plugins.installed import Plugin, installed_plugins
from explorer.studio.plugins.loading import problem_of
from explorer.studio.plugins.switches import Switch
from explorer.ui.base import text_size
from explorer.ui.preferences.service import PreferencesService

KINDS: dict[Group, str] = {
    "encoders": "encoder",
    "generators": "generator",
    "terms": "loss term",
    "probes": "probe",
    "models": "morphable model",
    "panels": "panel",
}
NONE = "None is installed. A plug-in is a package that brings an encoder, a loss term, a panel and the like."
WARNING = "A plug-in is code of others, which may do whatever you may do. Switches hold from the next start on."
# In logical pixels: the least width of names, the widths of texts, and how far parts stand behind their package.
_NAME, _WIDTH, _NOTE, _INDENT = 150, 640, 440, 18


class PluginList(QWidget):
    """Lists plug-ins by their packages.

    Attributes:
        boxes: the switches, by what they switch. notes: what is said beside each.
    """

    def __init__(self, service: PreferencesService) -> None:
        super().__init__()
        self._service = service
        self.boxes: dict[Switch, QCheckBox] = {}
        self.notes: dict[Switch, QLabel] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        plugins = installed_plugins()
        known = {plugin.switch for plugin in plugins}
        gone = [switch for switch in service.plugins.on if switch not in known]
        self._layout.addWidget(_words(WARNING if plugins or gone else NONE))
        for origin, parts in groupby(plugins, lambda plugin: (plugin.origin, plugin.summary)):
            self._package(str(origin[0]), origin[1], [(one.switch, one) for one in parts])
        for distribution, switches in groupby(sorted(gone, key=Switch.place), lambda switch: switch.distribution):
            self._package(distribution, "no longer installed", [(switch, None) for switch in switches])
        self.draw(service.plugins.on)

    def _package(self, name: str, summary: str, parts: Sequence[tuple[Switch, Plugin | None]]) -> None:
        title = QLabel(name)
        title.setTextFormat(Qt.TextFormat.PlainText)
        self._layout.addSpacing(6)
        self._layout.addWidget(title)
        if summary:
            self._layout.addWidget(_words(summary))
        grid = QGridLayout()
        grid.setContentsMargins(text_size.scaled(_INDENT), 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        for row, (switch, plugin) in enumerate(parts):
            box = QCheckBox(switch.name)
            box.setAccessibleName(f"{switch.name}, {KINDS[switch.group]} of {name}")
            box.setToolTip("" if plugin is None else f"It lies in {plugin.value}")
            box.setMinimumWidth(text_size.scaled(_NAME))
            box.setMinimumHeight(box.sizeHint().height())  # a page that is too long scrolls, and squeezes no row
            box.toggled.connect(lambda on, switch=switch: self._service.switch_plugin(switch, on))
            note = _words("", _NOTE)
            grid.addWidget(box, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(note, row, 1)
            self.boxes[switch], self.notes[switch] = box, note
        self._layout.addLayout(grid)

    def draw(self, on: Sequence[Switch]) -> None:
        """Show what is switched on."""
        for switch, box in self.boxes.items():
            with QSignalBlocker(box):
                box.setChecked(switch in on)
            _say(self.notes[switch], f"{KINDS[switch.group]}{self._state(switch, switch in on)}", _NOTE)

    def _state(self, switch: Switch, on: bool) -> str:
        began_on = switch in self._service.begun_with
        if on != began_on:
            return "; on from the next start" if on else "; off from the next start"
        problem = problem_of(switch) if on else ""
        return f"; {problem.partition(' is left out: ')[2]}" if problem else ""


def _words(text: str, width: int = _WIDTH) -> QLabel:
    label = QLabel()
    label.setObjectName("faint")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    text_size.fixed_width(label, width)
    text_size.follow(label, lambda: _say(label, label.text(), width))
    _say(label, text, width)
    return label


def _say(label: QLabel, text: str, width: int) -> None:
    """Show a text, and ask for the height that all of its lines need."""
    label.setText(text)
    label.ensurePolished()
    label.setMinimumHeight(max(label.heightForWidth(text_size.scaled(width)), 0))

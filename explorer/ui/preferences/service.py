"""Brings the window in line with the user's preferences, and keeps what the user changes in its menus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from explorer.studio.config.preferences import Preferences, PreferenceStore
from explorer.studio.errors import UserError
from explorer.studio.plugins.switches import PluginSwitches, Switch
from explorer.ui.actions.registry import Registry
from explorer.ui.base import theme
from explorer.ui.base.window import Window
from explorer.ui.widgets.toasts import Toasts

if TYPE_CHECKING:
    from pathlib import Path


# Switches of the menus that are preferences, by the name of their action.
SWITCHES = {"mark": "mark", "draw_landmarks": "landmarks", "draw_histograms": "histograms", "tool_bar": "tool_bar"}


class PreferencesService(QObject):
    """Holds the store of a window's preferences, and which plug-ins are switched on.

    Attributes:
        plugins: the switches; a change holds from the next start on.
        begun_with: what was switched on when the window was opened.
    """

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self.store = PreferenceStore()
        self.store.changed.connect(self._apply)
        self.plugins = PluginSwitches()
        self.begun_with: tuple[Switch, ...] = ()

    @property
    def now(self) -> Preferences:
        """The preferences in force."""
        return self.store.preferences

    def persist_in(self, folder: Path) -> None:
        """Take over what a folder holds, and keep what changes there."""
        trouble = self.store.persist_in(folder)
        if trouble is not None:
            self._window.dispatcher.report("warning", "The preferences could not be read", trouble)
        trouble = self.plugins.persist_in(folder)
        if trouble is not None:
            self.left_out(trouble)
        self.begun_with = self.plugins.on

    def switch_plugin(self, switch: Switch, on: bool) -> None:
        """Switch a plug-in on or off, from the next start on."""
        try:
            self.plugins.set(switch, on)
        except UserError as error:
            self._complain(error)

    @Slot(str)
    def left_out(self, text: str) -> None:
        """Say that a plug-in is not used, and why."""
        self._window.dispatcher.report("warning", "A plug-in is left out", text)

    def set(self, name: str, value: object) -> None:
        """Change one preference."""
        try:
            self.store.set(name, value)
        except UserError as error:
            self._complain(error)

    def reset(self) -> None:
        """Give every preference its default."""
        try:
            self.store.reset()
        except UserError as error:
            self._complain(error)

    @property
    def recent_actions(self) -> tuple[str, ...]:
        """Names of actions that were used, the last one first."""
        return self.store.recent_actions

    def remember(self, recent: tuple[str, ...]) -> None:
        """Keep which actions were used, the last one first."""
        try:
            self.store.remember(recent)
        except UserError as error:
            self._complain(error)

    def _complain(self, error: UserError) -> None:
        self._window.dispatcher.report("warning", "The preferences are not kept", str(error))

    def _apply(self, wanted: Preferences) -> None:
        window = self._window
        theme.scale_text(wanted.text_size / 100)
        if wanted.theme != theme.themes.choice:
            theme.choose(wanted.theme)
        for action, field in SWITCHES.items():
            window.actions_by_name[action].setChecked(getattr(wanted, field))
        window.service(Toasts).seconds = {"info": wanted.note_seconds, "warning": wanted.warning_seconds}
        window.service(Registry).refresh()

"""Panels that plug-ins bring: those that are on are imported, checked against the window's own, and guarded."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QLabel, QWidget

from explorer.studio.plugins.switches import FILE, Switch, switched_on
from explorer.ui.actions.dock_spec import DockSpec
from explorer.ui.actions.registry import MENUS, ActionSpec
from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.base.window import Window
from explorer.ui.window.features import table_with

if TYPE_CHECKING:
    from explorer.studio.origins import Origin


def plugged_panels(config: Path) -> tuple[tuple[UiFeature, ...], tuple[str, ...]]:
    """The panels that are switched on in a folder of settings, and a line for each that is left out.

    Whoever has switched none on waits for nothing.
    """
    if not (config / FILE).exists():
        return (), ()
    # What is wrong with the file itself, the preferences say.
    switches = [switch for switch in switched_on(config)[0] if switch.group == "panels"]
    found, lines = list[UiFeature](), list[str]()
    for switch in switches:
        feature, line = _loaded(switch, found)
        if feature is not None:
            found.append(feature)
        lines += [line] if line else []
    return tuple(found), tuple(lines)


def _loaded(switch: Switch, others: Sequence[UiFeature]) -> tuple[UiFeature | None, str]:
    """A panel, or the line that says why it is left out."""
    from explorer.studio.plugins.loading import forget_problem, load_part, note_problem

    forget_problem(switch)
    try:
        part, origin = load_part(switch)
        return _guarded(_checked(part, others), switch, origin), ""
    # A package may end the program while it is imported: it does not end this one.
    except (Exception, SystemExit) as error:
        return None, note_problem(switch, error).text


def _checked(part: object, others: Sequence[UiFeature]) -> UiFeature:
    """A feature that goes beside the window's own.

    Raises:
        ValueError: it does not.
    """
    if not isinstance(part, UiFeature):
        raise ValueError(f"it leads to a {type(part).__name__}, which is not a panel (UiFeature)")
    if part.centre is not None:
        raise ValueError("it fills the middle of the window, which the inversion does")
    table = table_with((*others, part))
    if [feature.name for feature in table.features].count(part.name) > 1:
        raise ValueError(f"another feature of the window is called {part.name!r} already")
    actions = Counter(action.name for action in table.actions)
    twice = [name for name, count in actions.items() if count > 1]
    if twice:
        raise ValueError(f"another action is called {twice[0]!r} already")
    heads = {f"{action.menu}/{action.text}" for action in table.actions if action.head}
    lost = [action.menu for action in part.actions if action.menu and action.menu not in {*MENUS, *heads}]
    if lost:
        raise ValueError(f"there is no menu {lost[0]!r}")
    keys = Counter(key for action in table.actions for key in _keys(action))
    brought: list[ActionSpec | DockSpec] = [*part.docks, *part.actions]
    taken = [key for one in brought for key in _keys(one) if keys[key] > 1]
    if taken:
        raise ValueError(f"another action has the shortcut {taken[0]} already")
    return part


def _keys(one: ActionSpec | DockSpec) -> list[str]:
    return [key for key in one.shortcut.split("; ") if key]


def _guarded(feature: UiFeature, switch: Switch, origin: Origin) -> UiFeature:
    """The same feature, whose panels and services cannot keep the window from being made."""
    docks = tuple(replace(spec, panel=_panel(spec, switch, origin)) for spec in feature.docks)
    return replace(feature, docks=docks, services=tuple(_service(make, switch) for make in feature.services))


def _panel(spec: DockSpec, switch: Switch, origin: Origin) -> Callable[[Window], QWidget]:
    def make(window: Window) -> QWidget:
        try:
            panel = spec.panel(window)
            if not isinstance(panel, QWidget):
                raise TypeError(f"it is a {type(panel).__name__}, not a widget")
        except Exception as error:
            _say(window, switch, error)
            stand_in = QLabel(f"{spec.title} of the plug-in {origin} cannot be shown; the log says why")
            stand_in.setObjectName("faint")
            stand_in.setWordWrap(True)
            stand_in.setAlignment(Qt.AlignmentFlag.AlignCenter)
            return stand_in
        return panel

    return make


def _service(make: Callable[[Window], QObject], switch: Switch) -> Callable[[Window], QObject]:
    def made(window: Window) -> QObject:
        try:
            return make(window)
        except Exception as error:
            _say(window, switch, error)
            return QObject(window)

    return made


def _say(window: Window, switch: Switch, error: Exception) -> None:
    from explorer.studio.plugins.loading import note_problem

    line, details = note_problem(switch, error).text, "".join(traceback.format_exception(error))
    window.dispatcher.report("warning", "A plug-in is left out", line, details)

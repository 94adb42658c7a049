"""Every feature of the window, in one table: docks, menus, shortcuts, tool bar, palette and services come from it.

A new feature is a folder with a `feature.py`, and a name below. Menus and palette list actions in the order of the
table; in a menu, actions of the same group stand together, and groups stand in the order in which they are first
named. Docks come in the order of the table too, each behind the one it is tabbed with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from explorer.ui.actions.dock_spec import DockSpec, in_order
from explorer.ui.actions.registry import ActionSpec
from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.window import feature as window
from explorer.ui.window.actions import dock_actions

# The folder of each feature; what a folder brings besides its `FEATURE` is named behind a colon.
NAMES = (
    "preferences",
    "faces",
    "session",
    "composer",
    "session:EDITING",
    "inversion",
    "window",
    "leakage",
    "geometry",
    "generators",
    "bringing",
    "variation",
    "gallery",
    "batch",
    "laboratory",
    "handles",
    "people",
    "methods",
    "help",
    "session:LEAVING",
)


def _feature(name: str) -> UiFeature:
    folder, _, part = name.partition(":")
    found: UiFeature = getattr(import_module(f"explorer.ui.{folder}.feature"), part or "FEATURE")
    return found


FEATURES: tuple[UiFeature, ...] = tuple(map(_feature, NAMES))

DOCKS = in_order(dock for feature in FEATURES for dock in feature.docks)

CENTRE = next(feature for feature in FEATURES if feature.centre is not None)

# The actions of the docks lead the window's own.
ACTIONS = tuple(
    action
    for feature in FEATURES
    for action in ((*dock_actions(DOCKS), *feature.actions) if feature is window.FEATURE else feature.actions)
)


@dataclass(frozen=True)
class Table:
    """What one window is made of: the features, and their docks and actions in order."""

    features: tuple[UiFeature, ...]
    docks: tuple[DockSpec, ...]
    actions: tuple[ActionSpec, ...]


def table_with(plugged: Sequence[UiFeature] = ()) -> Table:
    """The table, and behind it what plug-ins bring.

    Raises:
        ValueError: several docks have an id, or one lies behind a dock that is not there.
    """
    brought = [dock for feature in plugged for dock in feature.docks]
    actions = (*dock_actions(brought), *(action for feature in plugged for action in feature.actions))
    return Table((*FEATURES, *plugged), in_order((*DOCKS, *brought)) if brought else DOCKS, (*ACTIONS, *actions))

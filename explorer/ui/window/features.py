"""Every feature of the window, in one table: docks, menus, shortcuts, tool bar, palette and services come from it.

A new feature is a folder with a `feature.py`, and a name below. Menus and palette list actions in the order of the
table; in a menu, actions of the same group stand together, and groups stand in the order in which they are first
named. Docks come in the order of the table too, each behind the one it is tabbed with.
"""

from __future__ import annotations

from importlib import import_module

from explorer.ui.actions.dock_spec import in_order
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
    "variation",
    "gallery",
    "batch",
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

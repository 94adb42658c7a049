"""Every feature of the window, in one table: docks, menus, shortcuts, tool bar, palette and services come from it.

A new feature is a folder with a `feature.py`, and one line below. Menus and palette list actions in the order of the
table; in a menu, actions of the same group stand together, and groups stand in the order in which they are first
named. Docks come in the order of the table too, each behind the one it is tabbed with.
"""

from __future__ import annotations

from explorer.ui.actions.dock_spec import in_order
from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.batch import feature as batch
from explorer.ui.composer import feature as composer
from explorer.ui.faces import feature as faces
from explorer.ui.gallery import feature as gallery
from explorer.ui.geometry import feature as geometry
from explorer.ui.help import feature as help  # noqa: A004 - the Help menu
from explorer.ui.inversion import feature as inversion
from explorer.ui.leakage import feature as leakage
from explorer.ui.preferences import feature as preferences
from explorer.ui.session import feature as session
from explorer.ui.variation import feature as variation
from explorer.ui.window import feature as window
from explorer.ui.window.actions import dock_actions

FEATURES: tuple[UiFeature, ...] = (
    preferences.FEATURE,
    faces.FEATURE,
    session.FEATURE,
    composer.FEATURE,
    session.EDITING,
    inversion.FEATURE,
    window.FEATURE,
    leakage.FEATURE,
    geometry.FEATURE,
    variation.FEATURE,
    gallery.FEATURE,
    batch.FEATURE,
    help.FEATURE,
)

DOCKS = in_order(dock for feature in FEATURES for dock in feature.docks)

CENTRE = next(feature for feature in FEATURES if feature.centre is not None)

# The actions of the docks lead the window's own.
ACTIONS = tuple(
    action
    for feature in FEATURES
    for action in ((*dock_actions(DOCKS), *feature.actions) if feature is window.FEATURE else feature.actions)
)

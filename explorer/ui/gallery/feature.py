"""Many faces: browsed, laid out on a plane, compared."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from explorer.ui.actions.dock_spec import DockSpec
from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.base.window import Window
from explorer.ui.gallery.actions import ACTIONS

# Panels that are made once the window has been painted, with all that they import.


def _gallery(window: Window) -> QWidget:
    from explorer.ui.gallery.panel import GalleryPanel

    return GalleryPanel(window.dispatcher, window.actions_by_name)


def _map(window: Window) -> QWidget:
    from explorer.ui.gallery.map_panel import MapPanel

    return MapPanel(window.dispatcher, window.actions_by_name)


def _compare(window: Window) -> QWidget:
    from explorer.ui.gallery.compare_panel import ComparePanel

    return ComparePanel(window.dispatcher)


def _wipe(window: Window) -> QWidget:
    from explorer.ui.gallery.wipe_panel import WipePanel

    return WipePanel(window.dispatcher)


FEATURE = UiFeature(
    name="gallery",
    docks=(
        DockSpec(
            "gallery",
            "Gallery",
            _gallery,
            "bottom",
            "Many faces: folders, people, search and order by likeness",
            shortcut="Ctrl+8",
            tabbed_with="runs",
            min_height=420,
        ),
        DockSpec(
            "map",
            "Map",
            _map,
            "bottom",
            "The gallery's embeddings on a plane",
            shortcut="Ctrl+9",
            tabbed_with="gallery",
            min_height=420,
        ),
        DockSpec(
            "compare",
            "Compare",
            _compare,
            "bottom",
            "Two to four faces side by side, with the score of each pair",
            shortcut="Ctrl+0",
            tabbed_with="map",
            min_height=360,
        ),
        DockSpec(
            "wipe",
            "Wipe",
            _wipe,
            "bottom",
            "Photograph and result under a line that is dragged, and where they differ",
            shortcut="Ctrl+Shift+W",
            tabbed_with="compare",
            min_height=420,
        ),
    ),
    actions=ACTIONS,
)

"""People who never were: drawn by seeds, moved, lit, and sent to the other panels."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from explorer.ui.actions.dock_spec import DockSpec
from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.base.window import Window
from explorer.ui.people.actions import ACTIONS


def _people(window: Window) -> QWidget:
    from explorer.ui.people.panel import PeoplePanel  # the window paints first

    return PeoplePanel(window.dispatcher, window.actions_by_name)


FEATURE = UiFeature(
    name="people",
    docks=(
        DockSpec(
            "people",
            "People",
            _people,
            "bottom",
            "Draw people who never were, by seeds and sliders, and send them to Faces with every label true",
            shortcut="Ctrl+Shift+H",
            tabbed_with="laboratory",
            min_height=460,
        ),
    ),
    actions=ACTIONS,
)

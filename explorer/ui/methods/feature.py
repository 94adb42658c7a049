"""All ways from one vector back to a face."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from explorer.ui.actions.dock_spec import DockSpec
from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.base.window import Window
from explorer.ui.methods.actions import ACTIONS


def _methods(window: Window) -> QWidget:
    from explorer.ui.methods.panel import MethodsPanel  # the window paints first

    return MethodsPanel(window.dispatcher, window.actions_by_name)


FEATURE = UiFeature(
    name="methods",
    docks=(
        DockSpec(
            "methods",
            "Methods",
            _methods,
            "bottom",
            "Every way from the selected embedding back to a face, side by side",
            shortcut="Ctrl+Shift+M",
            tabbed_with="people",
            min_height=460,
        ),
    ),
    actions=ACTIONS,
)

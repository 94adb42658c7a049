"""The fitted 3D face."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from explorer.ui.actions.dock_spec import DockSpec
from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.base.window import Window
from explorer.ui.geometry.actions import ACTIONS


def _face_in_3d(window: Window) -> QWidget:
    from explorer.ui.geometry.panel import ViewportPanel  # the window paints first

    return ViewportPanel(window.dispatcher, window.actions_by_name)


FEATURE = UiFeature(
    name="geometry",
    docks=(
        DockSpec(
            "3d_face",
            "3D face",
            _face_in_3d,
            "bottom",
            "The fitted 3D face, its texture and its visibility",
            shortcut="Ctrl+5",
            min_height=440,
        ),
    ),
    actions=ACTIONS,
)

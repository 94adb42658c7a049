"""Several inversions of one embedding."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from explorer.ui.actions.dock_spec import DockSpec
from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.base.window import Window


def _variation(window: Window) -> QWidget:
    from explorer.ui.variation.panel import VariationPanel  # the window paints first

    return VariationPanel(window.dispatcher, window.actions_by_name)


FEATURE = UiFeature(
    name="variation",
    docks=(
        DockSpec(
            "variation",
            "Variation",
            _variation,
            "bottom",
            "What an embedding determines of a face, from several inversions",
            shortcut="Ctrl+6",
            tabbed_with="3d_face",
        ),
    ),
)

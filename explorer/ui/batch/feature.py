"""Whole folders in a queue."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from explorer.ui.actions.dock_spec import DockSpec
from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.base.window import Window


def _batch(window: Window) -> QWidget:
    from explorer.ui.batch.panel import BatchPanel  # the window paints first

    return BatchPanel(window.dispatcher)


FEATURE = UiFeature(
    name="batch",
    docks=(
        DockSpec(
            "batch",
            "Batch",
            _batch,
            "bottom",
            "Whole folders in a queue: what is done to them, and what failed",
            shortcut="Ctrl+Shift+B",
            tabbed_with="wipe",
            min_height=300,
        ),
    ),
)

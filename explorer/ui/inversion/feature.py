"""Inverting an embedding: its settings, the run in view, and the runs there are."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from explorer.ui.actions.dock_spec import DockSpec
from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.base.window import Window
from explorer.ui.inversion.actions import ACTIONS
from explorer.ui.inversion.look_actions import LOOK_ACTIONS
from explorer.ui.inversion.objective_panel import ObjectivePanel

# Panels that are made once the window has been painted, with all that they import.


def _inversion(window: Window) -> QWidget:
    from explorer.ui.inversion.panel import InversionPanel

    return InversionPanel(window.dispatcher, window.actions_by_name)


def _runs(window: Window) -> QWidget:
    from explorer.ui.inversion.runs_panel import RunsPanel

    return RunsPanel(window.dispatcher, window.actions_by_name)


FEATURE = UiFeature(
    name="inversion",
    docks=(
        DockSpec(
            "objective",
            "Objective",
            lambda window: ObjectivePanel(window.dispatcher, window.actions_by_name),
            "right",
            "Weights of the loss terms and settings of the next run",
            shortcut="Ctrl+3",
            visible_by_default=True,
            eager=True,
        ),
        DockSpec(
            "runs",
            "Runs",
            _runs,
            "bottom",
            "Every run of the session, as a tree of branches",
            shortcut="Ctrl+7",
            tabbed_with="variation",
        ),
    ),
    actions=(*ACTIONS, *LOOK_ACTIONS),
    centre=_inversion,
)

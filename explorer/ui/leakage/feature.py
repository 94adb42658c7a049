"""What an embedding gives away besides who it is."""

from __future__ import annotations

from explorer.ui.actions.dock_spec import DockSpec
from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.leakage.actions import ACTIONS
from explorer.ui.leakage.panel import ProbePanel

FEATURE = UiFeature(
    name="leakage",
    docks=(
        DockSpec(
            "probe",
            "Probe",
            lambda window: ProbePanel(window.dispatcher, window.actions_by_name),
            "right",
            "What the embedding leaks besides who it is",
            shortcut="Ctrl+4",
            visible_by_default=True,
            eager=True,
            tabbed_with="objective",
        ),
    ),
    actions=ACTIONS,
)

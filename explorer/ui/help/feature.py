"""What the program says about itself, and everything it has told."""

from __future__ import annotations

from explorer.ui.actions.dock_spec import DockSpec
from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.help.actions import ACTIONS
from explorer.ui.help.log_panel import LogPanel
from explorer.ui.help.reporting import BugReport

FEATURE = UiFeature(
    name="help",
    docks=(
        DockSpec(
            "log",
            "Log",
            lambda window: LogPanel(window.dispatcher, window.actions_by_name),
            "bottom",
            "Everything the program has told you",
            shortcut="Ctrl+L",
            min_height=170,
            eager=True,
        ),
    ),
    actions=ACTIONS,
    services=(BugReport,),
)

"""What the program says about itself."""

from __future__ import annotations

from explorer.ui import help  # noqa: A004 - the Help menu
from explorer.ui.actions.registry import ActionSpec

ACTIONS = (
    ActionSpec(
        "about",
        "About Likeness",
        "What this program is, its version and its licence",
        lambda window: help.about(window).open(),
        menu="Help",
        group="about",
    ),
    ActionSpec(
        "responsible",
        "Responsible use",
        "What this program may be used for",
        lambda window: help.responsible_use(window).open(),
        menu="Help",
        group="about",
    ),
    ActionSpec(
        "doctor",
        "Copy doctor report",
        "Copy machine, device, versions and networks, for a bug report",
        lambda window: window.exporting.doctor_report(),
        menu="Help",
        group="trouble",
        icon="copy",
    ),
)

"""What the program says about itself, its panels and its troubles."""

from __future__ import annotations

from pathlib import Path

from explorer.ui.actions.registry import ActionSpec
from explorer.ui.help import dialog as help  # noqa: A004 - the Help menu
from explorer.ui.help.reporting import BugReport


def _page(topic: str, page: Path) -> ActionSpec:
    title = help.title_of(page)
    return ActionSpec(
        f"help_{topic}",
        f"About {title}",
        f"What {title} shows, which equation it is, and what it does not prove",
        lambda window: window.explain(topic),
        menu="Help/Panels",
    )


ACTIONS = (
    ActionSpec(
        "help_here",
        "What is this?",
        "Explain the panel that has the keyboard, or the inversion",
        lambda window: window.explain(),
        menu="Help",
        group="panels",
        icon="help",
        shortcut="F1",
    ),
    ActionSpec("help_panels", "Panels", "Explain a panel", menu="Help", group="panels"),
    *(_page(topic, page) for topic, page in help.pages().items()),
    ActionSpec(
        "palette",
        "Search actions…",
        "Find any action by a few letters",
        lambda window: window.search_actions(),
        menu="Help",
        group="panels",
        icon="search",
        shortcut="Ctrl+K; Ctrl+Shift+P",
    ),
    ActionSpec(
        "report",
        "Copy report",
        "Copy the log with machine, device, versions and networks, for a bug report; without names and pictures",
        lambda window: window.service(BugReport).copy(),
        menu="Help",
        group="trouble",
        icon="copy",
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
        "about",
        "About Likeness",
        "What this program is, its version and its licence",
        lambda window: help.about(window).open(),
        menu="Help",
        group="about",
    ),
)

"""Figures as the user composes them."""

from __future__ import annotations

from explorer.ui.actions.registry import ActionSpec

ACTIONS = (
    ActionSpec(
        "compose",
        "Compose figure…",
        "Lay runs, fits and readings out as the papers do, at a venue's width, and write them as PNG, SVG, PDF or film",
        lambda window: window.exporting.compose(),
        menu="File",
        group="export",
        icon="layout",
        shortcut="Ctrl+Alt+E",
    ),
)

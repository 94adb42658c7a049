"""Figures as the user composes them."""

from __future__ import annotations

from explorer.ui.actions.registry import ActionSpec
from explorer.ui.composer.exporting import ExportService

ACTIONS = (
    ActionSpec(
        "compose",
        "Compose figure…",
        "Lay runs, fits and readings out as the papers do, at a venue's width, and write them as PNG, SVG, PDF or film",
        lambda window: window.service(ExportService).compose(),
        menu="File",
        group="export",
        icon="layout",
        shortcut="Ctrl+Alt+E",
    ),
)

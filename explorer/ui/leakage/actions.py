"""What leaves the Probe panel."""

from __future__ import annotations

from explorer.studio.leakage.state import PROBING
from explorer.ui.actions.registry import ActionSpec
from explorer.ui.base.window import Window
from explorer.ui.composer.exporting import ExportService


def _nothing_read(window: Window) -> str:
    read = window.dispatcher.session[PROBING].face
    return "" if read is not None and read.now.readouts else "no embedding has been read"


ACTIONS = (
    ActionSpec(
        "export_readouts",
        "Export readouts as table…",
        "Write what the probes read from the embedding as CSV",
        lambda window: window.service(ExportService).readouts(True),
        menu="File",
        group="export",
        icon="table",
        disabled_reason=_nothing_read,
    ),
    ActionSpec(
        "export_readouts_figure",
        "Export readouts as figure…",
        "Write what the probes read from the embedding as PNG, SVG or PDF",
        lambda window: window.service(ExportService).readouts(False),
        menu="File",
        group="export",
        icon="export",
        disabled_reason=_nothing_read,
    ),
)

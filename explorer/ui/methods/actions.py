"""What is done with the ways from one vector back to a face."""

from __future__ import annotations

from explorer.studio.faces.state import EMBEDDINGS, SELECTED, VECTORS
from explorer.studio.methods.state import METHODS
from explorer.ui.actions.registry import ActionSpec
from explorer.ui.base.window import Window


def _cannot_start(window: Window) -> str:
    session = window.dispatcher.session
    key, state = session[SELECTED] or "", session[METHODS]
    if key not in session[EMBEDDINGS] and key not in session[VECTORS]:
        return "no embedding is selected"
    return "they are under way" if state is not None and state.active else ""


def _cannot_stop(window: Window) -> str:
    state = window.dispatcher.session[METHODS]
    return "" if state is not None and state.status == "running" else "none are under way"


def _cannot_export(window: Window) -> str:
    state = window.dispatcher.session[METHODS]
    return "" if state is not None and state.exportable else "no ways were compared"


def _start(window: Window) -> None:
    from explorer.studio.methods.controller import MethodsController  # the window paints first

    window.bring("methods")
    window.dispatcher.send(lambda app: app.controller(MethodsController).start())


def _stop(window: Window) -> None:
    from explorer.studio.methods.controller import MethodsController

    window.dispatcher.send(lambda app: app.controller(MethodsController).stop())


def _export_figure(window: Window) -> None:
    from explorer.ui.methods.exporting import export_methods

    export_methods(window, table=False)


def _export_table(window: Window) -> None:
    from explorer.ui.methods.exporting import export_methods

    export_methods(window, table=True)


ACTIONS = (
    ActionSpec(
        "methods_start",
        "All ways back",
        "Turn the selected embedding back into a face in every way that there is",
        _start,
        menu="Run",
        group="ways",
        icon="start",
        disabled_reason=_cannot_start,
    ),
    ActionSpec(
        "methods_stop",
        "Stop the ways",
        "End the way under way, and keep those that have ended",
        _stop,
        menu="Run",
        group="ways",
        icon="stop",
        disabled_reason=_cannot_stop,
    ),
    ActionSpec(
        "export_methods",
        "Export ways as figure…",
        "Write what the ways made, side by side, as PNG, SVG or PDF",
        _export_figure,
        menu="File",
        group="export",
        icon="export",
        disabled_reason=_cannot_export,
    ),
    ActionSpec(
        "export_methods_table",
        "Export ways as table…",
        "Write what the ways took and what encoders and labellers say, as CSV or Parquet",
        _export_table,
        menu="File",
        group="export",
        icon="table",
        disabled_reason=_cannot_export,
    ),
)

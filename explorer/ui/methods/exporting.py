"""Asks where what the ways made goes, and hands the rest to the workbench."""

from __future__ import annotations

from explorer.studio.methods.controller import MethodsController
from explorer.studio.methods.state import METHODS
from explorer.ui.base.file_dialogs import ask_save
from explorer.ui.base.proposed import target_part
from explorer.ui.base.window import Window
from explorer.ui.composer.exporting import FIGURES, TABLES, ExportService


def export_methods(window: Window, *, table: bool) -> None:
    """Ask for a file and, of a figure, whether the photograph may be in it; and write it."""
    session = window.dispatcher.session
    state = session[METHODS]
    if state is None or not state.exportable:
        return
    stem = f"{target_part(session, state.target)}-{state.target.record.encoder}-ways"
    if table:
        path = ask_save(window, "exports", "Export table", f"{stem}.csv", TABLES)
    else:
        path = ask_save(window, "exports", "Export figure", f"{stem}.png", FIGURES)
    if path is None:
        return
    shown = False if table or state.target.frame is None else window.service(ExportService).with_photograph()
    if shown is not None:
        mark = window.mark.isChecked()
        window.dispatcher.send(lambda app: app.controller(MethodsController).export(path, shown, mark))

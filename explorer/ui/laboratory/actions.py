"""What leaves the laboratory, and the command that does the same."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from explorer.studio.faces.state import FACES
from explorer.studio.laboratory.chosen import chosen_faces, fresh_rows
from explorer.studio.laboratory.command_words import command_lines
from explorer.studio.laboratory.state import LAB
from explorer.ui.actions.registry import ActionSpec
from explorer.ui.base.window import Window


def _no_rows(window: Window) -> str:
    return "" if fresh_rows(window.dispatcher.session) else "the laboratory has no rows of what is chosen"


def _no_figure(window: Window) -> str:
    if window.dispatcher.session[LAB].operation == "modify":
        return "an embedding without an attribute has no picture: export the numbers"
    return _no_rows(window)


def _no_faces(window: Window) -> str:
    return "" if window.dispatcher.session[FACES] else "no face is open"


def _export(window: Window, what: str) -> None:
    from explorer.ui.laboratory.exporting import export_rows  # the window paints first

    export_rows(window, what)


def _copy(window: Window) -> None:
    lines = command_lines(window.dispatcher.session, chosen_faces(window.dispatcher.session))
    QGuiApplication.clipboard().setText("\n".join(lines))


ACTIONS = (
    ActionSpec(
        "export_laboratory_figure",
        "Export laboratory figure…",
        "Write all rows of the laboratory as PNG, SVG or PDF; the figure shows the photographs",
        lambda window: _export(window, "figure"),
        menu="File",
        group="export",
        icon="export",
        disabled_reason=_no_figure,
    ),
    ActionSpec(
        "export_laboratory_table",
        "Export laboratory numbers…",
        "Write all numbers of the laboratory as a table, or embeddings without an attribute as such",
        lambda window: _export(window, "table"),
        menu="File",
        group="export",
        icon="table",
        disabled_reason=_no_rows,
    ),
    ActionSpec(
        "copy_laboratory_command",
        "Copy laboratory command",
        "Copy the line of `likeness lab` that does the same to the same photographs",
        _copy,
        menu="Edit",
        group="copy",
        icon="copy",
        disabled_reason=_no_faces,
    ),
)

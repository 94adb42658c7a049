"""Undo and redo, copies, points, and taking faces out of the session."""

from __future__ import annotations

from explorer.studio.app.workbench import Workbench
from explorer.studio.faces.state import PHOTOGRAPHS, SELECTED, VECTORS
from explorer.studio.session.state import DOCUMENT
from explorer.ui.actions.conditions import no_picture, nothing_selected
from explorer.ui.actions.registry import ActionSpec
from explorer.ui.base.window import Window
from explorer.ui.composer.exporting import ExportService
from explorer.ui.faces.panel import FacesPanel
from explorer.ui.preferences.dialog import PreferencesDialog
from explorer.ui.preferences.service import PreferencesService
from explorer.ui.session.forgetting import ForgetService


def _undo(window: Window) -> tuple[str, str]:
    what = window.dispatcher.session[DOCUMENT].undo
    return "Undo" if what is None else f"Undo: {what}", "undo"


def _redo(window: Window) -> tuple[str, str]:
    what = window.dispatcher.session[DOCUMENT].redo
    return "Redo" if what is None else f"Redo: {what}", "redo"


def _no_photograph(window: Window) -> str:
    session = window.dispatcher.session
    if not session[PHOTOGRAPHS]:
        return "there is no photograph"
    return "a bare embedding has no photograph" if session[SELECTED] in session[VECTORS] else ""


def _nothing_to_forget(window: Window) -> str:
    session = window.dispatcher.session
    return "" if session[SELECTED] is not None or session[PHOTOGRAPHS] else "nothing is loaded"


def _copy_result(window: Window) -> None:
    from explorer.ui.inversion.panel import InversionPanel  # the window paints first

    window.panel(InversionPanel).best.view.copy()


def _preferences(window: Window) -> None:
    PreferencesDialog(window.service(PreferencesService), window).open()


ACTIONS = (
    ActionSpec(
        "undo",
        "Undo",
        "Take the last change back",
        lambda window: window.dispatcher.send(Workbench.undo),
        menu="Edit",
        group="undo",
        icon="undo",
        shortcut="Ctrl+Z",
        disabled_reason=lambda window: (
            "" if window.dispatcher.session[DOCUMENT].undo else "there is nothing to take back"
        ),
        dynamic_label=_undo,
        tool=True,
    ),
    ActionSpec(
        "redo",
        "Redo",
        "Bring back what was taken back",
        lambda window: window.dispatcher.send(Workbench.redo),
        menu="Edit",
        group="undo",
        icon="redo",
        shortcut="Ctrl+Shift+Z; Ctrl+Y",
        disabled_reason=lambda window: (
            "" if window.dispatcher.session[DOCUMENT].redo else "there is nothing to bring back"
        ),
        dynamic_label=_redo,
        tool=True,
    ),
    ActionSpec(
        "copy_result",
        "Copy result image",
        "Put the best image on the clipboard",
        _copy_result,
        menu="Edit",
        group="copy",
        icon="copy",
        shortcut="Ctrl+Shift+C",
        disabled_reason=no_picture,
    ),
    ActionSpec(
        "copy_vector",
        "Copy embedding",
        "Put the selected embedding on the clipboard, as JSON",
        lambda window: window.service(ExportService).vector(),
        menu="Edit",
        group="copy",
        icon="copy",
        shortcut="Ctrl+Shift+E",
        disabled_reason=nothing_selected,
    ),
    ActionSpec(
        "edit_points",
        "Place points…",
        "Place or move the five points of a face by hand",
        lambda window: window.panel(FacesPanel).edit_points(),
        menu="Edit",
        group="faces",
        icon="points",
        shortcut="Ctrl+P",
        disabled_reason=_no_photograph,
    ),
    ActionSpec(
        "remove",
        "Remove from session",
        "Remove what is selected; undo brings it back",
        lambda window: window.panel(FacesPanel).remove(),
        menu="Edit",
        group="faces",
        shortcut="Ctrl+Del",
        disabled_reason=_nothing_to_forget,
    ),
    ActionSpec(
        "forget",
        "Forget this face…",
        "Remove every trace of the selected face, for good; you are asked first",
        lambda window: window.service(ForgetService).selected(window.panel(FacesPanel).photograph_key),
        menu="Edit",
        group="faces",
        icon="forget",
        shortcut="Ctrl+Shift+Del",
        disabled_reason=_nothing_to_forget,
    ),
    ActionSpec(
        "reset",
        "Reset weights and settings",
        "Give every weight and setting its default; the encoder stays",
        lambda window: window.dispatcher.send(lambda app: app.settings.reset()),
        menu="Edit",
        group="settings",
        icon="reset",
    ),
    ActionSpec(
        "preferences",
        "Preferences…",
        "Theme, text size, messages, autosave and device, for every session",
        _preferences,
        menu="Edit",
        group="settings",
        icon="settings",
        shortcut="Ctrl+,",
    ),
)

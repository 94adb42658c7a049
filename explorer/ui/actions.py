"""Every action of the window, registered once: menu, shortcut, icon and enabled state come from this table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from explorer.ui import icons


@dataclass(frozen=True)
class ActionSpec:
    """One action. `method` of the window does it; a name with "-" as text is a separator before the next."""

    name: str
    text: str
    method: str
    icon: str = ""
    shortcut: str = ""
    hint: str = ""


SEPARATOR = ActionSpec("-", "-", "")

MENUS: dict[str, tuple[ActionSpec, ...]] = {
    "File": (
        ActionSpec("new_session", "New session", "new_session", "", "Ctrl+N", "Begin an empty session"),
        ActionSpec("open_session", "Open session…", "open_session", "open", "Ctrl+Alt+O", "Open a session file"),
        ActionSpec("save", "Save session", "save_session", "save", "Ctrl+S", "Save the session to its file"),
        ActionSpec(
            "save_as", "Save session as…", "save_session_as", "", "Ctrl+Shift+S", "Save the session to another file"
        ),
        SEPARATOR,
        ActionSpec("open", "Open photographs…", "open_dialog", "open", "Ctrl+O", "Open photographs"),
        ActionSpec("paste", "Paste", "paste", "paste", "Ctrl+V", "Paste an image from the clipboard"),
        ActionSpec(
            "open_vector",
            "Open embedding…",
            "open_vector_dialog",
            "vector",
            "Ctrl+Shift+O",
            "Open a bare embedding: .npy, .csv or .json",
        ),
        ActionSpec("samples", "Samples", "", "samples", "", "Open a sample face"),
        SEPARATOR,
        ActionSpec(
            "export_figure",
            "Export figure…",
            "export_figure",
            "export",
            "Ctrl+E",
            "Write the run's figure as PNG, SVG or PDF",
        ),
        ActionSpec(
            "export_variation",
            "Export variation figure…",
            "export_variation",
            "export",
            "",
            "Write the figure of several inversions as PNG, SVG or PDF",
        ),
        ActionSpec("export_image", "Export result image…", "export_image", "image", "Ctrl+I", "Save the best image"),
        SEPARATOR,
        ActionSpec("quit", "Quit", "close", "quit", "Ctrl+Q"),
    ),
    "Edit": (
        ActionSpec("undo", "Undo", "undo", "undo", "Ctrl+Z", "Take the last change back"),
        ActionSpec("redo", "Redo", "redo", "redo", "Ctrl+Shift+Z", "Bring back what was taken back"),
        SEPARATOR,
        ActionSpec("copy_result", "Copy result image", "copy_result", "copy", "Ctrl+Shift+C"),
        ActionSpec("copy_vector", "Copy embedding", "copy_vector", "copy", "Ctrl+Shift+E"),
        SEPARATOR,
        ActionSpec("edit_points", "Place points…", "edit_points", "points", "Ctrl+P", "Place the five points by hand"),
        ActionSpec(
            "remove", "Remove from session", "remove", "", "Ctrl+Del", "Remove what is selected; undo brings it back"
        ),
        ActionSpec(
            "forget", "Forget this face", "forget", "forget", "", "Remove every trace of the selected face, for good"
        ),
        ActionSpec("reset", "Reset weights and settings", "reset_settings", "reset"),
    ),
    "Run": (
        ActionSpec("start", "Start", "start", "start", "F5", "Invert the selected embedding"),
        ActionSpec("pause", "Pause", "pause", "pause", "F6", "Rest after this step, or go on"),
        ActionSpec("step", "Step", "step", "step", "F7", "Take one step and rest"),
        ActionSpec("stop", "Stop", "stop", "stop", "F8", "End the run and keep its best"),
        ActionSpec(
            "branch", "Branch here", "branch", "branch", "Ctrl+B", "Go on from the step in view, as a run of its own"
        ),
        ActionSpec("vary", "Several times…", "vary", "", "F9", "Invert the selected embedding from several starts"),
        ActionSpec("cancel", "Cancel", "cancel", "cancel", "Esc", "Drop what is under way"),
        SEPARATOR,
        ActionSpec("back", "One step back", "step_back", "", "Alt+Left"),
        ActionSpec("forward", "One step forward", "step_forward", "", "Alt+Right"),
        ActionSpec("newest", "Newest step", "step_newest", "live", "Alt+End"),
    ),
    "View": (),
    "Help": (
        ActionSpec("about", "About Likeness", "about"),
        ActionSpec("responsible", "Responsible use", "responsible_use"),
        SEPARATOR,
        ActionSpec(
            "doctor",
            "Copy doctor report",
            "copy_doctor_report",
            "copy",
            "",
            "Machine, device, versions and networks, for a bug report",
        ),
    ),
}


def build(window: QMainWindow) -> tuple[dict[str, QAction], dict[str, QMenu]]:
    """Make the menus of a window and return its actions and menus by name."""
    actions: dict[str, QAction] = {}
    menus: dict[str, QMenu] = {}
    for title, specs in MENUS.items():
        menu = menus[title] = window.menuBar().addMenu(f"&{title}")
        for spec in specs:
            if spec is SEPARATOR:
                menu.addSeparator()
                continue
            action = actions[spec.name] = QAction(spec.text, window)
            action.setToolTip(spec.hint or spec.text)
            if spec.shortcut:
                action.setShortcut(QKeySequence(spec.shortcut))
            if spec.icon:
                icons.attach(action, spec.icon)
            if spec.method:
                action.triggered.connect(_calling(window, spec.method))
            menu.addAction(action)
    return actions, menus


def _calling(window: QMainWindow, method: str) -> Callable[[bool], None]:
    # `triggered` brings a checked state that the methods do not want.
    return lambda _checked: getattr(window, method)()

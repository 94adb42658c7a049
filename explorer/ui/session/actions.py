"""Sessions, ways in and ways out."""

from __future__ import annotations

from pathlib import Path

from explorer.studio.faces.samples import SAMPLES, Sample
from explorer.studio.inversion.state import RUN
from explorer.studio.variation.state import VARIATION
from explorer.ui.actions.conditions import no_picture, nothing_selected
from explorer.ui.actions.registry import ActionSpec
from explorer.ui.base.window import Window
from explorer.ui.composer.exporting import ExportService
from explorer.ui.faces.opening import OpenService
from explorer.ui.faces.selected import selected_vector
from explorer.ui.session.recent import CLEAR, nothing_recent
from explorer.ui.session.service import SessionFileService


def _no_result(window: Window) -> str:
    run = window.dispatcher.session[RUN]
    return "" if run is not None and run.result is not None else "no run has been finished"


def _no_embedding(window: Window) -> str:
    missing = nothing_selected(window)
    embedded = selected_vector(window.dispatcher.session) is not None
    return missing or ("" if embedded else "what is selected is not embedded under this encoder")


def _no_variation(window: Window) -> str:
    state = window.dispatcher.session[VARIATION]
    return "" if state is not None and state.result is not None else "no embedding was inverted several times"


def _save_result(window: Window) -> None:
    from explorer.ui.inversion.panel import InversionPanel  # the window paints first

    window.panel(InversionPanel).best.view.save()


def _sample(sample: Sample) -> ActionSpec:
    return ActionSpec(
        f"sample_{Path(sample.file).stem}",
        sample.title,
        f"Open this sample face: {sample.licence}",
        lambda window: window.service(OpenService).paths([sample.path]),
        menu="File/Samples",
    )


ACTIONS = (
    ActionSpec(
        "new_session",
        "New session",
        "Begin an empty session",
        lambda window: window.service(SessionFileService).new(),
        menu="File",
        group="session",
        shortcut="Ctrl+N",
    ),
    ActionSpec(
        "open_session",
        "Open session…",
        "Open a session file",
        lambda window: window.service(SessionFileService).open_dialog(),
        menu="File",
        group="session",
        icon="open",
        shortcut="Ctrl+Alt+O",
    ),
    ActionSpec(
        "recent",
        "Open recent",
        "Open a session that was opened or saved lately",
        menu="File",
        group="session",
        disabled_reason=nothing_recent,
    ),
    CLEAR,
    ActionSpec(
        "save",
        "Save session",
        "Save the session to its file",
        lambda window: window.service(SessionFileService).save(),
        menu="File",
        group="session",
        icon="save",
        shortcut="Ctrl+S",
        tool=True,
    ),
    ActionSpec(
        "save_as",
        "Save session as…",
        "Save the session to another file",
        lambda window: window.service(SessionFileService).save_as(),
        menu="File",
        group="session",
        shortcut="Ctrl+Shift+S",
    ),
    ActionSpec(
        "open",
        "Open photographs…",
        "Open photographs",
        lambda window: window.service(OpenService).dialog(),
        menu="File",
        group="open",
        icon="open",
        shortcut="Ctrl+O",
        tool=True,
    ),
    ActionSpec(
        "paste",
        "Paste",
        "Open an image, or image files, from the clipboard",
        lambda window: window.service(OpenService).paste(),
        menu="File",
        group="open",
        icon="paste",
        shortcut="Ctrl+V",
    ),
    ActionSpec(
        "open_vector",
        "Open embedding…",
        "Open a bare embedding, a vector without a picture: .npy, .csv or .json",
        lambda window: window.service(OpenService).vector_dialog(),
        menu="File",
        group="open",
        icon="vector",
        shortcut="Ctrl+Shift+O",
        tool=True,
    ),
    ActionSpec("samples", "Samples", "Open a sample face", menu="File", group="open", icon="samples"),
    *(_sample(sample) for sample in SAMPLES),
    ActionSpec(
        "export_figure",
        "Export figure…",
        "Write the run's figure as PNG, SVG or PDF",
        lambda window: window.service(ExportService).figure(),
        menu="File",
        group="export",
        icon="export",
        shortcut="Ctrl+E",
        disabled_reason=_no_result,
        tool=True,
    ),
    ActionSpec(
        "export_variation",
        "Export variation figure…",
        "Write the figure of several inversions as PNG, SVG or PDF",
        lambda window: window.service(ExportService).variation(window.mark.isChecked()),
        menu="File",
        group="export",
        icon="export",
        disabled_reason=_no_variation,
    ),
    ActionSpec(
        "export_image",
        "Export result image…",
        "Save the best image",
        _save_result,
        menu="File",
        group="export",
        icon="image",
        shortcut="Ctrl+I",
        disabled_reason=no_picture,
    ),
    ActionSpec(
        "export_film",
        "Export film…",
        "Write the film of the run in view, from its first step to its result, as MP4 or GIF",
        lambda window: window.service(ExportService).film(),
        menu="File",
        group="export",
        icon="film",
        disabled_reason=_no_result,
    ),
    ActionSpec(
        "export_embedding",
        "Export embedding…",
        "Write the selected embedding as .npy, .csv or .json, with the record of its face beside it",
        lambda window: window.service(ExportService).embedding(),
        menu="File",
        group="export",
        icon="vector",
        disabled_reason=_no_embedding,
    ),
    ActionSpec("export_3d", "Export 3D face", "Write the fitted face", menu="File", group="export", icon="cube"),
)
# Apart: it stands below whatever other features put into the menu.
QUIT = ActionSpec(
    "quit",
    "Quit",
    "Close the window, once it is settled what becomes of the session",
    lambda window: window.close(),
    menu="File",
    group="quit",
    icon="quit",
    shortcut="Ctrl+Q",
)

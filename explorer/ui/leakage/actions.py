"""What leaves the Probe panel."""

from __future__ import annotations

from explorer.studio.catalogue.own_probes import own_probes_file
from explorer.studio.leakage.pictures_controller import PicturesController
from explorer.studio.leakage.state import PROBING
from explorer.ui.actions.registry import ActionSpec
from explorer.ui.base.file_dialogs import ask_open, ask_save
from explorer.ui.base.proposed import selected_file
from explorer.ui.base.window import Window
from explorer.ui.composer.exporting import FIGURES, TABLES, ExportService
from explorer.ui.leakage.pictures_shown import encoder_read, pictures_shown


def _nothing_read(window: Window) -> str:
    read = window.dispatcher.session[PROBING].face
    return "" if read is not None and read.now.readouts else "no embedding has been read"


def _nothing_made(window: Window) -> str:
    session = window.dispatcher.session
    shown = pictures_shown(session, encoder_read(session))
    return "" if shown.finished else "no face made from the embedding has been read"


def _export_three_ways(window: Window) -> None:
    session = window.dispatcher.session
    shown = pictures_shown(session, encoder_read(session))
    if shown.made is None or shown.target is None:
        return
    made, target = shown.made, shown.target
    name = selected_file(session, "three-ways.png")
    path = ask_save(window, "exports", "Export readings three ways", name, f"{FIGURES};;{TABLES}")
    if path is None:
        return
    table = path.suffix.lower() in (".csv", ".parquet")
    with_source = False
    if not table and target.frame is not None:
        asked = window.service(ExportService).with_photograph("the reconstructions alone")
        if asked is None:
            return
        with_source = asked
    window.dispatcher.send(lambda app: app.controller(PicturesController).export(path, made, target, with_source))


def _use_probes(window: Window) -> None:
    file = ask_open(window, "probes", "Read by other probes", "Probes (probes-*.safetensors);;All files (*)")
    if file is not None:
        window.dispatcher.send(lambda app: app.probes.use_probes(file))


def _use_shipped_probes(window: Window) -> None:
    encoder = encoder_read(window.dispatcher.session)
    window.dispatcher.send(lambda app: app.probes.use_shipped_probes(encoder))


def _nothing_chosen(window: Window) -> str:
    encoder = encoder_read(window.dispatcher.session)
    return "" if own_probes_file(encoder) is not None else f"embeddings of {encoder} are read by them already"


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
    ActionSpec(
        "export_three_ways",
        "Export readings three ways…",
        "Write what vector probe, reconstruction and photograph say as a figure or a table",
        _export_three_ways,
        menu="File",
        group="export",
        icon="export",
        disabled_reason=_nothing_made,
    ),
    ActionSpec(
        "use_probes",
        "Read by other probes…",
        "Have embeddings read by probes that were fitted on photographs of people",
        _use_probes,
        menu="Edit",
        group="probes",
        icon="open",
    ),
    ActionSpec(
        "use_shipped_probes",
        "Read by the shipped probes",
        "Have embeddings of this recogniser read by the probes that ship again",
        _use_shipped_probes,
        menu="Edit",
        group="probes",
        icon="reset",
        disabled_reason=_nothing_chosen,
    ),
)

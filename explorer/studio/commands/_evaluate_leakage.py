"""`likeness evaluate leakage`: table 3.1 of the thesis, on the corpus's test split, openpeople, or a real set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from explorer.science.evaluation.leakage import JudgedSet, LeakageTable, leakage_table
from explorer.science.leakage.fitted import FittedProbe
from explorer.science.names import name_of
from explorer.science.recognition.registry import ENCODERS
from explorer.studio import places
from explorer.studio.catalogue.labellers import load_labellers
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.catalogue.probes import load_probes, probes_encoder, with_probes
from explorer.studio.commands._formats import figure_formats
from explorer.studio.commands._sources import Sources, say
from explorer.studio.corpus.frames import CorpusFrames
from explorer.studio.corpus.reading import read_judged
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.errors import UserError
from explorer.studio.evaluation import openpeople
from explorer.studio.evaluation.landmarks_from_image import with_landmark_networks
from explorer.studio.evaluation.leakage_table import as_csv, as_latex, as_text, draw_leakage
from explorer.studio.export.page import save
from explorer.studio.export.provenance import bare_record, write_sidecar
from explorer.studio.files import atomic_write
from explorer.studio.origins import Parts
from explorer.studio.outputs import as_folder, result_folder
from explorer.studio.reproducing.kinds import command_record
from explorer.studio.versions import versions


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness evaluate`."""
    evaluate.command("leakage", no_args_is_help=True)(leakage)


def leakage(
    sets: Annotated[
        list[Path],
        typer.Argument(
            metavar="SET...",
            help="Folder of a corpus, generated or of photographs (its test split is judged), or the word openpeople.",
        ),
    ],
    encoder: Annotated[list[str] | None, typer.Option(help="Only this encoder; may be repeated.")] = None,
    probes_file: Annotated[
        Path | None, typer.Option("--probes", help="Judge the probes of this file, of its encoder alone.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Also write table.csv, table.tex and the figure here.")] = None,
    figure: Annotated[str, typer.Option(help="Formats of the figure, of png, svg and pdf.")] = "png",
    device: Annotated[str, typer.Option(help="cpu or cuda, for what looks at pictures.")] = "cpu",
) -> None:
    """Judge what embeddings give away: from the ID by every encoder, from the image, and without looking.

    Attributes and expression by accuracy, landmarks in percent of the interocular distance, colours by earth mover's
    distance; each with its 95 % interval. Landmarks are also found in the image, by the thesis's CNN and by ours.
    """
    formats = figure_formats(figure)
    if probes_file is not None:
        encoder = encoder or [probes_encoder(probes_file)]
    named = [known_encoder(one).id for one in encoder] if encoder else with_probes(ENCODERS.names()) or ENCODERS.names()
    probes = {name: load_probes(name, probes_file).probes for name in named}
    if out is not None:
        as_folder(out)
    sources, tables, names = Sources(), list[LeakageTable](), list[str]()
    for one in sets:
        with sources.each(one):
            tables.append(_table(_judged(str(one), device), probes))
            names.append(str(one))
    if tables:
        typer.echo("\n\n".join(map(as_text, tables)))
        if out is not None:
            with result_folder(out, say, lambda name: name.startswith("table.")) as result:
                own = None if probes_file is None else name_of(probes_file)
                options = {"encoder": encoder, "probes": own, "out": "DIR"}
                command = command_record("evaluate leakage", names, options)
                parts: Parts = {"encoders": named, "probes": {probe for one in probes.values() for probe in one}}
                written = _write(tables, result.folder, formats, command, parts)
            for path in result.settled(written):
                typer.echo(str(path))
    sources.end()


def _judged(name: str, device: str) -> JudgedSet:
    networks = Networks(device)
    if name != openpeople.NAME:
        corpus = CorpusFolder(Path(name))
        judged = read_judged(corpus)
        return with_landmark_networks(judged, CorpusFrames(corpus, "test", ("base", "folder")), networks)
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(name, total=None)

        def step(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        kept, labellers = places.private_folder(places.cache()), load_labellers(device)
        judged = openpeople.read_openpeople(networks, labellers, kept, step)
        return with_landmark_networks(judged, openpeople.read_frames(networks, labellers, kept), networks)


def _table(judged: JudgedSet, probes: dict[str, dict[str, FittedProbe]]) -> LeakageTable:
    table = leakage_table(judged, probes)
    if not table.rows:
        raise UserError(f"{judged.name} holds embeddings of {', '.join(judged.embeddings)} only: choose one of these")
    return table


def _write(tables: list[LeakageTable], out: Path, formats: list[str], command: list[str], parts: Parts) -> list[Path]:
    lines = "".join(
        as_csv(table) if number == 0 else as_csv(table).partition("\n")[2] for number, table in enumerate(tables)
    )
    sets = {table.name: table.faces for table in tables}
    about = {"sets": sets, "command": command, "versions": versions(parts)}
    record = bare_record(kind="leakage table", table="leakage", **about)
    written = [
        atomic_write(out / "table.csv", lines.encode()),
        atomic_write(out / "table.tex", "\n".join(map(as_latex, tables)).encode()),
    ]
    written += [write_sidecar(one, record) for one in written]
    drawn = draw_leakage(tables)
    return [*written, *(save(drawn, out / f"table.{kind}", record) for kind in formats)]

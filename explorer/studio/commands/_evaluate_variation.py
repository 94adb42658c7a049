"""`likeness evaluate variation`: what a vector determines of a face, and what the generator's prior invents."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from explorer.science.inversion.settings import InversionSettings
from explorer.science.iteration import Steps
from explorer.science.names import name_of
from explorer.studio import places
from explorer.studio.catalogue.labellers import load_labellers
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._encoders import say_missing_encoders
from explorer.studio.commands._faces import PointsOption, placed_points
from explorer.studio.commands._formats import figure_formats
from explorer.studio.commands._running import chosen_device, progress_bar, show_event
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._sources import refuse_folder, say, say_others
from explorer.studio.errors import UserError
from explorer.studio.export.colour_map import coloured
from explorer.studio.export.drawings import ImageSpec, VariationSpec
from explorer.studio.export.lettering import badged, marked
from explorer.studio.export.page import save
from explorer.studio.export.provenance import png_bytes, write_sidecar
from explorer.studio.files import atomic_write
from explorer.studio.inversion.provenance import provenance
from explorer.studio.inversion.running import FinishedInversion
from explorer.studio.inversion.several import MemberDone, MemberEvent, run_settings
from explorer.studio.inversion.targets import OpenedTarget, open_target
from explorer.studio.outputs import as_folder, result_folder
from explorer.studio.variation.figure import VariationImages, VariationOptions, draw_variation, variation_provenance
from explorer.studio.variation.running import (
    FEWEST,
    MOST,
    FinishedVariation,
    RandomFaces,
    Varying,
    run_variation,
)
from explorer.studio.variation.text import as_csv, as_text


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness evaluate`."""
    evaluate.command("variation", no_args_is_help=True)(variation)


@with_settings(InversionSettings)
def variation(
    source: Annotated[Path, typer.Argument(metavar="PHOTO|VECTOR", help="A photograph, or a bare embedding.")],
    settings: dict[str, Any],
    out: Annotated[Path, typer.Option(help="Folder for the results.")],
    runs: Annotated[int, typer.Option(min=FEWEST, max=MOST, help="How many inversions, each from its own starts.")] = 8,
    face: Annotated[int | None, typer.Option(min=1, help="Which face, from 1. [default: the most prominent]")] = None,
    points: PointsOption = None,
    figure: Annotated[str, typer.Option(help="Formats of the figure, of png, svg and pdf.")] = "png",
    source_shown: Annotated[bool, typer.Option("--source/--no-source", help="Show the photograph or vector.")] = True,
    mark: Annotated[bool, typer.Option(help="Mark results as reconstructions.")] = True,
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, ... [default: CUDA where there is one]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
) -> None:
    """Invert one embedding several times, each time from other starts, and say what the results agree in.

    What they share the embedding determined; what differs among them the generator's prior invented. Every number
    stands beside the same of random faces. The folder gets mean.png, map.png, figure.*, table.csv, variation.json, and
    of each run result.png and run.json. --seed is the first run's; a regressor's starts take no part.
    """
    formats = figure_formats(figure)
    if settings.get("regressor"):
        raise UserError("--regressor: runs that begin alike agree for that alone; here all starts are random")
    base = InversionSettings(**settings)
    placed = placed_points(points, [source], face)
    refuse_folder(source)
    as_folder(out)
    networks = Networks(chosen_device(device))
    say_missing_encoders()
    with result_folder(out, say, _is_ours) as result:
        opened = open_target(networks, source, base.encoder, face, placed, say_others)
        labellers = load_labellers(str(networks.device))
        kept = places.private_folder(places.cache())
        running = run_variation(networks, labellers, opened.target, base, runs, kept)
        finished, files = _followed(running, name_of(source), base, runs, result.folder, mark)
        files += _write(finished, opened, result.folder, formats, VariationOptions(mark=mark), source_shown)
    written = result.settled(files)
    if as_json:
        record = finished.record.model_dump(mode="json")
        typer.echo(json.dumps(record | {"files": [str(path) for path in written]}, indent=2))
        return
    typer.echo(as_text(finished.record))
    for path in written:
        typer.echo(f"  {path}")


def _is_ours(name: str) -> bool:
    return name in ("mean.png", "map.png", "table.csv", "variation.json") or name.startswith(("run-", "figure."))


def _followed(
    running: Varying, name: str, base: InversionSettings, runs: int, out: Path, mark: bool
) -> tuple[FinishedVariation, list[Path]]:
    """Run to the end under a progress bar; every result is written as soon as it is there."""
    written: list[Path] = []
    with progress_bar() as progress:
        task = progress.add_task(f"{name}: starts", total=1.0, note="")
        steps = Steps(running)
        for event in steps:
            if isinstance(event, MemberEvent):
                title = f"{name}, run {event.number + 1} of {runs}"
                show_event(event.event, title, run_settings(base, event.number), progress, task)
            elif isinstance(event, MemberDone):
                written += _write_run(event.finished, out / f"run-{event.number + 1}", mark)
                if not sys.stderr.isatty():
                    typer.echo(f"{name}: run {event.number + 1} of {runs}", err=True)
            elif isinstance(event, RandomFaces):
                words = f"{name}: looking at random faces"
                progress.update(task, description=words, completed=event.done, total=event.total, note="")
    finished = steps.result
    assert finished is not None, "only runs that may be stopped can end without a result"
    return finished, written


def _write_run(finished: FinishedInversion, folder: Path, mark: bool) -> list[Path]:
    run = finished.run
    places.private_folder(folder)
    picture = _shown(finished.native, mark, run.guided_by_photograph)
    return [
        atomic_write(folder / "result.png", png_bytes(picture, provenance(run, drawing=ImageSpec(mark=mark)))),
        atomic_write(folder / "run.json", run.model_dump_json(indent=2).encode()),
    ]


def _write(
    finished: FinishedVariation,
    opened: OpenedTarget,
    out: Path,
    formats: Sequence[str],
    options: VariationOptions,
    source_shown: bool,
) -> list[Path]:
    record = finished.record
    drawing = VariationSpec(source=source_shown, mark=options.mark)
    about, face, spread = (
        variation_provenance(record, drawing.model_copy(update={"part": part})) for part in ("figure", "mean", "map")
    )
    source = opened.target.embedding.numpy() if opened.frame is None else opened.frame
    images = VariationImages(
        [one.native for one in finished.results], finished.mean, finished.spread, source if source_shown else None
    )
    mean = _shown(finished.mean, options.mark, record.guided_by_photograph)
    drawn = draw_variation(record, images, options)
    return [
        atomic_write(out / "mean.png", png_bytes(mean, face)),
        atomic_write(out / "map.png", png_bytes(coloured(finished.spread)[0], spread)),
        atomic_write(out / "table.csv", as_csv(record).encode()),
        write_sidecar(out / "table.csv", about),
        atomic_write(out / "variation.json", record.model_dump_json(indent=2).encode()),
        *(save(drawn, out / f"figure.{kind}", about) for kind in formats),
    ]


def _shown(picture: NDArray[np.uint8], mark: bool, guided: bool) -> NDArray[np.uint8]:
    picture = marked(picture) if mark else picture
    return badged(picture) if guided else picture

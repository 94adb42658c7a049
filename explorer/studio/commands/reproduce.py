"""`likeness reproduce FIGURE --source PHOTO`: an exported figure made again from its own record, and compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from explorer.science.iteration import Steps
from explorer.science.names import shown
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._running import chosen_device, progress_bar, show_event
from explorer.studio.export.provenance import read_provenance, sidecar
from explorer.studio.files import refuse_source, sparing
from explorer.studio.places import output_folder
from explorer.studio.reproducing.kinds import again_of
from explorer.studio.reproducing.making import Reproducer, ReproductionContext, export_of
from explorer.studio.reproducing.runs import (
    Recipe,
    Recorded,
    RunReproduction,
    compared,
    recorded,
    run_again,
    source_of,
    target_again,
)
from explorer.studio.reproducing.runs_drawing import check_drawable, suffix_of, write_again
from explorer.studio.reproducing.sources import sources_by_digest


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reproduce", no_args_is_help=True)(reproduce)


def reproduce(
    figure: Annotated[
        Path,
        typer.Argument(
            metavar="FIGURE", help="An exported figure, picture, film, table, mesh or vector, or the JSON beside it."
        ),
    ],
    source: Annotated[
        list[Path] | None,
        typer.Option(
            help="The photograph or vector it was made from; several, if several; a morphable model of yours."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The new file. [default: FIGURE with -again in its name]")] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, ... [default: CUDA where there is one]")] = None,
    latent: Annotated[bool, typer.Option(help="Put the result's latent into the new file (biometric data).")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
) -> None:
    """Make an export again from its record: the same source, face, settings, edits; then say what differs.

    Inversions with their sliders and branches, readouts, fits, 3D views and embeddings are made again. The source must
    be the very file, by its sha256. Networks and versions that are not those of then are named. How far the new numbers
    lie from the old ones is said; of latents, where the figure holds them (`likeness invert --keep-latent`), otherwise
    only whether they are the same.
    """
    record = read_provenance(figure)
    again = again_of(record, figure.name)
    sources = sources_by_digest(source or [])
    networks = Networks(chosen_device(device))
    if again is not None:
        _other(again, figure, out, networks, sources, as_json)
        return
    found = recorded(record, figure.name)
    check_drawable(found)
    path = _not_itself(figure, out or _beside(figure, found))
    places_of = [source_of(recipe, sources, figure.name) for recipe in found.runs]
    with output_folder(path.absolute().parent):
        repeated = [_run(networks, recipe, place) for recipe, place in zip(found.runs, places_of, strict=True)]
        written = write_again(path, found, networks, repeated, latent=latent)
    if as_json:
        typer.echo(json.dumps(_report(repeated) | {"files": [str(file) for file in written]}, indent=2))
        return
    for number, one in enumerate(repeated, 1):
        _say(one, f"run {number}: " if len(repeated) > 1 else "")
    for file in written:
        typer.echo(f"  {shown(file)}")


def _other(
    again: Reproducer, figure: Path, out: Path | None, networks: Networks, sources: dict[str, Path], as_json: bool
) -> None:
    """What no inversion alone made."""
    path = _not_itself(figure, out or again.place(figure))
    again.check(sources, path)
    with output_folder(path.absolute().parent):
        making = ReproductionContext(
            figure, path, networks, sources, lambda recipe, place: _run(networks, recipe, place)
        )
        made = again.make(making)
    if as_json:
        apart = made.deviation
        said = {
            "kind": made.what,
            "largest_difference": apart.largest,
            "at": apart.where,
            "numbers": apart.count,
            "same": made.same,
            "changed": list(apart.changed),
            "differences": list(made.differences),
        }
        typer.echo(json.dumps(said | {"files": [str(file) for file in made.files]}, indent=2))
        return
    same = {True: "the same to the last bit; ", False: "not the same to the last bit; ", None: ""}[made.same]
    typer.echo(f"{made.what}: {same}{made.deviation.words()}")
    for line in (*made.deviation.changed, *made.differences, *map(str, made.files)):
        typer.echo(f"  {shown(line)}")


def _not_itself(figure: Path, path: Path) -> Path:
    """Where the new file goes, and its record beside it: onto none of the files that are read.

    Raises:
        UserError: it would be one of them.
    """
    with sparing([figure, export_of(figure), sidecar(figure)]):
        for one in (path, sidecar(path)):
            refuse_source(one)
    return path


def _beside(figure: Path, recorded: Recorded) -> Path:
    """Where the new figure goes by itself."""
    stem = figure.name.removesuffix(".json") if figure.suffix.lower() == ".json" else figure.name
    suffix = suffix_of(Path(stem), recorded)
    return figure.with_name(f"{Path(stem).stem}-again{suffix}")


def _run(networks: Networks, recipe: Recipe, source: Path) -> RunReproduction:
    opened = target_again(networks, recipe, source)
    running = Steps(run_again(networks, recipe, opened.target))
    with progress_bar() as progress:
        task = progress.add_task(f"{source.name}: starts", total=1.0, note="")
        for event in running:
            show_event(event, source.name, recipe.settings, progress, task)
    return compared(recipe, opened, running.result)


def _report(repeated: list[RunReproduction]) -> dict[str, Any]:
    return {
        "runs": [
            {
                "target": one.finished.run.target.name,
                "same_latent": one.same_latent,
                "latent_error": one.latent_error,
                "score_error": one.score_error,
                "differences": list(one.differences),
            }
            for one in repeated
        ]
    }


def _say(one: RunReproduction, title: str) -> None:
    run = one.finished.run
    words = {
        True: "the same latent to the last bit",
        False: "another latent",
        None: "no digest to compare latents by",
    }
    error = "" if one.latent_error is None else f", largest difference {one.latent_error:.1e}"
    scores = "" if one.score_error is None else f"; scores differ by {one.score_error:.1e} at most"
    typer.echo(f"{title}{run.target.name}, {run.steps[-1].index} steps: {words[one.same_latent]}{error}{scores}")
    for line in one.differences:
        typer.echo(f"  {shown(line)}")

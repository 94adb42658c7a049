"""`likeness batch invert|embed|probe|fit FOLDER --out DIR`: a whole folder, resumed where it was left."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.science.inversion.settings import InversionSettings
from explorer.science.iteration import Steps
from explorer.science.names import shown
from explorer.studio.commands._cluster import ClusterOption
from explorer.studio.commands._objective import (
    PRESET_HELP,
    By,
    PresetOption,
    configured,
    refuse_without_inversions,
)
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._sources import Sources, say
from explorer.studio.errors import UserError
from explorer.studio.extras import require
from explorer.studio.outputs import as_folder

if TYPE_CHECKING:
    from explorer.science.faces.walking import PassedOver
    from explorer.studio.batch.folder import Batching, BatchResult
    from explorer.studio.batch.job import Job

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Photographs, in it and in the folders below.")]
Out = Annotated[Path, typer.Option(help="Folder for results, table.csv, table.parquet and the journal.")]
Encoder = Annotated[str, typer.Option(help="The encoder.")]
Again = Annotated[bool, typer.Option("--retry", help="Try files again that failed before.")]
Device = Annotated[str | None, typer.Option(help="cpu, cuda:0, ... [default: CUDA where there is one]")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the table and the failures as JSON.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    batch = typer.Typer(
        no_args_is_help=True,
        help="Work on all photographs of a folder. The same command goes on where it was left; what is finished is "
        "not made again. Results are their owner's alone. Files that failed are named, the others are done, and the "
        "exit code is 2.",
    )
    batch.command("invert", no_args_is_help=True)(invert)
    batch.command("embed", no_args_is_help=True)(embed)
    batch.command("probe", no_args_is_help=True)(probe)
    batch.command("fit", no_args_is_help=True)(fit)
    app.add_typer(batch, name="batch")


@with_settings(InversionSettings)
def invert(
    folder: Folder,
    settings: dict[str, Any],
    out: Out,
    preset: PresetOption = "default",
    figure: Annotated[str, typer.Option(help="Formats of each figure, of png, svg and pdf.")] = "",
    source_shown: Annotated[bool, typer.Option("--source/--no-source", help="Show the photograph in figures.")] = False,
    mark: Annotated[bool, typer.Option(help="Mark results as reconstructions.")] = True,
    retry: Again = False,
    cluster: ClusterOption = None,
    device: Device = None,
    as_json: AsJson = False,
) -> None:
    """Turn every photograph's or vector's embedding back into a face."""
    chosen = configured(preset, settings, None)
    formats = [part.strip().lower() for part in figure.split(",") if part.strip()]
    given = {"settings": chosen, "encoder": chosen.encoder, "figure": formats}
    _run("invert", folder, out, given | {"source": source_shown, "mark": mark}, retry, cluster, device, as_json)


def embed(
    folder: Folder, out: Out, encoder: Encoder = "arcface-mbf", retry: Again = False,
    cluster: ClusterOption = None, device: Device = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Compute the embedding of every photograph's most prominent face."""
    _run("embed", folder, out, {"encoder": encoder}, retry, cluster, device, as_json)


@with_settings(InversionSettings, panel="The inversions of --by reconstruction")
def probe(
    folder: Folder,
    settings: dict[str, Any],
    out: Out,
    encoder: Encoder = "arcface-mbf",
    by: Annotated[
        By, typer.Option(help="Also by reconstruction: off the faces that inversions make of the embedding alone.")
    ] = "vector",
    runs: Annotated[
        int | None, typer.Option(min=1, max=64, help="Inversions of each embedding, by reconstruction. [default: 1]")
    ] = None,
    preset: Annotated[str | None, typer.Option(help=PRESET_HELP)] = None,
    retry: Again = False,
    cluster: ClusterOption = None,
    device: Device = None,
    as_json: AsJson = False,
) -> None:
    """Read what every photograph's or vector's embedding gives away besides identity."""
    given: dict[str, Any] = {"encoder": encoder}
    refuse_without_inversions(by, settings | {"runs": runs, "preset": preset})
    if by == "reconstruction":
        chosen = configured(preset or "default", settings | {"encoder": encoder}, None)
        given |= {"by": by, "runs": runs or 1, "settings": chosen}
    _run("probe", folder, out, given, retry, cluster, device, as_json)


def fit(
    folder: Folder,
    out: Out,
    refine: Annotated[bool, typer.Option(help="Refine by the photograph's colours; a few seconds each.")] = True,
    retry: Again = False,
    cluster: ClusterOption = None,
    device: Device = None,
    as_json: AsJson = False,
) -> None:
    """Fit the morphable model to every photograph's most prominent face."""
    require("3d")
    _run("fit", folder, out, {"refine": refine}, retry, cluster, device, as_json)


def _run(
    kind: str,
    folder: Path,
    out: Path,
    given: dict[str, Any],
    retry: bool,
    cluster: str | None,
    device: str | None,
    as_json: bool,
) -> None:
    from explorer.science.faces.walking import PassedOver
    from explorer.studio.batch.folder import items_in, run_batch, summary
    from explorer.studio.batch.job import Job
    from explorer.studio.batch.spreading import run_batch_on
    from explorer.studio.batch.work import work_of
    from explorer.studio.catalogue.networks import Networks
    from explorer.studio.cluster.asked import Here, asked_cluster
    from explorer.studio.commands._running import chosen_device

    where = asked_cluster(cluster)
    as_folder(out)
    job = Job.model_validate({"kind": kind, **given})
    passed = PassedOver()
    items = items_in(folder, job.kind, passed)
    if out.resolve() == folder.resolve() or folder.resolve() in out.resolve().parents:
        raise UserError(f"{out} lies in {folder}, and its results would be taken for photographs: choose another --out")
    work = work_of(job, Networks(chosen_device(device)))
    if isinstance(where, Here):
        running = run_batch(items, job, out, work, again=retry)
    else:
        running = run_batch_on(items, job, out, where, device, again=retry)
    result = _followed(running, job, len(items))
    _say_others(kind, result)
    if as_json:
        typer.echo(json.dumps(summary(job, result, passed), indent=2))
    else:
        _say(result, passed)
    sources = Sources("file")
    for one in result.failures:
        sources.refuse(one.file, one.reason)
    sources.end()


def _say(result: BatchResult, passed: PassedOver) -> None:
    """Print how many files are finished, and where the table is."""
    again = "; --retry tries the others again" if result.failures else ""
    typer.echo(f"{len(result.entries) - len(result.failures)} of {len(result.entries)} files finished{again}")
    if passed:
        typer.echo(f"  passed over: {passed.words()}")
    for path in result.files:
        typer.echo(f"  {shown(path)}")


def _say_others(kind: str, result: BatchResult) -> None:
    """Say of how many photographs one of several faces was taken, and how to choose another."""
    others = [one.file for one in result.entries if isinstance(count := one.row.get("faces"), int) and count > 1]
    if others:
        named = f"{others[0]} shows" if len(others) == 1 else f"{others[0]} and {len(others) - 1} more show"
        say(
            f"{named} several faces (column faces of the table), of which the most prominent one is taken; choose "
            f"another with `likeness {kind} PHOTO --face`, as `likeness faces` numbers them"
        )


def _followed(running: Batching, job: Job, total: int) -> BatchResult:
    """Run to the end under a progress bar; without a terminal, a line a file."""
    from explorer.studio.batch.folder import ItemDone
    from explorer.studio.commands._running import progress_bar

    with progress_bar() as progress:
        task, done = progress.add_task(job.kind, total=total, note=""), 0
        steps = Steps(running)
        for event in steps:
            progress.update(task, description=f"{job.kind}: {event.item.name}")
            if isinstance(event, ItemDone):
                said = "finished before" if event.before else event.entry.status
                done += 1
                progress.update(task, completed=done, note=said)
                if not sys.stderr.isatty():
                    typer.echo(f"{event.item.name} ({done} of {total}): {said} {event.entry.reason}".rstrip(), err=True)
    return steps.result

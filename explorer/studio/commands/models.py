"""`likeness models list | fetch | verify | path`: the networks, their terms, and whether they are here."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from explorer.science.names import shown
from explorer.studio import catalogue
from explorer.studio.catalogue.kept_networks import kept_network
from explorer.studio.errors import UserError

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Catalogue ids; `likeness models list` shows them.")]

models = typer.Typer(help="The networks: list, fetch, verify, path.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.add_typer(models, name="models")


@models.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List every network: what it is for, its licence, and whether it is here."""
    known = catalogue.catalogue()
    if as_json:
        typer.echo(json.dumps([_describe(entry) for entry in known.entries()], indent=2))
        return
    for entry in known.entries():
        here = "here" if catalogue.is_present(entry) else "not here"
        use = "commercial use allowed" if entry.commercial else "no commercial use"
        typer.echo(f"{entry.id}: {entry.purpose}")
        typer.echo(f"    {entry.group}, {entry.size / 1e6:.1f} MB, {here}; {use}: {entry.licence}")


@models.command()
def fetch(
    ids: Ids = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            help="A group instead of ids, once for each: default, encoders, leakage, evaluation, people, or all."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch networks that are not here yet (the default group if nothing is named) and check them."""
    wanted = _wanted(ids, group)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("looking", total=None)

        def show(progress: catalogue.FetchProgress) -> None:
            bar.update(task, description=progress.archive, completed=progress.all_done, total=progress.all_size)

        fetched = catalogue.fetch(wanted, show)
    if as_json:
        typer.echo(json.dumps({"fetched": fetched, "present": wanted}))
    else:
        here = len(wanted) - len(fetched)
        typer.echo(f"{len(fetched)} fetched and verified, {here} already here: {shown(catalogue.folder())}")


@models.command()
def verify(ids: Ids = None, as_json: JsonOption = False) -> None:
    """Check the sha256 of the networks that are here.

    Exit code 2 where one is damaged, or one that was named or belongs to the default group is missing.
    """
    found = catalogue.verify(ids or None)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        for id, state in found.items():
            why = f", {catalogue.damage(catalogue.catalogue().entry(id))}" if state == "damaged" else ""
            typer.echo(f"{id}: {state}{why}")
    must = ids or catalogue.catalogue().group("default")
    wrong = [id for id, state in found.items() if state == "damaged" or (state == "missing" and id in must)]
    if wrong:
        raise UserError(f"not right: {', '.join(wrong)}; run `likeness models fetch {' '.join(wrong)}`")


@models.command()
def path(id: Annotated[str, typer.Argument(help="Catalogue id.")], as_json: JsonOption = False) -> None:
    """Print where a network's file lies."""
    place, kept = catalogue.path(id), kept_network(id)
    sha256 = catalogue.sha256(id) if kept is None else kept.sha256
    typer.echo(json.dumps({"id": id, "path": str(place), "sha256": sha256}) if as_json else shown(place))


def _wanted(ids: list[str] | None, groups: list[str] | None) -> list[str]:
    known = catalogue.catalogue()
    if ids and groups:
        raise UserError("name either ids or a group, not both")
    if ids:
        return [known.entry(id).id for id in ids]
    wanted = set(groups or ["default"])
    unknown = sorted(wanted - {entry.group for entry in known.entries()} - {"all"})
    if unknown:
        raise UserError(
            f"there is no group {unknown[0]!r}; the groups are default, encoders, leakage, evaluation, people and all"
        )
    return [entry.id for entry in known.entries() if entry.group in wanted or "all" in wanted]


def _describe(entry: catalogue.Entry) -> dict[str, Any]:
    archive = catalogue.catalogue().archive_of(entry)
    return entry.model_dump() | {
        "archive": archive.model_dump(exclude={"entry"}),
        "present": catalogue.is_present(entry),
        "path": str(entry.location()),
        "drop_place": str(archive.drop_place()),
    }

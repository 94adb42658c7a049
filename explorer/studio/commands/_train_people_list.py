"""`likeness train people-list`: find photoreal people and the edits that keep them, and write their list."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from explorer.studio.commands._cluster import ClusterOption, WorkersOption
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("people-list")(people_list)


def people_list(
    work: Annotated[
        Path, typer.Option(help="Folder of what is made on the way; an interrupted run goes on from there.")
    ],
    people: Annotated[int, typer.Option(min=1, max=100_000, help="How many people; a list may grow.")] = 1000,
    pictures: Annotated[int | None, typer.Option(min=2, max=100, help="Of each. [default: the recipe's]")] = None,
    reference: Annotated[
        int | None, typer.Option(min=50, help="Candidates by whom thresholds are found. [default: the recipe's]")
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=1, help="People by whom edits are tried. [default: the recipe's]")
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="Labels on which directions are found. [default: models/corpus-labels.safetensors]"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The list. [default: models/people-list.safetensors]")] = None,
    cluster: ClusterOption = None,
    workers: WorkersOption = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Find photoreal people: edits by the corpus's labels, people whom the checkers tell apart, pictures they accept.

    The list and its card are written at the end; a list that is made again with more people keeps those it has.
    """
    from explorer.science.training.photoreal_people import CHECKERS
    from explorer.studio.cluster.asked import asked_cluster
    from explorer.studio.cluster.work import Progress
    from explorer.studio.corpus.label_file import labels_file
    from explorer.studio.corpus.making import require_networks
    from explorer.studio.populations.list_card import list_card
    from explorer.studio.populations.list_file import people_list_file, write_people_list
    from explorer.studio.populations.list_making import Steps, make_list
    from explorer.studio.populations.list_work import Kind, ListRecipe, ListWork
    from explorer.studio.populations.list_workers import ListMaker, require_readers

    where = asked_cluster(cluster, workers)
    file = out or people_list_file()
    if file.suffix.lower() != ".safetensors":
        raise UserError(f"{file.name}: lists of people are written as .safetensors; choose this ending")
    require_networks(CHECKERS, labellers=False)
    require_readers()
    given = {"pictures": pictures, "reference": reference, "trials": trials}
    recipe = replace(ListRecipe(), **{name: value for name, value in given.items() if value is not None})
    place = ListWork(work, recipe)
    maker = ListMaker(work.absolute(), recipe, device)

    def told(kind: Kind, count: int, step: Progress) -> None:
        if step.finished:
            typer.echo(f"{step.job} of {count}", err=True)

    found = make_list(place, people, Steps(maker, where, labels or labels_file(), told))
    write_people_list(found, file)
    atomic_write(file.with_suffix(".md"), list_card(found, place, file).encode(), mode=0o644)
    typer.echo(f"{file}: {len(found)} people, {int(found.kept.sum())} pictures; {file.stat().st_size / 1e6:.2f} MB")

"""`likeness train corpus`: the labelled corpus behind the leakage heads."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from explorer.science.training.corpus import CorpusRecipe
from explorer.studio.corpus import CorpusFolder, begin
from explorer.studio.corpus_making import make_base, require_networks
from explorer.studio.errors import UserError

WorkOption = Annotated[Path, typer.Option(help="Folder of the corpus; an interrupted run goes on from there.")]


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("corpus")(corpus)


def corpus(
    work: WorkOption,
    faces: Annotated[int, typer.Option(min=1, help="Base faces.")] = CorpusRecipe.faces,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes. [default: one a core]")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda; every process uses it.")] = "cpu",
) -> None:
    """Make a labelled corpus: samples of the generator, seen twice, embedded by every encoder and labelled.

    Can be interrupted at any time; the same command goes on where it was. A larger --faces makes a corpus grow.
    """
    require_networks()
    recipe = CorpusRecipe(faces=_whole_shards(faces, "--faces"))
    place = begin(work, recipe)
    for name in place.sweep():
        typer.echo(f"{name} was damaged and is made again", err=True)
    _show_base(place, recipe, workers or _cores(), device)
    typer.echo(f"{work}: {recipe.faces} base faces")


def _show_base(place: CorpusFolder, recipe: CorpusRecipe, workers: int, device: str) -> None:
    """Make the base shards under a progress bar; without a terminal, say a line for each shard."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        done = len(place.names("base")) * recipe.per_shard
        task = bar.add_task("faces", total=recipe.faces, completed=done)
        with closing(make_base(place, recipe, workers, device)) as steps:
            for step in steps:
                if not step.finished:
                    bar.advance(task)
                elif not console.is_terminal:
                    typer.echo(f"{step.job} of {recipe.faces // recipe.per_shard}", err=True)


def _whole_shards(count: int, option: str) -> int:
    if count % CorpusRecipe.per_shard:
        raise UserError(
            f"{option} {count}: faces are made in files of {CorpusRecipe.per_shard}; give a multiple of that"
        )
    return count


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

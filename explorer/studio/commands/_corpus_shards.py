"""What the commands that make a corpus have in common: opening its folder, and showing how its shards are made."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from explorer.science.recognition.registry import ENCODERS
from explorer.science.training.corpus import CorpusRecipe
from explorer.studio.cluster.asked import Cluster
from explorer.studio.cluster.distributing import distribute
from explorer.studio.cluster.work import Work
from explorer.studio.corpus.shards import KINDS, CorpusFolder, Kind, ShardName, begin
from explorer.studio.errors import UserError

WorkOption = Annotated[Path, typer.Option(help="Folder of the corpus; an interrupted run goes on from there.")]


def opened(work: Path, recipe: Any) -> CorpusFolder:
    """Open the corpus of a recipe, and say which of its shards were damaged and are made again.

    Raises:
        UserError: as `begin`.
    """
    place = begin(work, recipe)
    for name in place.sweep():
        typer.echo(f"{name} was damaged and is made again", err=True)
    return place


def make_shards(
    work: Work, kind: Kind, missing: Sequence[ShardName], faces: int, per_shard: int, cluster: Cluster
) -> None:
    """Make the missing shards of a kind under a progress bar; without a terminal, say a line for each shard.

    Args:
        faces: of the kind, those that are there already among them.
        cluster: where they are made.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"{kind} faces", total=faces, completed=max(0, faces - len(missing) * per_shard))
        with closing(distribute(work, missing, cluster)) as steps:
            for step in steps:
                if not step.finished:
                    bar.advance(task)
                elif not console.is_terminal:
                    typer.echo(f"{step.job} of {max(1, faces // per_shard)}", err=True)


def with_those_there(place: CorpusFolder, encoders: Sequence[str]) -> tuple[str, ...]:
    """Encoders, and those under which the corpus's faces are embedded already: every shard has the same ones, for what
    only some have could not be put end to end."""
    there = {encoder for kind in KINDS for name in place.names(kind) for encoder in place.encoders(name)}
    return tuple(name for name in ENCODERS.names() if name in there.union(encoders))


def whole_shards(count: int, option: str) -> int:
    """A count of faces that fills whole files.

    Raises:
        UserError: it does not.
    """
    if count % CorpusRecipe.per_shard:
        raise UserError(
            f"{option} {count}: faces are made in files of {CorpusRecipe.per_shard}; give a multiple of that"
        )
    return count

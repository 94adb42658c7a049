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
from explorer.studio.corpus.editing import LEAST_FACES, find_directions, read_directions
from explorer.studio.corpus.folders import FolderRecipe, FolderWork, listing_of
from explorer.studio.corpus.making import CorpusWork, load_corpus_models, missing_shards, require_networks
from explorer.studio.corpus.shards import CorpusFolder, Kind, begin
from explorer.studio.corpus.workers import distribute
from explorer.studio.errors import UserError

WorkOption = Annotated[Path, typer.Option(help="Folder of the corpus; an interrupted run goes on from there.")]


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("corpus")(corpus)
    train.command("corpus-folder")(corpus_folder)
    train.command("corpus-card")(corpus_card)


def corpus(
    work: WorkOption,
    faces: Annotated[int, typer.Option(min=1, help="Base faces.")] = CorpusRecipe.faces,
    edits: Annotated[int, typer.Option(min=0, help="Edited training faces.")] = CorpusRecipe.edits,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes. [default: one a core]")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda; every process uses it.")] = "cpu",
) -> None:
    """Make a labelled corpus: samples of the generator, seen twice, embedded by every encoder and labelled.

    Can be interrupted at any time; the same command goes on where it was. Larger numbers make a corpus grow.
    """
    recipe = CorpusRecipe(faces=_whole_shards(faces, "--faces"), edits=_whole_shards(edits, "--edits"))
    if edits and faces < LEAST_FACES:
        raise UserError(f"--faces {faces}: at least {LEAST_FACES} are needed to edit faces; or give --edits 0")
    require_networks()
    place = _opened(work, recipe)
    maker = CorpusWork(place.folder, recipe, device)
    _show(place, maker, "base", faces, workers or _cores())
    if edits:
        if read_directions(place) is None:
            find_directions(place, recipe, lambda: load_corpus_models(device), typer.echo)
        _show(place, maker, "edit", edits, workers or _cores())
    typer.echo(f"{work}: {faces} base faces, {edits} edits")


def corpus_folder(
    layout: Annotated[str, typer.Option(help="Published layout: celeba, lfw, vggface2 or casia-webface.")],
    source: Annotated[Path, typer.Option(help="Top folder of the photographs.")],
    work: WorkOption,
    faces: Annotated[int, typer.Option(min=1, help="At most so many photographs, spread over the set.")] = 20_000,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes. [default: one a core]")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda; every process uses it.")] = "cpu",
) -> None:
    """Make a corpus of photographs that you own, for the same training and tests as the corpus of generated faces.

    It holds biometric data of real people: its files are readable by their owner only.
    """
    recipe = FolderRecipe(layout, str(source.absolute()), _whole_shards(faces, "--faces"))
    found = len(listing_of(recipe).faces)
    require_networks()
    place = _opened(work, recipe)
    _show(place, FolderWork(place.folder, recipe, device), "folder", found, workers or _cores())
    typer.echo(f"{work}: {found} photographs of {source}")


def corpus_card(
    work: Annotated[Path, typer.Option(help="Folder of the corpus, begun or finished.")],
    out: Annotated[Path | None, typer.Option(help="Where the card goes. [default: card.md in the folder]")] = None,
) -> None:
    """Write the card of a corpus, and sheets of numbered faces on which a person checks its labels.

    A person's answers are taken from models/corpus-hand-labels.csv; hand-labels.csv in the folder is that file, empty.
    """
    from explorer.studio.corpus.card import write_card

    if out is not None and out.suffix.lower() != ".md":
        raise UserError(f"{out.name}: a card is written as .md; choose this ending")
    for file in write_card(CorpusFolder(work), out or work / "card.md"):
        typer.echo(str(file))


def _opened(work: Path, recipe: CorpusRecipe | FolderRecipe) -> CorpusFolder:
    place = begin(work, recipe)
    for name in place.sweep():
        typer.echo(f"{name} was damaged and is made again", err=True)
    return place


def _show(place: CorpusFolder, work: CorpusWork | FolderWork, kind: Kind, faces: int, workers: int) -> None:
    """Make the shards of a kind under a progress bar; without a terminal, say a line for each shard."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    shards = max(1, faces // work.recipe.per_shard)
    missing = missing_shards(place, kind, shards)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(
            f"{kind} faces", total=faces, completed=max(0, faces - len(missing) * work.recipe.per_shard)
        )
        with closing(distribute(work, missing, workers)) as steps:
            for step in steps:
                if not step.finished:
                    bar.advance(task)
                elif not console.is_terminal:
                    typer.echo(f"{step.job} of {shards}", err=True)


def _whole_shards(count: int, option: str) -> int:
    if count % CorpusRecipe.per_shard:
        raise UserError(
            f"{option} {count}: faces are made in files of {CorpusRecipe.per_shard}; give a multiple of that"
        )
    return count


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

"""`likeness train landmarks`: the network through which an inversion sees the landmarks of generated faces."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from safetensors.torch import save as encode

from explorer.science.leakage.landmark_cnn import LandmarkNetwork
from explorer.science.training.landmark_cnn import (
    RECIPES,
    LandmarkRecipe,
    Samples,
    finished,
    measured_errors,
    steps_of,
    train,
)
from explorer.studio import places
from explorer.studio.corpus import CorpusFolder
from explorer.studio.corpus_frames import CorpusFrames
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write
from explorer.studio.networks import landmarks_file

# A line of progress every so many steps, where there is no terminal.
_TELL_EVERY = 200


def add_to(commands: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    commands.command("landmarks")(landmarks)


def landmarks(
    corpus: Annotated[Path, typer.Option(help="Folder of the labelled corpus.")],
    work: Annotated[Path, typer.Option(help="Folder for checkpoints; an interrupted training goes on from there.")],
    architecture: Annotated[str, typer.Option(help="heatmap, or the thesis's.")] = "heatmap",
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs. [default: the recipe's]")] = None,
) -> None:
    """Train a landmark network on the corpus, test it on unseen faces, and write it to models/.

    The thesis's network is written beside the one that is used, for comparison.
    """
    if architecture not in RECIPES:
        raise UserError(f"--architecture {architecture}: there are {', '.join(RECIPES)}")
    recipe = next(one for name, one in RECIPES.items() if name == architecture)
    recipe = replace(recipe, epochs=epochs or recipe.epochs)
    folder = CorpusFolder(corpus)
    samples, unseen = CorpusFrames(folder, "train"), CorpusFrames(folder, "test", ("base", "folder"))
    network = _trained(samples, recipe, places.private_folder(work))
    found = measured_errors(network, unseen)
    weights = {name: weight.half().contiguous() for name, weight in network.state_dict().items()}
    path = atomic_write(landmarks_file(recipe.architecture), encode(weights), mode=0o644)
    typer.echo(
        f"{path}: mean error {found.mean():.2f} % of the eyes' distance (median {found.median():.2f} %) on "
        f"{len(unseen)} unseen faces; {recipe.epochs} epochs of {len(samples)} faces"
    )


def _trained(samples: Samples, recipe: LandmarkRecipe, work: Path) -> LandmarkNetwork:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("training", total=steps_of(recipe, len(samples)))
        try:
            for state in train(samples, recipe, work):
                bar.update(task, completed=state.step, description=f"error {state.error:.2f} %")
                if not console.is_terminal and state.step % _TELL_EVERY == 0:
                    typer.echo(f"step {state.step} of {state.steps}, error {state.error:.2f} %", err=True)
        except ValueError as error:
            raise UserError(f"{work}: {error}") from error
    return finished(work, recipe)

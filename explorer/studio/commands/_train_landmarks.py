"""`likeness train landmarks`: the network through which an inversion sees the landmarks of generated faces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.evaluation.leakage import landmark_errors
from explorer.science.leakage.landmark_cnn import ARCHITECTURES, Architecture, LandmarkNetwork
from explorer.science.training.landmark_cnn import (
    RECIPES,
    LandmarkRecipe,
    Samples,
    finished,
    mean_face,
    measured_errors,
    steps_of,
    train,
)
from explorer.science.training.loop import Compute
from explorer.studio import places
from explorer.studio.catalogue.labellers import load_labellers
from explorer.studio.catalogue.networks import Networks, landmarks_file
from explorer.studio.corpus.frames import CorpusFrames
from explorer.studio.corpus.reading import corpus_words
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.errors import UserError
from explorer.studio.evaluation.openpeople import read_frames
from explorer.studio.files import atomic_write

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
    weights = {name: weight.half().contiguous() for name, weight in network.state_dict().items()}
    path = atomic_write(landmarks_file(recipe.architecture), encode(weights), mode=0o644)
    sets = {
        f"{len(unseen)} unseen faces of the corpus": unseen,
        "openpeople's photographs": _photographs(folder.folder),
    }
    found = {name: measured_errors(network, judged) for name, judged in sets.items()}
    card = _card(path.stem, recipe, found, corpus_words(folder, len(samples), samples.edits))
    card += _beside(recipe.architecture, mean_face(samples), sets)
    atomic_write(path.with_suffix(".md"), card.encode(), mode=0o644)
    typer.echo(str(path))
    for name, errors in found.items():
        typer.echo(f"  {name}: {_words(errors)}")


def _photographs(work: Path) -> Samples:
    return read_frames(Networks("cpu"), load_labellers("cpu"), work)


def _beside(architecture: Architecture, mean: Tensor, sets: Mapping[str, Samples]) -> str:
    """What others make of the same faces: the other network as it ships, where it is here, and the mean face."""
    lines = ["", "On the same faces:", "", f"| | {' | '.join(sets)} |", f"|---|{'---|' * len(sets)}"]
    for other in (one for one in ARCHITECTURES if one != architecture and landmarks_file(one).exists()):
        network = Networks("cpu").landmarks(other)
        cells = [_words(measured_errors(network, judged)) for judged in sets.values()]
        lines.append(f"| {landmarks_file(other).stem}, as it ships | {' | '.join(cells)} |")
    blind = [landmark_errors(mean, torch.from_numpy(_truths(judged))) for judged in sets.values()]
    lines.append(f"| always the mean training face | {' | '.join(map(_words, blind))} |")
    return "\n".join([*lines, ""])


def _truths(samples: Samples) -> NDArray[np.float32]:
    return np.stack([samples[index][1] for index in range(len(samples))])


def _words(errors: Tensor) -> str:
    return f"mean error {errors.mean():.2f} % of the eyes' distance (median {errors.median():.2f} %)"


def _card(name: str, recipe: LandmarkRecipe, found: Mapping[str, Tensor], data: str) -> str:
    return "\n".join(
        [
            f"# {name}: the landmarks of a face, by a network that gradients flow through",
            "",
            "What it does: leads from a frame of 224 px to 68 landmarks, so that an inversion can seek them",
            "(thesis eq. 4.3; `explorer/science/leakage/landmark_cnn.py`).",
            "",
            "| | |",
            "|---|---|",
            f"| recipe | `explorer/science/training/landmark_cnn.py`: {recipe.epochs} epochs of batch {recipe.batch}, "
            f"{recipe.optimiser} at {recipe.rate:g}, seed {recipe.seed} |",
            f"| command | `likeness train landmarks --corpus DIR --work DIR --architecture {recipe.architecture} "
            f"--epochs {recipe.epochs}` |",
            f"| data | {data} |",
            "| labels | dlib's 68 landmarks, against which it is measured, too |",
            *(f"| {where} | {_words(errors)} |" for where, errors in found.items()),
            "| file | safetensors, half precision |",
            "| terms | made with MobileStyleGAN (non-commercial research) and dlib's predictor (iBUG 300-W: no "
            "commercial use): non-commercial research only |",
            "",
        ]
    )


def _trained(samples: Samples, recipe: LandmarkRecipe, work: Path) -> LandmarkNetwork:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("training", total=steps_of(recipe, len(samples)))
        for state in train(samples, recipe, work, Compute.on("cpu")):
            bar.update(task, completed=state.step, description=f"error {state.error:.2f} %")
            if not console.is_terminal and state.step % _TELL_EVERY == 0:
                typer.echo(f"step {state.step} of {state.steps}, error {state.error:.2f} %", err=True)
    return finished(samples, recipe, work)

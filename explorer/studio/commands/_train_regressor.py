"""`likeness train regressor`: from an embedding to a latent at one stroke, from the corpus."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, get_args

import torch
import torch.nn.functional as F
import typer
from rich.console import Console
from rich.progress import track
from torch import Tensor

from explorer.science.evaluation.leakage import mean_quality
from explorer.science.inversion.regressor import LatentRegressor, Objective, RegressedSpace, RegressorRecord
from explorer.science.leakage.labels.parsing import FaceParsing
from explorer.science.leakage.readout import MetricValue
from explorer.science.training.augmentation import shared_direction
from explorer.science.training.dataset import Dataset
from explorer.science.training.loop import Compute
from explorer.science.training.regressor import (
    Pairs,
    RegressorRecipe,
    RegressorState,
    drawn_embedding,
    pairs,
    start_cosines,
    train_by_latent,
)
from explorer.science.training.regressor_drawn import (
    DrawnLoss,
    IdentityLoss,
    PictureLoss,
    train_by_drawing,
    unseen_losses,
)
from explorer.studio import catalogue
from explorer.studio.catalogue.labellers import load_labellers
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.catalogue.regressors import regressor_card, save_regressor
from explorer.studio.corpus.reading import corpus_words, read_dataset
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.errors import UserError
from explorer.studio.evaluation.openpeople import read_portraits
from explorer.studio.places import private_folder

_JUDGED = 60
_PROPOSED = 6
_RANDOM_STARTS, _RANDOM_TRUNCATION, _RANDOM_SEED = 24, 0.5, 0


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("regressor")(regressor)


def regressor(
    work: Annotated[Path, typer.Option(help="Folder of the corpus; checkpoints are kept there.")],
    encoder: Annotated[str, typer.Option(help="Whose embeddings.")] = "arcface-mbf",
    space: Annotated[str, typer.Option(help="Z or W.")] = "W",
    objective: Annotated[
        str, typer.Option(help="What is made small: latent, image, background or identity.")
    ] = "latent",
    steps: Annotated[int | None, typer.Option(min=1, help="Steps by what is drawn. [default: the recipe's]")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train a network from embeddings to latents, measure how near its faces start, and write it and its card.

    Can be interrupted; the same command goes on from its last checkpoint.
    """
    where, aim = _known(space), _objective(objective)
    corpus, name = CorpusFolder(work), known_encoder(encoder).id
    recipe = RegressorRecipe(space=where, drawn_steps=steps or RegressorRecipe.drawn_steps)
    data = read_dataset(corpus)
    known = pairs(data, name, where)
    networks = Networks(device)
    folder = private_folder(corpus.folder / "regressors")
    file = folder / f"{name}-{where}-{_digest(corpus, known, recipe)}"
    compute = Compute.on(device)
    state = _last(train_by_latent(known, recipe, file.with_suffix(".pt"), compute), "by the latent", recipe.epochs)
    explained, made_small = (1 - state.loss if aim == "latent" else None), None
    if aim != "latent":
        drawn = file.with_name(f"{file.name}-{aim}-{recipe.drawn_steps}.pt")
        begun, loss = state.regressor.to(networks.device), _drawn_loss(aim, networks, name, known, recipe)
        going = train_by_drawing(begun, known, recipe, drawn, loss, compute)
        state = _last(going, f"by the {aim}", recipe.drawn_steps)
        after, before = (unseen_losses(one, known, loss, _JUDGED) for one in (state.regressor.to(begun.centre), begun))
        made_small = mean_quality("loss", "", after, before)
    record = RegressorRecord(
        encoder=name,
        dimension=known.views.shape[-1],
        space=where,
        objective=aim,
        width=recipe.width,
        trained_on=len(known.fitting),
        explained=explained,
        drawn=made_small,
        starts=_starts(state.regressor, networks, data, name, where, corpus, device),
    )
    words = (
        _recipe_words(recipe, known, aim),
        corpus_words(corpus, len(known.fitting), int(data.edited[known.fitting].sum())),
    )
    written = save_regressor(state.regressor, record, regressor_card(record, *words, steps))
    typer.echo(str(written))
    for shown, quality in record.starts.items():
        typer.echo(f"  {shown}: {quality.words()}")


def _digest(corpus: CorpusFolder, known: Pairs, recipe: RegressorRecipe) -> str:
    """Of all that the training by the latent follows from."""
    key = json.dumps([corpus.recipe, len(known.fitting), recipe.by_latent()], sort_keys=True)
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def _known(space: str) -> RegressedSpace:
    if space == "Z":
        return "Z"
    if space == "W":
        return "W"
    raise UserError(f"--space {space}: regressors lead to Z or W")


def _objective(name: str) -> Objective:
    objectives: tuple[Objective, ...] = get_args(Objective)
    found = next((one for one in objectives if one == name), None)
    if found is None:
        raise UserError(f"--objective {name}: there are {', '.join(objectives)}")
    return found


def _drawn_loss(
    objective: Objective, networks: Networks, encoder: str, known: Pairs, recipe: RegressorRecipe
) -> DrawnLoss:
    if objective == "identity":
        shared = shared_direction(known.views[0, known.fitting])
        return IdentityLoss(shared, recipe, networks.generator(), networks.detector(), networks.recogniser(encoder))
    parser = None
    if objective == "background":
        parser = FaceParsing(catalogue.path("face-parsing").read_bytes()).to(networks.device)
    return PictureLoss(networks.generator(), recipe.space, recipe.image_resolution, parser)


def _last(states: Iterator[RegressorState], title: str, total: int) -> RegressorState:
    """Run a training to its end under a progress bar."""
    console = Console(stderr=True)
    shown = track(states, title, total, console=console, disable=not console.is_terminal)
    state = None
    for state in shown:  # noqa: B007 - the last one is what is wanted
        pass
    if state is None:
        raise UserError("the recipe makes no step")
    return state


def _starts(
    regressor: LatentRegressor,
    networks: Networks,
    data: Dataset,
    encoder: str,
    space: RegressedSpace,
    corpus: CorpusFolder,
    device: str,
) -> dict[str, MetricValue]:
    """How near the answer's face comes, and the nearest of the starts that an inversion is offered, on unseen
    generated faces and on openpeople's portraits; chance is the best of as many random starts as usual."""
    portraits = read_portraits(networks, load_labellers(device), corpus.folder)[encoder]
    sets = {"unseen generated faces": data.first[encoder][data.rows("test")[:_JUDGED]], "portraits": portraits}
    instruments = networks.generator(), networks.detector(), networks.recogniser(encoder)
    regressor = regressor.to(networks.device)
    latents = instruments[0].sample(_RANDOM_STARTS, _RANDOM_SEED, _RANDOM_TRUNCATION)[1].split(1)
    drawn = [drawn_embedding(latent, "W", *instruments) for latent in latents]
    random = F.normalize(torch.stack([one for one in drawn if one is not None]), dim=-1)
    found = {}
    for name, embeddings in sets.items():
        best = (F.normalize(embeddings.float(), dim=-1) @ random.T).amax(1)
        for count, title in ((1, name), (_PROPOSED, f"{name}, nearest of {_PROPOSED}")):

            def answer(embedding: Tensor, count: int = count) -> Tensor:
                return regressor.propose(embedding, count, seed=0)

            cosines = start_cosines(answer, embeddings, space, *instruments)
            found[title] = mean_quality("cosine", "", cosines, best)
    return found


def _recipe_words(recipe: RegressorRecipe, known: Pairs, objective: Objective) -> str:
    words = (
        f"{recipe.epochs} epochs of batch {recipe.batch}, Adam at {recipe.rate:g}, seed {recipe.seed}, "
        f"{len(known.held_out)} faces held out"
    )
    if objective == "latent":
        return words
    resolution = recipe.face_resolution if objective == "identity" else recipe.image_resolution
    return (
        f"{words}; then {recipe.drawn_steps} steps of batch {recipe.drawn_batch} at {recipe.drawn_rate:g} on "
        f"{resolution} px pictures"
    )

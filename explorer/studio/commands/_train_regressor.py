"""`likeness train regressor`: from an embedding to a latent at one stroke, from the corpus."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, get_args

import typer

from explorer.science.evaluation.leakage import mean_quality
from explorer.science.inversion.regressor import Objective, RegressedSpace, RegressorRecord
from explorer.science.leakage.labels.parsing import FaceParsing
from explorer.science.training.loop import Compute
from explorer.science.training.regressor import (
    Pairs,
    RegressorRecipe,
    pairs,
    train_by_latent,
)
from explorer.science.training.regressor_drawn import (
    DrawnLoss,
    PictureLoss,
    train_by_drawing,
    unseen_losses,
)
from explorer.studio import catalogue
from explorer.studio.catalogue.labellers import load_labellers
from explorer.studio.catalogue.networks import Networks, attacked_encoder
from explorer.studio.catalogue.regressors import regressor_card, save_regressor
from explorer.studio.commands._regressor_starts import JUDGED, last, starts
from explorer.studio.commands._train_regressor_identity import Given, by_identity, check_resolution
from explorer.studio.corpus.reading import corpus_words, read_dataset
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.errors import UserError
from explorer.studio.evaluation.openpeople import read_portraits
from explorer.studio.places import private_folder


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("regressor")(regressor)


def regressor(
    work: Annotated[Path, typer.Option(help="Folder of the corpus; checkpoints are kept there.")],
    encoder: Annotated[str, typer.Option(help="Whose embeddings.")] = "arcface-mbf",
    space: Annotated[str, typer.Option(help="Z or W, and W+ by identity.")] = "W",
    objective: Annotated[
        str, typer.Option(help="What is made small: latent, image, background or identity.")
    ] = "latent",
    steps: Annotated[int | None, typer.Option(min=1, help="Steps by what is drawn. [default: the recipe's]")] = None,
    faces: Annotated[
        int | None,
        typer.Option(min=20, help="By identity: generated faces that targets are made of, without a corpus."),
    ] = None,
    resolution: Annotated[
        int | None, typer.Option(help="By identity: at which faces are drawn. [default: 128]")
    ] = None,
    photographs: Annotated[
        Path | None,
        typer.Option(help="By identity: a folder of photographs to learn from, too, never of people that judge."),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train a network from embeddings to latents, measure how near its faces start, and write it and its card.

    --objective identity needs no corpus: it goes on from the regressor that was trained by the latent. Can be
    interrupted; the same command goes on from its last checkpoint.
    """
    where, aim = _known(space), _objective(objective)
    if aim == "identity":
        check_resolution(resolution)
        by_identity(Given(work, attacked_encoder(encoder).id, where, photographs, steps, faces, resolution, device))
        return
    _refuse_elsewhere(where, photographs=photographs, faces=faces, resolution=resolution)
    corpus, name = CorpusFolder(work), attacked_encoder(encoder).id
    recipe = RegressorRecipe(space=where, drawn_steps=steps or RegressorRecipe.drawn_steps)
    data = read_dataset(corpus)
    known = pairs(data, name, where)
    networks = Networks(device)
    folder = private_folder(corpus.folder / "regressors")
    file = folder / f"{name}-{where}-{_digest(corpus, known, recipe)}"
    compute = Compute.on(device)
    state = last(train_by_latent(known, recipe, file.with_suffix(".pt"), compute), "by the latent", recipe.epochs)
    explained, made_small = (1 - state.loss if aim == "latent" else None), None
    if aim != "latent":
        drawn = file.with_name(f"{file.name}-{aim}-{recipe.drawn_steps}.pt")
        begun, loss = state.regressor.to(networks.device), _drawn_loss(aim, networks, recipe)
        going = train_by_drawing(begun, known, recipe, drawn, loss, compute)
        state = last(going, f"by the {aim}", recipe.drawn_steps)
        after, before = (unseen_losses(one, known, loss, JUDGED) for one in (state.regressor.to(begun.centre), begun))
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
        starts=starts(
            state.regressor.to(networks.device),
            networks,
            {
                "unseen generated faces": data.first[name][data.rows("test")[:JUDGED]],
                "portraits": read_portraits(networks, load_labellers(device), corpus.folder)[name],
            },
            name,
            where,
        ),
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
    if space == "W+":
        return "W+"
    raise UserError(f"--space {space}: regressors lead to Z, W or W+")


def _objective(name: str) -> Objective:
    objectives: tuple[Objective, ...] = get_args(Objective)
    found = next((one for one in objectives if one == name), None)
    if found is None:
        raise UserError(f"--objective {name}: there are {', '.join(objectives)}")
    return found


def _refuse_elsewhere(space: RegressedSpace, **given: object) -> None:
    """Refuse what only a training by identity knows."""
    for name, value in given.items():
        if value is not None:
            raise UserError(f"--{name} is for --objective identity: leave it out")
    if space == "W+":
        raise UserError("--space W+ is for --objective identity: choose Z or W")


def _drawn_loss(objective: Objective, networks: Networks, recipe: RegressorRecipe) -> DrawnLoss:
    parser = None
    if objective == "background":
        parser = FaceParsing(catalogue.path("face-parsing").read_bytes()).to(networks.device)
    return PictureLoss(networks.generator(), recipe.space, recipe.image_resolution, parser)


def _recipe_words(recipe: RegressorRecipe, known: Pairs, objective: Objective) -> str:
    words = (
        f"{recipe.epochs} epochs of batch {recipe.batch}, Adam at {recipe.rate:g}, seed {recipe.seed}, "
        f"{len(known.held_out)} faces held out"
    )
    if objective == "latent":
        return words
    return (
        f"{words}; then {recipe.drawn_steps} steps of batch {recipe.drawn_batch} at {recipe.drawn_rate:g} on "
        f"{recipe.image_resolution} px pictures"
    )

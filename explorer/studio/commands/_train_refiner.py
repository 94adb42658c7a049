"""`likeness train refiner`: what moves a regressor's answer to a better one, seeing what its face lacks."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from explorer.science.evaluation.leakage import mean_quality
from explorer.science.inversion.refiner import LatentRefiner, RefinedRegressor, RefinerRecord
from explorer.science.inversion.regressor import LatentRegressor
from explorer.science.training.loop import Compute
from explorer.science.training.refiner import RefinerRecipe, train_refiner, unseen_passes
from explorer.studio.catalogue.networks import Networks, attacked_encoder
from explorer.studio.catalogue.refiners import refiner_card, save_refiner
from explorer.studio.catalogue.regressors import find_regressor, proposing
from explorer.studio.commands._regressor_starts import JUDGED, last, starts
from explorer.studio.commands._train_regressor_identity import (
    SEED_OF_UNSEEN,
    Given,
    check_resolution,
    digest_of,
    drawing_of,
    recipe_words,
    targets_of,
)
from explorer.studio.errors import UserError
from explorer.studio.evaluation.openpeople import portrait_set
from explorer.studio.evaluation.strangers import embed_set
from explorer.studio.places import private_folder


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("refiner")(refiner)


def refiner(
    work: Annotated[Path, typer.Option(help="Folder for checkpoints and faces; a corpus in it is used.")],
    encoder: Annotated[str, typer.Option(help="Whose embeddings.")] = "arcface-mbf",
    steps: Annotated[int | None, typer.Option(min=1, help="Steps. [default: the recipe's]")] = None,
    faces: Annotated[
        int | None, typer.Option(min=20, help="How many faces to make targets of, where --work holds no corpus.")
    ] = None,
    resolution: Annotated[int | None, typer.Option(help="Of the faces that are drawn. [default: 128]")] = None,
    photographs: Annotated[
        Path | None, typer.Option(help="A folder of photographs to learn from, too, never of people that judge.")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train what refines the answers of the regressor with which a search begins, and write it and its card.

    Can be interrupted; the same command goes on from its last checkpoint.
    """
    check_resolution(resolution)
    name, networks = attacked_encoder(encoder).id, Networks(device)
    given = Given(work, name, "W", photographs, steps, faces, resolution, device)
    begun, file = _begun(networks, name)
    recipe = replace(RefinerRecipe(space="W+" if begun.style_layers else "W"), **given.changes())
    folder = private_folder(work / "regressors")
    judges = embed_set(portrait_set(), [name], networks).embeddings[name]
    targets, words = targets_of(given, networks, recipe.faces, recipe.asking, judges, folder)
    drawing = drawing_of(networks, name, recipe.resolution)
    checkpoint = folder / f"{name}-refiner-{digest_of(recipe, begun, targets)}.pt"
    going = train_refiner(begun, targets, recipe, checkpoint, drawing, Compute.on(device))
    trained = last(going, "refiner", recipe.steps).refiner.eval().requires_grad_(False)
    unseen = targets.unseen(JUDGED, SEED_OF_UNSEEN)
    before, *_, after = unseen_passes(begun, trained, unseen["unseen targets"], recipe, drawing)
    refined = RefinedRegressor(
        begun, trained, recipe.passes, lambda latents: drawing.embedded(drawing.generator.styles(latents, recipe.space))
    )
    record = RefinerRecord(
        encoder=name,
        dimension=targets.dimension,
        width=recipe.width,
        passes=recipe.passes,
        regressor=hashlib.sha256(file.read_bytes()).hexdigest(),
        trained_on=recipe.steps * recipe.batch,
        photographs=0 if targets.photographs is None else len(targets.photographs),
        drawn=mean_quality("loss", "", after, before),
        starts=starts(refined, networks, unseen | {"portraits": judges}, name, recipe.space),
    )
    _save(trained, record, f"{recipe_words(recipe)}; {recipe.passes} passes unrolled", words, given)


def _begun(networks: Networks, encoder: str) -> tuple[LatentRegressor, Path]:
    """The regressor whose answers are refined, and its file."""
    regressor, file = find_regressor(encoder, "W+"), proposing(encoder, "W+")
    if regressor is None or file is None:
        raise UserError(
            f"{encoder} has no regressor to refine: make one with `likeness train regressor --encoder {encoder}`"
        )
    return regressor.to(networks.device), file


def _save(trained: LatentRefiner, record: RefinerRecord, recipe: str, words: str, given: Given) -> None:
    written = save_refiner(trained.cpu(), record, refiner_card(record, recipe, words, given.words()))
    assert record.drawn is not None, "it was measured"
    typer.echo(f"{written}\n  unseen targets, behind the last pass: {record.drawn.words()}")
    for shown, quality in record.starts.items():
        typer.echo(f"  {shown}: {quality.words()}")

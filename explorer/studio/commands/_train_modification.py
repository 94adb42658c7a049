"""`likeness train modification`: what takes an attribute out of an encoder's embeddings, trained on the corpus."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from explorer.science.laboratory.modification import Disentangler
from explorer.science.laboratory.modifier import Modifier, ModifierRecord
from explorer.science.training.fresh_probes import erased_until
from explorer.science.training.loop import Compute
from explorer.science.training.modification import (
    AttributeFaces,
    ModificationRecipe,
    attributes,
    train_modification,
)
from explorer.studio.catalogue.modifiers import modifier_card, save_modifier
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.corpus.reading import corpus_words, read_dataset
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.errors import UserError
from explorer.studio.laboratory.modifier_judged import SETS, faces_by_part, judged_modifier
from explorer.studio.places import private_folder

ENOUGH = 0.65


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("modification")(modification)


def modification(
    work: Annotated[Path, typer.Option(help="Folder of the corpus; the checkpoint is kept there.")],
    encoder: Annotated[str, typer.Option(help="Whose embeddings.")] = "arcface-mbf",
    attribute: Annotated[str, typer.Option(help=f"Of {', '.join(attributes())}.")] = "gender",
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs. [default: the recipe's]")] = None,
    judged: Annotated[
        list[str] | None,
        typer.Option("--set", help="Verify people of this set, too; may be repeated. [default: orl and openpeople]"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A file of your own. [default: among the program's weights]")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train what takes an attribute out of embeddings, and say what fresh probes still tell and what is verified.

    A third of the training people are kept from it: on them, and on the others, attackers learn probes afresh. Beside
    it stands a linear baseline: directions are removed until fresh probes tell no more than 0.65 on people who do not
    judge. Can be interrupted; the same command goes on from its last checkpoint.
    """
    name = known_encoder(encoder).id
    if out is not None and out.suffix != ".safetensors":
        raise UserError(f"{out.name}: a modifier is written as .safetensors; choose that ending")
    corpus, recipe = CorpusFolder(work), ModificationRecipe()
    recipe = recipe if epochs is None else replace(recipe, epochs=epochs)
    data = read_dataset(corpus)
    faces = faces_by_part(data, name, attribute)
    learnt = faces.learnt
    folder = private_folder(work / "modification")
    digest = hashlib.sha256(f"{recipe}/{len(learnt.base)}".encode()).hexdigest()[:12]
    trained = _trained(learnt, recipe, folder / f"{name}-{attribute}-{digest}.pt", Compute.on(device))
    eraser = erased_until(learnt, faces.held_out, ENOUGH)
    bare = ModifierRecord(
        encoder=name,
        attribute=attribute,
        classes=learnt.names,
        dimension=learnt.embeddings.shape[1],
        dependent=recipe.dependent,
        hidden=recipe.hidden,
        directions=eraser.removed,
        trained_on=len(learnt.base),
        attackers=len(faces.strangers.base),
    )
    modifier = Modifier(trained.cpu().eval().requires_grad_(False), eraser, bare)
    record = judged_modifier(modifier, faces, judged or SETS, Networks(device), lambda said: typer.echo(said, err=True))
    words = corpus_words(corpus, len(learnt.base.unique()), faces.edited)
    place = save_modifier(replace(modifier, record=record), modifier_card(record, str(recipe), words), out)
    typer.echo(str(place))
    for title, told in (("as they are", record.before), ("network", record.network), ("linear", record.linear)):
        typer.echo(f"  {attribute} told afresh, {title}: {'–' if told is None else told.words()}")
    for one in record.verified:
        rates = f"{one.before.value:.3f} as they are, network {one.network.value:.3f}, linear {one.linear.value:.3f}"
        typer.echo(f"  TAR at FAR 0.1 % on {one.set}: {rates}")


def _trained(learnt: AttributeFaces, recipe: ModificationRecipe, checkpoint: Path, compute: Compute) -> Disentangler:
    going = train_modification(learnt, recipe, checkpoint, compute)
    *_, last = track(going, "modification", total=recipe.epochs)
    return last.model

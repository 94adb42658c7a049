"""`likeness train modification`: what takes an attribute out of an encoder's embeddings, trained on the corpus."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.progress import track
from torch import Tensor

from explorer.science.evaluation.accepting import Pairs
from explorer.science.laboratory.modification import Disentangler
from explorer.science.laboratory.modifier import Modifier, ModifierRecord, Verified
from explorer.science.recognition.registry import encoder_spec
from explorer.science.training.fresh_probes import erased_until, fresh_probes, without
from explorer.science.training.loop import Compute
from explorer.science.training.modification import (
    AttributeFaces,
    ModificationRecipe,
    attributes,
    faces_of,
    train_modification,
)
from explorer.studio import catalogue
from explorer.studio.catalogue.modifiers import modifier_card, save_modifier
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.corpus.reading import corpus_words, read_dataset
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.errors import UserError
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.strangers import EmbeddedSet, embed_set
from explorer.studio.places import private_folder

ENOUGH = 0.65
_SETS = ("orl", "openpeople")


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

    Beside it stands a linear baseline: directions are removed until fresh probes tell no more than 0.65 on people who
    do not judge. Can be interrupted; the same command goes on from its last checkpoint.
    """
    name = known_encoder(encoder).id
    if out is not None and out.suffix != ".safetensors":
        raise UserError(f"{out.name}: a modifier is written as .safetensors; choose that ending")
    corpus, recipe = CorpusFolder(work), ModificationRecipe()
    recipe = recipe if epochs is None else replace(recipe, epochs=epochs)
    data = read_dataset(corpus)
    held_out, test = (faces_of(data, name, attribute, data.rows(split)) for split in ("calibration", "test"))
    rows = data.rows("train")
    # Nobody who chooses or judges takes part, as an edit either.
    rows = rows[~torch.isin(data.base[rows], torch.cat([held_out.base, test.base]))]
    learnt = faces_of(data, name, attribute, rows, both=True)
    folder = private_folder(work / "modification")
    digest = hashlib.sha256(f"{recipe}/{len(learnt.base)}".encode()).hexdigest()[:12]
    trained = _trained(learnt, recipe, folder / f"{name}-{attribute}-{digest}.pt", Compute.on(device))
    eraser = erased_until(learnt, held_out, ENOUGH)
    bare = ModifierRecord(
        encoder=name,
        attribute=attribute,
        classes=learnt.names,
        dimension=learnt.embeddings.shape[1],
        dependent=recipe.dependent,
        hidden=recipe.hidden,
        directions=eraser.removed,
        trained_on=len(learnt.base),
    )
    modifier = Modifier(trained.cpu().eval().requires_grad_(False), eraser, bare)
    record = _measured(modifier, learnt, test, judged or _SETS, Networks(device))
    words = corpus_words(corpus, len(learnt.base.unique()), int(data.edited[rows].sum()))
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


def _measured(
    modifier: Modifier, learnt: AttributeFaces, test: AttributeFaces, sets: Sequence[str], networks: Networks
) -> ModifierRecord:
    """The record with what fresh probes tell on the corpus's test people, and with what is left of verification."""
    record = modifier.record
    ways: dict[str, Callable[[Tensor], Tensor]] = {
        "before": lambda vectors: vectors,
        "network": lambda vectors: modifier(vectors, "network"),
        "linear": lambda vectors: modifier(vectors, "linear"),
    }
    told = {name: fresh_probes(without(learnt, way), without(test, way)) for name, way in ways.items()}
    verified = []
    for name in sets:
        try:
            chosen = embed_set(photograph_set(name), [record.encoder], networks)
        except catalogue.MissingNetwork as error:
            typer.echo(f"{name} is left out: {error}", err=True)
            continue
        verified.append(_verified(name, chosen, record.encoder, ways))
    return record.model_copy(update={**told, "verified": tuple(verified)})


def _verified(name: str, chosen: EmbeddedSet, encoder: str, ways: dict[str, Callable[[Tensor], Tensor]]) -> Verified:
    vectors, people = chosen.embeddings[encoder].float(), chosen.people.tolist()
    pairs, measure = Pairs(people), encoder_spec(encoder).measure
    changed = {way: modify(vectors) for way, modify in ways.items()}
    rates = {way: pairs.accepted(pairs.scores(one, one, measure), measure).tar for way, one in changed.items()}
    return Verified(set=name, people=len(set(people)), **rates)

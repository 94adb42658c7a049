"""`likeness train corpus`: the labelled corpus behind the leakage heads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from explorer.science.recognition.registry import default_encoders
from explorer.science.training.corpus import CorpusRecipe
from explorer.science.training.folders import LAYOUTS
from explorer.science.training.redrawing import SIZES
from explorer.studio.catalogue.networks import known_encoder
from explorer.studio.cluster.asked import Cluster, asked_cluster
from explorer.studio.commands._cluster import ClusterOption, WorkersOption
from explorer.studio.commands._corpus_shards import WorkOption, make_shards, opened, whole_shards, with_those_there
from explorer.studio.commands._train_corpus_labels import Redrawing, corpus_labels, draw_again
from explorer.studio.corpus.editing import LEAST_FACES
from explorer.studio.corpus.folders import FolderRecipe, FolderWork, listing_of
from explorer.studio.corpus.label_file import CorpusLabels, labels_file, read_labels_file
from explorer.studio.corpus.making import CorpusWork, load_corpus_models, missing_shards, require_networks
from explorer.studio.corpus.redrawing import directions_for
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.errors import UserError


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("corpus")(corpus)
    train.command("corpus-folder")(corpus_folder)
    train.command("corpus-card")(corpus_card)
    train.command("corpus-labels")(corpus_labels)


def corpus(
    work: WorkOption,
    faces: Annotated[
        int | None, typer.Option(min=1, help=f"Base faces. [default: {CorpusRecipe.faces}, or all that are labelled]")
    ] = None,
    edits: Annotated[
        int | None,
        typer.Option(min=0, help=f"Edited training faces. [default: {CorpusRecipe.edits}, or all that are labelled]"),
    ] = None,
    first: Annotated[
        int, typer.Option(min=0, help="Label no base face before this one, whose labels are in a file already.")
    ] = 0,
    from_labels: Annotated[
        bool, typer.Option("--from-labels", help="Draw again the faces of a file of labels; no labeller is needed.")
    ] = False,
    labels: Annotated[
        Path | None, typer.Option(help="A file of `train corpus-labels`. [default: models/corpus-labels.safetensors]")
    ] = None,
    encoders: Annotated[
        list[str] | None,
        typer.Option("--encoders", "--encoder", help="Embed under this encoder alone; may be repeated. [default: all]"),
    ] = None,
    size: Annotated[
        int | None, typer.Option(help="From labels: 256 (fast), 512 (as made in full) or 1024 px. [default: 256]")
    ] = None,
    cluster: ClusterOption = None,
    workers: WorkersOption = None,
    device: Annotated[str, typer.Option(help="cpu or cuda; every worker uses it.")] = "cpu",
) -> None:
    """Make a labelled corpus: samples of the generator, seen twice, embedded by every encoder and labelled.

    Can be interrupted at any time; the same command goes on where it was. Larger numbers make a corpus grow. From
    labels, only drawing and embedding are left: minutes in place of hours.
    """
    where = asked_cluster(cluster, workers)
    faces = None if faces is None else whole_shards(faces, "--faces")
    edits = None if edits is None else whole_shards(edits, "--edits")
    if from_labels:
        if first:
            raise UserError("--first is for labelling: leave it out with --from-labels")
        draw_again(work, Redrawing(labels, faces, edits, size or min(SIZES), encoders, where, device))
        return
    if size is not None:
        raise UserError("--size is for faces drawn again: give --from-labels with it")
    recipe = CorpusRecipe(
        faces=CorpusRecipe.faces if faces is None else faces, edits=CorpusRecipe.edits if edits is None else edits
    )
    _label(work, recipe, whole_shards(first, "--first"), labels, encoders or (), where, device)


def _label(
    work: Path,
    recipe: CorpusRecipe,
    first: int,
    labels: Path | None,
    asked: Sequence[str],
    cluster: Cluster,
    device: str,
) -> None:
    """Make the corpus in full."""
    if recipe.edits and recipe.faces < LEAST_FACES:
        raise UserError(f"--faces {recipe.faces}: at least {LEAST_FACES} are needed to edit faces; or give --edits 0")
    if first >= recipe.faces:
        raise UserError(f"--first {first}: there is nothing to label before --faces {recipe.faces}")
    named = [known_encoder(name).id for name in asked]
    require_networks(named or default_encoders())
    place = opened(work, recipe)
    encoders = _encoders(place, named)
    maker = CorpusWork(place.folder.absolute(), recipe, encoders, device)
    missing = missing_shards(place, "base", recipe.faces // recipe.per_shard)
    wanted = [name for name in missing if name.number >= first // recipe.per_shard]
    make_shards(maker, "base", wanted, recipe.faces - first, recipe.per_shard, cluster)
    if recipe.edits:
        known = _labels_like(place, labels)
        directions_for(place, recipe, known, lambda: load_corpus_models(device, encoders), typer.echo)
        missing = missing_shards(place, "edit", recipe.edits // recipe.per_shard)
        make_shards(maker, "edit", missing, recipe.edits, recipe.per_shard, cluster)
    typer.echo(f"{work}: {recipe.faces - first} base faces, {recipe.edits} edits")


def _encoders(place: CorpusFolder, asked: Sequence[str]) -> tuple[str, ...]:
    """The encoders of a corpus: those of its faces so far, else those that are asked for, else all.

    Raises:
        UserError: its faces lack one that is asked for.
    """
    there = with_those_there(place, ())
    lacking = [name for name in asked if there and name not in there]
    if lacking:
        raise UserError(
            f"{place.folder} holds faces without embeddings of {', '.join(lacking)}, and labels none again: gather its "
            "labels with `likeness train corpus-labels`, and draw them under any encoder in another folder"
        )
    return there or tuple(asked) or default_encoders()


def _labels_like(place: CorpusFolder, labels: Path | None) -> CorpusLabels | None:
    """The labels of the same faces that are known already, in a file that is named or in the one that ships.

    Raises:
        UserError: the file that is named has labels of other faces.
    """
    file = labels or labels_file()
    if labels is None and not file.exists():
        return None
    found = read_labels_file(file)
    differing = found.differs_from(place.recipe)
    if differing and labels is not None:
        raise UserError(f"{file} is of a corpus of another recipe ({', '.join(differing)} differ): leave it out")
    return None if differing else found


def corpus_folder(
    layout: Annotated[str, typer.Option(help=f"Layout of the folder: {', '.join(LAYOUTS)}.")],
    source: Annotated[Path, typer.Option(help="Top folder of the photographs.")],
    work: WorkOption,
    faces: Annotated[int, typer.Option(min=1, help="At most so many photographs, spread over the set.")] = 20_000,
    cluster: ClusterOption = None,
    workers: WorkersOption = None,
    device: Annotated[str, typer.Option(help="cpu or cuda; every worker uses it.")] = "cpu",
) -> None:
    """Make a corpus of photographs that you own, for the same training and tests as the corpus of generated faces.

    It holds biometric data of real people: its files are readable by their owner only.
    """
    where = asked_cluster(cluster, workers)
    recipe = FolderRecipe(layout, str(source.absolute()), whole_shards(faces, "--faces"))
    found = len(listing_of(recipe).faces)
    require_networks(default_encoders())
    place = opened(work, recipe)
    missing = missing_shards(place, "folder", max(1, found // recipe.per_shard))
    make_shards(FolderWork(place.folder.absolute(), recipe, device), "folder", missing, found, recipe.per_shard, where)
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

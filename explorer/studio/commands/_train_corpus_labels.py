"""`likeness train corpus-labels`, and the corpus that `likeness train corpus --from-labels` draws again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from explorer.science.recognition.registry import default_encoders
from explorer.science.training.redrawing import SIZES
from explorer.studio.catalogue.networks import known_encoder
from explorer.studio.cluster.asked import Cluster
from explorer.studio.commands._corpus_shards import make_shards, opened, with_those_there
from explorer.studio.corpus.label_card import labels_card, measured_errors
from explorer.studio.corpus.label_collecting import labels_of, merged
from explorer.studio.corpus.label_file import (
    LABELLED_KINDS,
    CorpusLabels,
    LabelledKind,
    labels_file,
    read_labels_file,
    write_labels,
)
from explorer.studio.corpus.making import require_networks
from explorer.studio.corpus.redrawing import (
    RedrawWork,
    adopt_directions,
    recipe_of,
    shards_to_draw,
)
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write


def corpus_labels(
    work: Annotated[Path, typer.Option(help="Folder of the corpus, begun or finished.")],
    out: Annotated[
        Path | None, typer.Option(help="The file; faces that it has stay. [default: models/corpus-labels.safetensors]")
    ] = None,
) -> None:
    """Gather the labels of a corpus in one small file, from which the corpus can be drawn again, and write its card.

    Labels of more faces join those that the file has already; a corpus of another recipe is refused.
    """
    file = out or labels_file()
    if file.suffix.lower() != ".safetensors":
        raise UserError(f"{file.name}: labels are written as .safetensors; choose this ending")
    corpus = CorpusFolder(work)
    found = labels_of(corpus)
    held = read_labels_file(file) if file.exists() else None
    labels = found if held is None else merged(held, found)
    written = write_labels(labels, file)
    card = labels_card(labels, file, *measured_errors(corpus))
    atomic_write(file.with_suffix(".md"), card.encode(), mode=0o644)
    counts = []
    for kind, faces in labels.kinds.items():
        before = len(held.kinds[kind]) if held is not None and kind in held.kinds else 0
        counts.append(f"{len(faces)} {kind} faces, {len(faces) - before} of them new")
    typer.echo(f"{written}: {'; '.join(counts)}; {file.stat().st_size / 1e6:.2f} MB")


@dataclass(frozen=True)
class Redrawing:
    """What is asked of a corpus that is drawn again; None for all that is labelled, and for all encoders."""

    labels: Path | None
    faces: int | None
    edits: int | None
    size: int
    encoders: Sequence[str] | None
    cluster: Cluster
    device: str


def draw_again(work: Path, asked: Redrawing) -> None:
    """Make the corpus in a folder from a file of labels.

    Raises:
        UserError: there are no such labels, size or encoder, or the folder holds something else.
    """
    if asked.size not in SIZES:
        raise UserError(f"--size {asked.size}: faces are drawn at {', '.join(map(str, SIZES))} px")
    encoders = [known_encoder(name).id for name in asked.encoders or default_encoders()]
    file = asked.labels or labels_file()
    labels = read_labels_file(file)
    faces = _count(labels, "base", asked.faces, file, "--faces")
    edits = _count(labels, "edit", asked.edits, file, "--edits")
    require_networks(encoders, labellers=False)
    recipe = recipe_of(labels, faces, edits, asked.size)
    place = opened(work, recipe)
    every = with_those_there(place, encoders)
    if edits:
        adopt_directions(place, labels)
    maker = RedrawWork(place.folder.absolute(), file.absolute(), recipe, asked.size, every, asked.device)
    for kind, count in zip(LABELLED_KINDS, (faces, edits), strict=True):
        missing = shards_to_draw(place, labels, kind, count, every)
        make_shards(maker, kind, missing, count, recipe.per_shard, asked.cluster)
    typer.echo(f"{work}: {faces} base faces, {edits} edits, drawn at {asked.size} px, under {', '.join(every)}")


def _count(labels: CorpusLabels, kind: LabelledKind, asked: int | None, file: Path, option: str) -> int:
    there = labels.reach(kind)
    if asked is not None and asked > there:
        raise UserError(f"{option} {asked}: {file} has labels of the first {there}; ask for no more, or label them")
    return there if asked is None else asked

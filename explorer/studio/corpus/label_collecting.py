"""The labels of a corpus gathered for the file that travels, and joined to those that are there already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.leakage.labels import LABELS
from explorer.science.training.corpus import CAMERAS_APART, SPLITS, CorpusRecipe, SamplePlan, plan
from explorer.science.training.edits import Directions, EditPlan, plan_edit
from explorer.science.training.label_codes import CODES, POINTS, to_codes
from explorer.studio.corpus.editing import read_directions
from explorer.studio.corpus.label_file import (
    LABELLED_KINDS,
    CodedFaces,
    CorpusLabels,
    LabelledKind,
)
from explorer.studio.corpus.shards import CorpusFolder, ShardName
from explorer.studio.errors import UserError

# In a shard's note: what its labels were taken from, where not from the labellers.
LABELLED_BY = "labels_from"


def labelled_shards(corpus: CorpusFolder, kind: LabelledKind) -> list[ShardName]:
    """The whole shards of a kind that the labellers labelled themselves."""
    whole = [name for name in corpus.names(kind) if corpus.state(name) == "whole"]
    return [name for name in whole if LABELLED_BY not in corpus.about(name)]


def labels_of(corpus: CorpusFolder) -> CorpusLabels:
    """The labels of all whole shards of a corpus, begun or finished.

    Raises:
        UserError: the corpus is of photographs, its labels come from a file, there are none yet, or a shard was made by
            another version of this program.
    """
    if "directions_from" not in corpus.recipe:
        raise UserError(f"{corpus.folder} is a corpus of photographs: their labels stay with them")
    directions = read_directions(corpus)
    recipe = CorpusRecipe(**{name: corpus.recipe[name] for name in CorpusRecipe.__dataclass_fields__})
    kinds: dict[LabelledKind, CodedFaces] = {}
    for kind in LABELLED_KINDS:
        parts = [_coded(corpus, recipe, directions, name) for name in labelled_shards(corpus, kind)]
        if parts:
            kinds[kind] = joined(parts)
    if not kinds:
        raise UserError(
            f"{corpus.folder} holds no labels that are not from a file already: "
            "label faces with `likeness train corpus`"
        )
    return CorpusLabels(corpus.recipe, kinds, directions)


def merged(held: CorpusLabels, found: CorpusLabels) -> CorpusLabels:
    """Labels that are held, and those of the shards that they lack; what is held stays as it is.

    Raises:
        UserError: they are of other faces: by another recipe, or edits along other directions.
    """
    differing = held.differs_from(found.recipe)
    if differing:
        raise UserError(
            f"these labels are of a corpus of another recipe ({', '.join(differing)} differ): choose another file"
        )
    if (
        held.directions is not None
        and found.directions is not None
        and not same_directions(held.directions, found.directions)
    ):
        raise UserError(
            "the corpus's edits go along other directions than the file's: choose another file, "
            "or make the edits again behind `likeness train corpus --first`, which takes the file's"
        )
    kinds = dict(held.kinds)
    for kind, faces in found.kinds.items():
        if kind not in kinds:
            kinds[kind] = faces
        elif set(faces.shards) - set(kinds[kind].shards):
            new = _without(faces, kinds[kind].shards, int(held.recipe["per_shard"]))
            kinds[kind] = joined([kinds[kind], new])
    return CorpusLabels(held.recipe, kinds, held.directions or found.directions)


def joined(parts: Sequence[CodedFaces]) -> CodedFaces:
    """Faces of different shards of one kind, in the order of their numbers."""

    def together(tables: Iterable[Any], order: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
        tables = list(tables)
        return {name: np.concatenate([table[name] for table in tables])[order] for name in tables[0]}

    order = np.argsort(np.concatenate([part.columns["index"] for part in parts]), kind="stable")
    repeated = np.concatenate([part.repeated for part in parts])
    again = np.argsort(repeated, kind="stable")
    return CodedFaces(
        tuple(sorted(shard for part in parts for shard in part.shards)),
        together((part.columns for part in parts), order),
        together((part.codes for part in parts), order),
        repeated[again],
        together((part.again for part in parts), again),
    )


def planned(
    recipe: CorpusRecipe, kind: LabelledKind, index: int, directions: Directions | None
) -> tuple[SamplePlan, EditPlan | None]:
    """How a face is drawn, and what is edited of it; None where nothing is.

    Raises:
        UserError: the directions of an edit are missing.
    """
    if kind == "base":
        return plan(recipe, index), None
    if directions is None:
        raise UserError("the directions of the edits are missing: make the corpus again, or draw it with --edits 0")
    edit = plan_edit(recipe, index, directions)
    return edit.sample, edit


def _without(faces: CodedFaces, shards: Sequence[int], per_shard: int) -> CodedFaces:
    kept = ~np.isin(faces.columns["index"] // per_shard, shards)
    again = ~np.isin(faces.repeated // per_shard, shards)
    return replace(
        faces,
        shards=tuple(shard for shard in faces.shards if shard not in shards),
        columns={name: values[kept] for name, values in faces.columns.items()},
        codes={name: values[kept] for name, values in faces.codes.items()},
        repeated=faces.repeated[again],
        again={name: values[again] for name, values in faces.again.items()},
    )


def same_directions(one: Directions, other: Directions) -> bool:
    """Whether the same edits go along them."""
    if one.faces != other.faces or one.by_name.keys() != other.by_name.keys():
        return False
    pairs = [(one.by_name[name], other.by_name[name]) for name in one.by_name]
    return all(
        torch.equal(here.normal, there.normal)
        and (here.spread, tuple(here.reach)) == (there.spread, tuple(there.reach))
        for here, there in pairs
    )


def _coded(corpus: CorpusFolder, recipe: CorpusRecipe, directions: Directions | None, name: ShardName) -> CodedFaces:
    """The labels of one shard."""
    shard = corpus.read(name)
    kind: LabelledKind = "edit" if name.kind == "edit" else "base"
    index = shard["index"].numpy()
    plans = [planned(recipe, kind, int(one), directions)[0] for one in index]
    if [one.seed for one in plans] != shard["seed"].tolist() or [SPLITS.index(one.split) for one in plans] != shard[
        "split"
    ].tolist():
        raise UserError(f"{name} of {corpus.folder} was made by another version of this program: make it again")
    views = np.array([one.view_seed for one in plans], np.int64)
    columns = {
        "index": index.astype(np.int32),
        "split": shard["split"].numpy(),
        "camera": ((shard["view_seed"].numpy() - views) // CAMERAS_APART).astype(np.uint8),
    }
    if kind == "edit":
        columns |= {
            "base": shard["base"].numpy().astype(np.int32),
            "attribute": shard["edit"].numpy(),
            "distance": shard["distance"].numpy(),
        }
    rows = shard["repeat_rows"].numpy()
    try:
        codes = {label: to_codes(label, shard[f"labels/{label}"].numpy()) for label in LABELS}
        codes[POINTS] = to_codes(POINTS, shard["first/points"].numpy())
        again = {label: _again(shard, label, len(rows)) for label in LABELS}
    except (KeyError, ValueError) as error:
        raise UserError(f"{name} of {corpus.folder} has labels of another kind ({error}): make it again") from error
    return CodedFaces((name.number,), columns, codes, index[rows].astype(np.int32), again)


def _again(shard: dict[str, Tensor], label: str, faces: int) -> NDArray[np.int16]:
    if not faces:
        return np.zeros((0, *CODES[label].shape), np.int16)
    return to_codes(label, shard[f"repeat/{label}"].numpy())

"""A corpus's shards as the datasets that recipes and tables work on."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from explorer.science.evaluation.leakage import JudgedSet, Truth
from explorer.science.leakage.probes import PROBES
from explorer.science.training.corpus import SPLITS, Split
from explorer.science.training.dataset import Dataset
from explorer.studio.corpus.shards import KINDS, CorpusFolder, Kind
from explorer.studio.errors import UserError


def read_dataset(corpus: CorpusFolder) -> Dataset:
    """All faces of a corpus, edits included, without their pictures.

    Raises:
        UserError: a shard cannot be read, or there is none.
    """
    rows = _concatenated(corpus, KINDS)
    generated = "w" in rows
    return Dataset(
        base=rows["base"],
        split=rows["split"],
        edited=rows["edited"],
        first=_part(rows, "first/"),
        second=_part(rows, "second/"),
        labels=_part(rows, "labels/"),
        w=rows.get("w"),
        z=rows.get("z"),
        single=rows["crossover"] == 0 if generated else None,
        untruncated=rows["psi"] == 1 if generated else None,
    )


def read_judged(corpus: CorpusFolder, split: Split = "test") -> JudgedSet:
    """The faces of a split as probes are judged on them, the labellers' word being the truth.

    What an image says is the labellers' word on the second view of those faces where it was asked for.

    Raises:
        UserError: a shard cannot be read, or the split is empty.
    """
    rows = _concatenated(corpus, ("base", "folder"))
    chosen = torch.nonzero(rows["split"] == SPLITS.index(split))[:, 0]
    if len(chosen) == 0:
        raise UserError(f"the {split} split of {corpus.folder} is empty: make more faces")
    place = {int(row): at for at, row in enumerate(chosen)}
    every = torch.arange(len(chosen))
    repeated = [(at, place[int(row)]) for at, row in enumerate(rows["repeat_rows"]) if int(row) in place]
    asked, faces = (torch.tensor([pair[part] for pair in repeated], dtype=torch.int64) for part in (0, 1))
    truths, from_image = {}, {}
    for name, spec in PROBES.items():
        if f"labels/{spec.label}" in rows:
            truths[name] = Truth(every, spec.target(rows[f"labels/{spec.label}"][chosen]))
        if repeated and spec.view_invariant and f"repeat/{spec.label}" in rows:
            from_image[name] = Truth(faces, spec.target(rows[f"repeat/{spec.label}"][asked]))
    embeddings = {encoder: values[chosen] for encoder, values in _part(rows, "first/").items()}
    return JudgedSet(f"{split} split of {corpus.folder.name}", embeddings, truths, from_image)


def corpus_words(corpus: CorpusFolder, learnt: int, edits: int) -> str:
    """What a network was trained on, for its card.

    Args:
        learnt, edits: how many faces it learnt from, and how many of these are edits; counted when they were read, for
            a corpus may grow during a training.
    """
    recipe = corpus.recipe
    if "edits" not in recipe:
        return f"{learnt} photographs of a folder in the layout {recipe['layout']}"
    drawn = f" drawn at {recipe['size']} px" if "size" in recipe else ""
    return (
        f"{learnt} generated faces{drawn}, {edits} of them edits, corpus seed {recipe['seed']}; "
        "no photograph of anybody"
    )


def _part(rows: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    found = {name.removeprefix(prefix): values for name, values in rows.items() if name.startswith(prefix)}
    return {name: values for name, values in found.items() if name != "points"}


def _concatenated(corpus: CorpusFolder, kinds: Sequence[Kind]) -> dict[str, Tensor]:
    """The tensors of all shards of some kinds, end to end, `edited` among them; rows that name rows count on."""
    parts: dict[str, list[Tensor]] = {}
    before = 0
    for kind in kinds:
        for name in corpus.names(kind):
            shard = corpus.read(name)
            faces = len(shard["base"])
            shard["edited"] = torch.full((faces,), kind == "edit")
            shard["repeat_rows"] = shard["repeat_rows"] + before
            for key, values in shard.items():
                if not key.startswith("mixed"):
                    parts.setdefault(key, []).append(values)
            before += faces
    if not parts:
        raise UserError(f"{corpus.folder} holds no faces yet: make them with `likeness train corpus`")
    whole = {key: torch.cat(values) for key, values in parts.items()}
    # What only some of the shards have is of no use: rows would not match.
    free = {key for key in whole if key.startswith("repeat/")} | {"repeat_rows"}
    return {key: values for key, values in whole.items() if key in free or len(values) == before}

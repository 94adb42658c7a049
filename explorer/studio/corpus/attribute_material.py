"""What handles are learnt from: the corpus's latents with their classes, and pictures of them that are drawn once.

Latents follow from the seeds of the labels that ship, or lie in a corpus. Classes are the corpus's; an age is parted at
the median of the training faces.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.generation.generator import Generator
from explorer.science.generation.mixed_precision import Draw, draws_mixed
from explorer.science.leakage.probes import PROBES
from explorer.science.training.corpus import SPLITS, CorpusRecipe, Latents, latents_of
from explorer.science.training.edits import edited
from explorer.science.training.label_codes import from_codes
from explorer.science.training.photograph_encoder import drawn_pictures
from explorer.science.translation.attributes import CLASSES, LabelledStyles
from explorer.studio.catalogue.networks import network_sha256, preview_head_file
from explorer.studio.corpus.label_collecting import planned
from explorer.studio.corpus.label_file import LABELLED_KINDS, CorpusLabels, labels_file, read_labels_file
from explorer.studio.corpus.reading import read_dataset
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.corpus.style_material import Step, kept_pictures
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write
from explorer.studio.places import private_folder

TRAIN, CALIBRATION, TEST = range(len(SPLITS))
_CHUNK = 8


@dataclass(frozen=True, eq=False)
class LabelledFaces:
    """Faces with classes. medians: of attributes that part there. words: what they are. key: what they follow from."""

    styles: LabelledStyles
    medians: Mapping[str, float]
    words: str
    key: str


def checked_elements(names: Sequence[str]) -> tuple[str, ...]:
    """The attributes that the user asked for, each once.

    Raises:
        UserError: the corpus does not label one.
    """
    for name in names:
        if name not in CLASSES:
            raise UserError(f"--elements {name}: the corpus tells two classes of {', '.join(CLASSES)}")
    return tuple(dict.fromkeys(names))


def labelled_faces(
    names: Sequence[str], generator: Generator, work: Path, labels: Path | None, corpus: Path | None, step: Step
) -> LabelledFaces:
    """The labelled faces of a corpus, or those whose seeds and labels a file has.

    Args:
        labels: the file; the one that ships if None. corpus: a folder of `likeness train corpus` instead.

    Raises:
        UserError: both are given, or one is damaged, or a class has no face to learn from.
    """
    if labels is not None and corpus is not None:
        raise UserError("--labels and --corpus both say which faces: give one of them")
    if corpus is None:
        file = labels or labels_file()
        found, values = _of_file(read_labels_file(file), generator, work, names, step)
        key = hashlib.sha256(file.read_bytes()).hexdigest()
        words = f"{len(found)} generated faces by their seeds, labels of {file.name}; no photograph of anybody"
    else:
        found, values = _of_corpus(CorpusFolder(corpus), generator.spec.style_layers, names)
        key = hashlib.sha256(found.w.numpy().tobytes()).hexdigest()
        words = f"{len(found)} generated faces of a corpus, each drawn by one w; no photograph of anybody"
    train = found.split == TRAIN
    medians = {name: float(values[name][train].median()) for name in names if PROBES[name].kind == "regression"}
    classes = {name: _signs(name, values[name], medians.get(name)) for name in names}
    for name, signs in classes.items():
        if len(signs[train].unique()) < 2:
            raise UserError(f"no face to learn from has the other class of {name}: make more of the corpus")
    return LabelledFaces(replace(found, classes=classes), medians, words, key)


def _signs(name: str, values: Tensor, median: float | None) -> Tensor:
    there = PROBES[name].target(values) if median is None else values > median
    return 2.0 * there.float() - 1.0


def _of_corpus(corpus: CorpusFolder, layers: int, names: Sequence[str]) -> tuple[LabelledStyles, dict[str, Tensor]]:
    data = read_dataset(corpus)
    if data.w is None or data.single is None:
        raise UserError(f"{corpus.folder} is a corpus of photographs: handles are learnt from generated faces")
    rows = torch.nonzero(data.single)[:, 0]
    w = data.w[rows]
    bare = LabelledStyles(w, w, torch.zeros(len(w), dtype=torch.int64), layers, data.split[rows].long(), {})
    return bare, {name: data.labels[PROBES[name].label][rows] for name in names}


def _of_file(
    labels: CorpusLabels, generator: Generator, work: Path, names: Sequence[str], step: Step
) -> tuple[LabelledStyles, dict[str, Tensor]]:
    kinds = [kind for kind in LABELLED_KINDS if kind in labels.kinds and (kind == "base" or labels.directions)]
    held = _latents(labels, generator, work, step)
    split = np.concatenate([labels.kinds[kind].columns["split"] for kind in kinds])
    values = {
        name: torch.from_numpy(
            np.concatenate(
                [from_codes(PROBES[name].label, labels.kinds[kind].codes[PROBES[name].label]) for kind in kinds]
            )
        )
        for name in names
    }
    found = (held["w"], held["other"], held["crossover"], generator.spec.style_layers)
    return LabelledStyles(*found, torch.from_numpy(split.astype(np.int64)), {}), values


def _latents(labels: CorpusLabels, generator: Generator, work: Path, step: Step) -> dict[str, Tensor]:
    """The latents of a file's faces, base faces first; kept, as they take a minute."""
    recipe, digest = labels.corpus_recipe(), hashlib.sha256()
    kinds = [kind for kind in LABELLED_KINDS if kind in labels.kinds and (kind == "base" or labels.directions)]
    for kind in kinds:
        digest.update(f"{recipe} {kind}".encode() + labels.kinds[kind].columns["index"].tobytes())
    file = private_folder(work) / f"latents-{digest.hexdigest()[:12]}.safetensors"
    try:
        return load_file(file)
    except (OSError, SafetensorError):
        pass
    found, total = list[tuple[Latents, int]](), sum(len(labels.kinds[kind]) for kind in kinds)
    for kind in kinds:
        for index in labels.kinds[kind].columns["index"].tolist():
            found.append(_drawn_latents(labels, recipe, generator, kind == "edit", index))
            step(len(found), total)
    tensors = {
        "w": torch.stack([one.w for one, _ in found]),
        "other": torch.stack([one.w if one.other_w is None else one.other_w for one, _ in found]),
        "crossover": torch.tensor([crossover for _, crossover in found]),
    }
    tensors = {name: values.cpu().contiguous() for name, values in tensors.items()}
    atomic_write(file, encode(tensors))
    return tensors


def _drawn_latents(
    labels: CorpusLabels, recipe: CorpusRecipe, generator: Generator, of_edit: bool, index: int
) -> tuple[Latents, int]:
    sample, edit = planned(recipe, "edit" if of_edit else "base", index, labels.directions)
    if edit is None or labels.directions is None:
        return latents_of(generator, sample), sample.crossover
    return edited(generator, edit, labels.directions), sample.crossover


@dataclass(frozen=True, eq=False)
class KeptPictures:
    """Pictures with their classes. kept: (N, 3, S, S) uint8 RGB. signs: (N, A) of -1 and 1."""

    kept: Tensor
    signs: Tensor

    def __len__(self) -> int:
        return len(self.kept)

    def pictures(self, rows: Tensor) -> Tensor:
        """(n, 3, S, S) in [0, 1]."""
        return self.kept[rows].float() / 255


def pictures_of(
    faces: LabelledFaces,
    split: int,
    count: int,
    names: Sequence[str],
    draw: Draw,
    key: str,
    side: int,
    work: Path,
    step: Step,
    enough: Callable[[], bool] = lambda: False,
) -> KeptPictures:
    """Pictures of faces of a split, spread over it, drawn once at 128 or 256 px and kept in the work folder.

    Args:
        key: of the generator's files and of the numbers that it draws by. side: of what is drawn and kept.
        enough: asked behind each file: no more are drawn where it says so.
    """
    some = faces.styles.only(split)
    if not len(some):
        raise UserError("the corpus has no face for this: make more of it")
    spread = torch.linspace(0, len(some) - 1, min(count, len(some))).round().long()
    some = some[spread]
    name = hashlib.sha256(f"{faces.key} {key} {side} {split} {len(spread)}".encode()).hexdigest()[:12]

    def drawn(first: int, last: int, told: Callable[[int], None]) -> Tensor:
        parts = list[Tensor]()
        for rows in torch.arange(first, last).split(_CHUNK):
            parts.append(drawn_pictures(draw, some.styles(rows), side, side).cpu())
            told(int(rows[-1]) + 1)
        return torch.cat(parts)

    kept = kept_pictures(private_folder(work / f"pictures-{name}"), len(some), drawn, step, enough)
    return KeptPictures(kept, some.signs(names)[: len(kept)])


def key_of_drawing(generator: Generator, side: int) -> str:
    """All that pictures follow from besides their latents: the generator's files, its head, and its numbers."""
    head = hashlib.sha256(preview_head_file(side).read_bytes()).hexdigest()
    return f"{head} {[network_sha256(one) for one in generator.spec.networks]} {draws_mixed(generator)}"

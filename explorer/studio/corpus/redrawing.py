"""A corpus drawn again by the seeds of a file of labels: shards as those made in full, for the encoders that are asked
for, without a labeller."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.generation.mixed_precision import draws_mixed
from explorer.science.leakage.labels import LABELS
from explorer.science.training.corpus import (
    CAMERAS_APART,
    RESOLUTION,
    SPLITS,
    CorpusModels,
    CorpusRecipe,
    CorpusSample,
    Latents,
    SamplePlan,
    latents_of,
    plan,
    styles_of,
)
from explorer.science.training.corpus_rows import rows
from explorer.science.training.edits import EDIT_KINDS, EditPlan, edited
from explorer.science.training.label_codes import POINTS, from_codes
from explorer.science.training.redrawing import DrawingModels, moved_landmarks, see_again
from explorer.studio.catalogue.networks import Networks
from explorer.studio.corpus.editing import NEEDED, find_directions, read_directions, write_directions
from explorer.studio.corpus.label_collecting import LABELLED_BY, planned, same_directions
from explorer.studio.corpus.label_file import CodedFaces, CorpusLabels, LabelledKind, read_labels_file
from explorer.studio.corpus.making import TOGETHER, edit_rows
from explorer.studio.corpus.shards import CorpusFolder, ShardName
from explorer.studio.errors import UserError


@dataclass(frozen=True)
class RedrawnRecipe(CorpusRecipe):
    """The recipe of a corpus whose faces are drawn at another size than one made in full. size: in pixels."""

    size: int = 256


def recipe_of(labels: CorpusLabels, faces: int, edits: int, size: int) -> CorpusRecipe:
    """The recipe of the corpus that is drawn; at 512 px the one of a corpus made in full, which may take its place."""
    given = asdict(labels.corpus_recipe()) | {"faces": faces, "edits": edits}
    return CorpusRecipe(**given) if size == RESOLUTION else RedrawnRecipe(**given, size=size)


def shards_to_draw(
    corpus: CorpusFolder, labels: CorpusLabels, kind: LabelledKind, count: int, encoders: Sequence[str]
) -> list[ShardName]:
    """The shards among the first `count` faces of a kind that are not there, or not under every encoder.

    Raises:
        UserError: a shard that was made in full lacks an encoder.
    """
    per_shard = int(labels.recipe["per_shard"])
    numbers = labels.kinds[kind].shards if kind in labels.kinds else ()
    wanted = [ShardName(kind, number) for number in numbers if number * per_shard < count]
    missing = []
    for name in wanted:
        if corpus.state(name) != "whole":
            missing.append(name)
        elif not corpus.encoders(name) >= set(encoders):
            if LABELLED_BY not in corpus.about(name):
                raise UserError(
                    f"{name} of {corpus.folder} was labelled in full and would be overwritten: choose another folder"
                )
            missing.append(name)
    return missing


def adopt_directions(corpus: CorpusFolder, labels: CorpusLabels) -> None:
    """Keep the file's directions beside a corpus.

    Raises:
        UserError: the corpus has edits along others.
    """
    held = read_directions(corpus)
    if labels.directions is None or (held is not None and same_directions(held, labels.directions)):
        return
    if held is not None:
        raise UserError(f"{corpus.folder} holds edits along other directions than the file's: choose another folder")
    write_directions(corpus, labels.directions)


def directions_for(
    corpus: CorpusFolder,
    recipe: CorpusRecipe,
    labels: CorpusLabels | None,
    models: Callable[[], CorpusModels],
    tell: Callable[[str], None],
) -> None:
    """See to it that a corpus has the directions of its edits: the file's, so that edits are the same whoever makes
    them, or else those that are found on the first faces, of the corpus itself or of the file.

    Args:
        labels: of the same recipe; None without a file.
        models, tell: as `find_directions`.

    Raises:
        UserError: the first faces are neither in the corpus nor in the file.
    """
    if read_directions(corpus) is not None:
        return
    if labels is not None and labels.directions is not None:
        write_directions(corpus, labels.directions)
        return
    shards = range(min(recipe.directions_from, recipe.faces) // recipe.per_shard)
    here = {name.number for name in corpus.names("base")}
    known = None
    if not here.issuperset(shards):
        if labels is None or "base" not in labels.kinds or not set(labels.kinds["base"].shards).issuperset(shards):
            raise UserError(
                f"the edits' directions are found on the first {recipe.per_shard * len(shards)} base faces: "
                "make them first, with `likeness train corpus` without --first"
            )
        known = _known_faces(labels, recipe, len(shards) * recipe.per_shard)
    find_directions(corpus, recipe, models, tell, known)


def _known_faces(labels: CorpusLabels, recipe: CorpusRecipe, faces: int) -> dict[str, Tensor]:
    """What directions are found on, of the first faces of a file: their w follow from their seeds."""
    base = labels.kinds["base"]
    rows_known = base.rows_of(range(faces))
    plans = [plan(recipe, int(index)) for index in base.columns["index"][rows_known]]
    generator = Networks().bare_generator()
    known = {
        "w": torch.stack([latents_of(generator, one).w for one in plans]),
        "split": torch.from_numpy(base.columns["split"][rows_known]),
        "crossover": torch.tensor([one.crossover for one in plans]),
    }
    for name in (name.removeprefix("labels/") for name in NEEDED if name.startswith("labels/")):
        known[f"labels/{name}"] = torch.from_numpy(from_codes(name, base.codes[name][rows_known]))
    return known


@dataclass(frozen=True)
class RedrawWork:
    """What one worker does: draws shards again. labels: the file. encoders: by id."""

    folder: Path
    labels: Path
    recipe: CorpusRecipe
    size: int
    encoders: tuple[str, ...]
    device: str

    def load(self) -> tuple[DrawingModels, CorpusLabels, str]:
        """Load networks, and the labels with the hash of their file."""
        networks = Networks(self.device)
        models = DrawingModels(
            networks.generator(),
            networks.detector(),
            {encoder: networks.recogniser(encoder) for encoder in self.encoders},
        )
        return models, read_labels_file(self.labels), hashlib.sha256(self.labels.read_bytes()).hexdigest()

    def run(self, loaded: tuple[DrawingModels, CorpusLabels, str], job: ShardName, tell: Callable[[], None]) -> None:
        """Draw one shard and write it; a face that is not found in the new picture is left out."""
        models, labels, digest = loaded
        kind: LabelledKind = "edit" if job.kind == "edit" else "base"
        faces = labels.kinds[kind]
        numbers = range(job.number * self.recipe.per_shard, (job.number + 1) * self.recipe.per_shard)
        kept: list[int] = []
        plans: list[SamplePlan] = []
        edits: list[EditPlan] = []
        made: list[CorpusSample] = []
        rows_here = faces.rows_of(numbers).tolist()
        for some in (rows_here[first : first + TOGETHER] for first in range(0, len(rows_here), TOGETHER)):
            found = [self._drawn(loaded, kind, row) for row in some]
            styles = [styles_of(latents, sample.crossover) for sample, _, latents in found]
            seen = see_again(models, styles, self.size, [sample.view_seed for sample, _, _ in found])
            for row, (sample, edit, latents), views in zip(some, found, seen, strict=True):
                tell()
                if views is not None:
                    kept.append(row)
                    plans.append(sample)
                    made.append(CorpusSample(latents, views))
                    edits += [] if edit is None else [edit]
        if not made:
            raise UserError(f"no face of {job} is found: {self.labels} belongs to another generator")
        tensors = rows(plans, made) | (edit_rows(edits) if edits else {})
        tensors |= _label_rows(faces, np.array(kept), tensors["first/points"].numpy(), self.size)
        about = {
            "left_out": sorted(set(numbers) - {one.index for one in plans}),
            "device": self.device,
            "bfloat16": draws_mixed(models.generator),
            "size": self.size,
            LABELLED_BY: digest,
        }
        CorpusFolder(self.folder).write(job, tensors, [one.seen.frame for one in made], about)

    def _drawn(
        self, loaded: tuple[DrawingModels, CorpusLabels, str], kind: LabelledKind, row: int
    ) -> tuple[SamplePlan, EditPlan | None, Latents]:
        """The plan and the latents of the face of a row."""
        models, labels, _ = loaded
        sample, edit = self._planned(labels, kind, row)
        if edit is None or labels.directions is None:
            return sample, None, latents_of(models.generator, sample)
        return sample, edit, edited(models.generator, edit, labels.directions)

    def _planned(self, labels: CorpusLabels, kind: LabelledKind, row: int) -> tuple[SamplePlan, EditPlan | None]:
        """How the face of a row is drawn, by the camera that found it.

        Raises:
            UserError: this program would draw another face than the one that was labelled.
        """
        columns = labels.kinds[kind].columns
        sample, edit = planned(self.recipe, kind, int(columns["index"][row]), labels.directions)
        same = SPLITS.index(sample.split) == columns["split"][row]
        if edit is not None:
            names = [one.name for one in EDIT_KINDS]
            same &= sample.base == columns["base"][row] and names.index(edit.name) == columns["attribute"][row]
            same &= np.float32(edit.distance) == columns["distance"][row]
        if not same:
            raise UserError(
                f"{self.labels} was made by another version of this program: use the one that ships with it"
            )
        return replace(sample, view_seed=sample.view_seed + CAMERAS_APART * int(columns["camera"][row])), edit


def _label_rows(faces: CodedFaces, kept: NDArray[np.intp], points: NDArray[np.float32], size: int) -> dict[str, Tensor]:
    """The tensors of the labels of some rows, landmarks moved to where the faces are found now.

    Args:
        points: (N, 5, 2) of the kept rows in the pictures of `size` px.
    """
    labels = {name: from_codes(name, faces.codes[name][kept]) for name in LABELS}
    before = from_codes(POINTS, faces.codes[POINTS][kept])
    labels["landmarks"] = moved_landmarks(labels["landmarks"], before, points, size)
    tensors = {f"labels/{name}": torch.from_numpy(values) for name, values in labels.items()}
    twice = np.isin(faces.columns["index"][kept], faces.repeated)
    tensors["repeat_rows"] = torch.from_numpy(np.flatnonzero(twice))
    if twice.any():
        again = np.searchsorted(faces.repeated, faces.columns["index"][kept][twice])
        tensors |= {f"repeat/{name}": torch.from_numpy(from_codes(name, faces.again[name][again])) for name in LABELS}
    return tensors

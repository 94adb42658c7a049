"""Corpora of photographs that a researcher owns: the same shards as of generated faces, without latents.

What people said of a photograph takes the place of what a labeller says: `labels/smile`, `labels/eyeglasses`,
`labels/hat` and `labels/male` are then 1 or 0. All attributes of a set are kept as `given/NAME`: 1, 0, or -1 where it
does not say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face, is_usable
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import Face, FaceError, Photograph
from explorer.science.faces.reading import read_file
from explorer.science.training.corpus import RESOLUTION, SPLITS, CorpusModels, Sight, ViewPair, see
from explorer.science.training.corpus_rows import seen_rows
from explorer.science.training.folders import LAYOUTS, FolderFace, FolderListing, choose
from explorer.studio.corpus.making import load_corpus_models
from explorer.studio.corpus.shards import CorpusFolder, ShardName
from explorer.studio.errors import UserError

# Attributes by CelebA's names that say the same as one of our labels.
SAME = {"Smiling": "smile", "Eyeglasses": "eyeglasses", "Wearing_Hat": "hat", "Male": "male"}
_UNKNOWN = -1


@dataclass(frozen=True)
class FolderRecipe:
    """Which photographs, and how they are seen. faces: at most so many, spread over the set; may be raised later."""

    layout: str
    source: str
    faces: int
    seed: int = 90_000_000
    per_shard: int = 100
    repeat: int = 10


def listing_of(recipe: FolderRecipe) -> FolderListing:
    """The recipe's photographs.

    Raises:
        UserError: there is no such layout.
        FolderError: the folder is not of that layout.
    """
    if recipe.layout not in LAYOUTS:
        raise UserError(f"--layout {recipe.layout}: folders are read in the layouts {', '.join(LAYOUTS)}")
    return choose(LAYOUTS[recipe.layout].read(Path(recipe.source)), recipe.faces)


@dataclass(frozen=True)
class FolderWork:
    """What one worker does: makes shards of photographs."""

    folder: Path
    recipe: FolderRecipe
    device: str

    def load(self) -> tuple[CorpusModels, FolderListing]:
        """Load the networks, and list the photographs."""
        return load_corpus_models(self.device), listing_of(self.recipe)

    def run(self, loaded: tuple[CorpusModels, FolderListing], job: ShardName, tell: Callable[[], None]) -> None:
        """Make one shard and write it; photographs in which no usable face is found are left out."""
        models, listing = loaded
        numbers = numbers_of(job.number, len(listing.faces), self.recipe.per_shard)
        kept: list[int] = []
        seen: list[ViewPair] = []
        for number in numbers:
            repeat = number % self.recipe.repeat == 0
            one = _seen(models, listing.faces[number], self.recipe.seed + number, repeat)
            tell()
            if one is not None:
                kept.append(number)
                seen.append(one)
        if not seen:
            raise UserError(f"no usable face is found in {len(numbers)} photographs of {self.recipe.source}")
        tensors = _folder_rows(listing, kept) | seen_rows(seen)
        tensors |= _given(listing, kept, tensors)
        about = {"left_out": sorted(set(numbers) - set(kept)), "device": self.device}
        CorpusFolder(self.folder).write(job, tensors, [one.frame for one in seen], about)


def numbers_of(shard: int, faces: int, per_shard: int) -> range:
    """Which photographs a shard holds; the last one takes what would not fill another."""
    last = shard >= faces // per_shard - 1
    return range(shard * per_shard, faces if last else (shard + 1) * per_shard)


def _seen(models: CorpusModels, listed: FolderFace, view_seed: int, repeat: bool) -> ViewPair | None:
    try:
        photograph = read_file(listed.path)
        face = meant_face(photograph, models.detector, listed.points)
        square = crop_frame(photograph, face, RESOLUTION).frame
    except FaceError:
        return None
    sight = Sight(photograph, face, square, view_seed, repeat)
    return see(models.detector, models.recognisers, models.labellers, [sight])[0]


def meant_face(photograph: Photograph, detector: Detector, points: NDArray[np.float64] | None) -> Face:
    """The face that a set means: the one nearest to its five points where it gives them, else the most prominent.

    Raises:
        FaceError: there is no usable face.
    """
    faces = detector.detect(photograph.pixels)
    usable = [face for face in faces if is_usable(face)]
    if points is None or not usable:
        return choose_face(photograph, faces)
    return min(usable, key=lambda face: float(np.linalg.norm(face.points - points)))


def _folder_rows(listing: FolderListing, kept: Sequence[int]) -> dict[str, Tensor]:
    identities = listing.identities()
    faces = [listing.faces[number] for number in kept]
    return {
        "index": torch.tensor(kept),
        "base": torch.tensor([identities[face.identity] for face in faces]),
        "split": torch.tensor([SPLITS.index(face.split) for face in faces], dtype=torch.uint8),
    }


def _given(listing: FolderListing, kept: Sequence[int], measured: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What the set says of the faces, and the labels whose place it takes where it says something."""
    faces = [listing.faces[number] for number in kept]
    tensors = {f"given/{name}": _said(faces, name).to(torch.int8) for name in listing.attributes}
    labels = {label: measured[f"labels/{label}"] for label in SAME.values()}
    own = with_own_labels(faces, listing.attributes, labels)
    return tensors | {f"labels/{label}": values for label, values in own.items()}


def with_own_labels(
    faces: Sequence[FolderFace], attributes: Sequence[str], labels: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Labels (N, ...) by name, those in whose place a set says something itself being 1 or 0 where it does."""
    whole = dict(labels)
    for name, label in SAME.items():
        if name in attributes and label in whole:
            said = _said(faces, name)
            whole[label] = torch.where(said == _UNKNOWN, whole[label], said.float())
    return whole


def _said(faces: Sequence[FolderFace], attribute: str) -> Tensor:
    return torch.tensor([face.attributes.get(attribute, _UNKNOWN) for face in faces])

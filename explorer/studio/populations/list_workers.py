"""What one worker does for a list of people: draws candidates, tries edits, draws people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Face, Photograph
from explorer.science.inversion.step import to_uint8
from explorer.science.leakage.labels import LABEL_SIZE
from explorer.science.leakage.labels.age_gender import AgeGender
from explorer.science.leakage.labels.landmarks import LandmarkPredictor
from explorer.science.leakage.labels.mesh import BLENDSHAPES, FaceMesh
from explorer.science.leakage.labels.pose import head_pose, read_canonical_face
from explorer.science.leakage.labels.smile import smile
from explorer.science.training.corpus import plan
from explorer.science.training.photoreal_edits import AXES, BANDS, PhotorealEdit, moved
from explorer.science.training.photoreal_people import (
    CHECKERS,
    Checked,
    PhotorealModels,
    Place,
    check,
    make_person,
    picture_of,
    styles_of_person,
)
from explorer.studio import catalogue
from explorer.studio.catalogue.networks import Networks
from explorer.studio.corpus.label_file import CorpusLabels
from explorer.studio.errors import UserError
from explorer.studio.populations.list_edits import CHOSEN, read_directions, read_edits
from explorer.studio.populations.list_work import ListRecipe, ListWork, Part

_READERS = ("dlib-landmarks-68", "mediapipe-face", "dlib-age", "dlib-gender")


class Readers:
    """What reads a drawn picture: pose and expression by MediaPipe's mesh, age and gender by dlib's networks."""

    def __init__(self, device: str) -> None:
        files = {network: catalogue.path(network) for network in _READERS}
        self._landmarks = LandmarkPredictor(files["dlib-landmarks-68"])
        self._mesh = FaceMesh(files["mediapipe-face"].read_bytes())
        self._canonical = read_canonical_face(self._mesh.canonical)
        self._people = AgeGender(files["dlib-age"].read_bytes(), files["dlib-gender"].read_bytes()).to(device)

    def age_and_male(self, pixels: NDArray[np.uint8], face: Face) -> tuple[float, float]:
        """Years, and the probability of "male"."""
        frame = _frame(pixels, face)
        return self._people.of_face(frame, self._landmarks.shape(frame))

    def value(self, axis: str, pixels: NDArray[np.uint8], face: Face) -> float:
        """What a picture shows of an axis, in its unit."""
        if axis == "age":
            return self.age_and_male(pixels, face)[0]
        frame = _frame(pixels, face)
        mesh = self._mesh(frame)
        if axis in ("yaw", "pitch"):
            return float(head_pose(mesh.points, len(frame), self._canonical)[("yaw", "pitch").index(axis)])
        if axis == "smile":
            return smile(mesh.blendshapes)
        return float(mesh.blendshapes[BLENDSHAPES.index({"jaw": "jawOpen", "brows": "browInnerUp"}[axis])])


def _frame(pixels: NDArray[np.uint8], face: Face) -> NDArray[np.uint8]:
    return np.ascontiguousarray(crop_frame(Photograph(pixels, "drawn", ""), face, LABEL_SIZE).frame)


@dataclass(frozen=True, eq=False)
class Loaded:
    """A worker's networks."""

    models: PhotorealModels
    readers: Readers


@dataclass(frozen=True)
class ListMaker:
    """What one worker does: makes any file of a list."""

    folder: Path
    recipe: ListRecipe
    device: str

    def load(self) -> Loaded:
        """Load networks."""
        networks = Networks(self.device)
        checkers = {name: networks.recogniser(name) for name in CHECKERS}
        models = PhotorealModels(networks.generator(), networks.detector(), checkers)
        return Loaded(models, Readers(self.device))

    def run(self, loaded: Loaded, job: Part, tell: Callable[[], None]) -> None:
        """Make one file."""
        work = ListWork(self.folder, self.recipe)
        make = {"trial": self._trial, "candidates": self._candidates, "people": self._people}
        work.write(str(job), make[job.kind](loaded, work, job.number, tell))

    @torch.no_grad()
    def _trial(self, loaded: Loaded, work: ListWork, number: int, tell: Callable[[], None]) -> dict[str, Tensor]:
        """What both sides of each band do to one person: (A, B, 2) values, (A, B, 2, C) cosines with the person."""
        models, size = loaded.models, self.recipe.size
        styles = styles_of_person(models.generator, self.recipe.seed - 1 - number, self.recipe.psi)
        directions = read_directions(work)

        def seen(edit: PhotorealEdit | None, strength: float) -> Checked | None:
            edits, strengths = ([], []) if edit is None else ([edit], [strength])
            return check(models, [to_uint8(models.draw(moved(styles, edits, strengths), size)[0])])[0]

        own = seen(None, 0.0)
        values = torch.full((len(AXES), len(BANDS), 2), float("nan"))
        cosines = torch.full((len(AXES), len(BANDS), 2, len(CHECKERS)), float("nan"))
        for place, axis in enumerate(AXES):
            normal, spread = directions[axis.name]
            for at, (first, last) in enumerate(BANDS):
                edit = PhotorealEdit(axis, normal, spread, first, last, 1.0, 1.0)
                for side, sign in enumerate((-1, 1)):
                    one = seen(edit, sign * self.recipe.strength)
                    if one is None or own is None:
                        continue
                    values[place, at, side] = loaded.readers.value(axis.name, one.pixels, one.face)
                    cosines[place, at, side] = torch.stack(
                        [one.embeddings[name] @ own.embeddings[name] for name in CHECKERS]
                    )
            tell()
        return {"values": values, "cosines": cosines}

    def _candidates(self, loaded: Loaded, work: ListWork, number: int, tell: Callable[[], None]) -> dict[str, Tensor]:
        """The first picture of some candidates: embeddings (N, D) by checker, nan without a face; age and gender."""
        models, recipe = loaded.models, self.recipe
        first = recipe.seed + number * recipe.per_shard
        rows: dict[str, list[Tensor]] = {name: [] for name in CHECKERS}
        read = []
        for seed in range(first, first + recipe.per_shard):
            styles = styles_of_person(models.generator, seed, recipe.psi)
            codes = np.zeros(0, np.int8)
            (one,) = check(models, [picture_of(models, styles, (), codes, Place(seed, 0, recipe.size))])
            for name, embeddings in rows.items():
                dimension = models.checkers[name].spec.dimension
                nobody = torch.full((dimension,), float("nan"))
                embeddings.append(nobody if one is None else one.embeddings[name])
            read.append((0.0, 0.0) if one is None else loaded.readers.age_and_male(one.pixels, one.face))
            tell()
        return {name: torch.stack(embeddings) for name, embeddings in rows.items()} | {"read": torch.tensor(read)}

    def _people(self, loaded: Loaded, work: ListWork, number: int, tell: Callable[[], None]) -> dict[str, Tensor]:
        """All pictures of some of the people who were chosen."""
        recipe, (edits, thresholds) = self.recipe, read_edits(work)
        many = people_together(recipe)
        chosen = (work.read(CHOSEN) or {})["seeds"].tolist()[number * many : (number + 1) * many]
        how = recipe.psi, edits, thresholds, recipe.pictures, recipe.size, tell
        made = [make_person(loaded.models, seed, *how) for seed in chosen]
        return {
            "seeds": torch.tensor(chosen, dtype=torch.int64),
            "codes": torch.from_numpy(np.stack([one.codes for one in made])),
            "kept": torch.from_numpy(np.stack([one.kept for one in made])),
            "tries": torch.from_numpy(np.stack([one.tries for one in made])),
        }


def people_together(recipe: ListRecipe) -> int:
    """How many people with all their pictures are in one file."""
    return max(1, recipe.per_shard // 10)


def plain_faces(labels: CorpusLabels, most: int) -> list[int]:
    """The numbers of labelled faces below `most` that are of the training split and of one w."""
    base, recipe = labels.kinds["base"], labels.corpus_recipe()
    chosen = base.columns["index"][(base.columns["split"] == 0) & (base.columns["index"] < most)]
    return [int(index) for index in chosen if not plan(recipe, int(index)).crossover]


def require_readers() -> None:
    """Check that what reads drawn pictures is here.

    Raises:
        UserError: something is not.
    """
    missing = [network for network in _READERS if not catalogue.is_usable(network)]
    if missing:
        raise UserError(f"networks missing or damaged: run `likeness models fetch {' '.join(missing)}`")

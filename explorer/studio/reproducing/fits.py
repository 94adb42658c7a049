"""A fit made again: the same face, landmarks by the same network, the same model and as many steps of refinement."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from explorer.science.faces.reading import read_file
from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.geometry.refinement import RefinementSettings
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import LARGEST_RECORD, Provenance
from explorer.studio.geometry.fit_export import MESHES, NUMBERS, FitFiles, export_fit
from explorer.studio.geometry.fit_numbers import MODEL, fit_numbers, fit_record, fit_summary
from explorer.studio.geometry.fitting import FittedFace, fit_face, load_morphable_model
from explorer.studio.geometry.foreground import ForegroundSource
from explorer.studio.geometry.landmark_sources import FitBy
from explorer.studio.reproducing.comparing import Deviation, Value, changes, deviation
from explorer.studio.reproducing.making import Reproduction, ReproductionContext, again_beside
from explorer.studio.reproducing.sources import (
    Digest,
    ModelLandmarks,
    Part,
    Points,
    Source,
    Word,
    Words,
    face_again,
    file_of,
    outdated,
    taken,
)
from explorer.studio.versions import versions

Finite = Annotated[float, Field(allow_inf_nan=False)]

_FITTED = ("pose", "identity", "expression", "albedo", "light", "landmark_error", "relative_landmark_error")
_MOST_NUMBERS, _DEEPEST = 20_000, 3


class FitRecord(Part):
    """What a record says of a fit's result: angles in degrees, the rest in pixels of the frame."""

    yaw: Finite
    pitch: Finite
    roll: Finite
    scale: Finite
    across: Finite
    down: Finite
    landmark_error: Finite
    relative_landmark_error: Finite
    parameters_sha256: Digest

    def numbers(self) -> dict[str, Value]:
        """All but the digest."""
        return self.model_dump(exclude={"parameters_sha256"})


class FitOf(Part):
    """What it takes to make a fit again. steps: of its refinement; none where it is 0."""

    source: Source
    points: Points
    points_by_hand: bool = False
    landmarks_by: Literal["dlib", "mediapipe"]
    model: Word
    own_model: bool = False
    model_landmarks: ModelLandmarks | None = None
    steps: Annotated[int, Field(ge=0, le=1000)]
    fit: FitRecord
    networks: Words
    # Earlier versions fitted by landmarks alone, and masked nothing.
    fitted_by: FitBy = "landmarks"
    foreground_by: ForegroundSource = "none"


class FitRecipe(FitOf):
    """What a record says of one file of a fit."""

    versions: Words
    part: Literal["overlay", "sampled", "visibility", "completed", "known", "albedo", "glb", "obj", "numbers"]
    level: Annotated[int, Field(ge=0, le=2)]
    texture: Annotated[int, Field(ge=16, le=2048)]
    filled: bool = False


@dataclass(frozen=True, eq=False)
class FitReproducer:
    """A file of a fit; that of its numbers stands for all of them."""

    name: str
    recipe: FitRecipe

    @classmethod
    def of(cls, record: Provenance, name: str) -> FitReproducer:
        """Take a record apart.

        Raises:
            UserError: it is damaged, or of an earlier version.
        """
        if "points" not in record or "part" not in record:
            raise outdated(name, "the five points of the face, or what came of the fit")
        return cls(name, taken(FitRecipe, record, name))

    def place(self, figure: Path) -> Path:
        """Beside it, of the same kind."""
        if self.recipe.part == NUMBERS:
            return figure.with_name(f"{figure.stem.removesuffix('-fit')}-again-fit.json")
        return again_beside(figure, self._suffix)

    def check(self, sources: Mapping[str, Path], out: Path) -> None:
        """The photograph has to be there, and the model."""
        of, suffix = self.recipe, self._suffix
        file_of(of.source.name, of.source.sha256, sources, self.name)
        own_model_of(of, sources, self.name)
        if out.suffix.lower() != suffix:
            raise UserError(f"{out.name}: this part of a fit is written as {suffix}; choose this ending")

    def make(self, making: ReproductionContext) -> Reproduction:
        """Fit, and write the file; of the numbers, all files."""
        recipe, out = self.recipe, making.out
        fitted, record = fit_again(recipe, making.sources, self.name)
        if recipe.part == NUMBERS:
            stem = out.stem.removesuffix("-fit")
            level, size = recipe.level, recipe.texture
            files = export_fit(out.parent, stem, fitted, record, level, size, filled=recipe.filled)
        else:
            written = FitFiles(fitted, record, recipe.level, recipe.texture, filled=recipe.filled)
            files = written.write(recipe.part, out)
        apart = deviation_of(recipe.fit, fitted)
        if recipe.part == NUMBERS and making.figure.is_file():
            now = {name: value for name, value in fit_numbers(fitted).items() if name in _FITTED}
            apart = deviation(_flat(_numbers(making.figure)), _flat(now))
        same = recipe.fit.parameters_sha256 == fit_summary(fitted)["parameters_sha256"]
        now = versions() | record.get("plugins", {})
        lines = changes(recipe.networks, record["networks"], recipe.versions, now)
        return Reproduction(f"fit of {recipe.model}", tuple(files), apart, same, lines)

    @property
    def _suffix(self) -> str:
        part = self.recipe.part
        return f".{part}" if part in MESHES else ".json" if part == NUMBERS else ".png"


def fit_again(
    of: FitOf, sources: Mapping[str, Path], name: str, model: MorphableModel | None = None
) -> tuple[FittedFace, dict[str, Any]]:
    """Fit the face of a record once more; with the new fit's own record.

    Args:
        model: where it has been read already.

    Raises:
        UserError, FaceError, MorphableModelError: a source is not given, or cannot be used.
        MissingNetwork: the landmarks' network is not in the cache.
    """
    file = file_of(of.source.name, of.source.sha256, sources, name)
    photograph = replace(read_file(file), name=of.source.name)  # as figures name it
    face = face_again(photograph, of.points, of.points_by_hand)
    own = own_model_of(of, sources, name)
    settings = RefinementSettings(steps=of.steps) if of.steps else None
    loaded = model or load_morphable_model(own, of.model_landmarks)
    fitted = fit_face(photograph, face, loaded, of.landmarks_by, settings, foreground=of.foreground_by, by=of.fitted_by)
    return fitted, fit_record(photograph, face, fitted, of.landmarks_by, own)


def own_model_of(of: Any, sources: Mapping[str, Path], name: str) -> Path | None:
    """The user's own model that a fit is by, among the sources; None where it is the one that ships.

    Args:
        of: with `model`, `own_model` and `networks`, of which one is the model's file.

    Raises:
        UserError: it is not there, or is a folder, which no digest tells.
    """
    if not of.own_model:
        return None
    digest = of.networks.get(MODEL)
    if digest is None:
        raise UserError(
            f"{name} was made by {of.model}, which was read from a folder, and no sha256 tells which: make it again by "
            "`likeness fit PHOTO --model FOLDER`"
        )
    if digest not in sources:
        raise UserError(
            f"{name} was made by your own model {of.model}, a file with the sha256 {digest[:12]}…: give that file as "
            "--source, too"
        )
    return sources[digest]


def deviation_of(then: FitRecord, fitted: FittedFace) -> Deviation:
    """How far a fit lies from what a record says of one."""
    now = {name: value for name, value in fit_summary(fitted).items() if name in then.numbers()}
    return deviation(then.numbers(), now)


def _numbers(path: Path) -> dict[str, Any]:
    """What was fitted, from the JSON file of a fit."""
    text = path.read_text(errors="replace") if path.stat().st_size <= LARGEST_RECORD else ""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise UserError(f"{path.name} holds no numbers of a fit, or is damaged")
    return {name: said[name] for name in _FITTED if name in said}


def _flat(said: Mapping[str, Any]) -> dict[str, Value]:
    """All numbers by the way that leads to them."""
    found: dict[str, Value] = {}
    for name, value in _leaves("", said, 0):
        found[name] = value
        if len(found) > _MOST_NUMBERS:
            raise UserError(f"a fit has no more than {_MOST_NUMBERS} numbers: the file is damaged")
    return found


def _leaves(name: str, value: Any, depth: int) -> Iterator[tuple[str, float]]:
    if isinstance(value, int | float):
        yield name, float(value)
    elif depth < _DEEPEST and isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in pairs:
            yield from _leaves(f"{name} {key}".strip(), part, depth + 1)

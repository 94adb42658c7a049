"""ICT-FaceKit (Li et al. 2020): a folder of OBJ files of one topology, a neutral face and others away from it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.science.geometry.model_files.assembling import assemble
from explorer.science.geometry.model_files.obj_file import read_obj, read_positions
from explorer.science.geometry.model_files.stand_ins import refuse_stand_in
from explorer.science.geometry.morphable_model import LANDMARKS, MorphableModel, MorphableModelError

_CENTIMETRE = 10.0
_NEUTRAL, _INDEX = "generic_neutral_mesh.obj", "vertex_indices.json"
_LARGEST_INDEX, _MOST_FILES, _MOST_NUMBERS = 1 << 22, 1_000, 1 << 24


def read_ict(place: Path) -> MorphableModel:
    """Neutral face, identities (`identityNNN.obj`, one deviation away), named expressions, and the 68 landmarks.

    Args:
        place: the folder FaceXModel, the repository around it, or a file of the folder. Its `vertex_indices.json` says
            which files are expressions and where the landmarks are; without it every other OBJ is an expression.
    """
    folder = _folder(place)
    neutral = folder / _NEUTRAL
    if not neutral.is_file():
        raise MorphableModelError(f"{_NEUTRAL} is missing: give ICT-FaceKit's folder FaceXModel")
    mesh = read_obj(neutral)
    identities = sorted(folder.glob("identity*.obj"))
    if not identities:
        raise MorphableModelError("no identity*.obj is in the folder: give ICT-FaceKit's folder FaceXModel")
    index = _index(folder / _INDEX)
    others = [folder / f"{name}.obj" for name in index.expressions]
    if not others:
        others = sorted(set(folder.glob("*.obj")) - set(identities) - {neutral})
    if len(identities) + len(others) > _MOST_FILES:
        raise MorphableModelError(f"{len(identities) + len(others)} shapes are in the folder, which is no ICT-FaceKit")

    if mesh.positions.size * (len(identities) + len(others)) > _MOST_NUMBERS:
        raise MorphableModelError(f"{len(identities) + len(others)} shapes of its size are more than any ICT-FaceKit")

    def directions(files: list[Path]) -> NDArray[np.float32]:
        found = np.empty((mesh.positions.size, len(files)), np.float32)
        for column, file in enumerate(files):
            found[:, column] = (_positions_like(file, mesh.positions) - mesh.positions).ravel()
        return found

    return assemble(
        "ICT-FaceKit",
        mesh.positions,
        directions(identities),
        mesh.triangles,
        millimetres=_CENTIMETRE,
        expression=directions(others) if others else None,
        expression_names=tuple(file.stem for file in others),
        landmarks=index.landmarks,
        uv=mesh.uv,
        uv_triangles=mesh.uv_triangles,
    )


@dataclass(frozen=True, eq=False)
class _Index:
    expressions: tuple[str, ...] = ()
    landmarks: NDArray[np.int64] | None = None


def _folder(place: Path) -> Path:
    folder = place if place.is_dir() else place.parent
    inner = folder / "FaceXModel"
    return inner if not (folder / _NEUTRAL).exists() and (inner / _NEUTRAL).exists() else folder


def _index(file: Path) -> _Index:
    """What the folder's index says, as far as it has one."""
    if not file.exists():
        return _Index()
    refuse_stand_in(file)
    if file.stat().st_size > _LARGEST_INDEX:
        raise MorphableModelError(f"{file.name} is larger than any index of vertices")
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise MorphableModelError(f"{file.name} is damaged, or no index of vertices") from error
    names = said.get("expressions", []) if isinstance(said, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) and name == Path(name).name for name in names):
        raise MorphableModelError(f"{file.name} is no index of vertices")
    marks = said.get("idx_to_landmark_verts")
    known = isinstance(marks, list) and len(marks) == LANDMARKS and all(type(mark) is int for mark in marks)
    return _Index(tuple(names), np.array(marks, np.int64) if known else None)


def _positions_like(file: Path, mean: NDArray[np.float64]) -> NDArray[np.float64]:
    if not file.is_file():
        raise MorphableModelError(f"{file.name} is missing, which {_INDEX} names")
    positions = read_positions(file)
    if positions.shape != mean.shape:
        raise MorphableModelError(
            f"{file.name} has another topology: {len(positions)} vertices, where {_NEUTRAL} has {len(mean)}"
        )
    return positions

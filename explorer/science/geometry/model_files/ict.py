"""ICT-FaceKit (Li et al. 2020): a folder of OBJ files of one topology, a neutral face and others away from it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.science.geometry.model_files.assembling import assemble
from explorer.science.geometry.model_files.stand_ins import refuse_stand_in
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError

_CENTIMETRE = 10.0
_NEUTRAL = "generic_neutral_mesh.obj"


def read_ict(folder: Path) -> MorphableModel:
    """Neutral face, identities (`identityNNN.obj`, one deviation away) and named expressions (every other OBJ)."""
    neutral = folder / _NEUTRAL
    if not neutral.is_file():
        raise MorphableModelError(f"{_NEUTRAL} is missing: give ICT-FaceKit's folder FaceXModel")
    mean, triangles = _read_obj(neutral)
    identities = sorted(folder.glob("identity*.obj"))
    others = sorted(set(folder.glob("*.obj")) - set(identities) - {neutral})
    if not identities:
        raise MorphableModelError("no identity*.obj is in the folder: give ICT-FaceKit's folder FaceXModel")

    def directions(files: list[Path]) -> NDArray[np.float64]:
        return np.stack([_positions_like(file, mean) - mean for file in files]).reshape(len(files), -1).T

    return assemble(
        "ICT-FaceKit",
        mean,
        directions(identities),
        triangles,
        millimetres=_CENTIMETRE,
        expression=directions(others) if others else None,
        expression_names=tuple(file.stem for file in others),
    )


def _positions_like(file: Path, mean: NDArray[np.float64]) -> NDArray[np.float64]:
    positions, _ = _read_obj(file)
    if positions.shape != mean.shape:
        raise MorphableModelError(
            f"{file.name} has another topology: {len(positions)} vertices, where {_NEUTRAL} has {len(mean)}"
        )
    return positions


def _read_obj(file: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Vertices (V, 3) and triangles (T, 3); faces with more corners are cut into fans."""
    refuse_stand_in(file)
    positions, triangles = [], []
    for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        kind, _, rest = line.partition(" ")
        try:
            if kind == "v":
                x, y, z = rest.split()[:3]
                positions.append((float(x), float(y), float(z)))
            elif kind == "f":
                corners = [int(corner.split("/")[0]) - 1 for corner in rest.split()]
                triangles += [(corners[0], *pair) for pair in pairwise(corners[1:])]
        except ValueError as error:
            raise MorphableModelError(f"line {number} of {file.name} is no line of an OBJ file: {error}") from error
    if not positions or not triangles:
        raise MorphableModelError(f"{file.name} holds no mesh")
    return np.array(positions), np.array(triangles, np.int64)

"""Meshes out of Wavefront's OBJ files: places, triangles and texture coordinates, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.science.geometry.model_files.stand_ins import refuse_stand_in
from explorer.science.geometry.morphable_model import MorphableModelError
from explorer.science.names import said

_LARGEST, _MOST_CORNERS = 1 << 24, 64


@dataclass(frozen=True, eq=False)
class ObjMesh:
    """A mesh. positions: (V, 3). triangles: (T, 3). uv: (U, 2), v down, and uv_triangles (T, 3) into it, or neither."""

    positions: NDArray[np.float64]
    triangles: NDArray[np.int64]
    uv: NDArray[np.float64] | None
    uv_triangles: NDArray[np.int64] | None


def read_obj(file: Path) -> ObjMesh:
    """A whole mesh; faces with more than three corners are cut into fans.

    Raises:
        MorphableModelError: the file holds no mesh; the message says in which line.
    """
    positions: list[tuple[float, ...]] = []
    places: list[tuple[float, ...]] = []
    triangles: list[tuple[int, ...]] = []
    flat: list[tuple[int, ...]] = []
    for number, line in enumerate(_text(file).splitlines(), 1):
        kind, _, rest = line.partition(" ")
        try:
            if kind == "v":
                x, y, z = rest.split()[:3]
                positions.append((float(x), float(y), float(z)))
            elif kind == "vt":
                u, v = rest.split()[:2]
                places.append((float(u), 1 - float(v)))
            elif kind == "f":
                if rest.count(" ") > _MOST_CORNERS:
                    raise ValueError(f"a face of more than {_MOST_CORNERS} corners")
                corners = [corner.split("/") for corner in rest.split()]
                triangles += _fan([int(corner[0]) for corner in corners], len(positions))
                if all(len(corner) > 1 and corner[1] for corner in corners):
                    flat += _fan([int(corner[1]) for corner in corners], len(places))
        except ValueError as error:
            raise MorphableModelError(
                f"line {number} of {file.name} is no line of an OBJ file: {said(error)}"
            ) from error
    if not positions or not triangles:
        raise MorphableModelError(f"{file.name} holds no mesh")
    mapped = bool(places) and len(flat) == len(triangles)
    corners_of_map = np.array(flat, np.int64) if mapped else None
    if corners_of_map is not None and not 0 <= corners_of_map.min() <= corners_of_map.max() < len(places):
        raise MorphableModelError(f"the faces of {file.name} point at texture coordinates that are not there")
    return ObjMesh(
        np.array(positions), np.array(triangles, np.int64), np.array(places) if mapped else None, corners_of_map
    )


def read_positions(file: Path) -> NDArray[np.float64]:
    """The vertices of a mesh alone, (V, 3): a tenth of the work.

    Raises:
        MorphableModelError: as `read_obj`.
    """
    lines = [line[2:] for line in _text(file).splitlines() if line.startswith("v ")]
    try:
        numbers = np.array(" ".join(lines).split(), np.float64)
    except ValueError as error:
        raise MorphableModelError(f"{file.name} holds a vertex that is no three numbers") from error
    if not lines or len(numbers) % len(lines) or len(numbers) < 3 * len(lines):
        raise MorphableModelError(f"{file.name} holds no mesh")
    # Behind a vertex its colour may stand.
    return numbers.reshape(len(lines), -1)[:, :3]


def _text(file: Path) -> str:
    refuse_stand_in(file)
    if file.stat().st_size > _LARGEST:
        raise MorphableModelError(f"{file.name} is larger than any morphable model")
    return file.read_text(encoding="utf-8", errors="replace")


def _fan(corners: list[int], count: int) -> list[tuple[int, ...]]:
    """Triangles of a polygon, counted from 0; corners below 0 count from the last of what came before."""
    placed = [corner - 1 if corner > 0 else count + corner for corner in corners]
    return [(placed[0], *pair) for pair in pairwise(placed[1:])]

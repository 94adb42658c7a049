"""All that a path tracer needs of a picture, as plain numbers: sent to its process, and read there, without any pickle.

Needs numpy and safetensors alone, so that the process starts fast and holds little.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from explorer.science.errors import LikenessError

Singles = NDArray[np.float32]
MeshKind = Literal["surface", "eye", "glass"]

# More than any picture of ours comes to.
MOST_BYTES = 1 << 28
_HEADER = "about"


class TraceableError(LikenessError):
    """What was sent to be traced is not of the form that we write."""


@dataclass(frozen=True, eq=False)
class Mesh:
    """V vertices and T triangles, in the camera's axes and millimetres.

    kind: matt or glossy, an eye under its cornea, or a thin pane of glass.
    vertices, normals: (V, 3). triangles: (T, 3) uint32. colours: (V, 3) linear. roughness: (V,) from 0 to 1.
    gloss: reflectance at a right angle; 0 is matt.
    """

    kind: MeshKind
    vertices: Singles
    normals: Singles
    triangles: NDArray[np.uint32]
    colours: Singles
    roughness: Singles
    gloss: float


@dataclass(frozen=True, eq=False)
class Fibres:
    """N hairs of S points: curves (N, S, 4), x, y, z and radius. colour: of many hairs together, linear."""

    curves: Singles
    colour: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Traceable:
    """A picture to be traced: S pixels a side.

    around: (H, 2H, 3) radiance from all directions, as of `surroundings`.
    height: millimetres from top to bottom, at the head's origin, which lies `distance` before the camera, or None where
    lines of sight are parallel. shift: of the head's origin in the picture, right and up, in heights. glass: its index.
    """

    size: int
    height: float
    distance: float | None
    shift: tuple[float, float]
    around: Singles
    meshes: tuple[Mesh, ...]
    fibres: tuple[Fibres, ...]
    glass: float

    def to_bytes(self) -> bytes:
        """As a file of safetensors."""
        arrays: dict[str, NDArray[Any]] = {"around": self.around}
        for index, mesh in enumerate(self.meshes):
            arrays |= {f"mesh.{index}.{name}": getattr(mesh, name) for name in _ARRAYS}
        for index, hairs in enumerate(self.fibres):
            arrays[f"fibres.{index}"] = hairs.curves
        about = {
            "size": self.size,
            "height": self.height,
            "distance": self.distance,
            "shift": list(self.shift),
            "glass": self.glass,
            "meshes": [[mesh.kind, mesh.gloss] for mesh in self.meshes],
            "fibres": [list(hairs.colour) for hairs in self.fibres],
        }
        whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        return bytes(save(whole, {_HEADER: json.dumps(about)}))


_ARRAYS = ("vertices", "normals", "triangles", "colours", "roughness")


def traceable_from_bytes(data: bytes) -> Traceable:
    """Read what `to_bytes` wrote.

    Raises:
        TraceableError: it is something else.
    """
    if len(data) > MOST_BYTES:
        raise TraceableError(f"a picture to be traced is no larger than {MOST_BYTES >> 20} MB")
    try:
        arrays, about = load(data), json.loads(_header(data))
        return Traceable(
            size=int(about["size"]),
            height=float(about["height"]),
            distance=None if about["distance"] is None else float(about["distance"]),
            shift=(float(about["shift"][0]), float(about["shift"][1])),
            around=arrays["around"],
            meshes=tuple(
                Mesh(kind=kind, gloss=float(gloss), **{name: arrays[f"mesh.{index}.{name}"] for name in _ARRAYS})
                for index, (kind, gloss) in enumerate(about["meshes"])
            ),
            fibres=tuple(
                Fibres(arrays[f"fibres.{index}"], (float(red), float(green), float(blue)))
                for index, (red, green, blue) in enumerate(about["fibres"])
            ),
            glass=float(about["glass"]),
        )
    except (SafetensorError, KeyError, TypeError, ValueError, IndexError) as error:
        raise TraceableError(f"this is no picture to be traced ({type(error).__name__})") from error


def _header(data: bytes) -> str:
    length = int.from_bytes(data[:8], "little")
    return str(json.loads(data[8 : 8 + length])["__metadata__"][_HEADER])

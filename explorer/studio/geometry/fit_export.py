"""Write a fitted face: a textured mesh, its textures, the fit over the photograph, and the numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from explorer.science.geometry.rendering import render
from explorer.science.names import shown
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import bare_record, png_bytes, source_record, with_text_chunk, write_sidecar
from explorer.studio.files import atomic_write, fitting_name
from explorer.studio.geometry.fit_numbers import fit_numbers, fit_summary
from explorer.studio.geometry.fitting import FittedFace, as_picture, as_pixels, texture_of
from explorer.studio.versions import versions

# The parts of a fit, each a file, in the order in which they are written.
PICTURES = ("overlay", "sampled", "visibility", "completed", "known", "albedo")
MESHES = ("glb", "obj")
NUMBERS = "numbers"
_TAKEN = (
    "points",
    "points_by_hand",
    "landmarks_by",
    "fitted_by",
    "model",
    "own_model",
    "model_landmarks",
    "steps",
    "networks",
    "foreground_by",
)
# Of the photograph in the picture that shows the fit over it.
_OVERLAY = 0.35


def export_fit(
    folder: Path,
    stem: str,
    fitted: FittedFace,
    record: Mapping[str, Any],
    level: int = 1,
    size: int = 512,
    *,
    filled: bool = True,
) -> list[Path]:
    """Write everything about a fit, readable by its owner only.

    A model without texture coordinates gives a mesh without texture.

    Args:
        stem: how the files' names begin.
        record: how it was made (`fit_record`), and whatever else is to be in the JSON file.
        level: of detail of the mesh, 0 to 2. size: of the textures. filled: as of `texture_of`.

    Returns:
        The files.
    """
    files = FitFiles(fitted, record, level, size, filled=filled)
    return [path for part in files.parts for path in files.write(part, folder / file_name(stem, part))]


def file_name(stem: str, part: str) -> str:
    """Of the file that a part of a fit goes to."""
    if part in MESHES:
        return fitting_name(shown(stem), f".{part}")
    return fitting_name(shown(stem), "-fit.json" if part == NUMBERS else f"-{part}.png")


def material_name(mesh: Path) -> str:
    """Of the file beside an OBJ that says what lies on it."""
    return fitting_name(shown(mesh.stem), ".mtl")


def skin_name(mesh: Path) -> str:
    """Of the texture on a mesh, which is also its file's name, without ending, beside an OBJ."""
    return fitting_name(shown(mesh.stem), "-skin.png").removesuffix(".png")


class FitFiles:
    """The files of a fit; arguments as `export_fit`.

    Attributes:
        parts: the names of its pictures, of its meshes, and of its numbers.
    """

    def __init__(
        self, fitted: FittedFace, record: Mapping[str, Any], level: int, size: int, *, filled: bool = True
    ) -> None:
        self._fitted, self._record, self._level, self._size, self._filled = fitted, record, level, size, filled
        textured, lit = fitted.model.uv is not None, fitted.refinement is not None and fitted.model.albedo is not None
        textures = PICTURES[1:] if lit else PICTURES[1:-1]
        self.parts = (PICTURES[0], *(textures if textured else ()), *MESHES, NUMBERS)

    def write(self, part: str, path: Path) -> list[Path]:
        """Write a part; its textures, material and record go beside a mesh.

        Raises:
            UserError: there is no such part of this fit, or the file cannot be written.
        """
        if part not in self.parts:
            raise UserError(f"{path.name}: a fit by {self._fitted.model.name} has no {part}; give another of its files")
        said = self._said(part)
        if part in MESHES:
            return self._mesh(part, path, said)
        if part == NUMBERS:
            about = json.dumps({**self._record, **fit_numbers(self._fitted), "provenance": said}, indent=2)
            return [atomic_write(path, about.encode())]
        return [atomic_write(path, png_bytes(self._pictures[part], said))]

    def _said(self, part: str) -> dict[str, Any]:
        record = self._record
        return bare_record(
            kind="fit",
            source=source_record(str(record.get("photograph", "")), str(record.get("sha256", ""))),
            **{key: record[key] for key in _TAKEN if key in record},
            fit=fit_summary(self._fitted),
            level=self._level,
            texture=self._size,
            filled=self._filled,
            part=part,
            versions=versions() | record.get("plugins", {}),
        )

    @cached_property
    def _pictures(self) -> dict[str, NDArray[np.uint8]]:
        pictures = {"overlay": _overlay(self._fitted)}
        if self._fitted.model.uv is None:
            return pictures
        texture = texture_of(self._fitted, self._size, filled=self._filled)
        pictures |= {
            "sampled": as_pixels(texture.sampled),
            "visibility": as_pixels(texture.visibility.expand(3, -1, -1)),
            "completed": as_pixels(texture.completed),
            "known": as_pixels(texture.known.expand(3, -1, -1)),
        }
        return pictures if texture.albedo is None else pictures | {"albedo": as_pixels(texture.albedo)}

    def _mesh(self, kind: str, path: Path, said: Mapping[str, Any]) -> list[Path]:
        """A GLB with its texture inside, or an OBJ with a material and the texture beside it."""
        import trimesh

        fitted = self._fitted
        finer = fitted.model.at_level(self._level)
        vertices = finer.shape(fitted.fit.identity, fitted.fit.expression).numpy()
        triangles = finer.triangles.numpy()
        if finer.uv is None or finer.uv_triangles is None:
            mesh = trimesh.Trimesh(vertices, triangles, process=False)
            return [atomic_write(path, _bytes(mesh.export(file_type=kind))), write_sidecar(path, said)]
        # Both formats want one place in the texture for a vertex: those on the seam become two.
        pairs = np.stack([triangles.ravel(), finer.uv_triangles.numpy().ravel()], 1)
        unique, corners = np.unique(pairs, axis=0, return_inverse=True)
        places = finer.uv.numpy()[unique[:, 1]] * (1, -1) + (0, 1)  # v runs up in them
        parts: Any = trimesh  # its functions carry no types
        skin = Image.fromarray(self._pictures["completed"])
        material = parts.visual.material.SimpleMaterial(image=skin, name=skin_name(path))
        visual = parts.visual.TextureVisuals(uv=places, material=material)
        mesh = trimesh.Trimesh(vertices[unique[:, 0]], corners.reshape(-1, 3), visual=visual, process=False)
        if kind == "obj":
            text, beside = parts.exchange.obj.export_obj(mesh, return_texture=True, mtl_name=material_name(path))
            contents: dict[str, Any] = {path.name: text, **beside}
        else:
            contents = {path.name: mesh.export(file_type=kind)}
        written = [
            atomic_write(path.with_name(name), part_of_mesh(name, content, said)) for name, content in contents.items()
        ]
        return [*written, write_sidecar(path, said)]


def part_of_mesh(name: str, content: Any, record: Mapping[str, Any]) -> bytes:
    """The bytes of a mesh's file; a texture beside it carries the provenance."""
    data = _bytes(content)
    return with_text_chunk(data, record) if name.endswith(".png") else data


def _bytes(content: Any) -> bytes:
    return content.encode() if isinstance(content, str) else bytes(content)


def _overlay(fitted: FittedFace) -> NDArray[np.uint8]:
    """The photograph, the shape over it, and the landmarks: given ones dark, fitted ones light."""
    photograph = as_picture(fitted.frame)
    size = photograph.shape[1], photograph.shape[2]
    drawn = render(fitted.vertices(), fitted.model.triangles, fitted.fit.pose, size, background=photograph)
    mixed = _OVERLAY * photograph + (1 - _OVERLAY) * drawn
    for places, shade in ((torch.from_numpy(fitted.landmarks), 0.0), (fitted.fit.projected, 1.0)):
        for x, y in places.long().tolist():
            mixed[:, max(y - 3, 0) : max(y + 3, 0), max(x - 3, 0) : max(x + 3, 0)] = shade
    return as_pixels(mixed)

"""Write a fitted face: a textured mesh, its textures, the fit over the photograph, and the numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from explorer.science.geometry.rendering import render
from explorer.studio.figures.provenance import bare_record, png_bytes, source_record, with_text_chunk, write_sidecar
from explorer.studio.files import atomic_write
from explorer.studio.fitting import FittedFace, as_picture, as_pixels, texture_of
from explorer.studio.inverting import versions

# Of the photograph in the picture that shows the fit over it.
_OVERLAY = 0.35


def export_fit(
    folder: Path, stem: str, fitted: FittedFace, record: Mapping[str, Any], level: int = 1, size: int = 512
) -> list[Path]:
    """Write everything about a fit, readable by its owner only.

    A model without texture coordinates gives a mesh without texture.

    Args:
        stem: how the files' names begin.
        record: the numbers, for the JSON file.
        level: of detail of the mesh, 0 to 2. size: of the textures.

    Returns:
        The files.
    """
    said = bare_record(
        kind="fit",
        source=source_record(str(record.get("photograph", "")), str(record.get("sha256", ""))),
        **{key: record[key] for key in ("points", "points_by_hand", "model", "landmarks_by", "steps") if key in record},
        level=level,
        texture=size,
        versions=versions(),
    )
    pictures = {"overlay": _overlay(fitted)}
    completed = None
    if fitted.model.uv is not None:
        texture = texture_of(fitted, size)
        pictures |= {
            "sampled": as_pixels(texture.sampled),
            "visibility": as_pixels(texture.visibility.expand(3, -1, -1)),
            "completed": as_pixels(texture.completed),
            "known": as_pixels(texture.known.expand(3, -1, -1)),
        }
        if texture.albedo is not None:
            pictures["albedo"] = as_pixels(texture.albedo)
        completed = pictures["completed"]
    files = [atomic_write(folder / f"{stem}-{name}.png", png_bytes(pixels, said)) for name, pixels in pictures.items()]
    meshes = _meshes(folder, stem, fitted, level, completed, said)
    files += [*meshes, *(write_sidecar(mesh, said) for mesh in meshes if mesh.suffix in (".glb", ".obj"))]
    about = json.dumps({**record, "provenance": said}, indent=2)
    files.append(atomic_write(folder / f"{stem}-fit.json", about.encode()))
    return files


def _meshes(
    folder: Path,
    stem: str,
    fitted: FittedFace,
    level: int,
    texture: NDArray[np.uint8] | None,
    said: Mapping[str, Any],
) -> list[Path]:
    """The mesh as GLB, with its texture inside, and as OBJ, with a material and the texture beside it."""
    import trimesh

    finer = fitted.model.at_level(level)
    vertices = finer.shape(fitted.fit.identity, fitted.fit.expression).numpy()
    triangles = finer.triangles.numpy()
    if texture is None or finer.uv is None or finer.uv_triangles is None:
        mesh = trimesh.Trimesh(vertices, triangles, process=False)
        return [atomic_write(folder / f"{stem}.{kind}", _bytes(mesh.export(file_type=kind))) for kind in ("glb", "obj")]
    # Both formats want one place in the texture for a vertex: those on the seam become two.
    pairs = np.stack([triangles.ravel(), finer.uv_triangles.numpy().ravel()], 1)
    unique, corners = np.unique(pairs, axis=0, return_inverse=True)
    places = finer.uv.numpy()[unique[:, 1]] * (1, -1) + (0, 1)  # v runs up in them
    parts: Any = trimesh  # its functions carry no types
    material = parts.visual.material.SimpleMaterial(image=Image.fromarray(texture), name=f"{stem}-skin")
    visual = parts.visual.TextureVisuals(uv=places, material=material)
    mesh = trimesh.Trimesh(vertices[unique[:, 0]], corners.reshape(-1, 3), visual=visual, process=False)
    text, beside = parts.exchange.obj.export_obj(mesh, return_texture=True, mtl_name=f"{stem}.mtl")
    contents = {f"{stem}.glb": mesh.export(file_type="glb"), f"{stem}.obj": text, **beside}
    return [atomic_write(folder / name, part_of_mesh(name, content, said)) for name, content in contents.items()]


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

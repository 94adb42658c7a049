"""A scene in files: mesh, texture maps, turntable film and figure 5.16. Biometric data: for their owner's eyes only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures

from explorer import __version__
from explorer.studio.errors import UserError
from explorer.studio.figures.provenance import FORMAT, png_bytes, write_sidecar
from explorer.studio.files import atomic_write
from explorer.studio.fit_export import part_of_mesh
from explorer.studio.session.viewing import Portrait
from explorer.studio.viewing.drawing import composed, draw
from explorer.studio.viewing.face_view import FaceView, VisibilityMaps
from explorer.studio.viewing.scene import BARE, Camera, Look, Scene, Tint
from explorer.studio.viewing.tinting import map_picture
from explorer.studio.viewing.viewer import STILL, FaceViewer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from explorer.studio.figures.picture_grid import GridOptions

Image = NDArray[np.uint8]

MESHES, FILMS = (".glb", ".obj", ".ply"), (".mp4", ".gif")
BEHIND = (16, 18, 20)
# A whole turn, in pictures and pictures a second; the side of each in pixels.
TURN, RATE, SIDE = 72, 24, 480


def record_of(portrait: Portrait, scene: Scene, **more: object) -> dict[str, Any]:
    """How a scene came about, for the file it goes into."""
    photograph = {"name": portrait.name.replace("\\", "/").rsplit("/", 1)[-1], "sha256": portrait.sha256}
    return {
        "format": FORMAT,
        "program": {"name": "likeness", "version": __version__},
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "photograph": photograph,
        "model": portrait.fitted.model.name,
        "fit": {
            "yaw": portrait.scene.yaw,
            "pitch": portrait.scene.pitch,
            "roll": portrait.roll,
            "relative_landmark_error": portrait.relative_error,
            "refined": portrait.refined,
        },
        "scene": {
            "yaw": scene.yaw,
            "pitch": scene.pitch,
            "threshold": scene.threshold,
            "completed_by": scene.judge,
            "surface": scene.surface,
            "shape_changed": (scene.identity, scene.expression) != (portrait.scene.identity, portrait.scene.expression),
        },
        **more,
    }


def view_of(viewer: FaceViewer, portrait: Portrait, scene: Scene) -> FaceView:
    """A scene in full."""
    return viewer.view(portrait.key, portrait.fitted, scene, STILL)


def write_mesh(path: Path, viewer: FaceViewer, portrait: Portrait, scene: Scene) -> tuple[Path, ...]:
    """Write the mesh: GLB with its texture inside, OBJ with material and texture beside it, or PLY with colours.

    Raises:
        UserError: another suffix, or the file cannot be written.
    """
    import trimesh

    kind = path.suffix.lower()
    if kind not in MESHES:
        raise UserError(f"{path.name}: a mesh is written as {', '.join(MESHES)}; choose one of these endings")
    view = view_of(viewer, portrait, scene)
    parts: Any = trimesh  # its functions carry no types
    shape, texture = view.shape, flat_texture(view)
    uv = shape.topology.uv * (1, -1) + (0, 1)  # v runs up in all three
    if kind == ".ply":
        side = len(texture)
        column, row = (np.clip((shape.topology.uv * side).astype(int), 0, side - 1)).T
        mesh = trimesh.Trimesh(
            shape.points, shape.topology.triangles, vertex_colors=texture[row, column], process=False
        )
        files = {path.name: mesh.export(file_type="ply")}
    else:
        material = parts.visual.material.SimpleMaterial(image=Pictures.fromarray(texture), name=f"{path.stem}-skin")
        visual = parts.visual.TextureVisuals(uv=uv, material=material)
        mesh = trimesh.Trimesh(shape.points, shape.topology.triangles, visual=visual, process=False)
        if kind == ".glb":
            files = {path.name: mesh.export(file_type="glb")}
        else:
            text, beside = parts.exchange.obj.export_obj(mesh, return_texture=True, mtl_name=f"{path.stem}.mtl")
            files = {path.name: text, **beside}
    record = record_of(portrait, scene)
    written = [
        atomic_write(path.with_name(name), part_of_mesh(name, content, record)) for name, content in files.items()
    ]
    return (*written, write_sidecar(path, record))


def write_maps(folder: Path, viewer: FaceViewer, portrait: Portrait, scene: Scene) -> tuple[Path, ...]:
    """Write sampled and completed texture, visibility and where the two kinds of it differ, as PNG files."""
    view = view_of(viewer, portrait, scene)
    pictures = {"sampled": view.sampled, "completed": view.completed, "seen-exact": map_picture(view.maps, "exact")}
    if view.maps.field is not None:
        pictures |= {
            "seen-field": map_picture(view.maps, "field"),
            "difference": map_picture(view.maps, "difference"),
        }
    stem, record = file_stem(portrait), record_of(portrait, scene)
    return tuple(
        atomic_write(folder / f"{stem}-{name}.png", png_bytes(picture, record)) for name, picture in pictures.items()
    )


def write_map_row(folder: Path, portrait: Portrait, scene: Scene, maps: VisibilityMaps) -> Path:
    """Write the maps of one scene side by side as a PNG file named by its yaw: exact, field and difference."""
    tints: tuple[Tint, ...] = ("exact",) if maps.field is None else ("exact", "field", "difference")
    picture = np.concatenate([map_picture(maps, tint) for tint in tints], 1)
    name = f"{file_stem(portrait)}-yaw{scene.yaw:+06.1f}.png"
    return atomic_write(folder / name, png_bytes(picture, record_of(portrait, scene)))


def write_turntable(
    path: Path,
    viewer: FaceViewer,
    portrait: Portrait,
    scene: Scene,
    look: Look,
    camera: Camera,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Path, ...]:
    """Write a film in which the camera walks around the head once.

    Args:
        told: how many pictures of how many are drawn; it raises to cancel.

    Raises:
        UserError: another suffix, or the file cannot be written.
    """
    from explorer.studio.figures.film import write_pictures

    view, look = view_of(viewer, portrait, scene), replace(look, photograph=False)

    def pictures() -> Iterator[Image]:
        for number in range(TURN):
            told(number, TURN)
            yield picture_of(view, look, camera.orbited(360 * number / TURN, 0.0), portrait, SIDE)

    written = write_pictures(path, pictures(), RATE)
    return written, write_sidecar(path, record_of(portrait, scene))


def picture_of(view: FaceView, look: Look, camera: Camera, portrait: Portrait, side: int) -> Image:
    """The scene as a square picture, (side, side, 3): over its photograph where the look says so, else over black."""
    drawn = draw(view, look, camera, len(portrait.frame), side, side)
    if not look.photograph:
        return composed(drawn, np.full((side, side, 3), BEHIND, np.uint8))
    photograph = np.asarray(Pictures.fromarray(portrait.frame).resize((side, side), Pictures.Resampling.LANCZOS))
    return composed(drawn, photograph, look.opacity)


def write_fits(path: Path, viewer: FaceViewer, faces: Sequence[tuple[Portrait, Scene]]) -> tuple[Path, ...]:
    """Write figure 5.16 as PNG, SVG or PDF with its provenance, a column a face.

    Raises:
        UserError: another suffix, or the file cannot be written.
    """
    from explorer.studio.figures.page import save

    figure, record = fits_figure(viewer, faces)
    written = save(figure, path, record)
    return written, write_sidecar(path, record)


def fits_figure(
    viewer: FaceViewer,
    faces: Sequence[tuple[Portrait, Scene]],
    options: GridOptions | None = None,
    *,
    with_source: bool = True,
) -> tuple[Figure, dict[str, Any]]:
    """Compose figure 5.16, and say how it came about.

    Args:
        with_source: whether photographs are shown; without them their place, and that of the fit over them, is empty.
    """
    from explorer.studio.figures.fit_figure import FitColumn, draw_fits

    columns = []
    for portrait, scene in faces:
        view = view_of(viewer, portrait, scene)
        over = picture_of(view, Look(photograph=with_source, opacity=0.85), Camera(), portrait, 512)
        columns.append(FitColumn(portrait, view, over))
    records = [record_of(portrait, scene) for portrait, scene in faces]
    return draw_fits(columns, options, with_source=with_source), {**records[0], "others": records[1:]}


def file_stem(portrait: Portrait) -> str:
    """How the names of a face's files begin."""
    return Path(portrait.name).stem.replace(", ", "-").replace(" ", "-")


def flat_texture(view: FaceView) -> Image:
    """The texture of the scene's surface, (T, T, 3), bare skin where nothing is known."""
    share = 1 - view.texture[..., 3:].astype(np.float32) / 255
    filled = view.texture[..., :3] + share * (np.array(BARE, np.float32) * 255)
    return np.asarray(filled.round().clip(0, 255).astype(np.uint8))


def as_json(record: dict[str, Any]) -> str:
    """A record as the command line prints it."""
    return json.dumps(record, indent=2)

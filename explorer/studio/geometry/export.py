"""A scene in files: mesh, texture maps, turntable film and figure 5.16. Biometric data: for their owner's eyes only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures

from explorer.studio.errors import UserError
from explorer.studio.export.lettering import captioned
from explorer.studio.export.provenance import png_bytes, write_sidecar
from explorer.studio.files import atomic_write
from explorer.studio.geometry.fit_export import material_name, part_of_mesh, skin_name
from explorer.studio.geometry.view.describing import (
    CameraRecord,
    FitsSpec,
    LookRecord,
    MapRowSpec,
    MapSpec,
    MeshSpec,
    PictureSpec,
    QualityRecord,
    TurntableSpec,
    Which,
    face_record,
    record_of,
)
from explorer.studio.geometry.view.drawing import composed, draw
from explorer.studio.geometry.view.face_view import FaceView, VisibilityMaps
from explorer.studio.geometry.view.portrait import FitView
from explorer.studio.geometry.view.scene import BARE, Camera, RenderStyle, Scene, Tint
from explorer.studio.geometry.view.tinting import map_picture
from explorer.studio.geometry.view.viewer import STILL, FaceViewer, Quality

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Image = NDArray[np.uint8]
Inversion = Mapping[str, Any] | None
# Told how many pictures of how many are drawn; it raises to cancel.
ProgressCallback = Callable[[int, int], None]

MESHES, FILMS = (".glb", ".obj", ".ply"), (".mp4", ".gif")
BEHIND = (16, 18, 20)
# A whole turn, in pictures and pictures a second; the side of each in pixels.
TURN, RATE, SIDE = 72, 24, 480


def view_of(viewer: FaceViewer, portrait: FitView, scene: Scene, quality: Quality = STILL) -> FaceView:
    """A scene, in full if nothing else is said."""
    return viewer.view(portrait.key, portrait.fitted, scene, quality)


def write_mesh(
    path: Path, viewer: FaceViewer, portrait: FitView, scene: Scene, inversion: Inversion = None
) -> tuple[Path, ...]:
    """Write the mesh: GLB with its texture inside, OBJ with material and texture beside it, or PLY with colours.

    Args:
        inversion: of a reconstruction, the record of its run, here and below.

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
        material = parts.visual.material.SimpleMaterial(image=Pictures.fromarray(texture), name=skin_name(path))
        visual = parts.visual.TextureVisuals(uv=uv, material=material)
        mesh = trimesh.Trimesh(shape.points, shape.topology.triangles, visual=visual, process=False)
        if kind == ".glb":
            files = {path.name: mesh.export(file_type="glb")}
        else:
            text, beside = parts.exchange.obj.export_obj(mesh, return_texture=True, mtl_name=material_name(path))
            files = {path.name: text, **beside}
    record = record_of(portrait, scene, MeshSpec(), inversion)
    written = [
        atomic_write(path.with_name(name), part_of_mesh(name, content, record)) for name, content in files.items()
    ]
    return (*written, write_sidecar(path, record))


def write_maps(
    folder: Path, viewer: FaceViewer, portrait: FitView, scene: Scene, inversion: Inversion = None
) -> tuple[Path, ...]:
    """Write sampled and completed texture, visibility and where the two kinds of it differ, as PNG files."""
    view, stem = view_of(viewer, portrait, scene), file_stem(portrait)
    shown: tuple[Which, ...] = ("sampled", "completed", "seen-exact")
    shown += () if view.maps.field is None else ("seen-field", "difference")
    return tuple(
        write_map(folder / f"{stem}-{which}.png", view, portrait, MapSpec(which=which), inversion) for which in shown
    )


def write_map(path: Path, view: FaceView, portrait: FitView, drawing: MapSpec, inversion: Inversion = None) -> Path:
    """Write one texture or map of a view as a PNG file.

    Raises:
        UserError: the model has no neural field, or the file cannot be written.
    """
    tints: dict[Which, Tint] = {"seen-exact": "exact", "seen-field": "field", "difference": "difference"}
    which = drawing.which
    if which in ("seen-field", "difference") and view.maps.field is None:
        raise UserError(f"{path.name}: there is no neural field for {portrait.fitted.model.name} to show")
    if which in tints:
        picture = map_picture(view.maps, tints[which])
    else:
        picture = view.sampled if which == "sampled" else view.completed
    return atomic_write(path, png_bytes(picture, record_of(portrait, view.scene, drawing, inversion)))


def row_name(portrait: FitView, scene: Scene) -> str:
    """The name of the file with the maps of a yaw."""
    return f"{file_stem(portrait)}-yaw{scene.yaw:+06.1f}.png"


def write_map_row(
    path: Path,
    portrait: FitView,
    scene: Scene,
    maps: VisibilityMaps,
    quality: Quality,
    inversion: Inversion = None,
) -> Path:
    """Write the maps of one scene side by side as a PNG file: exact, field and difference."""
    tints: tuple[Tint, ...] = ("exact",) if maps.field is None else ("exact", "field", "difference")
    picture = np.concatenate([map_picture(maps, tint) for tint in tints], 1)
    drawing = MapRowSpec(quality=QualityRecord.model_validate(quality))
    return atomic_write(path, png_bytes(picture, record_of(portrait, scene, drawing, inversion)))


def write_turntable(
    path: Path,
    viewer: FaceViewer,
    portrait: FitView,
    scene: Scene,
    look: RenderStyle,
    camera: Camera,
    told: ProgressCallback = lambda done, total: None,
    inversion: Inversion = None,
) -> tuple[Path, ...]:
    """Write a film in which the camera walks around the head once.

    Args:
        told: how many pictures of how many are drawn; it raises to cancel.

    Raises:
        UserError: another suffix, or the file cannot be written.
    """
    drawing = TurntableSpec(
        look=LookRecord.model_validate(replace(look, photograph=False)),
        camera=CameraRecord.model_validate(camera),
        side=SIDE,
        pictures=TURN,
        rate=RATE,
        caption=True,
    )
    return draw_turntable(path, viewer, portrait, scene, drawing, told, inversion)


def draw_turntable(
    path: Path,
    viewer: FaceViewer,
    portrait: FitView,
    scene: Scene,
    drawing: TurntableSpec,
    told: ProgressCallback = lambda done, total: None,
    inversion: Inversion = None,
) -> tuple[Path, ...]:
    """Write such a film as its record describes it; else as `write_turntable`."""
    from explorer.studio.export.film import write_pictures

    view, look, camera = view_of(viewer, portrait, scene), drawing.look.look(), drawing.camera.camera()
    words = filled_words(view) if drawing.caption else ""

    def pictures() -> Iterator[Image]:
        for number in range(drawing.pictures):
            told(number, drawing.pictures)
            turned = camera.orbited(360 * number / drawing.pictures, 0.0)
            picture = picture_of(view, look, turned, portrait, drawing.side)
            yield captioned(picture, words) if words else picture

    written = write_pictures(path, pictures(), drawing.rate)
    return written, write_sidecar(path, record_of(portrait, scene, drawing, inversion))


def filled_words(view: FaceView) -> str:
    """Such as "38 % of the surface filled in, not photographed"; empty where nothing that is shown is filled in."""
    shown = view.scene.filled and view.scene.surface in ("completed", "albedo")
    return f"{view.unknown:.0%} of the surface filled in, not photographed" if shown and view.unknown >= 0.005 else ""


def write_picture(
    path: Path,
    viewer: FaceViewer,
    portrait: FitView,
    scene: Scene,
    look: RenderStyle,
    camera: Camera,
    side: int,
    inversion: Inversion = None,
) -> tuple[Path, ...]:
    """Write the scene as a square PNG file.

    Args:
        side: in pixels.
    """
    drawing = PictureSpec(look=LookRecord.model_validate(look), camera=CameraRecord.model_validate(camera), side=side)
    picture = picture_of(view_of(viewer, portrait, scene), look, camera, portrait, side)
    return (atomic_write(path, png_bytes(picture, record_of(portrait, scene, drawing, inversion))),)


def picture_of(view: FaceView, look: RenderStyle, camera: Camera, portrait: FitView, side: int) -> Image:
    """The scene as a square picture, (side, side, 3): over its photograph where the look says so, else over black."""
    drawn = draw(view, look, camera, len(portrait.frame), side, side)
    if not look.photograph:
        return composed(drawn, np.full((side, side, 3), BEHIND, np.uint8))
    photograph = np.asarray(Pictures.fromarray(portrait.frame).resize((side, side), Pictures.Resampling.LANCZOS))
    return composed(drawn, photograph, look.opacity)


def write_fits(
    path: Path,
    viewer: FaceViewer,
    faces: Sequence[tuple[FitView, Scene]],
    inversions: Sequence[Inversion] = (),
    drawing: FitsSpec | None = None,
) -> tuple[Path, ...]:
    """Write figure 5.16 as PNG, SVG or PDF with its provenance, a column a face.

    Args:
        inversions: of each face that is a reconstruction, the record of its run.

    Raises:
        UserError: another suffix, or the file cannot be written.
    """
    from explorer.studio.export.page import save

    drawing = drawing or FitsSpec(arrangement="page")
    figure, record = fits_figure(viewer, faces, drawing, inversions)
    written = save(figure, path, record, drawing.lettering)
    return written, write_sidecar(path, record)


def fits_figure(
    viewer: FaceViewer,
    faces: Sequence[tuple[FitView, Scene]],
    drawing: FitsSpec,
    inversions: Sequence[Inversion] = (),
) -> tuple[Figure, dict[str, Any]]:
    """Compose figure 5.16, and say how it came about.

    Where the drawing shows no photographs, their place, and that of the fit over them, is empty.
    """
    from explorer.studio.export.picture_grid import GridOptions
    from explorer.studio.geometry.figure import FitColumn, draw_fits

    columns = []
    for portrait, scene in faces:
        view = view_of(viewer, portrait, scene)
        over = picture_of(view, RenderStyle(photograph=drawing.source, opacity=0.85), Camera(), portrait, 512)
        columns.append(FitColumn(portrait, view, over))
    options = GridOptions(drawing.width, drawing.dpi, drawing.mark)
    options = options if drawing.largest is None else replace(options, largest=drawing.largest)
    made = [*inversions, *([None] * (len(faces) - len(inversions)))]
    (portrait, scene), others = faces[0], zip(faces[1:], made[1:], strict=True)
    record = record_of(
        portrait, scene, drawing, made[0], others=[face_record(*other, inversion) for other, inversion in others]
    )
    on_page = drawing.arrangement == "page"
    return draw_fits(columns, options, with_source=drawing.source, on_page=on_page), record


def file_stem(portrait: FitView) -> str:
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

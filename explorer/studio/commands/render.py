"""`likeness render PHOTO --out FILE`: the fitted face from any side, as a picture, a turntable film or a mesh."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from explorer.science.names import shown
from explorer.studio.commands._faces import PointsOption
from explorer.studio.commands._fitted import ModelOption, fit_photograph, turned
from explorer.studio.errors import UserError
from explorer.studio.extras import require
from explorer.studio.geometry.view.scene import SURFACES, TINTS, Camera, RenderStyle, Surface, Tint
from explorer.studio.outputs import result_files

_PICTURE = ".png"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("render", no_args_is_help=True)(render)


def render(
    photo: Annotated[Path, typer.Argument(help="A photograph: JPEG, PNG, WebP, TIFF, BMP.", metavar="PHOTO")],
    out: Annotated[
        Path, typer.Option(help="File: .png a picture, .mp4 or .gif a film once around, .glb, .obj or .ply the mesh.")
    ],
    yaw: Annotated[
        float | None, typer.Option(help="Turn the head to this yaw, in degrees. [default: the fit's]")
    ] = None,
    pitch: Annotated[float | None, typer.Option(help="Pitch of the head in degrees. [default: the fit's]")] = None,
    orbit: Annotated[float, typer.Option(help="Walk the camera around the turned head by so many degrees.")] = 0.0,
    zoom: Annotated[float, typer.Option(min=0.35, max=8, help="How near the camera is.")] = 1.0,
    surface: Annotated[str, typer.Option(help=f"What is laid onto the mesh: {', '.join(SURFACES)}.")] = "completed",
    tint: Annotated[str, typer.Option(help=f"Visibility as colours: {', '.join(TINTS)}.")] = "none",
    wires: Annotated[bool, typer.Option("--wires", help="Draw the edges of the triangles.")] = False,
    light: Annotated[bool, typer.Option("--light/--no-light", help="Light the mesh.")] = True,
    over: Annotated[bool, typer.Option("--over", help="Lay the mesh over the photograph.")] = False,
    size: Annotated[int, typer.Option(min=32, max=4096, help="Side of the picture in pixels.")] = 768,
    model: Annotated[Path | None, ModelOption] = None,
    landmarks: Annotated[
        str, typer.Option(help="What finds the landmarks: dlib, mediapipe or auto; or a file of those of --model.")
    ] = "auto",
    refine: Annotated[bool, typer.Option(help="Refine the fit by the photograph's colours; a few seconds.")] = True,
    face: Annotated[int | None, typer.Option(help="Which face, numbered as by `likeness faces`.", min=1)] = None,
    points: PointsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Fit the morphable model to a face and draw it from any side.

    The texture stays sampled at the fitted pose; visibility and completion follow the angles given. What is written is
    biometric data, and is written for its owner only.
    """
    require("3d")  # before what is slow to import
    from explorer.studio.geometry import export as exporting
    from explorer.studio.geometry.view.describing import face_record

    look = RenderStyle(tint=_tint(tint), wireframe=wires, lit=light, photograph=over)
    laid = _surface(surface)
    kinds = (_PICTURE, *exporting.FILMS, *exporting.MESHES)
    if out.suffix.lower() not in kinds:
        raise UserError(f"{out.name}: written are {', '.join(kinds)}; choose one of these endings")
    with result_files(out) as result:
        file = result.folder / out.name
        viewer, portrait = fit_photograph(photo, model, landmarks, refine, face, points)
        if look.tint in ("field", "difference") and viewer.field is None:
            raise UserError(f"--tint {tint}: there is no neural field for {viewer.model.name}; use --tint exact")
        scene = replace(turned(portrait.scene, yaw, pitch), surface=laid)
        camera = Camera(yaw=orbit, zoom=zoom)
        if out.suffix.lower() in exporting.FILMS:
            written = exporting.write_turntable(file, viewer, portrait, scene, look, camera)
        elif out.suffix.lower() in exporting.MESHES:
            written = exporting.write_mesh(file, viewer, portrait, scene)
        else:
            written = exporting.write_picture(file, viewer, portrait, scene, look, camera, size)
    files = result.settled(written)
    record: dict[str, Any] = {**face_record(portrait, scene), "files": [str(path) for path in files]}
    if as_json:
        typer.echo(exporting.as_json(record))
        return
    typer.echo(f"{portrait.name}: {viewer.model.name}, yaw {scene.yaw:.1f}, pitch {scene.pitch:.1f} degrees")
    for path in files:
        typer.echo(f"  {shown(path)}")


def _surface(given: str) -> Surface:
    for known in SURFACES:
        if known == given:
            return known
    raise UserError(f"--surface {given}: there are {', '.join(SURFACES)}")


def _tint(given: str) -> Tint:
    for known in TINTS:
        if known == given:
            return known
    raise UserError(f"--tint {given}: there are {', '.join(TINTS)}")

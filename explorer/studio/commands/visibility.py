"""`likeness visibility [PHOTO] --yaw -90:90:5`: what of a face is seen at each yaw, by rays and by the neural field."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.studio.commands._faces import PointsOption
from explorer.studio.commands._fitted import ModelOption, fit_photograph
from explorer.studio.commands._sources import say
from explorer.studio.errors import UserError
from explorer.studio.extras import require
from explorer.studio.outputs import as_folder, result_folder

if TYPE_CHECKING:
    from explorer.studio.geometry.view.portrait import FitView
    from explorer.studio.geometry.view.viewer import FaceViewer

_MOST = 721


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("visibility")(visibility)


def visibility(
    photo: Annotated[
        Path | None, typer.Argument(help="A photograph; without one, the model's mean face.", metavar="[PHOTO]")
    ] = None,
    yaw: Annotated[str, typer.Option(help="Degrees: one, several as -30,0,30, or first:last:step.")] = "-90:90:5",
    pitch: Annotated[float, typer.Option(min=-90, max=90, help="Of the head, in degrees.")] = 0.0,
    threshold: Annotated[float, typer.Option(min=0, max=1, help="From which the field's points count as seen.")] = 0.5,
    size: Annotated[int, typer.Option(min=16, max=512, help="Side of the maps in texels.")] = 64,
    out: Annotated[Path | None, typer.Option(help="Folder for the maps, one PNG file a yaw.")] = None,
    model: Annotated[Path | None, ModelOption] = None,
    landmarks: Annotated[
        str, typer.Option(help="What finds the landmarks: dlib, mediapipe or auto; or a file of those of --model.")
    ] = "auto",
    refine: Annotated[bool, typer.Option(help="Refine the fit by the photograph's colours; a few seconds.")] = True,
    face: Annotated[int | None, typer.Option(help="Which face, numbered as by `likeness faces`.", min=1)] = None,
    points: PointsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Say how much of the face's texture is seen as the head turns, and how well the neural field agrees with rays.

    The maps of --out show exact, field and difference side by side: white is seen, yellow seen by rays alone, purple by
    the field alone.
    """
    require("3d")  # before what is slow to import
    from explorer.studio.geometry.export import as_json as printed
    from explorer.studio.geometry.export import file_stem

    if out is not None:
        as_folder(out)
    degrees = parsed_degrees(yaw)
    viewer, portrait = _opened(photo, model, landmarks, refine, face, points)
    if out is None:
        rows = _measure(viewer, portrait, degrees, pitch, threshold, size, None)
    else:
        mine = f"{file_stem(portrait)}-yaw"
        with result_folder(out, say, lambda name: name.startswith(mine)) as result:
            rows = _measure(viewer, portrait, degrees, pitch, threshold, size, result.folder)
        for row in rows:
            (file,) = result.settled([row["file"]])
            row["file"] = str(file)
    iou = [row["iou"] for row in rows if row["iou"] is not None]
    mean = sum(iou) / len(iou) if iou else None
    if as_json:
        record = {
            "photograph": {"name": portrait.name, "sha256": portrait.sha256} if portrait.sha256 else None,
            "model": viewer.model.name,
            "pitch": pitch,
            "threshold": threshold,
            "size": size,
            "yaws": rows,
            "iou_mean": mean,
        }
        typer.echo(printed(record))
        return
    typer.echo(f"{portrait.name}: {viewer.model.name}, pitch {pitch:g} degrees, share of the texture that is seen")
    typer.echo("     yaw   exact   field     IoU" if iou else "     yaw   exact")
    for row in rows:
        field = "" if row["iou"] is None else f"{row['field_share']:8.3f}{row['iou']:8.3f}"
        typer.echo(f"{row['yaw']:8.1f}{row['exact_share']:8.3f}{field}")
    typer.echo(f"  mean IoU {mean:.3f}" if mean is not None else "  there is no neural field for this model")


def parsed_degrees(given: str) -> list[float]:
    """Read "30", "-30,0,30" or "-90:90:5" (both ends count).

    Raises:
        UserError: it is none of these, or leaves the range.
    """
    try:
        if ":" in given:
            first, last, step = (float(part) for part in given.split(":"))
            count = int((last - first) / step + 1e-9) + 1 if step else 0
            degrees = [first + step * index for index in range(min(count, _MOST + 1))]
        else:
            degrees = [float(part) for part in given.split(",")]
    except ValueError:
        degrees = []
    if not degrees:
        raise UserError(f"--yaw {given}: write degrees as 30, as -30,0,30 or as -90:90:5 for first, last and step")
    if len(degrees) > _MOST or not all(-90 <= yaw <= 90 for yaw in degrees):
        raise UserError(f"--yaw {given}: at most {_MOST} angles, from -90 to 90 degrees")
    return degrees


def _opened(
    photo: Path | None, model: Path | None, landmarks: str, refine: bool, face: int | None, points: str | None
) -> tuple[FaceViewer, FitView]:
    if photo is not None:
        return fit_photograph(photo, model, landmarks, refine, face, points)
    if points is not None or face is not None:
        raise UserError("--face and --points belong to a photograph: name one")
    from explorer.studio.catalogue.plugged import model_path
    from explorer.studio.geometry.fitting import load_morphable_model
    from explorer.studio.geometry.view.portraits import mean_portrait, open_viewer

    model = None if model is None else model_path(model)
    viewer = open_viewer(load_morphable_model(model))
    return viewer, mean_portrait(viewer, model)


def _measure(
    viewer: FaceViewer,
    portrait: FitView,
    degrees: list[float],
    pitch: float,
    threshold: float,
    size: int,
    folder: Path | None,
) -> list[dict[str, Any]]:
    from dataclasses import replace

    from explorer.studio.geometry.export import row_name, write_map_row
    from explorer.studio.geometry.view.viewer import Quality

    rows: list[dict[str, Any]] = []
    for yaw in degrees:
        scene = replace(portrait.scene, yaw=yaw, pitch=pitch, threshold=threshold)
        quality = Quality(0 if size <= 64 else 1, size, size)
        maps = viewer.maps(portrait.fitted, scene, quality)
        row: dict[str, Any] = {
            "yaw": yaw,
            "exact_share": maps.exact_share,
            "field_share": maps.field_share,
            "iou": maps.iou,
        }
        if folder is not None:
            row["file"] = write_map_row(folder / row_name(portrait, scene), portrait, scene, maps, quality)
        rows.append(row)
    return rows

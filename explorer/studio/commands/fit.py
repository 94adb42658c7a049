"""`likeness fit PHOTO`: fit the 3D morphable model to a face, and write mesh and texture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from explorer.science.names import shown
from explorer.studio.commands._faces import PointsOption, placed_points
from explorer.studio.commands._sources import refuse_folder, say, say_others
from explorer.studio.extras import require
from explorer.studio.outputs import as_folder, result_files, result_folder

if TYPE_CHECKING:
    from explorer.studio.geometry.fitting import FittedFace

# The files of a fit that its ending alone tells apart; its pictures are several.
_SINGLE = (".glb", ".obj", ".json")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fit")(fit)


def fit(
    photo: Annotated[Path, typer.Argument(help="A photograph: JPEG, PNG, WebP, TIFF, BMP.", metavar="PHOTO")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for mesh, textures and numbers; or one file: .glb, .obj, .json.")
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            help="Another morphable model: Basel, 3DDFA, Surrey, FLAME, ICT-FaceKit (a folder), or a plug-in's by name."
        ),
    ] = None,
    landmarks: Annotated[
        str,
        typer.Option(
            help="What finds the landmarks: dlib, mediapipe or auto; or a file that says which 68 vertices of --model "
            "they are.",
            metavar="NAME|FILE",
        ),
    ] = "auto",
    by: Annotated[
        Literal["landmarks", "recognition"],
        typer.Option(help="landmarks; or recognition: the localiser's pose and shape, landmarks only measure it."),
    ] = "landmarks",
    refine: Annotated[bool, typer.Option(help="Refine by the photograph's colours; a few seconds.")] = True,
    level: Annotated[int, typer.Option(min=0, max=2, help="Level of detail of the mesh that is written.")] = 1,
    texture: Annotated[int, typer.Option(min=64, max=2048, help="Side of the textures.")] = 512,
    face: Annotated[int | None, typer.Option(help="Which face, numbered as by `likeness faces`.", min=1)] = None,
    points: PointsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Fit the 3D morphable model to the most prominent face of a photograph.

    With --out and a folder: the textured mesh (GLB and OBJ), the texture as sampled, its visibility, the texture
    completed by symmetry and its albedo, the fit drawn over the photograph, and all numbers; with --out and a name that
    ends in .glb, .obj or .json the mesh or the numbers alone. Background that would be sampled as skin is masked, by
    face parsing where its network is there and else by the fit's silhouette; what neither half shows is filled in, and
    black in the picture of what is known. They are biometric data, and are written for their owner
    only.
    """
    require("3d")  # before what is slow to import
    from explorer.science.geometry.refinement import RefinementSettings
    from explorer.studio.catalogue.networks import Networks
    from explorer.studio.catalogue.plugged import model_path
    from explorer.studio.geometry.fit_numbers import fit_numbers, fit_record
    from explorer.studio.geometry.fitting import fit_face, load_morphable_model
    from explorer.studio.geometry.landmark_sources import landmark_source, landmarks_of
    from explorer.studio.geometry.recognition import require_localiser
    from explorer.studio.inversion.targets import open_photograph

    refuse_folder(photo, "fit")
    single = out is not None and out.suffix.lower() in _SINGLE and not out.is_dir()
    if out is not None and not single:
        as_folder(out, _SINGLE)
    choice, marked = landmarks_of(landmarks)
    source = landmark_source(choice)
    placed = placed_points(points, [photo], face)
    model = None if model is None else model_path(model)
    loaded = load_morphable_model(model, marked)
    if by == "recognition":
        require_localiser(loaded)
    photograph, chosen = open_photograph(Networks("cpu"), photo, face, placed, say_others)
    settings = RefinementSettings() if refine else None
    fitted = fit_face(photograph, chosen, loaded, source, settings, by=by)
    record: dict[str, Any] = {**fit_record(photograph, chosen, fitted, source, model), **fit_numbers(fitted)}
    if out is not None:
        write = _write_one if single else _write_all
        record["files"] = [str(path) for path in write(out, photo.stem, fitted, record, level, texture)]
    if as_json:
        typer.echo(json.dumps(record, indent=2))
        return
    yaw, pitch, roll = fitted.angles()
    typer.echo(f"{photograph.name}: {loaded.name}, yaw {yaw:.1f}, pitch {pitch:.1f}, roll {roll:.1f} degrees")
    typer.echo(f"  landmarks {fitted.relative_error():.1%} of the outer eye corners' distance away on average")
    for path in record.get("files", []):
        typer.echo(f"  {shown(path)}")


def _write_one(
    out: Path, stem: str, fitted: FittedFace, record: dict[str, Any], level: int, texture: int
) -> list[Path]:
    from explorer.studio.geometry.fit_export import NUMBERS, FitFiles

    kind = out.suffix.lower().removeprefix(".")
    with result_files(out) as result:
        files = FitFiles(fitted, record, level, texture)
        written = files.write(NUMBERS if kind == "json" else kind, result.folder / out.name)
    return result.settled(written)


def _write_all(
    out: Path, stem: str, fitted: FittedFace, record: dict[str, Any], level: int, texture: int
) -> list[Path]:
    from explorer.studio.geometry.fit_export import MESHES, NUMBERS, PICTURES, export_fit, file_name

    names = {file_name(stem, part) for part in (*PICTURES, *MESHES, NUMBERS)}
    with result_folder(out, say, lambda name: name in names) as result:
        written = export_fit(result.folder, stem, fitted, record, level, texture)
    return result.settled(written)

"""`likeness faces PHOTO...`: find the faces of photographs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.science.names import name_of, shown

if TYPE_CHECKING:
    from explorer.science.faces.detection import Detector
    from explorer.science.faces.face import Face


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("faces")(faces)


def faces(
    photos: Annotated[list[Path], typer.Argument(help="Photographs: JPEG, PNG, WebP, TIFF, BMP.", metavar="PHOTO...")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Find the faces of photographs, the most prominent first: place, points, size, and whether each can be used.

    Exit code 2 where a photograph cannot be read or shows no face; the others are listed all the same.
    """
    from explorer.science.faces.face import FaceError
    from explorer.studio.catalogue.networks import Networks, best_device

    detector = Networks(best_device()).detector()
    found: list[dict[str, Any]] = []
    for path in photos:
        try:
            found.append(_look(path, detector))
        except FaceError as error:
            found.append({"photograph": name_of(path), "error": str(error)})
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    for photograph in found:
        if "error" in photograph:
            typer.echo(f"likeness: {shown(photograph['error'])}", err=True)
        elif not as_json:
            _print(photograph)
    if any("error" in photograph for photograph in found):
        raise typer.Exit(2)


def _look(path: Path, detector: Detector) -> dict[str, Any]:
    from explorer.science.faces.choosing import require_faces
    from explorer.science.faces.reading import read_file

    photograph = read_file(path)
    found = require_faces(photograph, detector.detect(photograph.pixels))
    height, width = photograph.pixels.shape[:2]
    return {
        "photograph": photograph.name,
        "sha256": photograph.sha256,
        "width": width,
        "height": height,
        "faces": [_describe(number, face) for number, face in enumerate(found, 1)],
    }


def _describe(number: int, face: Face) -> dict[str, Any]:
    from explorer.science.faces.choosing import face_width, is_usable

    return {
        "number": number,
        "score": round(face.score, 4),
        "box": [round(edge, 2) for edge in face.box],
        "points": [[round(x, 2), round(y, 2)] for x, y in face.points.tolist()],
        "width": round(face_width(face), 1),
        "usable": is_usable(face),
    }


def _print(photograph: dict[str, Any]) -> None:
    found = photograph["faces"]
    count = "1 face" if len(found) == 1 else f"{len(found)} faces"
    typer.echo(f"{photograph['photograph']}: {count}, {photograph['width']} x {photograph['height']} px")
    for face in found:
        left, top, right, bottom = (round(edge) for edge in face["box"])
        use = "" if face["usable"] else ", too small to be used"
        place = f"from {left},{top} to {right},{bottom}"
        typer.echo(f"  {face['number']:>2}  {face['width']:.0f} px wide, {place}, score {face['score']:.2f}{use}")

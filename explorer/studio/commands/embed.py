"""`likeness embed PHOTO...`: compute identity embeddings."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from explorer.science.names import shown
from explorer.studio.commands._faces import PointsOption, placed_points
from explorer.studio.commands._sources import Sources, refuse_folder, say, say_others
from explorer.studio.errors import UserError
from explorer.studio.faces.vectors import SUFFIXES, Vector
from explorer.studio.files import fitting_name
from explorer.studio.outputs import as_folder, result_files

if TYPE_CHECKING:
    from explorer.science.faces.face import Face, Photograph


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("embed")(embed)


def embed(
    photos: Annotated[list[Path], typer.Argument(help="Photographs: JPEG, PNG, WebP, TIFF, BMP.", metavar="PHOTO...")],
    encoder: Annotated[str, typer.Option(help="The encoder; `likeness models list` shows them.")] = "arcface-mbf",
    out: Annotated[
        Path | None,
        typer.Option(help="Where to write: a .npy, .csv or .json file, or a folder for one file a photograph."),
    ] = None,
    kind: Annotated[str, typer.Option("--format", help="Kind of the files in a folder: npy, csv or json.")] = "npy",
    face: Annotated[
        int | None, typer.Option(help="Which face of each photograph, numbered as by `likeness faces`.", min=1)
    ] = None,
    points: PointsOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON instead of text; it holds the vectors unless --out is given.")
    ] = False,
) -> None:
    """Compute the embedding of the most prominent face of each photograph.

    An embedding is biometric data: files are written for their owner only.
    """
    from explorer.science.evaluation.scoring import embed_face
    from explorer.studio.catalogue.networks import Networks, best_device, known_encoder
    from explorer.studio.faces.plausibility import remark_on
    from explorer.studio.faces.vector_export import export_vector
    from explorer.studio.inversion.targets import open_photograph

    known_encoder(encoder)
    placed = placed_points(points, photos, face)
    folder = _folder(photos, out, kind)
    networks = Networks(best_device())
    recogniser = networks.recogniser(encoder)
    with Sources("photograph", as_json) as sources:
        for path in photos:
            with sources.each(path):
                refuse_folder(path, "embed")
                photograph, chosen = open_photograph(networks, path, face, placed, say_others)
                vector: Vector = embed_face(recogniser, photograph, chosen).numpy()
                record: dict[str, Any] = {
                    "photograph": photograph.name,
                    "sha256": photograph.sha256,
                    "encoder": encoder,
                    "dimension": len(vector),
                    "norm": float(np.linalg.norm(vector)),
                    "points": chosen.points.tolist(),
                    "points_by_hand": chosen.by_hand,
                }
                remark = remark_on(chosen, {encoder: vector})
                if remark:
                    record["not_face_like"] = remark
                    say(f"{photograph.name} is not face-like: {remark}")
                if out is not None:
                    file = out
                    if folder is not None:
                        file = _place(folder / fitting_name(shown(path.stem), f".{kind}"), encoder, photograph, chosen)
                    elif out.exists() and not _is_of(out, encoder, photograph, chosen):
                        say(f"{out} held something else, which is replaced")
                    with result_files(file) as result:
                        export_vector(result.folder / file.name, vector, encoder, photograph, chosen)
                    record["file"] = str(file)
                elif as_json:
                    record["vector"] = vector.tolist()
                sources.records.append(record)
                if not as_json:
                    _print(record)


def _print(record: dict[str, Any]) -> None:
    where = f", written to {shown(record['file'])}" if "file" in record else ""
    numbers = f"{record['dimension']} numbers of {record['encoder']}, norm {record['norm']:.4f}"
    typer.echo(f"{record['photograph']}: {numbers}{where}")


def _folder(photos: list[Path], out: Path | None, kind: str) -> Path | None:
    """The folder that takes a file a photograph; None where one file is asked for, or none."""
    if out is None:
        return None
    if out.suffix and not out.is_dir():
        if len(photos) > 1:
            raise UserError(f"{out.name} holds one embedding, but there are {len(photos)} photographs: give a folder")
        if out.suffix.lower() not in SUFFIXES:
            raise UserError(f"{out.name}: embeddings are written as {', '.join(SUFFIXES)}; choose one of these endings")
        return None
    if f".{kind}" not in SUFFIXES:
        raise UserError(f"--format {kind}: embeddings are written as npy, csv or json")
    return as_folder(out)


def _place(wanted: Path, encoder: str, photograph: Photograph, face: Face) -> Path:
    """The file that takes an embedding: a number is added to its name where that holds one of another face."""
    for number in itertools.count(1):
        place = wanted if number == 1 else wanted.with_name(fitting_name(wanted.stem, f"-{number}{wanted.suffix}"))
        if not place.exists() or _is_of(place, encoder, photograph, face):
            if number > 1:
                say(f"{wanted} holds another embedding, which stays: that of {photograph.name} is in {place}")
            return place
    raise AssertionError("numbers do not end")


def _is_of(file: Path, encoder: str, photograph: Photograph, face: Face) -> bool:
    """Whether a file holds the embedding of this very face, by the record beside it."""
    from explorer.studio.export.provenance import read_provenance, sidecar

    try:
        record = read_provenance(sidecar(file))
    except UserError:
        return False
    source = record.get("source")
    return (
        isinstance(source, dict)
        and source.get("sha256") == photograph.sha256
        and (record.get("encoder"), record.get("points")) == (encoder, face.points.tolist())
    )

"""`likeness embed PHOTO...`: compute identity embeddings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from explorer.science.names import shown
from explorer.studio.commands._faces import PointsOption, placed_points
from explorer.studio.errors import UserError
from explorer.studio.faces.vectors import SUFFIXES, Vector
from explorer.studio.files import fitting_name
from explorer.studio.places import private_folder


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
    from explorer.studio.faces.vector_export import export_vector
    from explorer.studio.inversion.targets import open_photograph

    known_encoder(encoder)
    placed = placed_points(points, photos, face)
    files = _files(photos, out, kind)
    networks = Networks(best_device())
    recogniser = networks.recogniser(encoder)
    records: list[dict[str, Any]] = []
    for path, file in zip(photos, files, strict=True):
        photograph, chosen = open_photograph(networks, path, face, placed)
        vector: Vector = embed_face(recogniser, photograph, chosen).numpy()
        record = {
            "photograph": photograph.name,
            "sha256": photograph.sha256,
            "encoder": encoder,
            "dimension": len(vector),
            "norm": float(np.linalg.norm(vector)),
            "points": chosen.points.tolist(),
            "points_by_hand": chosen.by_hand,
        }
        if file is not None:
            if file != out:
                private_folder(file.parent)
            record["file"] = str(export_vector(file, vector, encoder, photograph, chosen)[0])
        elif as_json:
            record["vector"] = vector.tolist()
        records.append(record)
    if as_json:
        typer.echo(json.dumps(records, indent=2))
        return
    for record in records:
        where = f", written to {shown(record['file'])}" if "file" in record else ""
        typer.echo(
            f"{record['photograph']}: {record['dimension']} numbers of {encoder}, norm {record['norm']:.4f}{where}"
        )


def _files(photos: list[Path], out: Path | None, kind: str) -> list[Path | None]:
    """Where each photograph's embedding goes: one file, or files in a folder."""
    if out is None:
        return [None] * len(photos)
    if out.suffix and not out.is_dir():
        if len(photos) > 1:
            raise UserError(f"{out.name} holds one embedding, but there are {len(photos)} photographs: give a folder")
        if out.suffix.lower() not in SUFFIXES:
            raise UserError(f"{out.name}: embeddings are written as {', '.join(SUFFIXES)}; choose one of these endings")
        return [out]
    if f".{kind}" not in SUFFIXES:
        raise UserError(f"--format {kind}: embeddings are written as npy, csv or json")
    files = [out / fitting_name(shown(photo.stem), f".{kind}") for photo in photos]
    if len(set(files)) < len(files):
        raise UserError("two photographs have the same name, and so would their embeddings: give them one at a time")
    return list(files)

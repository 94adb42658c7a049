"""`likeness probe PHOTO|VECTOR...`: read what an embedding gives away besides identity."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.studio.commands._faces import PointsOption, placed_points
from explorer.studio.vectors import is_vector_file, read_vector

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.science.leakage.readout import Readout
    from explorer.studio.networks import Networks


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("probe")(probe)


def probe(
    sources: Annotated[list[Path], typer.Argument(metavar="PHOTO|VECTOR...", help="Photographs, or bare embeddings.")],
    encoder: Annotated[str, typer.Option(help="Whose embedding is read; a bare one must be its.")] = "arcface-mbf",
    face: Annotated[int | None, typer.Option(min=1, help="Which face, from 1. [default: the most prominent]")] = None,
    points: PointsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, landmarks and histograms included.")] = False,
) -> None:
    """Read from an embedding alone whether its face smiles, wears glasses or a hat, its age, pose, landmarks, colours.

    A photograph is embedded first, and only the embedding is read. Beside each answer stand the chance of being right
    without looking, and how good the probe is on unseen generated faces and on photographs.
    """
    from explorer.studio.networks import Networks, best_device
    from explorer.studio.probing import load_probes, readout_record

    probes = load_probes(encoder)
    placed = placed_points(points, sources, face)
    networks = Networks(best_device())
    records: list[dict[str, Any]] = []
    for source in sources:
        embedding, record = _opened(networks, source, encoder, face, placed)
        readouts = probes.read(embedding)
        if as_json:
            records.append(record | {"encoder": encoder, "readouts": [readout_record(one) for one in readouts]})
        else:
            _say(source.name, encoder, readouts)
    if as_json:
        typer.echo(json.dumps(records, indent=2))


def _opened(
    networks: Networks, source: Path, encoder: str, face: int | None, points: list[tuple[float, float]] | None
) -> tuple[Tensor, dict[str, Any]]:
    """The embedding of a source, and what names the source."""
    import torch

    from explorer.science.evaluation.scoring import embed_face
    from explorer.studio.networks import known_encoder
    from explorer.studio.targets import open_photograph

    if is_vector_file(source):
        values, digest = read_vector(source, known_encoder(encoder).dimension, encoder)
        return torch.from_numpy(values), {"source": source.name, "sha256": digest}
    photograph, chosen = open_photograph(networks, source, face, points)
    embedding = embed_face(networks.recogniser(encoder), photograph, chosen)
    return embedding, {"source": photograph.name, "sha256": photograph.sha256}


def _say(name: str, encoder: str, readouts: list[Readout]) -> None:
    typer.echo(f"{name}, as {encoder} sees it")
    for one in readouts:
        typer.echo(f"  {one.title:<11} {_answer(one)}")
        for where, quality in (("generated faces", one.test), ("photographs", one.portraits)):
            if quality is not None:
                typer.echo(f"  {'':<11}   on {where}: {quality.words()}")
    typer.echo(f"  Labels by {', '.join(dict.fromkeys(one.labeller for one in readouts))}.")
    typer.echo(f"  Calibrated on {readouts[0].calibrated_on}.")


def _answer(readout: Readout) -> str:
    if readout.probability is not None and readout.chance is not None:
        return f"{readout.text}, {100 * readout.probability:.0f} % (chance {100 * readout.chance:.0f} %)"
    margin = "" if readout.margin is None else f", nine in ten within {readout.margin:.1f} {readout.unit}"
    return f"{readout.text}{margin}"

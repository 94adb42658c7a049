"""`likeness compare A B...`: how alike faces are under every encoder, and what that is worth."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.studio.commands._encoders import say_missing_encoders
from explorer.studio.commands._sources import Sources, refuse_folder, say_others
from explorer.studio.errors import UserError
from explorer.studio.faces.vectors import READ_SUFFIXES, is_vector_file

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.studio.catalogue.networks import Networks


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compare")(compare)


@dataclass(frozen=True, eq=False)
class _Item:
    """A photograph's face or a bare vector, embedded: (D,) by encoder."""

    name: str
    sha256: str
    embeddings: Mapping[str, Tensor]


def compare(
    inputs: Annotated[
        list[Path],
        typer.Argument(help=f"Photographs, or embeddings ({', '.join(READ_SUFFIXES)}).", metavar="A B..."),
    ],
    encoder: Annotated[
        str | None, typer.Option(help="The encoder of embeddings whose file does not name it; compare under it alone.")
    ] = None,
    face: Annotated[
        list[int] | None,
        typer.Option(
            help="Which face, numbered as by `likeness faces`; once for each photograph, in their order.", min=1
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Compare faces with each other, pair by pair, under every encoder.

    Beside each score stand the encoder's threshold (at a false match rate, FMR, of 1e-3 on generated impostors), on
    which side of it the score lies, and the FMR at which the score would just pass.
    """
    from explorer.studio.catalogue.networks import Networks, best_device

    if len(inputs) < 2:
        raise UserError("comparing takes at least two photographs or embeddings")
    networks = Networks(best_device())
    if encoder is None and not all(map(is_vector_file, inputs)):
        say_missing_encoders()
    numbers = iter(face or [])
    sources, items = Sources("name"), list[_Item]()
    for path in inputs:
        number = None if is_vector_file(path) else next(numbers, None)
        with sources.each(path):
            refuse_folder(path)
            vector = is_vector_file(path)
            items.append(_open_vector(path, encoder) if vector else _open_photograph(path, encoder, number, networks))
    pairs: list[dict[str, Any]] = []
    for one, other in itertools.combinations(items, 2):
        with sources.each(Path(f"{one.name} and {other.name}")):
            pairs.append({"a": one.name, "b": other.name, "scores": _scores(one, other, networks)})
    if as_json:
        known = [{"name": item.name, "sha256": item.sha256, "encoders": [*item.embeddings]} for item in items]
        typer.echo(json.dumps({"inputs": known, "pairs": pairs, "failed": sources.records}, indent=2))
    else:
        _print(pairs)
    sources.end()


def _print(pairs: list[dict[str, Any]]) -> None:
    for pair in pairs:
        typer.echo(f"{pair['a']} and {pair['b']}")
        for score in pair["scores"]:
            typer.echo(f"  {_line(score)}")


def _open_photograph(path: Path, encoder: str | None, number: int | None, networks: Networks) -> _Item:
    from explorer.science.evaluation.scoring import embed_face
    from explorer.studio.catalogue.encoders import present_encoders
    from explorer.studio.inversion.targets import open_photograph

    photograph, chosen = open_photograph(networks, path, number, others=say_others)
    encoders = present_encoders() if encoder is None else (encoder,)
    embeddings = {name: embed_face(networks.recogniser(name), photograph, chosen) for name in encoders}
    return _Item(photograph.name, photograph.sha256, embeddings)


def _open_vector(path: Path, encoder: str | None) -> _Item:
    import torch

    from explorer.studio.faces.vector_encoder import open_vector

    opened = open_vector(path, encoder)
    typer.echo(opened.words, err=True)
    return _Item(opened.name, opened.sha256, {opened.encoder: torch.from_numpy(opened.vector)})


def _scores(one: _Item, other: _Item, networks: Networks) -> list[dict[str, Any]]:
    """What every encoder that knows both says of them. Nothing is searched for, so that there is no rank."""
    from explorer.science.evaluation.scoring import judge
    from explorer.science.recognition.registry import encoder_spec

    common = [encoder for encoder in one.embeddings if encoder in other.embeddings]
    if not common:
        raise UserError(f"{one.name} and {other.name} are embeddings of different encoders and cannot be compared")
    return [
        judge(
            encoder_spec(encoder),
            networks.calibration(encoder),
            one.embeddings[encoder],
            other.embeddings[encoder],
            attacked=False,
        ).model_dump(exclude={"attacked", "rank", "gallery"})
        for encoder in common
    ]


def _line(score: dict[str, Any]) -> str:
    from explorer.science.evaluation.score import verdict, without_statistics

    measure = "cosine  " if score["measure"] == "cosine" else "distance"
    own = ""
    if score["own_threshold"] is not None:
        own = f"; makers' threshold {score['own_threshold']:g}: {'passes' if score['passes_own'] else 'does not pass'}"
    figures = f"{score['encoder']:<12} {measure} {score['score']:6.3f}"
    if score["threshold"] is None:
        return f"{figures}: {without_statistics(score['encoder'])}{own}"
    said = verdict(score["measure"], score["passes"])
    rate = f"FMR {score['fmr']:.1e}" if score["fmr"] else f"FMR below {score['fmr_resolution']:.1e}"
    return f"{figures}, threshold {score['threshold']:6.3f}: {said}, {rate}{own}"

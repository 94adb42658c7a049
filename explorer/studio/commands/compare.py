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
from explorer.studio.commands._standing import name_width, threshold_lines
from explorer.studio.errors import UserError
from explorer.studio.faces.vectors import READ_SUFFIXES, is_vector_file

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.science.evaluation.score import EncoderScore
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


@dataclass(frozen=True, eq=False)
class _Pair:
    """What each encoder says of two items. Nothing is searched for, so that their ranks mean nothing."""

    one: str
    other: str
    scores: list[EncoderScore]

    def record(self) -> dict[str, Any]:
        """For --json."""
        left_out = {"attacked", "rank", "gallery"}
        scores = [score.model_dump(mode="json", exclude=left_out) for score in self.scores]
        return {"a": self.one, "b": self.other, "scores": scores}


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
    which side of it the score lies, and the FMR at which the score would just pass; below, which share of strangers
    on photographs passes each threshold.
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
    pairs = list[_Pair]()
    for one, other in itertools.combinations(items, 2):
        with sources.each(Path(f"{one.name} and {other.name}")):
            pairs.append(_Pair(one.name, other.name, _scores(one, other, networks)))
    if as_json:
        known = [{"name": item.name, "sha256": item.sha256, "encoders": [*item.embeddings]} for item in items]
        told = [pair.record() for pair in pairs]
        typer.echo(json.dumps({"inputs": known, "pairs": told, "failed": sources.records}, indent=2))
    else:
        _print(pairs)
    sources.end()


def _print(pairs: list[_Pair]) -> None:
    for pair in pairs:
        typer.echo(f"{pair.one} and {pair.other}")
        width = name_width(pair.scores)
        for score in pair.scores:
            typer.echo(f"  {_line(score, width)}")
    # What strangers do at a threshold is the same for every pair.
    for line in threshold_lines({score.encoder: score for pair in pairs for score in pair.scores}.values()):
        typer.echo(line)


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


def _scores(one: _Item, other: _Item, networks: Networks) -> list[EncoderScore]:
    """What every encoder that knows both says of them."""
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
        )
        for encoder in common
    ]


def _line(score: EncoderScore, width: int) -> str:
    from explorer.science.evaluation.score import verdict, without_statistics

    measure = "cosine  " if score.measure == "cosine" else "distance"
    own = ""
    if score.own_threshold is not None:
        own = f"; makers' threshold {score.own_threshold:g}: {'passes' if score.passes_own else 'does not pass'}"
    figures = f"{score.encoder:<{width}} {measure} {score.score:6.3f}"
    standing = score.standing
    if standing is None:
        return f"{figures}: {without_statistics(score.encoder)}{own}"
    said = verdict(score.measure, standing.passes)
    rate = f"FMR {standing.fmr:.1e}" if standing.fmr else f"FMR below {standing.fmr_resolution:.1e}"
    return f"{figures}, threshold {standing.threshold:6.3f}: {said}, {rate}{own}"

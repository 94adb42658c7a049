"""`likeness evaluate wplus`: how near the inversion of photographs themselves comes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from explorer.science.evaluation.same_person import Estimate
from explorer.science.inversion.presets import PHOTOGRAPH
from explorer.science.names import shown
from explorer.studio.catalogue.networks import Networks, attacked_encoder
from explorer.studio.catalogue.photograph_encoders import load_photograph_encoder
from explorer.studio.commands._running import run_with_progress
from explorer.studio.commands._sources import Sources
from explorer.studio.commands._train_decoder import bar
from explorer.studio.errors import UserError
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.wplus_judged import (
    GENERATED,
    JudgedFace,
    WplusTable,
    faces_of,
    generated_faces,
    judge_by_descent,
    table_of,
)

FACES, STEPS = 40, 60


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness evaluate`."""
    evaluate.command("wplus", no_args_is_help=True)(wplus)


def wplus(
    sets: Annotated[
        list[str],
        typer.Argument(
            metavar="SET...",
            help="generated (faces that nothing was learnt from), openpeople, orl, or a folder that holds one for each "
            "person.",
        ),
    ],
    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The encoder into W+. [default: the program's, else the mean face]"),
    ] = None,
    faces: Annotated[int, typer.Option(min=1, help="Faces of each set at most, spread over it.")] = FACES,
    steps: Annotated[int, typer.Option(min=1, max=5000, help="Steps of descent behind the answer.")] = STEPS,
    encoder: Annotated[
        str, typer.Option(help="Who the face shall be to; it takes no part in judging.")
    ] = "arcface-mbf",
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Judge the inversion of photographs themselves, in one pass and after descent: LPIPS, held-out cosine, seconds.

    Where no encoder into W+ was trained, descent begins with the mean face, and one pass is that.
    """
    if file is not None:
        require_answers(file)
    networks = Networks(device)
    with Sources("set", as_json=as_json) as done:
        for name in sets:
            with done.each(name):
                table = wplus_table(networks, name, faces, steps, attacked_encoder(encoder).id, file)
                done.records.append(table.model_dump(mode="json"))
                if not as_json:
                    typer.echo(as_text(table))


def require_answers(file: Path) -> None:
    """Check that a file's encoder leads into the space in which photographs are inverted.

    Raises:
        UserError: it is missing, damaged, or another generator's.
    """
    record, generator = load_photograph_encoder(file)[1], PHOTOGRAPH.with_choices({}, {}).generator
    if record.generator != generator:
        raise UserError(f"{shown(file)} answers latents of {record.generator}, and {generator} is judged: give another")


def wplus_table(
    networks: Networks, name: str, most: int, steps: int, encoder: str, file: Path | None = None
) -> WplusTable:
    """Judge a set.

    Args:
        file: of the encoder into W+; the program's if None.

    Raises:
        UserError: there is no such set, or no usable face in it.
        MissingNetwork: the named set, or a network, is not in the cache.
    """
    settings = PHOTOGRAPH.with_choices({"encoder": encoder, "steps": steps}, {})
    settings = settings.model_copy(update={"score_every": 1000})
    photographs = None if name == GENERATED else photograph_set(name)
    listed = generated_faces(networks, most) if photographs is None else faces_of(networks, photographs, most)
    found, begun = list[JudgedFace](), "mean"
    consume = partial(run_with_progress, title=name, settings=settings)
    with bar(name) as step:
        for one, origin in judge_by_descent(networks, listed, settings, consume, file):
            found.append(one)
            begun = origin
            step(len(found), most)
    credit = "" if photographs is None else photographs.credit
    return table_of(name if photographs is None else photographs.name, found, begun, steps, credit)


def as_text(table: WplusTable) -> str:
    """A table in aligned columns: a line a measure, a column a way."""
    begun = "the encoder's answer" if table.begun_from == "photograph" else "the mean face: no encoder is trained"
    lines = [f"{table.set}: {table.faces} faces of {table.people} people, begun from {begun}"]
    lines.append(f"  {'':<20}" + "".join(f"{way:>26}" for way in table.ways))
    measures = dict.fromkeys(name for way in table.ways.values() for name in way)
    lines += [
        f"  {name:<20}" + "".join(f"{_words(way.get(name)):>26}" for way in table.ways.values()) for name in measures
    ]
    lines.append(
        "  In brackets 95 % by person; the held-out cosine is the mean of the encoders that compare by cosine."
    )
    return "\n".join([*lines, *([f"  {table.credit}."] if table.credit else [])])


def _words(one: Estimate | None) -> str:
    if one is None:
        return "–"
    return f"{one.value:.3f}" if one.low is None else f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"

"""`likeness generators import FILE | list | remove NAME`: generators of your own, to draw the faces of inversions."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.science.generation.registry import DEFAULT_GENERATOR, GENERATORS
from explorer.science.names import shown
from explorer.studio.catalogue.generators import (
    NO_LICENCE,
    GeneratorCard,
    PointsFound,
    brought_generators,
    import_generator,
    register_brought,
    remove_generator,
)
from explorer.studio.errors import UserError

if TYPE_CHECKING:
    from explorer.science.generation.generator import Generator

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]

generators = typer.Typer(help="Generators of your own: import, list, remove.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.add_typer(generators, name="generators")


@generators.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="NVIDIA's .pkl, rosinality's .pt, or a DCGAN's weights.")],
    licence: Annotated[str | None, typer.Option(help="Its terms, in your words; asked for where left out.")] = None,
    name: Annotated[str | None, typer.Option(help="Under which it is known. [default: from the file's name]")] = None,
    points: Annotated[bool, typer.Option(help="Draw a few faces, and find where they lie in its images.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Bring a generator: StyleGAN2, StyleGAN2-ADA, StyleGAN3-T or -R, or DCGAN, without labels.

    Nothing that the file holds is run: only its tensors and what it was made with are read. What they make is kept in a
    folder of your own, and is from then on a choice of --generator, in the window, and for the library.
    """
    if licence is None and sys.stdin.isatty():
        licence = typer.prompt("Under which terms may this generator be used?", err=True)
    if not (licence or "").strip():
        raise UserError(f"{NO_LICENCE} (--licence)")
    card = import_generator(file, licence or "", name, _points_of if points else None)
    if as_json:
        typer.echo(card.model_dump_json(indent=2))
        return
    typer.echo(_described(card))
    typer.echo(f"    kept: {shown(card.place)}; draw with it: likeness invert ... --generator {card.id}")


@generators.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the generators: the program's own, and those that were imported."""
    register_brought()
    cards = {card.id: card for card in brought_generators()}
    if as_json:
        own = [card.model_dump(mode="json") | {"path": str(card.place)} for card in cards.values()]
        typer.echo(
            json.dumps({"built_in": [one for one in GENERATORS.names() if one not in cards], "own": own}, indent=2)
        )
        return
    for one in GENERATORS.names():
        if one in cards:
            typer.echo(_described(cards[one]))
        else:
            spec = GENERATORS[one].spec
            usual = ", the default" if one == DEFAULT_GENERATOR else ""
            typer.echo(f"{one}: {spec.title}, {spec.resolution} px{usual}")


@generators.command()
def remove(name: Annotated[str, typer.Argument(help="Its name; `likeness generators list` shows them.")]) -> None:
    """Remove a generator that was imported. What was made with it stays, and cannot be made again without it."""
    card = remove_generator(name)
    typer.echo(f"{card.id} is removed; it came from {shown(card.source)}")


def _points_of(generator: Generator) -> PointsFound:
    from explorer.studio.catalogue.face_points import points_where_possible  # brings torch

    return points_where_possible(generator, lambda said: typer.echo(f"note: {said}", err=True))


def _described(card: GeneratorCard) -> str:
    return f"{card.id}: {'; '.join(card.facts)}\n    {card.origin}"

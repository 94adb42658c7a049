"""`likeness networks import FILE | list | remove NAME | export`: encoders of your own, and one that is debiased."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.science.names import shown
from explorer.studio.catalogue.brought_encoders import (
    EncoderCard,
    brought_encoders,
    register_brought_encoders,
)
from explorer.studio.catalogue.image_encoders import image_encoders, keep_image_encoder, remove_image_encoder
from explorer.studio.commands._networks_export import export
from explorer.studio.errors import UserError

if TYPE_CHECKING:
    from explorer.studio.bringing.faces import FacesOfPeople
    from explorer.studio.bringing.tried import TriedNetwork
    from explorer.studio.bringing.wishes import Wishes
    from explorer.studio.evaluation.photograph_sets import PhotographSet

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
_WISHES, _MEASURING = "How it wants its faces (found out where left open)", "On whom it is measured"

networks = typer.Typer(help="Encoders of your own: import, list, remove.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.add_typer(networks, name="networks")


networks.command("export")(export)


@networks.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="ONNX, PyTorch's tensors, Keras .h5, TensorFlow.js or TensorFlow Lite.")],
    licence: Annotated[str | None, typer.Option(help="Its terms, in your words; asked for where left out.")] = None,
    name: Annotated[str | None, typer.Option(help="Under which it is known. [default: from the file's name]")] = None,
    commercial: Annotated[bool, typer.Option("--commercial", help="Its terms allow commercial use.")] = False,
    layer: Annotated[str | None, typer.Option(help="Which layer makes the embedding. [default: its own]")] = None,
    template: Annotated[
        str | None,
        typer.Option(help="arcface, box, box:1.2 (a box so many times as large), or frame.", rich_help_panel=_WISHES),
    ] = None,
    size: Annotated[str | None, typer.Option(help="Such as 112 or 112x96.", rich_help_panel=_WISHES)] = None,
    colour: Annotated[str | None, typer.Option(help="rgb or bgr.", rich_help_panel=_WISHES)] = None,
    normalisation: Annotated[
        str | None,
        typer.Option(help="127.5, 128, unit, raw, per-image, vggface2 or caffe.", rich_help_panel=_WISHES),
    ] = None,
    similarity: Annotated[str | None, typer.Option(help="cosine or euclidean.", rich_help_panel=_WISHES)] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            help="Its makers' own threshold, in units of its similarity, said beside that which is measured.",
            rich_help_panel=_WISHES,
        ),
    ] = None,
    choose: Annotated[
        int | None, typer.Option(min=1, help="Take this line of the table, not the first.", rich_help_panel=_WISHES)
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--people",
            metavar="SET",
            help="openpeople, orl, or a folder with a folder of photographs for each person; may be repeated, and the "
            "first decides. [default: openpeople, and orl where it is here]",
            rich_help_panel=_MEASURING,
        ),
    ] = None,
    gallery: Annotated[
        bool, typer.Option(help="Embed generated faces, for verdicts and ranks.", rich_help_panel=_MEASURING)
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Bring an encoder: how it wants its faces is found out on photographs of known people, and shown as a table.

    A process of its own, with little memory, reads the file; nothing that it holds is run but its arithmetic. A network
    by which the same person is no nearer than others is refused. What is kept lies in a folder of your own, and is from
    then on a choice of --encoder, in the window, and for the library. An image encoder of pSp, e4e or ReStyle, which
    tells the latent of a photograph, is kept for `explorer.studio.inversion.photograph_latents` of the library.
    """
    from explorer.science.generation.brought.image_encoder_files import is_image_encoder
    from explorer.studio.bringing.faces import faces_of, known_sets
    from explorer.studio.bringing.keeping import checked, drawing, keep_network
    from explorer.studio.bringing.tried import Naming
    from explorer.studio.bringing.trying import try_network
    from explorer.studio.bringing.words import card_words, description_words, rows_of, table
    from explorer.studio.catalogue.networks import Networks

    wishes = _wishes(template, size, colour, normalisation, similarity)
    if licence is None and sys.stdin.isatty():
        licence = typer.prompt("Under which terms may this network be used?", err=True)
    file.stat()
    if is_image_encoder(file):
        _import_image_encoder(file, licence or "", name, as_json)
        return
    naming = Naming(licence or "", name, commercial, threshold)
    checked(naming, file)
    loaded, (first, *others) = Networks("cpu"), known_sets(sets or ())
    with _progress() as tell:

        def found(one: PhotographSet) -> FacesOfPeople:
            return faces_of(one, loaded.detector(), tell, lambda: False)

        people: list[FacesOfPeople] = []

        def find_first() -> FacesOfPeople:
            people.append(found(first))
            return people[0]

        tried = try_network(file, layer, find_first, wishes, tell)
        people += map(found, others)
    if not as_json:
        typer.echo(f"{shown(file)}: {description_words(tried)}")
        typer.echo(table(tried))
    line = _chosen(tried, choose, as_json)
    drawn = drawing(loaded) if gallery else None
    with _progress() as tell:
        card = keep_network(tried, tried.table[line - 1].convention, naming, people, drawn, tell)
    if as_json:
        typer.echo(json.dumps(_record(card) | {"table": rows_of(tried.table), "chosen": line}, indent=2))
        return
    typer.echo(card_words(card))
    typer.echo(f"    kept: {shown(card.text)}; try it: likeness embed face.jpg --encoder {card.id}")


@networks.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the encoders: the program's own, and those that were imported."""
    register_brought_encoders()
    from explorer.science.recognition.registry import ENCODERS
    from explorer.studio.bringing.words import card_words

    cards = {card.id: card for card in brought_encoders()}
    if as_json:
        built_in = [one for one in ENCODERS.names() if one not in cards]
        own, images = (
            [_record(card) for card in cards.values()],
            [one.model_dump(mode="json") for one in image_encoders()],
        )
        typer.echo(json.dumps({"built_in": built_in, "own": own, "image_encoders": images}, indent=2))
        return
    for one in ENCODERS.names():
        if one in cards:
            typer.echo(card_words(cards[one]))
            fault = cards[one].kept.fault()
            if fault:
                typer.echo(f"    cannot be used ({fault}): {cards[one].kept.mended_by()}")
        else:
            spec = ENCODERS[one].spec
            typer.echo(f"{one}: {spec.title}, {spec.dimension} numbers, {spec.measure}")
    for image_encoder in image_encoders():
        typer.echo(image_encoder.words)


@networks.command()
def remove(
    name: Annotated[str, typer.Argument(help="Its name; `likeness networks list` shows them.")],
    as_json: JsonOption = False,
) -> None:
    """Remove a network that was imported. What was made with it stays, and cannot be made again without it."""
    from explorer.studio.bringing.removing import remove_network

    images = {one.id for one in image_encoders()}
    card = remove_image_encoder(name) if name in images else remove_network(name)
    typer.echo(
        json.dumps({"removed": card.id}) if as_json else f"{card.id} is removed; it came from {shown(card.source)}"
    )


def _import_image_encoder(file: Path, licence: str, name: str | None, as_json: bool) -> None:
    """Keep an encoder that tells the latent of a photograph: no faces are tried, as it embeds none."""
    card = keep_image_encoder(file, licence, name)
    if as_json:
        typer.echo(card.model_dump_json(indent=2))
        return
    typer.echo(card.words)
    typer.echo(f"    kept: {shown(card.place)}; use it: explorer.studio.inversion.photograph_latents.reconstruct")


def _wishes(
    template: str | None, size: str | None, colour: str | None, normalisation: str | None, similarity: str | None
) -> Wishes:
    from explorer.studio.bringing.wishes import NORMALISATION_WORDS, Wishes

    framing, margin = _template(template)
    return Wishes(
        framing=framing,
        margin=margin,
        size=_size(size),
        colour=_one_of("--colour", colour, {"rgb": "RGB", "bgr": "BGR"}),
        normalisation=_one_of("--normalisation", normalisation, {one: one for one in NORMALISATION_WORDS}),
        measure=_one_of("--similarity", similarity, {"cosine": "cosine", "euclidean": "euclidean"}),
    )


def _one_of(option: str, given: str | None, known: dict[str, str]) -> str | None:
    if given is None:
        return None
    if given.lower() not in known:
        raise UserError(f"{option} {given}: take one of {', '.join(known)}")
    return known[given.lower()]


def _template(given: str | None) -> tuple[str | None, float | None]:
    kind, _, factor = (given or "").partition(":")
    framing = _one_of("--template", kind or None, {"arcface": "arcface", "box": "square-box", "frame": "whole-frame"})
    if not factor:
        return framing, None
    try:
        margin = float(factor)
    except ValueError:
        margin = 0.0
    if framing != "square-box" or not 0.5 <= margin <= 3:
        raise UserError(f"--template {given}: only a box has a factor, from 0.5 to 3, as in box:1.2")
    return framing, margin


def _size(given: str | None) -> tuple[int, int] | None:
    if given is None:
        return None
    rows, _, columns = given.lower().partition("x")
    try:
        return int(rows), int(columns or rows)
    except ValueError:
        raise UserError(f"--size {given}: give pixels, as in 112 or 112x96 (rows x columns)") from None


def _chosen(tried: TriedNetwork, choose: int | None, as_json: bool) -> int:
    """Which line of the table is taken: the one that the user says, else the first."""
    if choose is None and not as_json and sys.stdin.isatty():
        choose = typer.prompt("Which line is to be taken?", default=1, type=int, err=True)
    if choose is None:
        return 1
    if not 1 <= choose <= len(tried.table):
        raise UserError(f"there is no line {choose} in the table: choose 1 to {len(tried.table)}")
    return choose


def _record(card: EncoderCard) -> dict[str, Any]:
    return card.model_dump(mode="json") | {"path": str(card.kept.files[0]), "card": str(card.text)}


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on a terminal, which is told what is done and how far that is."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda said, done, total: bar.update(task, description=said, completed=done, total=total or None)

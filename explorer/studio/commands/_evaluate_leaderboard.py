"""`likeness evaluate leaderboard`: every encoder by every leak, as a page and a document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from explorer.science.inversion.settings import InversionSettings
from explorer.science.names import shown
from explorer.studio import places
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.commands._encoders import say_missing_encoders
from explorer.studio.commands._evaluate_inversion import refuse_within
from explorer.studio.commands._running import chosen_device
from explorer.studio.errors import UserError
from explorer.studio.leaderboard.leaks import LEAKS
from explorer.studio.leaderboard.running import Wanted, measure_board, opened
from explorer.studio.leaderboard.writing import write_board
from explorer.studio.outputs import alone_in, as_folder
from explorer.studio.reproducing.kinds import command_record

_LOCK = ".leaderboard.lock"


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness evaluate`."""
    evaluate.command("leaderboard", no_args_is_help=True)(leaderboard)


def leaderboard(
    sets: Annotated[
        list[str],
        typer.Argument(
            metavar="FOLDER...", help="orl, openpeople, or a folder that holds a folder of photographs for each person."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for leaderboard.html, leaderboard.pdf and leaderboard.json.")],
    work: Annotated[
        Path | None, typer.Option(help="Folder that keeps every piece that was measured. [default: in --out]")
    ] = None,
    encoder: Annotated[list[str] | None, typer.Option(help="Only this encoder; may be repeated.")] = None,
    blackbox: Annotated[
        list[str] | None, typer.Option(metavar="URL", help="Also a row for this black box; may be repeated.")
    ] = None,
    leak: Annotated[
        list[str] | None, typer.Option(help=f"Only this one, of {', '.join(LEAKS)}; may be repeated.")
    ] = None,
    portraits: Annotated[int, typer.Option(min=1, help="How many photographs of a set each encoder inverts.")] = 10,
    people: Annotated[int | None, typer.Option(min=1, help="Only so many people of each set. [default: all]")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Of each inversion. [default: the usual]")] = None,
    starts: Annotated[int | None, typer.Option(min=1, help="Of each inversion. [default: the usual]")] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, ... [default: CUDA where there is one]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the board as JSON.")] = False,
) -> None:
    """Hold encoders against each other by all that their vectors give away: one page, and a PDF.

    Leaks: what probes read off the vector, what labellers read off a face made of it, how often that face is accepted
    (FMR 0.001, the same photograph and another one of the person), what averaging photographs gains, what turning a
    face and mapping it back leaves, and FGSM. Each number has a 95 % interval by person and what chance reaches; where
    there is none, the reason. Pictures stand on the page of synthetic people alone. Every piece is kept as it is done:
    Ctrl+C loses one at most, and the same command goes on.
    """
    if unknown := [name for name in leak or () if name not in LEAKS]:
        raise UserError(f"--leak {', '.join(unknown)}: the leaks are {', '.join(LEAKS)}")
    as_folder(out)
    for name in sets:
        refuse_within(out, name)
        if work is not None:
            refuse_within(work, name)
    opened(sets)
    encoders = tuple(known_encoder(one).id for one in encoder) if encoder else present_encoders()
    if not encoder:
        say_missing_encoders()
    chosen = {"steps": steps, "starts": starts}
    settings = InversionSettings.model_validate({name: one for name, one in chosen.items() if one is not None})
    leaks = tuple(name for name in LEAKS if not leak or name in leak)
    every = tuple(dict.fromkeys((*encoders, *(blackbox or ()))))
    wanted = Wanted(tuple(dict.fromkeys(sets)), every, leaks, portraits, people, settings)
    networks = Networks(chosen_device(device))
    options = {
        **{"encoder": encoder, "blackbox": blackbox, "leak": leak, "people": people, **chosen},
        "portraits": None if portraits == 10 else portraits,
        "out": "DIR",
    }
    kept = out / "work" if work is None else work
    with places.output_folder(out), places.output_folder(kept), alone_in(kept, _LOCK, "another leaderboard"):
        board = measure_board(networks, wanted, kept, lambda what: typer.echo(what, err=True))
        written = write_board(board, out, command_record("evaluate leaderboard", sets, options))
    if as_json:
        typer.echo(json.dumps({**board.model_dump(mode="json"), "files": [str(path) for path in written]}, indent=2))
        return
    typer.echo(
        f"{len(board.encoders)} encoders, {len(board.sets)} sets: {board.made} pieces measured, {board.kept} kept"
    )
    for path in written:
        typer.echo(f"  {shown(path)}")

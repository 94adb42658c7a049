"""`likeness evaluate debiased`: table 3.2 of the thesis, and whether probes that are trained afresh still read."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from explorer.science.evaluation.accepting import PairsError
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._sources import Sources
from explorer.studio.commands._train_decoder import bar
from explorer.studio.errors import UserError
from explorer.studio.laboratory.debiased_files import before_and_after
from explorer.studio.laboratory.debiased_judged import (
    AFTER,
    BEFORE,
    leak_lines,
    leaks_of,
    see_people,
    verified_among,
    verified_line,
    verified_on,
)
from explorer.studio.places import private_folder
from explorer.studio.populations.debiasing_material import people_material


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness evaluate`."""
    evaluate.command("debiased")(debiased)


def debiased(
    sets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SET]...",
            help="Verify people of orl, openpeople, or a folder that holds one for each person, whose pairs.txt is "
            "followed where it has one as LFW; with +noise, +blur or +32px behind it photographs are made worse.",
        ),
    ] = None,
    people: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Train probes afresh on these people, as `train debiased` takes them."),
    ] = None,
    work: Annotated[Path | None, typer.Option(help="Folder in which what is seen of --people is kept.")] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A debiased encoder of this file. [default: the program's own]")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Hold a debiased encoder against what it was made of: TPR at FPR 1e-3, and what fresh probes tell.

    Probes are linear, of three layers of 256, or nearest neighbours; the best of them counts. They are judged on people
    whom neither they nor the encoder has learnt. Intervals are by person.
    """
    if not sets and not people:
        raise UserError("name sets of people to verify, or people by --people to train probes on")
    if people and work is None:
        raise UserError("--people needs --work: a folder in which what is seen of them is kept")
    before, after, record = before_and_after(file, device)
    with Sources("set", as_json=as_json) as done:
        for name in sets or ():
            with done.each(name), bar(name) as step:
                one = verified_on(name, {BEFORE: before, AFTER: after}, Networks(device), step)
                done.records.append(one.model_dump(mode="json"))
                if not as_json:
                    typer.echo(verified_line(one))
        if people and work is not None:
            with bar("pictures") as step:
                attributes = [one.name for one in record.attributes]
                seen = people_material(people, attributes, record.encoder, private_folder(work), step, device)
            found = see_people({BEFORE: before.body, AFTER: after.body}, seen, record)
            leaks = leaks_of(found, record, lambda said: typer.echo(f"left out: {said}", err=True))
            with suppress(PairsError):  # too few people: nobody is verified among them
                among = verified_among(found, before.spec.measure)
                done.records.append(among.model_dump(mode="json"))
                if not as_json:
                    typer.echo(verified_line(among))
            done.records += [
                {"people": seen.words, **one.model_dump(mode="json"), "margin_lost": one.margin_lost} for one in leaks
            ]
            if not as_json:
                typer.echo("\n".join([seen.words, *leak_lines(leaks)]))

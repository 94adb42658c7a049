"""`likeness evaluate impostors`: how many strangers of a set of photographs pass an encoder's threshold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from explorer.science.evaluation.score import AT_THRESHOLD, GENERATED, population_title, short_rate
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.impostors import checked_name, keep_impostors
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.commands._sources import Sources, say
from explorer.studio.errors import UserError
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.strangers import (
    EncoderRow,
    MeasuredSet,
    interval_words,
    measure_generated,
    measure_set,
    rows_of,
)

_FMRS = (1e-3, 1e-4)
_MOST_SAID = 5


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness evaluate`."""
    evaluate.command("impostors", no_args_is_help=True)(impostors)


def impostors(
    sets: Annotated[
        list[str],
        typer.Argument(
            metavar="SET...",
            help="orl, openpeople, generated, or a folder that holds one folder of photographs for each person.",
        ),
    ],
    encoder: Annotated[list[str] | None, typer.Option(help="Only this encoder; may be repeated.")] = None,
    fmr: Annotated[
        list[float] | None,
        typer.Option(
            min=0, max=1, help="Also say the threshold at this FMR; may be repeated. [default: 1e-3 and 1e-4]"
        ),
    ] = None,
    each: Annotated[
        int | None, typer.Option(min=1, help="At most so many photographs of each person, the first ones.")
    ] = None,
    keep: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Keep the counts: from then on they stand beside every score, by this name."),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda, for what looks at pictures.")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Measure how many pairs of strangers pass, under every encoder, with 95 % intervals by person.

    Nothing of the photographs is kept: what --keep writes are counts of pairs at every score.
    """
    if keep is not None:
        checked_name(keep)
        if len(sets) != 1:
            raise UserError("--keep keeps the counts of one set: give one")
    networks, encoders = Networks(device), [known_encoder(one).id for one in encoder or present_encoders()]
    sources, fmrs = Sources("set"), tuple(fmr or _FMRS)
    for name in sets:
        with sources.each(Path(name)):
            measured = measured_set(name, encoders, networks, each)
            rows = rows_of(measured, networks, fmrs)
            sources.records.append(_record(measured, rows))
            if not as_json:
                typer.echo(table(measured, rows))
                _say_remarks(measured)
            if keep is not None:
                say(f"kept: {keep_impostors(keep, measured.rates)}; remove that file to have it forgotten")
    if as_json:
        typer.echo(json.dumps(sources.records, indent=2))
    sources.end()


def measured_set(name: str, encoders: Sequence[str], networks: Networks, each: int | None = None) -> MeasuredSet:
    """Measure a set by its name, with a progress bar on a terminal."""
    if name == GENERATED:
        return measure_generated(encoders, networks)
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(name, total=None)
        return measure_set(
            photograph_set(name),
            encoders,
            networks,
            lambda done, total: bar.update(task, completed=done, total=total),
            each,
        )


def table(measured: MeasuredSet, rows: Sequence[EncoderRow]) -> str:
    """What was measured, as text: a line that says of whom, and one for each encoder."""
    title = population_title(measured.name)
    lines = [
        f"{title}: {measured.photographs} photographs of {measured.people} people, "
        f"{measured.pairs:,} pairs of strangers",
        f"  {'encoder':<18} {'threshold':>9}  {'pass it':<26} {'makers':>6}  {'pass it':<26} threshold here at FMR",
    ]
    for row in rows:
        own = "–" if row.own_threshold is None else f"{row.own_threshold:g}"
        threshold = "–" if row.threshold is None else f"{row.threshold:.3f}"
        told = ", ".join(
            f"{short_rate(fmr)}: {'cannot be told' if at is None else f'{at:.3f}'}" for fmr, at in row.at.items()
        )
        lines.append(
            f"  {row.encoder:<18} {threshold:>9}  {interval_words(row.rate):<26} {own:>6}  "
            f"{interval_words(row.own_rate):<26} {told}"
        )
    lines.append(f"  threshold: the {AT_THRESHOLD}; in brackets the 95 % interval by person.")
    if any(at is None for row in rows for at in row.at.values()):
        lines.append(f"  Cannot be told: {measured.pairs:,} pairs are too few, fewer than 30 would pass.")
    return "\n".join([*lines, *([f"  {measured.credit}."] if measured.credit else [])])


def _record(measured: MeasuredSet, rows: Sequence[EncoderRow]) -> dict[str, object]:
    return {
        "set": measured.name,
        "people": measured.people,
        "photographs": measured.photographs,
        "pairs": measured.pairs,
        "credit": measured.credit,
        "remarks": list(measured.remarks),
        "encoders": [asdict(row) for row in rows],
    }


def _say_remarks(measured: MeasuredSet) -> None:
    for line in measured.remarks[:_MOST_SAID]:
        say(f"{measured.name}: {line}")
    more = len(measured.remarks) - _MOST_SAID
    if more > 0:
        say(f"{measured.name}: and {more} photographs more that cannot be used")

"""`likeness evaluate blackbox`: what attacks on a black box come to by the number of queries."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from explorer.science.inversion.settings import InversionSettings
from explorer.studio import places
from explorer.studio.blackbox.answers import Answers
from explorer.studio.blackbox.attacking import checked
from explorer.studio.blackbox.client import BlackBox
from explorer.studio.blackbox.record import AttackSettings, BlackBoxRun
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._blackbox import (
    AnewOption,
    AttackOption,
    BlackBoxOption,
    BoxOptions,
    CommandOption,
    FeedOption,
    MeasureOption,
    RateOption,
    RetriesOption,
    TimeoutOption,
    WhiteOption,
    attack_settings,
)
from explorer.studio.commands._encoders import say_missing_encoders
from explorer.studio.commands._invert_blackbox import attack_with_progress, write_attack
from explorer.studio.commands._running import chosen_device
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._sources import Sources
from explorer.studio.errors import UserError
from explorer.studio.evaluation.blackbox_curves import (
    as_text,
    attack_folder,
    attack_of,
    attacked_photographs,
    curve_rows,
    table_rows,
    target_of,
    titled,
)
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.people_inverted import first_people
from explorer.studio.evaluation.photograph_sets import SetPhotograph
from explorer.studio.export.provenance import bare_record
from explorer.studio.export.tables import write_table
from explorer.studio.files import atomic_write
from explorer.studio.outputs import alone_in, as_folder

KIND = "curves of attacks on a black box"
QUERIES = (100, 1000, 10_000)
_RECORD, _LOCK = "curves.json", ".curves.lock"


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness evaluate`."""
    evaluate.command("blackbox", no_args_is_help=True)(blackbox)


@with_settings(InversionSettings)
def blackbox(
    photographs: Annotated[
        str,
        typer.Argument(
            metavar="FOLDER", help="Holds a folder of photographs for each person; or the word openpeople, or orl."
        ),
    ],
    settings: dict[str, Any],
    out: Annotated[Path, typer.Option(help="Folder for the results; attacks that are there are not made again.")],
    queries: Annotated[
        list[int] | None,
        typer.Option(min=1, help=f"A budget to attack with; may be given several times. [default: {QUERIES}]"),
    ] = None,
    each: Annotated[int, typer.Option(min=1, help="How many photographs of each person to attack.")] = 1,
    people: Annotated[int | None, typer.Option(min=1, help="Only so many people. [default: all]")] = None,
    mark: Annotated[bool, typer.Option(help="Mark results as reconstructions.")] = True,
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, ... [default: CUDA where there is one]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON.")] = False,
    url: BlackBoxOption = None,
    command: CommandOption = None,
    feed: FeedOption = None,
    attack: AttackOption = None,
    white: WhiteOption = None,
    measure: MeasureOption = None,
    rate: RateOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = None,
    ask_anew: AnewOption = False,
) -> None:
    """Attack a black box with photographs of known people, with each of several budgets.

    Held-out encoders judge each result against its photograph, beside the nearest of the faces of the same queries.
    Writes every result with its record, table.csv, table.parquet and curves.json. All attacks share what they ask: with
    the largest budget, the smaller ones ask little more. Can be interrupted; the same command goes on.
    """
    options = BoxOptions(url, command, feed, rate, timeout, retries, ask_anew)
    options.check()
    budgets = sorted(set(queries or QUERIES))
    search = InversionSettings(**settings)
    wanted = [attack_settings(search, settings, attack, budget, white, measure) for budget in budgets]
    for one in wanted:
        checked(one, asks_target=True)
    as_folder(out)
    chosen = attacked_photographs(first_people(photograph_set(photographs), people), each)
    networks, sources = Networks(chosen_device(device)), Sources("photograph")
    say_missing_encoders()
    with (
        places.output_folder(out),
        alone_in(out, _LOCK, "another evaluation"),
        options.opened() as (box, answers),
    ):
        runs = _attacked(networks, box, answers, chosen, wanted, options, sources, out, mark)
        if not runs:
            sources.end()
            raise UserError("nothing was attacked: the set has no photographs")
        rows = curve_rows(runs)
        record = bare_record(kind=KIND, set=photographs, blackbox=box.name, each=each, people=people, budgets=budgets)
        record["versions"] = {name: version for _, run in runs for name, version in run.versions.items()}
        written = [
            path
            for name in ("table.csv", "table.parquet")
            for path in write_table(out / name, table_rows(rows), record)
        ]
        whole = record | {"rows": [row.model_dump() for row in rows], "failed": sources.records}
        written.append(atomic_write(out / _RECORD, json.dumps(whole, indent=2).encode()))
    typer.echo(json.dumps(table_rows(rows), indent=2) if as_json else as_text(rows))
    if not as_json:
        for path in written:
            typer.echo(f"  {path}")
    sources.end()


def _attacked(
    networks: Networks,
    box: BlackBox,
    answers: Answers,
    chosen: list[SetPhotograph],
    wanted: list[AttackSettings],
    options: BoxOptions,
    sources: Sources,
    out: Path,
    mark: bool,
) -> list[tuple[SetPhotograph, BlackBoxRun]]:
    """Every photograph with every budget, photograph by photograph."""
    runs = []
    for one in chosen:
        for settings in wanted:
            title = titled(one, settings.queries)
            with sources.each(title):
                run, before = attack_of(
                    one,
                    settings,
                    box.name,
                    attack_folder(out, one, settings.queries),
                    partial(_attack, networks, box, answers, one, settings, options),
                    lambda finished, folder: write_attack(finished, places.private_folder(folder), mark),
                )
                runs.append((one, run))
                if not sys.stderr.isatty():
                    typer.echo(f"{title}{': made before' if before else ''}", err=True)
    return runs


def _attack(
    networks: Networks,
    box: BlackBox,
    answers: Answers,
    one: SetPhotograph,
    settings: AttackSettings,
    options: BoxOptions,
) -> Any:
    target = target_of(networks, one)
    return attack_with_progress(networks, box, answers, target, settings, options.manner())

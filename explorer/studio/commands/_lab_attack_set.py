"""`likeness lab attack --set`: attack photographs of known people, and measure how often that succeeds."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
import typer

from explorer.science.iteration import Steps
from explorer.science.laboratory.attack_settings import AttackSettings
from explorer.science.laboratory.defences import Defence
from explorer.science.names import shown
from explorer.studio import places
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._encoders import say_missing_encoders
from explorer.studio.commands._evaluate_inversion import refuse_within
from explorer.studio.commands._running import progress_bar
from explorer.studio.commands._sources import Sources
from explorer.studio.errors import UserError
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.people_inverted import EmbeddedPeople, embed_people, first_people, title_of
from explorer.studio.evaluation.people_judged import Failed
from explorer.studio.evaluation.photograph_sets import PhotographSet
from explorer.studio.export.page import save
from explorer.studio.export.provenance import Provenance, bare_record, read_provenance
from explorer.studio.export.tables import write_table
from explorer.studio.files import atomic_write
from explorer.studio.laboratory.attack_figure import draw_roc
from explorer.studio.laboratory.attack_running import AttackedFace, Attacking
from explorer.studio.laboratory.attack_sets import AttackedRow, attack_row, planned_attacks
from explorer.studio.laboratory.attack_sets_judged import AttackSetRecord, judge_attacks
from explorer.studio.laboratory.attack_sets_text import as_text, curve_rows, rows_of
from explorer.studio.laboratory.defences_by_name import defence_of
from explorer.studio.outputs import alone_in
from explorer.studio.reproducing.kinds import command_record

KIND = "attacks on a set"
_RECORD, _LOCK, _SEEN, _FIGURE = "attacks.json", ".attacks.lock", "photographs.safetensors", "figure-13.png"
_TABLES = ("table.csv", "table.parquet", "curves.csv", "curves.parquet")


def attack_set(
    name: str,
    settings: AttackSettings,
    out: Path,
    away: bool,
    each: int,
    people: int | None,
    defences: Sequence[str],
    knowing: bool,
    device: torch.device,
    as_json: bool,
) -> None:
    """Attack the first photographs of each person of a set, judge them, and write tables, figure 13 and the record.

    Args:
        each: photographs of each person. people: only so many, or all. knowing: whether each defence is attacked by
            its own gradients as well.

    Raises:
        UserError: the set, a defence or the folder cannot be used.
    """
    refuse_within(out, name)
    if knowing and not defences:
        raise UserError("--knowing attacks defences: name one by --defence")
    chosen = first_people(photograph_set(name), people)
    if not away and len(chosen.people) < 2:
        raise UserError("attacks towards another person need photographs of two people at least; or give --away")
    about = {"set": chosen.name, "attack": settings.model_dump(mode="json"), "away": away}
    _refuse_results_of_others(out, about)
    networks, sources = Networks(device), Sources("photograph")
    behind = [defence_of(networks, one, settings.encoder) for one in dict.fromkeys(defences)]
    say_missing_encoders()
    with places.output_folder(out), alone_in(out, _LOCK, "another attack on a set"):
        embedded = _embedded(networks, chosen, settings, each, sources, out / _SEEN)
        if not embedded.photographs:
            sources.end()
        command = _command(name, settings, away, each, people, defences, knowing)
        rows = _attacked(networks, chosen, embedded, settings, out, away, behind, knowing, command, sources)
        if not rows:
            sources.end()
        failed = [Failed(photograph=one["photograph"], reason=one["error"]) for one in sources.records]
        record = judge_attacks(networks, chosen, embedded, rows, settings, each, failed)
        written = _write(record, out, about, command)
    if as_json:
        typer.echo(json.dumps(record.model_dump(mode="json") | {"files": [str(path) for path in written]}, indent=2))
    else:
        typer.echo(as_text(record))
        for path in written:
            typer.echo(f"  {shown(path)}")
    sources.end()


def _embedded(
    networks: Networks, chosen: PhotographSet, settings: AttackSettings, each: int, sources: Sources, kept: Path
) -> EmbeddedPeople:
    with progress_bar() as progress:
        task = progress.add_task(f"{chosen.name}: embedding photographs", total=len(chosen.photographs), note="")

        def step(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total, note=f"{done} of {total}")

        return embed_people(networks, chosen, settings.encoder, each, sources.each, step, kept)


def _attacked(
    networks: Networks,
    chosen: PhotographSet,
    embedded: EmbeddedPeople,
    settings: AttackSettings,
    out: Path,
    away: bool,
    behind: Sequence[Defence],
    knowing: bool,
    command: list[str],
    sources: Sources,
) -> list[AttackedRow]:
    """Attack what is planned; a line each where no terminal shows a bar."""
    photographs = {(one.person, one.name): one for one in chosen.photographs}
    planned, made = planned_attacks(embedded, away, settings.seed), list[AttackedRow]()
    for number, one in enumerate(planned, 1):
        source = embedded.photographs[one.row]
        title = f"{title_of(source)} ({number} of {len(planned)})"
        with sources.each(title_of(source)):
            consume, photograph = partial(followed, title=title), photographs[source.person, source.name]
            row = attack_row(networks, embedded, one, photograph, settings, out, consume, command, behind, knowing)
            made.append(row)
            if not sys.stderr.isatty():
                typer.echo(f"{title}{': made before' if row.before else ''}", err=True)
    return made


def followed(running: Attacking, title: str) -> AttackedFace:
    """Run to the end under a progress bar; without a terminal, silently."""
    with progress_bar() as progress:
        task = progress.add_task(title, total=None, note="")
        steps = Steps(running)
        for step in steps:
            progress.update(task, completed=step.index, total=step.total, note=f"{float(step.score[0]):.3f}")
        return steps.result


def _command(
    name: str,
    settings: AttackSettings,
    away: bool,
    each: int,
    people: int | None,
    defences: Sequence[str],
    knowing: bool,
) -> list[str]:
    options = {
        **settings.model_dump(exclude_defaults=True),
        "set": name.replace("\\", "/").rstrip("/").rpartition("/")[2],
        "away": away or None,
        "each": None if each == 2 else each,
        "people": people,
        "defence": list(defences),
        "knowing": knowing or None,
        "out": "DIR",
    }
    return command_record("lab attack", [], options)


def _write(record: AttackSetRecord, out: Path, about: Mapping[str, Any], command: list[str]) -> list[Path]:
    def told(**what: str) -> Provenance:
        return bare_record(
            kind=KIND,
            **what,
            **about,
            people=record.people,
            photographs=record.photographs,
            attacked=record.attacked,
            credits=[record.credit] if record.credit else [],
            command=command,
            device=record.device,
            versions=record.versions,
            networks=record.networks,
        )

    rows = {"table": rows_of(record), "curves": curve_rows(record)}
    titles = {"table": "success of attacks", "curves": "curves of figure 13"}
    written = list[Path]()
    for name in _TABLES:
        stem = Path(name).stem
        if rows[stem]:
            written += write_table(out / name, rows[stem], told(table=titles[stem]))
    drawn = draw_roc(record)
    if drawn is not None:
        written.append(save(drawn, out / _FIGURE, told(figure="figure 13")))
    return [*written, atomic_write(out / _RECORD, record.model_dump_json(indent=2).encode())]


def _refuse_results_of_others(out: Path, about: Mapping[str, Any]) -> None:
    """Refuse a folder whose tables are of another set or by other settings, or of something else altogether.

    Raises:
        UserError: so.
    """
    for path in (out / name for name in (*_TABLES, _FIGURE) if (out / name).exists()):
        try:
            before = read_provenance(path)
        except UserError:
            before = {}
        if before.get("kind") != KIND:
            raise UserError(f"{path} is of no such attack, and would be overwritten: choose another --out")
        if any(before.get(name) != value for name, value in about.items()):
            raise UserError(f"{out} holds attacks on another set or by other settings: choose another --out")

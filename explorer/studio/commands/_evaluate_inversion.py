"""`likeness evaluate inversion`: faces made from photographs of known people, for other photographs of them."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from explorer.science.inversion.settings import InversionSettings
from explorer.studio import places
from explorer.studio.catalogue.networks import Networks, attacked_encoder
from explorer.studio.commands._encoders import say_missing_encoders
from explorer.studio.commands._running import chosen_device, progress_bar, run_with_progress
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._sources import Sources
from explorer.studio.errors import UserError
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.people_inverted import (
    EmbeddedPeople,
    MadeFace,
    embed_people,
    first_people,
    folder_of,
    make_face,
    settings_of_faces,
    title_of,
)
from explorer.studio.evaluation.people_judged import Failed, PairRow, PeopleRecord, judge_people
from explorer.studio.evaluation.people_text import WIDTH, as_text, pair_rows, rows_of
from explorer.studio.evaluation.photograph_sets import PhotographSet
from explorer.studio.export.provenance import Provenance, bare_record, read_provenance
from explorer.studio.export.tables import write_table
from explorer.studio.files import atomic_write
from explorer.studio.outputs import alone_in, as_folder
from explorer.studio.reproducing.kinds import command_record

KIND = "evaluation of inversions"
_TABLES, _RECORD = ("table.csv", "table.parquet", "pairs.csv", "pairs.parquet"), "evaluation.json"
_NARROWEST = 80  # columns in which a table can be read
_LOCK, _SEEN = ".evaluation.lock", "photographs.safetensors"


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness evaluate`."""
    evaluate.command("inversion", no_args_is_help=True)(inversion)


@with_settings(InversionSettings)
def inversion(
    photographs: Annotated[
        str,
        typer.Argument(
            metavar="FOLDER", help="Holds a folder of photographs for each person; or the word openpeople, or orl."
        ),
    ],
    settings: dict[str, Any],
    out: Annotated[Path, typer.Option(help="Folder for the results; faces that are there are not made again.")],
    each: Annotated[int, typer.Option(min=1, help="How many photographs of each person to invert.")] = 1,
    people: Annotated[int | None, typer.Option(min=1, help="Only so many people. [default: all]")] = None,
    mark: Annotated[bool, typer.Option(help="Mark results as reconstructions.")] = True,
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, ... [default: CUDA where there is one]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
) -> None:
    """Invert photographs of known people, and hold every face against other photographs of the same person.

    Type I: the face passes for the photograph it was made from; type II: for another one of the same person, beside
    what the photograph itself reaches there. At each encoder's threshold, beside the share of different people of the
    set that it lets pass. Writes every face with its record, table.csv, pairs.csv (both as .parquet, too) and
    evaluation.json; photographs.safetensors keeps the photographs' embeddings. Can be interrupted; the same command
    goes on.
    """
    base = InversionSettings(**settings)
    attacked_encoder(base.encoder)
    refuse_within(as_folder(out), photographs)
    chosen = first_people(photograph_set(photographs), people)
    about = {"set": chosen.name, "settings": base.model_dump(mode="json")}
    _refuse_results_of_others(out, about, base)
    networks, sources = Networks(chosen_device(device)), Sources("photograph")
    say_missing_encoders()
    with places.output_folder(out):
        embedded = _embedded(networks, chosen, base, each, sources, out / _SEEN)
        if not embedded.photographs:
            sources.end()
        with alone_in(out, _LOCK, "another evaluation"):
            made = _made(networks, embedded, base, out, mark, sources)
            if not made:
                sources.end()
            failed = [Failed(photograph=one["photograph"], reason=one["error"]) for one in sources.records]
            record, pairs = judge_people(networks, chosen, embedded, made, base, each, failed)
            options = {"each": None if each == 1 else each, "people": people, **({} if mark else {"mark": False})}
            command = command_record("evaluate inversion", [photographs], {**settings, **options, "out": "DIR"})
            written = _write(record, pairs, out, about, command)
    if as_json:
        typer.echo(json.dumps(record.model_dump(mode="json") | {"files": [str(path) for path in written]}, indent=2))
    else:
        columns = shutil.get_terminal_size((WIDTH, 24)).columns  # of a file or a pipe there are none
        typer.echo(as_text(record, max(columns, _NARROWEST)))
        for path in written:
            typer.echo(f"  {path}")
    sources.end()


def _embedded(
    networks: Networks, chosen: PhotographSet, base: InversionSettings, each: int, sources: Sources, kept: Path
) -> EmbeddedPeople:
    with progress_bar() as progress:
        task = progress.add_task(f"{chosen.name}: embedding photographs", total=len(chosen.photographs), note="")

        def step(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total, note=f"{done} of {total}")

        return embed_people(networks, chosen, base.encoder, each, sources.each, step, kept)


def _made(
    networks: Networks, embedded: EmbeddedPeople, base: InversionSettings, out: Path, mark: bool, sources: Sources
) -> dict[int, MadeFace]:
    """The faces, by the row of the photograph that each was made from."""
    made, rows = dict[int, MadeFace](), embedded.rows()
    for number, row in enumerate(rows, 1):
        one = embedded.photographs[row]
        name = title_of(one)
        title = f"{name} ({number} of {len(rows)})"
        with sources.each(name):
            assert one.target is not None, "rows are of photographs that are to be inverted"
            consume = partial(run_with_progress, title=title, settings=base)
            made[row] = make_face(networks, one.target, base, folder_of(out, one), consume, mark)
            if not sys.stderr.isatty():
                typer.echo(f"{title}{': made before' if made[row].before else ''}", err=True)
    return made


def refuse_within(out: Path, photographs: str) -> None:
    """Refuse to write among the photographs, where results would be taken for a person the next time.

    Raises:
        UserError: so.
    """
    folder = Path(photographs).resolve()
    if folder.is_dir() and (out.resolve() == folder or folder in out.resolve().parents):
        raise UserError(f"{out} lies in {photographs}, and its results would be taken for people: choose another --out")


def _refuse_results_of_others(out: Path, about: Mapping[str, Any], base: InversionSettings) -> None:
    """Refuse a folder whose tables or faces are of another set or other settings, or of something else altogether.

    Raises:
        UserError: so.
    """
    there = [out / name for name in (*_TABLES, _RECORD) if (out / name).exists()]
    before = [record for path in there if (record := _provenance(path)).get("kind") == KIND]
    if there and not before and not (out / _LOCK).exists():
        raise UserError(f"{there[0]} is of no such evaluation, and would be overwritten: choose another --out")
    other = any(record.get(name) != value for record in before for name, value in about.items())
    if other or any(settings != base for settings in settings_of_faces(out)):
        raise UserError(f"{out} holds the evaluation of another set or by other settings: choose another --out")


def _provenance(path: Path) -> Provenance:
    try:
        return read_provenance(path)
    except UserError:
        return {}


def _write(
    record: PeopleRecord, pairs: list[PairRow], out: Path, about: Mapping[str, Any], command: list[str]
) -> list[Path]:
    tables = {"table": rows_of(record), "pairs": pair_rows(pairs)}
    provenance: Provenance = bare_record(
        kind=KIND,
        table="type I and type II",
        **about,
        faces=record.made,
        people=record.people,
        photographs=record.photographs,
        failed=len(record.failed),
        command=command,
        device=record.device,
        versions=record.versions,
        networks=record.networks,
    )
    written = [path for name in _TABLES for path in write_table(out / name, tables[Path(name).stem], provenance)]
    return [*written, atomic_write(out / _RECORD, record.model_dump_json(indent=2).encode())]

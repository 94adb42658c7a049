"""`likeness evaluate readings`: what is read of vectors by probes and by reconstruction, against what is so."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from explorer.science.inversion.settings import InversionSettings
from explorer.science.names import shown
from explorer.studio import catalogue, places
from explorer.studio.catalogue.networks import Networks, attacked_encoder, device_name, main_networks
from explorer.studio.catalogue.probes import load_bare_probes, weights_of
from explorer.studio.catalogue.reconstructions import save_picture_calibrations
from explorer.studio.commands._evaluate_inversion import refuse_within
from explorer.studio.commands._formats import figure_formats
from explorer.studio.commands._running import chosen_device, run_with_progress
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._sources import Sources
from explorer.studio.errors import UserError
from explorer.studio.evaluation.people_inverted import title_of
from explorer.studio.evaluation.reading_sets import KnownPhotograph, ReadingSet, reading_set
from explorer.studio.evaluation.readings_calibrated import picture_calibrations
from explorer.studio.evaluation.readings_card import readings_card
from explorer.studio.evaluation.readings_figures import DRAWN, FIGURES, draw_read, frames_by
from explorer.studio.evaluation.readings_judged import Answer, Failed, ReadingsRecord, SetReadings, judged_readings
from explorer.studio.evaluation.readings_made import ReadPhotograph, read_photograph
from explorer.studio.evaluation.readings_text import answer_rows, as_text, rows_of
from explorer.studio.export.page import save
from explorer.studio.export.provenance import Provenance, bare_record, read_provenance
from explorer.studio.export.tables import write_table
from explorer.studio.files import atomic_write, fitting_name
from explorer.studio.leakage.reconstructing import settings_of_runs
from explorer.studio.origins import Parts
from explorer.studio.outputs import alone_in, as_folder
from explorer.studio.reproducing.kinds import command_record
from explorer.studio.versions import versions

KIND = "evaluation of readings"
_RECORD, _LOCK = "readings.json", ".readings.lock"


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness evaluate`."""
    evaluate.command("readings", no_args_is_help=True)(readings)


@dataclass(frozen=True, eq=False)
class _Made:
    """A set with what was read of it, and what that amounts to."""

    chosen: ReadingSet
    read: list[tuple[KnownPhotograph, ReadPhotograph]]
    judged: SetReadings
    answers: list[Answer]


@with_settings(InversionSettings)
def readings(
    sets: Annotated[
        list[str],
        typer.Argument(
            metavar="SET...", help="orl, openpeople, or a folder that holds a folder of photographs for each person."
        ),
    ],
    settings: dict[str, Any],
    out: Annotated[Path, typer.Option(help="Folder for the results; what was inverted there is not inverted again.")],
    runs: Annotated[
        int | None, typer.Option(min=1, max=64, help="Inversions of each vector. [default: 3 on openpeople, else 1]")
    ] = None,
    each: Annotated[int, typer.Option(min=1, help="Of a folder, how many photographs of each person.")] = 2,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many people of each set. [default: all]")] = None,
    figure: Annotated[
        str, typer.Option(help="Also draw figures 3.2 and 3.3, which show the photographs: of png, svg and pdf.")
    ] = "",
    calibrate: Annotated[
        bool,
        typer.Option("--calibrate", help="Also fit calibrations of reconstructions, to use from now on."),
    ] = False,
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, ... [default: CUDA where there is one]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
) -> None:
    """Read vectors by probes, off faces made from the vector alone, and their photographs, against labels by hand.

    Of openpeople the portraits and postures are read, of ORL photographs 1 and 6 of each person, of a folder the first
    ones, with what its labels.csv says (columns person, photograph and any of smiling, eyeglasses, hat, male,
    expression, age_from, age_to); without that the image labellers' word on the photographs is the truth. Attribute by
    attribute balanced accuracy, or the distance from the middle of the age band, beside chance, with 95 % intervals by
    person. Writes table.csv, answers.csv (both as .parquet, too) and readings.json. A vector takes half a minute and
    more; the command can be interrupted, and goes on.
    """
    base = InversionSettings(**settings)
    attacked_encoder(base.encoder)
    settings_of_runs(base, runs or 1)
    formats = figure_formats(figure) if figure else []
    as_folder(out)
    for name in sets:
        refuse_within(out, name)
    chosen = [reading_set(name, each).first(limit) for name in sets]
    names = [one.name for one in chosen]
    if len(set(names)) < len(names):
        raise UserError(f"{', '.join(names)}: give each set once")
    about = {"settings": base.model_dump(mode="json")}
    _refuse_results_of_others(out, about)
    networks, sources = Networks(chosen_device(device)), Sources("photograph")
    networks.labellers()
    with places.output_folder(out), alone_in(out, _LOCK, "another evaluation"):
        made = [_read(networks, one, base, runs or one.runs, out, sources) for one in chosen]
        made = [one for one in made if one.read]
        if not made:
            sources.end()
        record = _record(networks, made, base)
        options = {"runs": runs, "each": None if each == 2 else each, "limit": limit, "figure": figure or None}
        command = command_record("evaluate readings", sets, {**settings, **options, "out": "DIR"})
        written = _write(record, made, out, about, command)
        written += _draw(networks, made, out, formats, about, command)
    if calibrate:
        written += _calibrate(record, made, command)
    if as_json:
        typer.echo(json.dumps(record.model_dump(mode="json") | {"files": [str(path) for path in written]}, indent=2))
    else:
        typer.echo(as_text(record))
        for path in written:
            typer.echo(f"  {shown(path)}")
    sources.end()


def _read(
    networks: Networks, chosen: ReadingSet, base: InversionSettings, runs: int, out: Path, sources: Sources
) -> _Made:
    """Read every photograph of a set; a line each where no terminal shows a bar."""
    before, read = len(sources.records), list[tuple[KnownPhotograph, ReadPhotograph]]()
    folder, settings = out / fitting_name(chosen.name), settings_of_runs(base, runs)
    for number, known in enumerate(chosen.photographs, 1):
        title = f"{chosen.name}: {title_of(known.photograph)} ({number} of {len(chosen.photographs)})"
        with sources.each(title_of(known.photograph)):
            consume = partial(run_with_progress, title=title, settings=base)
            one = read_photograph(networks, known.photograph, settings, folder, consume)
            read.append((known, one))
            if not sys.stderr.isatty():
                seconds = sum(run.seconds for run in one.runs)
                typer.echo(f"{title}: {'made before' if one.before else f'{seconds:.0f} s'}", err=True)
    failed = [Failed(photograph=one["photograph"], reason=one["error"]) for one in sources.records[before:]]
    probes = load_bare_probes(base.encoder).probes
    judged, answers = judged_readings(chosen, read, probes, runs, failed)
    return _Made(chosen, read, judged, answers)


def _record(networks: Networks, made: Sequence[_Made], base: InversionSettings) -> ReadingsRecord:
    ids = main_networks([base.encoder], base.generator)
    own = weights_of(base.encoder, photographs=False)
    return ReadingsRecord(
        encoder=base.encoder,
        settings=base,
        sets=tuple(one.judged for one in made),
        device=device_name(networks.device),
        versions=versions(_parts(made, base)),
        networks={id_: catalogue.sha256(id_) for id_ in ids} | own,
    )


def _parts(made: Sequence[_Made], base: InversionSettings) -> Parts:
    """What took part in readings, by name."""
    return {
        "encoders": (base.encoder,),
        "generators": (base.generator,),
        "terms": [term for term, weight in base.weights.items() if weight > 0],
        "probes": {row.probe for one in made for row in one.answers},
    }


def _write(
    record: ReadingsRecord, made: Sequence[_Made], out: Path, about: Mapping[str, Any], command: list[str]
) -> list[Path]:
    answers = [row for one in made for row in answer_rows(one.chosen.name, one.answers)]
    provenance = _provenance("readings three ways of known people", made, about, command, record.networks)
    written = list[Path]()
    for stem, rows in (("table", rows_of(record)), ("answers", answers)):
        for ending in ("csv", "parquet"):
            written += write_table(out / f"{stem}.{ending}", rows, provenance)
    return [*written, atomic_write(out / _RECORD, record.model_dump_json(indent=2).encode())]


def _provenance(
    table: str, made: Sequence[_Made], about: Mapping[str, Any], command: list[str], networks: Mapping[str, str]
) -> Provenance:
    return bare_record(
        kind=KIND,
        table=table,
        **about,
        sets={one.chosen.name: len(one.read) for one in made},
        credits=[one.chosen.credit for one in made if one.chosen.credit],
        command=command,
        networks=dict(networks),
        versions=versions(_parts(made, InversionSettings.model_validate(about["settings"]))),
    )


def _draw(
    networks: Networks,
    made: Sequence[_Made],
    out: Path,
    formats: Sequence[str],
    about: Mapping[str, Any],
    command: list[str],
) -> list[Path]:
    """Figures 3.2 and 3.3 of what each way says."""
    answers = [answer for one in made for answer in one.answers]
    asked, frame_of, written = [one.chosen.credit for one in made], frames_by(networks), list[Path]()
    for number in FIGURES if formats else ():
        for way in DRAWN:
            drawn = draw_read(number, way, answers, frame_of, asked)
            if drawn is None:
                continue
            record = _provenance(f"figure {number} of the thesis, {way}", made, about, command, {})
            written += [save(drawn, out / f"figure-{number}-{way}.{kind}", record) for kind in formats]
    return written


def _calibrate(record: ReadingsRecord, made: Sequence[_Made], command: Sequence[str]) -> list[Path]:
    """Write the calibrations and their card to where the program looks for them."""
    found = picture_calibrations([(one.chosen, one.read) for one in made])
    if not found:
        raise UserError("there is nothing to calibrate on: too few people differ in what was labelled by hand")
    for name, one in found.items():
        skill = "" if one.skill is None else one.skill.words()
        typer.echo(f"{name}: {skill}", err=True)
    place = save_picture_calibrations(record.encoder, found)
    inversions = [run.seconds for one in made for _, read in one.read for run in read.runs]
    card = readings_card(record, found, shlex.join(["likeness", *command, "--calibrate"]), inversions)
    return [place, atomic_write(place.with_suffix(".md"), card.encode(), mode=0o644)]


def _refuse_results_of_others(out: Path, about: Mapping[str, Any]) -> None:
    """Refuse a folder whose table is by other settings, or of something else altogether.

    Raises:
        UserError: so.
    """
    table = out / "table.csv"
    if not table.exists():
        return
    try:
        before = read_provenance(table)
    except UserError:
        before = {}
    if before.get("kind") != KIND and not (out / _LOCK).exists():
        raise UserError(f"{table} is of no such evaluation, and would be overwritten: choose another --out")
    if before.get("kind") == KIND and any(before.get(name) != value for name, value in about.items()):
        raise UserError(f"{out} holds an evaluation by other settings: choose another --out")

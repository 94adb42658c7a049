"""`likeness lab geometry`: how well rotated, shifted and scaled faces are recognised, with and without maps."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from explorer.science.evaluation.accepting import FAR
from explorer.science.laboratory.geometry import ALTERATIONS, UPRIGHT, Mode, alteration_of
from explorer.science.laboratory.geometry_maps import EmbeddingMap
from explorer.studio import catalogue, places
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import DETECTOR_NETWORK, Networks, device_name, known_encoder
from explorer.studio.commands._encoders import say_missing_encoders
from explorer.studio.commands._evaluate_inversion import refuse_within
from explorer.studio.commands._running import chosen_device, progress_bar
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import bare_record
from explorer.studio.export.tables import write_table
from explorer.studio.files import atomic_write
from explorer.studio.laboratory.altered_faces import AlteredSet, Step, Wanted, see_altered
from explorer.studio.laboratory.generated_faces import SEED, generated_set, told_by_seed
from explorer.studio.laboratory.geometry_judged import Fitting, GeometryRecord, JudgedEncoder, judge_encoder
from explorer.studio.laboratory.geometry_text import WIDTH, as_text, rows_of
from explorer.studio.laboratory.map_files import load_maps, save_maps
from explorer.studio.laboratory.paired_sets import PairedSet, paired_set
from explorer.studio.outputs import alone_in, as_folder
from explorer.studio.reproducing.kinds import command_record
from explorer.studio.versions import versions

KIND = "geometry of embeddings"
_RECORD, _TABLES, _SEEN, _MAPS, _LOCK = (
    "geometry.json",
    ("table.csv", "table.parquet"),
    "seen",
    "maps",
    ".geometry.lock",
)
_NARROWEST = 80

Realignment = Literal["without", "with", "both"]
MODES: dict[Realignment, tuple[Mode, ...]] = {
    "without": ("template",),
    "with": ("realigned",),
    "both": ("template", "realigned"),
}


def add_to(lab: typer.Typer) -> None:
    """Add the command to those of `likeness lab`."""
    lab.command("geometry", no_args_is_help=True)(geometry)


@dataclass(frozen=True)
class _Asked:
    """What is to be measured."""

    chosen: PairedSet
    wanted: Wanted
    generated: int
    seed: int
    photographs: bool


def geometry(
    set_: Annotated[
        str,
        typer.Option(
            "--set",
            metavar="SET",
            help="orl, openpeople, or a folder with one folder of photographs for each person; a pairs.txt in it, as "
            "LFW has one, is followed.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the results; faces that were seen there are not seen again.")],
    encoder: Annotated[list[str] | None, typer.Option(help="Only this encoder; may be repeated.")] = None,
    alteration: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this one: rotated-30, shifted-left, shifted-left-0.1, scaled-0.5, ...; may be repeated. "
            "[default: rotations by 30 to 330 degrees, shifts by 0.2 in four directions, scalings by 0.5 and 1.5]"
        ),
    ] = None,
    realignment: Annotated[
        Realignment,
        typer.Option(help="Without: the encoder sees the altered template, as in the paper; with: as systems do."),
    ] = "both",
    each: Annotated[int | None, typer.Option(min=1, help="At most so many photographs of each person.")] = None,
    generated: Annotated[
        int, typer.Option(min=0, help="Fit maps on so many generated faces, too; 0 for none of these.")
    ] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Of the first generated face.")] = SEED,
    others: Annotated[bool, typer.Option(help="Fit maps on photographs of other people of the set, too.")] = True,
    maps: Annotated[
        list[Path] | None,
        typer.Option(help="Maps of an earlier run, in place of those on generated faces; may be repeated."),
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, ... [default: CUDA where there is one]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
) -> None:
    """Compare upright with altered faces: TAR at FAR 0.1 %, and what least-squares maps of embeddings win back.

    One photograph of each pair is rotated, shifted or scaled. Maps from altered to upright embeddings (Deep Face
    Decoder, eq. 6) are fitted on generated faces and on photographs of other people, ten people being left out at a
    time; nobody is on both sides. Intervals are by person. Writes table.csv, table.parquet, geometry.json and the maps;
    can be interrupted, and goes on.
    """
    as_folder(out)
    refuse_within(out, set_)
    encoders = tuple(known_encoder(one).id for one in encoder or present_encoders())
    alterations = [alteration_of(one) for one in alteration or ()] or list(ALTERATIONS)
    shown = [("template", UPRIGHT), *((mode, one) for mode in MODES[realignment] for one in alterations)]
    given = _given(maps or ())
    wanted = Wanted(encoders, tuple(dict.fromkeys(shown)))
    asked = _Asked(paired_set(set_, each), wanted, 0 if given else generated, seed, others)
    networks = Networks(chosen_device(device))
    if encoder is None:
        say_missing_encoders()
    with places.output_folder(out), alone_in(out, _LOCK, "another measurement"):
        _refuse_results_of_others(out, asked.chosen.photographs.name)
        record, judged = _measured(networks, asked, given, places.private_folder(out / _SEEN))
        options = {
            "set": set_.replace("\\", "/").rstrip("/").rpartition("/")[2],
            "encoder": encoder,
            "alteration": alteration,
            "realignment": None if realignment == "both" else realignment,
            "each": each,
            "generated": None if generated == 500 else generated,
            "seed": None if seed == SEED else seed,
            **({} if others else {"others": False}),
            "maps": [path.name for path in maps or ()],
            "out": "DIR",
        }
        written = _write(record, judged, out, command_record("lab geometry", [], options))
    if as_json:
        typer.echo(json.dumps(record.model_dump(mode="json") | {"files": [str(path) for path in written]}, indent=2))
        return
    columns = shutil.get_terminal_size((WIDTH, 24)).columns
    typer.echo(as_text(record, max(columns, _NARROWEST)))
    for path in written:
        typer.echo(f"  {path}")


def _given(files: Sequence[Path]) -> dict[str, list[EmbeddingMap]]:
    found: dict[str, list[EmbeddingMap]] = {}
    for path in files:
        for one in load_maps(path):
            found.setdefault(one.encoder, []).append(one)
    return found


def _measured(
    networks: Networks, asked: _Asked, given: dict[str, list[EmbeddingMap]], seen_in: Path
) -> tuple[GeometryRecord, list[JudgedEncoder]]:
    """See the faces, fit the maps and judge, under a progress bar."""
    photographs, wanted = asked.chosen.photographs, asked.wanted
    with progress_bar() as progress:
        task = progress.add_task(f"{photographs.name}: altering photographs", note="")

        def step(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total, note=f"{done} of {total}")

        def told(what: str) -> None:
            progress.update(task, description=f"fitting maps: {what}", note="")

        seen = see_altered(networks, photographs.photographs, wanted, seen_in, step=step)
        progress.update(task, description="altering generated faces")
        faces = _generated(networks, asked, seen_in, step) if asked.generated else None
        seeds = (asked.seed, asked.generated) if asked.generated else None
        fitting = Fitting(faces, seeds, given, asked.photographs)
        pairs, unpaired = asked.chosen.pairs(seen.photographs)
        judged = [
            judge_encoder(encoder, wanted, seen, pairs, photographs.name, fitting, told) for encoder in wanted.encoders
        ]
    remarks = [*photographs.remarks]
    if seen.left_out:
        remarks.append(f"without a usable face, left out: {len(seen.left_out)}, such as {seen.left_out[0]}")
    network_ids = [DETECTOR_NETWORK, *(known_encoder(encoder).network for encoder in wanted.encoders)]
    record = GeometryRecord(
        set=photographs.name,
        credit=photographs.credit,
        remarks=tuple(remarks),
        protocol=asked.chosen.protocol,
        people=len(set(seen.people)),
        photographs=len(seen.photographs),
        genuine=pairs.genuine,
        impostors=pairs.impostors,
        unpaired=unpaired,
        far=FAR,
        seeds=seeds,
        encoders=tuple(one.table for one in judged),
        device=device_name(networks.device),
        versions=versions({"encoders": wanted.encoders}),
        networks={id_: catalogue.sha256(id_) for id_ in network_ids},
    )
    return record, judged


def _generated(networks: Networks, asked: _Asked, seen_in: Path, step: Step) -> AlteredSet:
    drawn, recipe = generated_set(networks, asked.generated, asked.seed), told_by_seed(networks)
    return see_altered(
        networks,
        drawn.photographs,
        asked.wanted,
        seen_in,
        lambda one, photograph: f"{one.person} {recipe}",
        drawn=True,
        step=step,
    )


def _refuse_results_of_others(out: Path, set_name: str) -> None:
    """Refuse a folder that holds the measurement of another set.

    Raises:
        UserError: so.
    """
    place = out / _RECORD
    if not place.exists():
        return
    try:
        before = json.loads(place.read_bytes())
    except ValueError:
        before = {}
    if not isinstance(before, dict) or before.get("set") != set_name:
        raise UserError(f"{place} is of another set, and would be overwritten: choose another --out")


def _write(record: GeometryRecord, judged: Sequence[JudgedEncoder], out: Path, command: list[str]) -> list[Path]:
    provenance = bare_record(
        kind=KIND,
        table="recognition of altered faces",
        set=record.set,
        people=record.people,
        photographs=record.photographs,
        credits=[record.credit] if record.credit else [],
        seeds=record.seeds,
        command=command,
        device=record.device,
        versions=record.versions,
        networks=record.networks,
    )
    rows, folder = rows_of(record), places.private_folder(out / _MAPS)
    written = [path for name in _TABLES for path in write_table(out / name, rows, provenance)]
    written.append(atomic_write(out / _RECORD, record.model_dump_json(indent=2).encode()))
    for one in judged:
        for source, name in (("generated faces", "generated"), ("photographs of other people", "photographs")):
            own = [fitted for fitted in one.maps if fitted.fitted_on.source == source]
            if own:
                written.append(save_maps(folder / f"{one.table.encoder}-{name}.safetensors", own))
    return written

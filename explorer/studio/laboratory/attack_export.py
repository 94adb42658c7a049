"""An attack's files: the picture as encoders were given it, what changed, and the numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from explorer.studio.errors import UserError
from explorer.studio.export.provenance import (
    Provenance,
    bare_record,
    png_bytes,
    source_record,
    without_directories,
    write_sidecar,
)
from explorer.studio.export.tables import write_table
from explorer.studio.files import atomic_write
from explorer.studio.laboratory.attack_running import AttackedFace
from explorer.studio.laboratory.attack_text import rows_of
from explorer.studio.laboratory.attack_values import AttackRecord

KIND, KIND_IN_SET = "attack", "attack on a set"
PICTURE, CHANGE, RECORD, TABLE = "adversarial.png", "perturbation.png", "attack.json", "table.csv"
NAMES = (PICTURE, CHANGE, RECORD, TABLE, f"{TABLE}.json")
Part = Literal["picture", "perturbation", "table"]


def attack_provenance(record: AttackRecord, part: Part, command: list[str] | None = None) -> Provenance:
    """Describe an attack, for `likeness reproduce` and for whoever finds one of its files.

    Args:
        part: which of its files it is.
        command: that made it with the others of a set, whose photographs may be parts of files; None for one alone.
    """
    source, aim = record.source, record.aim
    about: Provenance = {
        "kind": KIND,
        "part": part,
        "attack": record.settings.model_dump(mode="json"),
        "source": source_record(source.name, source.sha256),
        "points": source.points,
        "points_by_hand": source.points_by_hand,
        "aim": None if aim is None else aim.model_dump(mode="json") | {"name": without_directories(aim.name)},
        "people": [without_directories(name) for name in record.people],
        "knows": record.knows,
        "numbers": {"largest": record.largest, "length": record.length, "share": record.share},
        "encoders": [view.model_dump(mode="json") for view in record.encoders],
        "device": record.device,
        "versions": record.versions,
        "networks": record.networks,
    }
    if command is not None:
        about |= {"kind": KIND_IN_SET, "command": command}
    if part == "perturbation":
        about["amplification"] = record.amplification
    return bare_record(**about)


def write_attack(folder: Path, made: AttackedFace, command: list[str] | None = None) -> list[Path]:
    """Write what came of an attack into a folder that is there; of one of a set, no table of its own.

    The picture bears no mark: its bits are those that encoders were given.

    Args:
        command: as in `attack_provenance`.

    Raises:
        UserError: a file cannot be written.
    """
    record = made.record
    picture = png_bytes(made.perturbation.after, attack_provenance(record, "picture", command))
    change = png_bytes(made.perturbation.amplified(), attack_provenance(record, "perturbation", command))
    table = write_table(folder / TABLE, rows_of(record), attack_provenance(record, "table")) if command is None else ()
    return [
        atomic_write(folder / PICTURE, picture),
        atomic_write(folder / CHANGE, change),
        *table,
        atomic_write(folder / RECORD, record.model_dump_json(indent=2).encode()),
    ]


def write_attacked_picture(path: Path, made: AttackedFace) -> tuple[Path, Path]:
    """Write the attacked picture alone, to the bit as encoders were given it, and the record beside it.

    Raises:
        UserError: another suffix than .png, or the file cannot be written.
    """
    if path.suffix.lower() != ".png":
        raise UserError(f"{path.name}: an attacked picture is a .png, which changes no bit; choose that ending")
    record = attack_provenance(made.record, "picture")
    return atomic_write(path, png_bytes(made.perturbation.after, record)), write_sidecar(path, record)

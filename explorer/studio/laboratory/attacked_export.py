"""Attacked faces in a file: a figure, a row a face, or a table, with its record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from explorer.science.recognition.registry import encoder_spec
from explorer.studio.catalogue.networks import DETECTOR_NETWORK
from explorer.studio.export.page import save
from explorer.studio.export.picture_grid import Cell, GridOptions, draw_grid
from explorer.studio.export.provenance import Provenance, bare_record, without_directories, write_sidecar
from explorer.studio.export.tables import Row, write_table
from explorer.studio.laboratory.attack_faces import AttackedView
from explorer.studio.laboratory.attack_values import EncoderView
from explorer.studio.laboratory.face_files import (
    AS_IT_IS,
    TABLES,
    check_ending,
    decoded_cell,
    drawing_record,
    face_record,
    networks_of,
    parts_of,
    photographs_words,
)
from explorer.studio.laboratory.seeing import score_words, seen_rows
from explorer.studio.versions import versions

KIND = "attacked faces"
_TO_THE_AIM = "to the aim"


def export_attacked(path: Path, faces: Sequence[AttackedView], drawing: GridOptions | None = None) -> tuple[Path, Path]:
    """Write a figure, which shows the photographs, or a table; and the record beside it.

    Args:
        faces: at least one; all attacked by the same settings, towards the same.

    Raises:
        UserError: another suffix, or a file cannot be written.
    """
    kind, drawing = check_ending(path), drawing or GridOptions()
    record = attacked_record(faces, drawing)
    if kind in TABLES:
        return write_table(path, rows_of(faces), record)
    save(draw_attacked(faces, drawing), path, record, drawing.lettering)
    return path, write_sidecar(path, record)


def draw_attacked(faces: Sequence[AttackedView], drawing: GridOptions) -> Figure:
    """Compose the figure: a face as it is, attacked, and what changed; below it a row for each encoder that has a
    decoder. Above the attacked face stands the attacked encoder's score beside the face as it is."""
    rows = list[list[Cell | None]]()
    for one in faces:
        attacked = one.made.record.settings.encoder
        rows.append(
            [
                Cell(one.frame, reconstruction=False),
                Cell(one.attacked, (score_words(one.after.get(attacked)),), reconstruction=False),
                Cell(one.change, (f"× {one.made.record.amplification}",), reconstruction=False),
            ]
        )
        for encoder, before in one.before.items():
            cells = [decoded_cell(before, encoder), decoded_cell(one.after.get(encoder)), None]
            if any(cell is not None for cell in cells):
                rows.append(cells)
    return draw_grid([AS_IT_IS, "attacked", "change"], rows, _note(faces), drawing)


def _note(faces: Sequence[AttackedView]) -> str:
    record = faces[0].made.record
    measure = "cosine" if encoder_spec(record.settings.encoder).measure == "cosine" else "distance"
    return (
        f"{record.title}. Above the attacked face the {measure} to the face as it is, {record.settings.encoder}; the "
        f"change is amplified. {photographs_words([one.photograph for one in faces])}"
    )


def rows_of(faces: Sequence[AttackedView]) -> list[Row]:
    """A row a number: the score beside the face as it is and beside the aim, then what probes say, by encoder."""
    return list(_rows(faces))


def _rows(faces: Sequence[AttackedView]) -> Iterator[Row]:
    for one in faces:
        record = one.made.record
        views = {view.encoder: view for view in record.encoders}
        for encoder, before in one.before.items():
            about: Row = {
                "photograph": one.photograph.name,
                "aim": None if record.aim is None else record.aim.name,
                "role": "attacked" if encoder == record.settings.encoder else "held out",
            }
            found = [*seen_rows(before, one.after.get(encoder))]
            yield {**about, **found[0]}
            if record.aim is not None:
                yield {**about, **_beside_aim(found[0], views[encoder])}
            yield from ({**about, **row} for row in found[1:])


def _beside_aim(own: Row, view: EncoderView) -> Row:
    return {
        **own,
        "what": _TO_THE_AIM,
        "before": view.aim_before,
        "after": view.aim,
        "passes": view.success,
        "fmr": None,
    }


def attacked_record(faces: Sequence[AttackedView], drawing: GridOptions) -> Provenance:
    """How faces were attacked, with all that it takes to do it again; holds no embedding and no picture."""
    first, encoders = faces[0].made.record, tuple(faces[0].before)
    aim = first.aim
    before = [one.before for one in faces]
    return bare_record(
        kind=KIND,
        sources=[face_record(one.photograph, one.face) for one in faces],
        attack=first.settings.model_dump(mode="json"),
        aim=None if aim is None else aim.model_dump(mode="json") | {"name": without_directories(aim.name)},
        encoders=list(encoders),
        device=first.device,
        drawing=drawing_record(drawing),
        numbers=numbers_of(faces),
        networks=networks_of(encoders, [DETECTOR_NETWORK], before),
        versions=versions(parts_of(encoders, before)),
    )


def numbers_of(faces: Sequence[AttackedView]) -> dict[str, float | None]:
    """Every number, by photograph, encoder and what it is of."""
    found: dict[str, float | None] = {}
    for place, face in enumerate(faces, 1):
        for row in _rows([face]):
            after = row["after"]
            named = f"{place}, {row['encoder']}, {row['what']}"
            found[named] = round(after, 9) if isinstance(after, float) else None
    return found

"""Faces of which parts are hidden, in a file: a figure (figure 11 of Deep Face Decoder) or a table, with its record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from explorer.science.laboratory.occlusion import Cover, Occlusion
from explorer.science.recognition.registry import encoder_spec
from explorer.studio.catalogue.networks import DETECTOR_NETWORK, LANDMARK_NETWORK
from explorer.studio.export.page import save
from explorer.studio.export.picture_grid import Cell, GridOptions, draw_grid
from explorer.studio.export.provenance import Provenance, bare_record, write_sidecar
from explorer.studio.export.tables import Row, write_table
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
from explorer.studio.laboratory.occluding import StudiedFace
from explorer.studio.laboratory.seeing import score_words, seen_rows
from explorer.studio.versions import versions

KIND = "occlusion"


@dataclass(frozen=True)
class OcclusionSettings:
    """What is done to each face. realign: whether it is looked for again."""

    occlusions: tuple[Occlusion, ...]
    cover: Cover
    encoders: tuple[str, ...]
    realign: bool = False


def export_occlusions(
    path: Path, faces: Sequence[StudiedFace], settings: OcclusionSettings, drawing: GridOptions | None = None
) -> tuple[Path, Path]:
    """Write a figure, which shows the photographs, or a table; and the record beside it.

    Raises:
        UserError: another suffix, or a file cannot be written.
    """
    kind, drawing = check_ending(path), drawing or GridOptions()
    record = occlusion_record(faces, settings, drawing)
    if kind in TABLES:
        return write_table(path, rows_of(faces), record)
    save(draw_occlusions(faces, settings, drawing), path, record, drawing.lettering)
    return path, write_sidecar(path, record)


def draw_occlusions(faces: Sequence[StudiedFace], settings: OcclusionSettings, drawing: GridOptions) -> Figure:
    """Compose the figure: a row a photograph, and below it one for each encoder that has a decoder.

    Above a picture stands its score beside the face as it is, of the first encoder or of the row's own.
    """
    columns = [AS_IT_IS, *(one.name for one in settings.occlusions)]
    rows, first = list[list[Cell | None]](), settings.encoders[0]
    for face in faces:
        pictures = [Cell(face.frame, reconstruction=False)]
        pictures += [Cell(one.frame, (score_words(one.seen.get(first)),), reconstruction=False) for one in face.hidden]
        rows.append([*pictures])
        for encoder in settings.encoders:
            seen = [face.before.get(encoder), *(one.seen.get(encoder) for one in face.hidden)]
            if any(one is not None and one.decoded is not None for one in seen):
                rows.append([decoded_cell(one, encoder if place == 0 else "") for place, one in enumerate(seen)])
    return draw_grid(columns, rows, _note(faces, settings), drawing)


def _note(faces: Sequence[StudiedFace], settings: OcclusionSettings) -> str:
    first = encoder_spec(settings.encoders[0])
    measure = "cosine" if first.measure == "cosine" else "distance"
    again = "; the face is found again" if settings.realign else "; the face keeps its points"
    return (
        f"Parts of faces hidden by {settings.cover.words}{again}. Above pictures the {measure} to the face as it is, "
        f"{first.id}. {photographs_words([face.photograph for face in faces])}"
    )


def rows_of(faces: Sequence[StudiedFace]) -> list[Row]:
    """A row a number: the score beside the face as it is, then what probes say before and after, encoder by encoder."""
    return list(_rows(faces))


def _rows(faces: Sequence[StudiedFace]) -> Iterator[Row]:
    for face in faces:
        for hidden in face.hidden:
            about: Row = {"photograph": face.photograph.name, "hidden": hidden.occlusion.name, "share": hidden.share}
            for encoder, before in face.before.items():
                yield from ({**about, **row} for row in seen_rows(before, hidden.seen.get(encoder)))


def occlusion_record(faces: Sequence[StudiedFace], settings: OcclusionSettings, drawing: GridOptions) -> Provenance:
    """How faces were hidden, with all that it takes to do it again; holds no embedding and no picture."""
    return bare_record(
        kind=KIND,
        sources=[face_record(one.photograph, one.face) for one in faces],
        occlusions=[one.model_dump(mode="json") for one in settings.occlusions],
        cover=settings.cover.model_dump(mode="json"),
        encoders=list(settings.encoders),
        realign=settings.realign,
        drawing=drawing_record(drawing),
        numbers=numbers_of(faces),
        networks=networks_of(settings.encoders, _others(settings), [one.before for one in faces]),
        versions=versions(parts_of(settings.encoders, [one.before for one in faces])),
    )


def _others(settings: OcclusionSettings) -> list[str]:
    """The networks besides the encoders'."""
    landmarks = [LANDMARK_NETWORK] if any(one.regions for one in settings.occlusions) else []
    return landmarks + ([DETECTOR_NETWORK] if settings.realign else [])


def numbers_of(faces: Sequence[StudiedFace]) -> dict[str, float | None]:
    """Every number after hiding, by photograph, what is hidden, encoder and what it is of."""
    found: dict[str, float | None] = {}
    for place, face in enumerate(faces, 1):
        for row in _rows([face]):
            after = row["after"]
            named = ", ".join(str(row[name]) for name in ("hidden", "encoder", "what"))
            found[f"{place}, {named}"] = round(after, 9) if isinstance(after, float) else None
    return found

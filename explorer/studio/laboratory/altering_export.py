"""Altered faces in a file: a figure (figures 8 to 10 of Deep Face Decoder) or a table, with its record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from explorer.science.laboratory.geometry import Alteration, Mode
from explorer.science.laboratory.geometry_maps import EmbeddingMap
from explorer.science.recognition.registry import encoder_spec
from explorer.studio.catalogue.networks import DETECTOR_NETWORK
from explorer.studio.export.page import save
from explorer.studio.export.picture_grid import Cell, GridOptions, draw_grid
from explorer.studio.export.provenance import Provenance, bare_record, source_record, write_sidecar
from explorer.studio.export.tables import Row, write_table
from explorer.studio.laboratory.altering import AlteredFace, AlteredView
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
from explorer.studio.laboratory.map_files import MapFile
from explorer.studio.laboratory.seeing import score_words, seen_rows
from explorer.studio.versions import versions

KIND = "altered faces"
# A figure that shows more alterations goes on below.
_COLUMNS = 8


@dataclass(frozen=True)
class AlteringSettings:
    """What is done to each face."""

    shown: tuple[tuple[Mode, Alteration], ...]
    encoders: tuple[str, ...]
    maps: tuple[MapFile, ...] = ()

    @property
    def all_maps(self) -> tuple[EmbeddingMap, ...]:
        """The maps of all files."""
        return tuple(one for file in self.maps for one in file.maps)


def export_altered(
    path: Path, faces: Sequence[AlteredFace], settings: AlteringSettings, drawing: GridOptions | None = None
) -> tuple[Path, Path]:
    """Write a figure, which shows the photographs, or a table; and the record beside it.

    Raises:
        UserError: another suffix, or a file cannot be written.
    """
    kind, drawing = check_ending(path), drawing or GridOptions()
    record = altering_record(faces, settings, drawing)
    if kind in TABLES:
        return write_table(path, rows_of(faces), record)
    save(draw_altered(faces, settings, drawing), path, record, drawing.lettering)
    return path, write_sidecar(path, record)


def draw_altered(faces: Sequence[AlteredFace], settings: AlteringSettings, drawing: GridOptions) -> Figure:
    """Compose the figure: altered faces in rows, and below each row what decoders draw before and after the maps."""
    columns = min(_COLUMNS, 1 + len(settings.shown))
    rows = list[list[Cell | None]]()
    for face in faces:
        for start in range(0, len(face.views), columns - 1):
            views = face.views[start : start + columns - 1]
            rows.append(
                _padded([Cell(face.picture, reconstruction=False, title=AS_IT_IS), *map(_cell, views)], columns)
            )
            for encoder in settings.encoders:
                rows += [_padded(row, columns) for row in _decoded(face, views, encoder)]
    return draw_grid([""] * columns, rows, _note(faces, settings), drawing)


def _padded(row: Sequence[Cell | None], columns: int) -> list[Cell | None]:
    return [*row, *([None] * (columns - len(row)))]


def _cell(view: AlteredView) -> Cell:
    """An altered face with the first encoder's score, and behind an arrow that of the mapped embedding."""
    first = next(iter(view.seen), "")
    plain = score_words(view.seen.get(first))
    both = [f"{plain} → {score_words(view.mapped[first])}"] if first in view.mapped else []
    return Cell(view.picture, (*both, plain), reconstruction=False, title=_title(view.alteration))


def _title(one: Alteration) -> str:
    """An alteration in few characters, so that numbers fit beside it."""
    parts = [f"{one.rotation:g}°"] if one.rotation else []
    for shift, arrows in ((one.right, "←→"), (one.down, "↑↓")):
        parts += [f"{arrows[shift > 0]} {abs(shift):g}"] if shift else []
    parts += [f"× {one.scale:g}"] if one.scale != 1 else []
    return " ".join(parts) or f"{one.rotation:g}°"


def _decoded(face: AlteredFace, views: Sequence[AlteredView], encoder: str) -> Iterator[list[Cell | None]]:
    """What the decoder draws of the altered embeddings, and of the mapped ones."""
    before = face.before.get(encoder)
    for title, seen in (
        (encoder, [view.seen.get(encoder) for view in views]),
        ("mapped", [view.mapped.get(encoder) for view in views]),
    ):
        cells = [decoded_cell(one) for one in seen]
        if any(cell is not None for cell in cells):
            yield [decoded_cell(before, title), *cells]


def _note(faces: Sequence[AlteredFace], settings: AlteringSettings) -> str:
    first = encoder_spec(settings.encoders[0])
    measure = "cosine" if first.measure == "cosine" else "distance"
    fitted = list(dict.fromkeys(one.words for face in faces for view in face.views for one in view.fitted_on.values()))
    mapped = f", and of the mapped embedding (map {'; '.join(fitted)})" if fitted else ""
    modes = {mode for mode, _ in settings.shown}
    how = "the encoder sees the altered template" if modes == {"template"} else "faces are found and aligned again"
    how = "some templates altered, some photographs aligned again" if len(modes) == 2 else how
    return (
        f"Faces turned by degrees, shifted by parts of the window, or scaled: {how}. Above pictures the {measure} to "
        f"the face as it is, {first.id}{mapped}. "
        f"{photographs_words([face.photograph for face in faces])}"
    )


def rows_of(faces: Sequence[AlteredFace]) -> list[Row]:
    """A row a number: what scores and probes say of each altered face, without a map and with it."""
    return list(_rows(faces))


def _rows(faces: Sequence[AlteredFace]) -> Iterator[Row]:
    for face in faces:
        for view in face.views:
            about: Row = {"photograph": face.photograph.name, "alteration": view.alteration.name, "mode": view.mode}
            for encoder, before in face.before.items():
                plain: Row = {**about, "map": "none", "fitted_on": None}
                yield from ({**plain, **row} for row in seen_rows(before, view.seen.get(encoder)))
                if encoder in view.mapped:
                    mapped: Row = {**about, "map": "mapped", "fitted_on": view.fitted_on[encoder].words}
                    yield from ({**mapped, **row} for row in seen_rows(before, view.mapped[encoder]))


def altering_record(faces: Sequence[AlteredFace], settings: AlteringSettings, drawing: GridOptions) -> Provenance:
    """How faces were altered, with all that it takes to do it again; holds no embedding and no picture."""
    return bare_record(
        kind=KIND,
        sources=[face_record(one.photograph, one.face) for one in faces],
        shown=[[mode, one.name] for mode, one in settings.shown],
        encoders=list(settings.encoders),
        maps=[source_record(one.name, one.sha256) for one in settings.maps],
        drawing=drawing_record(drawing),
        numbers=numbers_of(faces),
        networks=networks_of(settings.encoders, _others(settings), [one.before for one in faces]),
        versions=versions(parts_of(settings.encoders, [one.before for one in faces])),
    )


def _others(settings: AlteringSettings) -> list[str]:
    """The networks besides the encoders'."""
    return [DETECTOR_NETWORK] if any(mode == "realigned" for mode, _ in settings.shown) else []


def numbers_of(faces: Sequence[AlteredFace]) -> dict[str, float | None]:
    """Every number, by photograph, alteration, mode, map, encoder and what it is of."""
    found: dict[str, float | None] = {}
    for place, face in enumerate(faces, 1):
        for row in _rows([face]):
            after = row["after"]
            named = ", ".join(str(row[name]) for name in ("alteration", "mode", "map", "encoder", "what"))
            found[f"{place}, {named}"] = round(after, 9) if isinstance(after, float) else None
    return found

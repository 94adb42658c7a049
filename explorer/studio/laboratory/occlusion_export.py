"""Faces of which parts are hidden, in a file: a figure (figure 11 of Deep Face Decoder) or a table, with its record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from explorer.science.laboratory.occlusion import Cover, Occlusion
from explorer.science.leakage.readout import Readout
from explorer.science.recognition.registry import encoder_spec
from explorer.studio import catalogue
from explorer.studio.catalogue.networks import DETECTOR_NETWORK, LANDMARK_NETWORK
from explorer.studio.catalogue.probes import weights_of
from explorer.studio.errors import UserError
from explorer.studio.export.drawings import SheetSpec
from explorer.studio.export.page import save
from explorer.studio.export.picture_grid import Cell, GridOptions, draw_grid
from explorer.studio.export.provenance import Provenance, bare_record, source_record, write_sidecar
from explorer.studio.export.tables import Row, write_table
from explorer.studio.laboratory.occluding import SeenFace, StudiedFace
from explorer.studio.versions import versions

KIND = "occlusion"
AS_IT_IS = "as it is"
FIGURES, TABLES = (".png", ".svg", ".pdf"), (".csv", ".parquet")
SUFFIXES = (*FIGURES, *TABLES)


@dataclass(frozen=True)
class OcclusionSettings:
    """What is done to each face. realign: whether it is looked for again."""

    occlusions: tuple[Occlusion, ...]
    cover: Cover
    encoders: tuple[str, ...]
    realign: bool = False


def check_ending(path: Path) -> str:
    """The kind of file that a path's ending names, in small letters.

    Raises:
        UserError: faces of which parts are hidden are not written as this kind.
    """
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        raise UserError(f"{path.name}: occlusions are written as {', '.join(SUFFIXES)}; choose one of these endings")
    return kind


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
    save(draw_occlusions(faces, settings, drawing), path, record, SheetSpec.model_fields["lettering"].default)
    return path, write_sidecar(path, record)


def draw_occlusions(faces: Sequence[StudiedFace], settings: OcclusionSettings, drawing: GridOptions) -> Figure:
    """Compose the figure: a row a photograph, and below it one for each encoder that has a decoder.

    Above a picture stands its score beside the face as it is, of the first encoder or of the row's own.
    """
    columns = [AS_IT_IS, *(one.name for one in settings.occlusions)]
    rows, first = list[list[Cell | None]](), settings.encoders[0]
    for face in faces:
        pictures = [Cell(face.frame, reconstruction=False)]
        pictures += [Cell(one.frame, (_score(one.seen.get(first)),), reconstruction=False) for one in face.hidden]
        rows.append([*pictures])
        for encoder in settings.encoders:
            seen = [face.before.get(encoder), *(one.seen.get(encoder) for one in face.hidden)]
            if any(one is not None and one.decoded is not None for one in seen):
                rows.append([_decoded(one, encoder if place == 0 else "") for place, one in enumerate(seen)])
    return draw_grid(columns, rows, _note(faces, settings), drawing)


def _decoded(one: SeenFace | None, title: str) -> Cell | None:
    if one is None or one.decoded is None:
        return None
    return Cell(one.decoded, () if one.score is None else (_score(one),), title=title)


def _score(one: SeenFace | None) -> str:
    """A number beside a picture; what is not found has none."""
    if one is None:
        return "not found"
    return "" if one.score is None else f"{one.score.score:.2f}"


def _note(faces: Sequence[StudiedFace], settings: OcclusionSettings) -> str:
    first = encoder_spec(settings.encoders[0])
    measure = "cosine" if first.measure == "cosine" else "distance"
    names = ", ".join(f"{face.photograph.name} ({face.photograph.sha256[:8]})" for face in faces[:12])
    more = f" and {len(faces) - 12} more" if len(faces) > 12 else ""
    again = "; the face is found again" if settings.realign else "; the face keeps its points"
    return (
        f"Parts of faces hidden by {settings.cover.words}{again}. Above pictures the {measure} to the face as it is, "
        f"{first.id}. Photographs: {names}{more}."
    )


def rows_of(faces: Sequence[StudiedFace]) -> list[Row]:
    """A row a number: the score beside the face as it is, then what probes say before and after, encoder by encoder."""
    return list(_rows(faces))


def _rows(faces: Sequence[StudiedFace]) -> Iterator[Row]:
    for face in faces:
        for hidden in face.hidden:
            about: dict[str, str | float] = {
                "photograph": face.photograph.name,
                "hidden": hidden.occlusion.name,
                "share": hidden.share,
            }
            for encoder, before in face.before.items():
                now = hidden.seen.get(encoder)
                yield {**about, "encoder": encoder, **_score_row(now, encoder)}
                if now is not None:
                    for one, other in zip(before.readouts, now.readouts, strict=True):
                        if (was := number_of(one)) is not None:
                            yield {**about, "encoder": encoder, **_readout_row(one, other, was)}


def _score_row(now: SeenFace | None, encoder: str) -> dict[str, Any]:
    measure, score = encoder_spec(encoder).measure, None if now is None else now.score
    return {
        "what": "cosine" if measure == "cosine" else "distance",
        "before": 1.0 if measure == "cosine" else 0.0,
        "after": None if score is None else score.score,
        "threshold": None if score is None else score.threshold,
        "passes": False if now is None else None if score is None else score.passes,
        "fmr": None if score is None else score.fmr,
        "tells": None,
        "said_before": None,
        "said_after": None if now is not None else "no face is found",
    }


def _readout_row(one: Readout, other: Readout, was: float) -> dict[str, Any]:
    # Of classes the probability of what was said of the face as it is.
    after = other.probabilities.get(one.text) if one.probabilities else number_of(other)
    return {
        "what": one.probe,
        "before": was,
        "after": after,
        "threshold": None,
        "passes": None,
        "fmr": None,
        "tells": one.tells,
        "said_before": one.text,
        "said_after": other.text,
    }


def number_of(one: Readout) -> float | None:
    """What a readout comes to: the probability of its class, or its value; None of landmarks and colours."""
    if one.probabilities:
        return one.probability
    return one.value if isinstance(one.value, float) else None


def occlusion_record(faces: Sequence[StudiedFace], settings: OcclusionSettings, drawing: GridOptions) -> Provenance:
    """How faces were hidden, with all that it takes to do it again; holds no embedding and no picture."""
    return bare_record(
        kind=KIND,
        sources=[
            {
                **source_record(one.photograph.name, one.photograph.sha256),
                "points": one.face.points.tolist(),
                "points_by_hand": one.face.by_hand,
            }
            for one in faces
        ],
        occlusions=[one.model_dump(mode="json") for one in settings.occlusions],
        cover=settings.cover.model_dump(mode="json"),
        encoders=list(settings.encoders),
        realign=settings.realign,
        drawing={"width": drawing.width, "dpi": drawing.dpi, "mark": drawing.mark, "largest": drawing.largest},
        numbers=numbers_of(faces),
        networks=_networks(faces, settings),
        versions=versions({"encoders": settings.encoders, "probes": _probes(faces)}),
    )


def numbers_of(faces: Sequence[StudiedFace]) -> dict[str, float | str | None]:
    """Every number after hiding, by photograph, what is hidden, encoder and what it is of."""
    return {
        f"{place}, {row['hidden']}, {row['encoder']}, {row['what']}": _plain(row["after"])
        for place, face in enumerate(faces, 1)
        for row in _rows([face])
    }


def _plain(value: object) -> float | str | None:
    return round(value, 9) if isinstance(value, float) else None


def _probes(faces: Sequence[StudiedFace]) -> set[str]:
    return {one.probe for face in faces for seen in face.before.values() for one in seen.readouts}


def _networks(faces: Sequence[StudiedFace], settings: OcclusionSettings) -> Mapping[str, str]:
    """sha256 of every network and file of numbers that took part."""
    ids = [encoder_spec(encoder).network for encoder in settings.encoders]
    ids += [LANDMARK_NETWORK] if any(one.regions for one in settings.occlusions) else []
    ids += [DETECTOR_NETWORK] if settings.realign else []
    found = {id_: catalogue.sha256(id_) for id_ in ids}
    read = {encoder for face in faces for encoder, seen in face.before.items() if seen.readouts}
    for encoder in sorted(read):
        found |= weights_of(encoder, photographs=True)
    return found

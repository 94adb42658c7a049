"""What files of the laboratory have in common that show or count faces, as they are and changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from explorer.science.faces.face import Face, Photograph
from explorer.science.recognition.registry import encoder_spec
from explorer.studio import catalogue
from explorer.studio.catalogue.probes import weights_of
from explorer.studio.errors import UserError
from explorer.studio.export.picture_grid import Cell, GridOptions
from explorer.studio.export.provenance import source_record
from explorer.studio.laboratory.seeing import SeenFace, score_words
from explorer.studio.origins import Parts

AS_IT_IS = "as it is"
FIGURES, TABLES = (".png", ".svg", ".pdf"), (".csv", ".parquet")
SUFFIXES = (*FIGURES, *TABLES)
_MOST_NAMED = 12

Before = Mapping[str, SeenFace]


def check_ending(path: Path) -> str:
    """The kind of file that a path's ending names, in small letters.

    Raises:
        UserError: faces of the laboratory are not written as this kind.
    """
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        raise UserError(f"{path.name}: what becomes of faces is written as {', '.join(SUFFIXES)}; choose one of these")
    return kind


def face_record(photograph: Photograph, face: Face) -> dict[str, Any]:
    """The photograph's name and sha256, and which of its faces is meant."""
    source = source_record(photograph.name, photograph.sha256)
    return {**source, "points": face.points.tolist(), "points_by_hand": face.by_hand}


def drawing_record(drawing: GridOptions) -> dict[str, float | bool | str]:
    """How a figure is drawn."""
    return asdict(drawing)


def photographs_words(photographs: Sequence[Photograph]) -> str:
    """The photographs of a figure by their names and hashes, the first ones."""
    names = ", ".join(f"{one.name} ({one.sha256[:8]})" for one in photographs[:_MOST_NAMED])
    more = len(photographs) - _MOST_NAMED
    return f"Photographs: {names}{f' and {more} more' if more > 0 else ''}."


def decoded_cell(one: SeenFace | None, title: str = "") -> Cell | None:
    """What a decoder draws, with its score; None where it draws nothing."""
    if one is None or one.decoded is None:
        return None
    return Cell(one.decoded, () if one.score is None else (score_words(one),), title=title)


def parts_of(encoders: Iterable[str], before: Iterable[Before]) -> Parts:
    """What took part, by name."""
    probes = {one.probe for seen_by in before for seen in seen_by.values() for one in seen.readouts}
    return {"encoders": tuple(encoders), "probes": probes}


def networks_of(encoders: Iterable[str], others: Iterable[str], before: Sequence[Before]) -> dict[str, str]:
    """sha256 of every network and file of numbers that took part.

    Args:
        others: networks besides the encoders', by their ids.
    """
    found = {id_: catalogue.sha256(id_) for id_ in (*(encoder_spec(one).network for one in encoders), *others)}
    read = {encoder for seen_by in before for encoder, seen in seen_by.items() if seen.readouts}
    for encoder in sorted(read):
        found |= weights_of(encoder, photographs=True)
    return found

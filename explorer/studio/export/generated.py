"""Whether a generator drew the faces in a picture, as a record of this program in it or beside it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.science.faces.face import Photograph
from explorer.science.faces.reading import read_file, read_photograph
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import provenance_in, read_provenance

# Of pictures of faces that are no step and no result of a run.
_KINDS = ("start of an inversion", "inversion of several", "inversion of a black box", "decoded picture")


def open_picture(path: Path) -> Photograph:
    """Read a photograph, or a picture that this program wrote, from a file.

    Raises:
        FaceError: as `read_file`.
    """
    photograph = read_file(path)
    try:
        return replace(photograph, generated=shows_generated(read_provenance(path)))
    except UserError:
        return photograph  # it is of somebody else


def picture_in(data: bytes, name: str) -> Photograph:
    """Read a photograph, or a picture that this program wrote, from the bytes of a file.

    Raises:
        FaceError: as `read_photograph`.
    """
    photograph = read_photograph(data, name)
    try:
        return replace(photograph, generated=shows_generated(provenance_in(data, name)))
    except UserError:
        return photograph


def shows_generated(record: Mapping[str, Any]) -> bool:
    """Whether every face that a picture shows was drawn by a generator, by the picture's record.

    A figure that shows its photograph, too, is none of these: whose face is meant is not known.
    """
    if record.get("kind") is not None:
        return record["kind"] in _KINDS
    if "table" in record or not {"settings", "target", "runs"} & record.keys():
        return False
    drawing = record.get("drawing")
    if not isinstance(drawing, Mapping):
        return "figure" not in record  # a result of an ablation
    if drawing.get("kind") == "image" or drawing.get("part") == "mean":
        return True
    return drawing.get("source") is False and drawing.get("part") != "map"

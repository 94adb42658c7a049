"""What an export was made of, as its record says: files by their sha256, and a face by its five points.

A record comes from strangers: whatever is taken from it is bounded, and nothing in it names a file that is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.science.contents import open_file
from explorer.science.faces.choosing import face_by_hand
from explorer.science.faces.face import Face, Photograph
from explorer.studio.errors import UserError, explain

Pixels = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Points = Annotated[list[tuple[Pixels, Pixels]], Field(min_length=5, max_length=5)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Word = Annotated[str, Field(max_length=1000)]
# The vertices of a model that are its landmarks.
ModelLandmarks = Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=68, max_length=68)]
Words = Annotated[dict[Word, Word], Field(max_length=100)]


class Part(BaseModel):
    """A part of a record: what it says besides is left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


P = TypeVar("P", bound=Part)


class Source(Part):
    """A photograph or vector file."""

    name: Word
    sha256: Digest


def taken(kind: type[P], record: Mapping[str, Any], name: str) -> P:
    """Take a record, or a part of one, apart.

    Args:
        name: of the file that it is from.

    Raises:
        UserError: it is damaged.
    """
    try:
        return kind.model_validate(record)
    except ValidationError as error:
        raise damaged(name, error) from error


def damaged(name: str, error: ValidationError) -> UserError:
    """What is said of a record that is not as this program writes it."""
    return UserError(f"the provenance in {name} cannot be used: {(explain(error) or '')[:300]}")


def outdated(name: str, missing: str) -> UserError:
    """What is said of a record that was written before it said all that it takes."""
    return UserError(
        f"{name} was written by an earlier version of this program, which did not record {missing}: it cannot be made "
        "again from its record, so export it anew"
    )


def sources_by_digest(sources: Sequence[Path]) -> dict[str, Path]:
    """Files by the sha256 of their bytes.

    Raises:
        OSError: one of them cannot be read.
    """
    found = {}
    for source in sources:
        with open_file(source) as file:
            found[hashlib.file_digest(file, "sha256").hexdigest()] = source
    return found


def file_of(name: str, sha256: str, sources: Mapping[str, Path], figure: str) -> Path:
    """The file that an export was made from.

    Args:
        name, sha256: of the file, by the export's record. figure: the export's name.

    Raises:
        UserError: it is not among the sources.
    """
    if sha256 in sources:
        return sources[sha256]
    if not sources:
        raise UserError(f"{figure} was made from {name} with the sha256 {sha256[:12]}…: give that file as --source")
    here = ", ".join(f"{path.name} has {digest[:12]}…" for digest, path in sources.items())
    raise UserError(
        f"{figure} was made from {name} with the sha256 {sha256[:12]}…, and {here}: give that very file as --source"
    )


def face_again(photograph: Photograph, points: ArrayLike | None, by_hand: bool) -> Face:
    """The face that a record means, by its five points.

    Raises:
        UserError, FaceError: they are no five points.
    """
    if by_hand:
        return face_by_hand(np.array(points, np.float64), photograph)
    five = np.array(points, np.float64)
    if five.shape != (5, 2) or not np.isfinite(five).all():
        raise UserError(f"the record names no five points of the face in {photograph.name}: it is damaged")
    (left, top), (right, bottom) = five.min(0), five.max(0)
    return Face(five, (left, top, right, bottom), 1.0)

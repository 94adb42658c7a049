"""Photographs made worse in a known way: noise, blur, few pixels; and all of these by turns."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from explorer.science.errors import LikenessError
from explorer.science.faces.alignment import face_region
from explorer.science.faces.face import Face, Photograph
from explorer.science.laboratory.quality import size_of
from explorer.science.leakage.edits import PictureEdit
from explorer.science.leakage.retouch import retouched

UPRIGHT, MIXED = "upright", "mixed"


class DegradationError(LikenessError, ValueError):
    """A degradation that is not known."""


class Degradation(BaseModel):
    """What is done to a photograph: it is reduced to few pixels, and then edited.

    Example:
        >>> from explorer.science.laboratory.degradations import DEGRADATIONS
        >>> DEGRADATIONS["32px"].words(), DEGRADATIONS["upright"].words()
        ('the face at 32 px', 'as it is')
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    face: int | None = Field(None, ge=8, le=1024, description="side of the ArcFace template's square, in pixels")
    edit: PictureEdit = PictureEdit()

    def words(self) -> str:
        """Such as "noise 20 % per pixel"."""
        words = [] if self.face is None else [f"the face at {self.face} px"]
        return ", ".join([*words, *([self.edit.words()] if self.edit.changes else [])]) or "as it is"


DEGRADATIONS: Mapping[str, Degradation] = MappingProxyType(
    {
        UPRIGHT: Degradation(),
        "noise": Degradation(edit=PictureEdit(grain=20)),
        "blur": Degradation(edit=PictureEdit(blur=3)),
        "32px": Degradation(face=32),
    }
)
"""By name. The common frame is about twice as wide as a face, so a blur of 3 % is one of 6 % of the face."""


def degraded(photograph: Photograph, face: Face, name: str, seed: int = 0) -> tuple[Photograph, Face]:
    """A photograph made worse; the face keeps its place, as it was found before.

    The noise follows from the seed and the photograph's content, so that no two photographs have the same.

    Args:
        name: of `DEGRADATIONS`.

    Raises:
        DegradationError: there is none of that name.
        FaceError: the face's points coincide.
    """
    if name not in DEGRADATIONS:
        raise DegradationError(f"there is no degradation {name!r}: choose {', '.join(DEGRADATIONS)}")
    how = DEGRADATIONS[name]
    if how.face is not None:
        photograph, face = reduced(photograph, face, how.face)
    if how.edit.changes:
        photograph, face = retouched(
            photograph, face, how.edit.model_copy(update={"grain_seed": _seed(photograph, seed)})
        )
    return photograph, face


def reduced(photograph: Photograph, face: Face, side: int) -> tuple[Photograph, Face]:
    """A face's surroundings averaged down so that the ArcFace template's square has so many pixels a side.

    A face that has no more pixels than that stays as it is.

    Raises:
        FaceError: the face's points coincide.
    """
    if size_of(face) <= side:
        return photograph, face
    pixels, points = face_region(photograph.pixels, face.points)
    share = side / size_of(replace(face, points=points))
    rows, columns = (max(1, round(length * share)) for length in pixels.shape[:2])
    small = cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    moved = points * (columns / pixels.shape[1], rows / pixels.shape[0])
    left, top = moved.min(0)
    right, bottom = moved.max(0)
    placed = Face(moved, (float(left), float(top), float(right), float(bottom)), face.score, face.by_hand)
    return Photograph(small, photograph.name, photograph.sha256), placed


def by_turns(names: tuple[str, ...], count: int) -> list[str]:
    """The degradation of each of a person's photographs where they are mixed: each in turn."""
    return [names[place % len(names)] for place in range(count)]


def _seed(photograph: Photograph, seed: int) -> int:
    digest = hashlib.sha256(f"{seed}/".encode() + photograph.pixels.tobytes()).digest()
    return int.from_bytes(digest[:4], "big")

"""What is loaded: photographs, their faces, bare vectors. No Qt, no torch."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from explorer.science.faces.face import Face, Photograph
from explorer.studio.arrays import Image, Vector


@dataclass(frozen=True, eq=False)
class LoadedPhotograph:
    """A photograph in the session. `key` is its sha256; `overview` a picture of at most 512 px, its own shape."""

    key: str
    photograph: Photograph
    overview: Image


@dataclass(frozen=True, eq=False)
class LoadedFace:
    """A face in the session. `key` is stable: it survives moved points. `frame` is None until the face is embedded."""

    key: str
    name: str
    photograph_key: str
    face: Face
    thumbnail: Image
    frame: Image | None = None


@dataclass(frozen=True, eq=False)
class LoadedVector:
    """A bare embedding in the session: no picture, one encoder. `sha256` is of its file."""

    key: str
    name: str
    sha256: str
    encoder: str
    vector: Vector


def face_key(photograph_key: str, taken: Collection[str]) -> str:
    """A key for one more face of a photograph: the photograph's and the first number not taken."""
    number = 0
    while (key := f"{photograph_key}/{number}") in taken:
        number += 1
    return key

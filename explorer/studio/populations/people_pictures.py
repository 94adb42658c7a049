"""The pictures of known people in a folder, whatever its layout, in parts of a few hundred.

A data set that `likeness people set` wrote, in shards or folders; a folder in a published layout (CASIA-WebFace's,
VGGFace2's, or any that holds one for each person); InsightFace's `train.rec`, as MS1MV3 is published.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.science.faces.alignment import ARCFACE_112
from explorer.science.faces.face import Photograph
from explorer.science.faces.reading import read_file, read_photograph
from explorer.science.names import shown
from explorer.science.training.corpus import SPLITS
from explorer.science.training.folders import LAYOUTS, FolderFace, layout_of
from explorer.science.training.folders.listing import split_by_hash
from explorer.science.training.folders.record_file import NAME as RECORDS
from explorer.science.training.folders.record_file import read_offsets, read_records
from explorer.studio.errors import UserError
from explorer.studio.populations.set_shards import read_shard

PER_PART = 200
"""Photographs in a part."""


@dataclass(frozen=True, eq=False)
class PeoplePicture:
    """A picture of a source before it was looked at. aligned: whether its face lies at the points unsought."""

    identity: str
    split: str
    read: Callable[[], Photograph]
    points: NDArray[np.float64] | None
    given: Mapping[str, int]
    aligned: bool = False


@dataclass(frozen=True)
class PicturesPart:
    """Some pictures of a source. mark: what tells them from others. count: how many, where that is known."""

    mark: str
    pictures: Callable[[], Iterator[PeoplePicture]]
    count: int


def parts_of(folder: Path) -> list[PicturesPart]:
    """The pictures of a folder in parts.

    Raises:
        UserError: there is no such folder. FolderError: it is not of its layout.
    """
    if not folder.is_dir():
        raise UserError(f"there is no folder {shown(folder)}: give a data set of people, or a folder for each person")
    shards = sorted(folder.glob("*.tar"))
    if shards:
        return [_of_shard(shard) for shard in shards]
    if (folder / RECORDS).is_file():
        offsets = read_offsets(folder)
        return [_of_records(folder, offsets[first : first + PER_PART]) for first in range(0, len(offsets), PER_PART)]
    faces = LAYOUTS[layout_of(folder)].read(folder).faces
    return [_of_faces(faces[first : first + PER_PART]) for first in range(0, len(faces), PER_PART)]


def _of_shard(shard: Path) -> PicturesPart:
    def pictures() -> Iterator[PeoplePicture]:
        for sample in read_shard(shard):
            identity, split = sample.labels.get("identity"), sample.labels.get("split")
            if not isinstance(identity, str) or split not in SPLITS:
                raise UserError(f"{shown(shard)}: {sample.key} does not say whose picture it is: make the set again")

            def read(pixels: NDArray[np.uint8] = sample.pixels, key: str = sample.key) -> Photograph:
                return Photograph(pixels, key, hashlib.sha256(pixels.tobytes()).hexdigest(), generated=True)

            yield PeoplePicture(identity, split, read, None, {})

    state = shard.stat()
    mark = f"{shard.resolve()} {state.st_size} {state.st_mtime_ns}"
    return PicturesPart(mark, pictures, max(1, state.st_size // 30_000))


def _of_faces(faces: Sequence[FolderFace]) -> PicturesPart:
    def pictures() -> Iterator[PeoplePicture]:
        for face in faces:

            def read(path: Path = face.path) -> Photograph:
                return read_file(path)

            yield PeoplePicture(face.identity, face.split, read, face.points, face.attributes)

    states = [(str(face.path.resolve()), face.path.stat()) for face in faces]
    mark = json.dumps([[path, state.st_size, state.st_mtime_ns] for path, state in states])
    return PicturesPart(mark, pictures, len(faces))


def _of_records(folder: Path, offsets: Sequence[int]) -> PicturesPart:
    def pictures() -> Iterator[PeoplePicture]:
        # They were aligned by their makers: the face that is meant lies where the template has it.
        points = np.array(ARCFACE_112.points)
        for record in read_records(folder, offsets):

            def read(data: bytes = record.data, person: int = record.person) -> Photograph:
                return read_photograph(data, f"{person}.jpg")

            yield PeoplePicture(str(record.person), split_by_hash(str(record.person)), read, points, {}, aligned=True)

    state = (folder / RECORDS).stat()
    mark = f"{folder.resolve()} {state.st_size} {state.st_mtime_ns} {list(offsets)}"
    return PicturesPart(mark, pictures, len(offsets))

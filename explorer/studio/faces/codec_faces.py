"""Faces: their points, frames and embeddings."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field, FiniteFloat, JsonValue

from explorer.science.faces.face import Face
from explorer.studio.faces.state import EMBEDDINGS, FACES, PHOTOGRAPHS, LoadedFace
from explorer.studio.faces.thumbnails import thumbnail
from explorer.studio.session.saving.blobs import (
    BlobSink,
    BlobSource,
    DamagedSessionError,
    get_arrays,
    get_picture,
    put_arrays,
    put_picture,
    shaped,
)
from explorer.studio.session.saving.codec import Codec, Name, Record, Reference, Sha256, plain_name
from explorer.studio.session.slices import Values
from explorer.studio.session.snapshot import Snapshot

Point = tuple[FiniteFloat, FiniteFloat]


class _Face(Record):
    """frame, embeddings: None where it had not been embedded yet; these by encoder."""

    key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}/\d{1,6}$")]
    name: Name
    photograph: Sha256
    points: Annotated[list[Point], Field(min_length=5, max_length=5)]
    box: tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat]
    score: Annotated[float, Field(ge=0, le=1)]
    by_hand: bool
    frame: Reference | None
    embeddings: Reference | None


class _Faces(Record):
    faces: list[_Face]


def _write(snapshot: Snapshot, sink: BlobSink) -> JsonValue:
    return _Faces(faces=[_face(one, snapshot, sink) for one in snapshot[FACES].values()]).model_dump(mode="json")


def _face(one: LoadedFace, snapshot: Snapshot, sink: BlobSink) -> _Face:
    vectors = snapshot[EMBEDDINGS].get(one.key)
    face = one.face
    return _Face(
        key=one.key,
        name=one.name,
        photograph=one.photograph_key,
        points=[(float(x), float(y)) for x, y in face.points],
        box=tuple(map(float, face.box)),
        score=float(face.score),
        by_hand=face.by_hand,
        frame=None if one.frame is None else put_picture(sink, one.frame),
        embeddings=None if vectors is None else put_arrays(sink, lambda: vectors, (vectors,)),
    )


def _read(value: JsonValue, source: BlobSource, found: Snapshot) -> Values:
    faces, embeddings = {}, {}
    for one in _Faces.model_validate(value).faces:
        if one.photograph not in found[PHOTOGRAPHS]:
            raise DamagedSessionError(f"the photograph of its face {one.name[:60]!r} is missing")
        photograph = found[PHOTOGRAPHS][one.photograph].photograph
        face = Face(np.array(one.points, np.float64), one.box, one.score, one.by_hand)
        _check_place(face, photograph.pixels.shape)
        faces[one.key] = LoadedFace(
            one.key,
            plain_name(one.name),
            one.photograph,
            face,
            thumbnail(photograph.pixels, face),
            None if one.frame is None else get_picture(source, one.frame),
        )
        if one.embeddings is not None:
            arrays = get_arrays(source, one.embeddings)
            embeddings[one.key] = {encoder: shaped(arrays, encoder, (None,)) for encoder in arrays}
    return {EMBEDDINGS: embeddings, FACES: faces}


def _check_place(face: Face, shape: tuple[int, ...]) -> None:
    """Refuse a face so far from its photograph, or so small or large, that cutting it out would fill the memory."""
    reach = 4 * max(shape)
    left, top, right, bottom = face.box
    inside = np.abs(face.points).max() <= reach and max(map(abs, face.box)) <= reach
    if not inside or right <= left or bottom <= top:
        raise DamagedSessionError("one of its faces lies outside of its photograph")


CODEC = Codec("faces", (EMBEDDINGS, FACES), _write, _read)

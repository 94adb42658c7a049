"""Many faces: block by block, so that what is kept again after a change is no more than the blocks it touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import AfterValidator, Base64Bytes, Field, FiniteFloat, JsonValue

from explorer.science.faces.face import Face
from explorer.science.names import kept_path, path_kept
from explorer.studio.collection.layout import CollectionError
from explorer.studio.collection.reading import open_collection
from explorer.studio.gallery.far import Linked
from explorer.studio.gallery.pictures import is_small_jpeg
from explorer.studio.gallery.state import GALLERY, Block, Gallery, GalleryFace, Grouping, Refused, Rule
from explorer.studio.session.saving.blobs import (
    BlobSink,
    BlobSource,
    DamagedSessionError,
    get_arrays,
    get_json,
    put_arrays,
    shaped,
)
from explorer.studio.session.saving.codec import Codec, Name, Record, Reference, plain_name
from explorer.studio.session.slices import Values
from explorer.studio.session.snapshot import Snapshot

_MOST = 100_000


def _local(path: str) -> str:
    # A stranger's path may be looked up later: it must not lead to another machine.
    place = str(path_kept(path))
    if place.startswith(("//", "\\\\")) or not Path(place).is_absolute():
        raise ValueError("no path on this machine")
    return path


Local = Annotated[str, Field(max_length=20_000), AfterValidator(_local)]
Key = Annotated[str, Field(pattern=r"^[0-9a-f]{64}/\d{1,6}$")]
AnyKey = Annotated[str, Field(max_length=200)]
Point = tuple[FiniteFloat, FiniteFloat]


class _Face(Record):
    key: Key
    name: Name
    path: Local
    folder: Name
    points: Annotated[list[Point], Field(min_length=5, max_length=5)]
    box: tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat]
    score: Annotated[float, Field(ge=0, le=1)]
    thumbnail: Base64Bytes


class _Faces(Record):
    faces: Annotated[list[_Face], Field(min_length=1, max_length=4096)]


class _Block(Record):
    """faces: their records. vectors: arrays by encoder."""

    faces: Reference
    vectors: Reference


class _Refused(Record):
    path: Local
    reason: Annotated[str, Field(max_length=2000)]


class _Grouping(Record):
    rule: Rule
    encoder: Annotated[str, Field(max_length=100)]
    threshold: FiniteFloat


class _People(Record):
    grouped: dict[AnyKey, Name]
    named: dict[AnyKey, Name]
    refused: list[_Refused]


class _Linked(Record):
    """hidden: rows of the collection that are not shown."""

    folder: Local
    hidden: Annotated[list[Annotated[int, Field(ge=0)]], Field(max_length=_MOST)]


class _Gallery(Record):
    blocks: Annotated[list[_Block], Field(max_length=_MOST)]
    roots: list[Local]
    unfinished: list[Local]
    grouping: _Grouping
    people: Reference
    linked: _Linked | None = None


def _write(snapshot: Snapshot, sink: BlobSink) -> JsonValue:
    gallery = snapshot[GALLERY]
    grouping = gallery.grouping
    linked = gallery.linked
    part = _Gallery(
        blocks=[_block(block, sink) for block in gallery.blocks],
        roots=[kept_path(root) for root in gallery.roots],
        unfinished=[kept_path(root) for root in gallery.unfinished],
        grouping=_Grouping(rule=grouping.rule, encoder=grouping.encoder, threshold=grouping.threshold),
        people=sink.put("json", (gallery.grouped, gallery.named, gallery.refused), lambda: _bytes(_people(gallery))),
        linked=None if linked is None else _Linked(folder=kept_path(linked.folder), hidden=sorted(linked.hidden)),
    )
    # Versions of the program that know no collections read what has none.
    return part.model_dump(mode="json", exclude=None if linked is not None else {"linked"})


def _block(block: Block, sink: BlobSink) -> _Block:
    return _Block(
        faces=sink.put("json", (block,), lambda: _bytes(_Faces(faces=[_face(face) for face in block.faces]))),
        vectors=put_arrays(sink, lambda: block.vectors, (block.vectors,)),
    )


def _face(one: GalleryFace) -> _Face:
    left, top, right, bottom = map(float, one.face.box)
    return _Face.model_construct(
        key=one.key,
        name=one.name,
        path=kept_path(one.path),
        folder=one.folder,
        points=[(float(x), float(y)) for x, y in one.face.points],
        box=(left, top, right, bottom),
        score=float(one.face.score),
        thumbnail=one.thumbnail,
    )


def _people(gallery: Gallery) -> _People:
    refused = [_Refused(path=kept_path(one.path), reason=one.reason[:2000]) for one in gallery.refused]
    return _People(grouped=dict(gallery.grouped), named=dict(gallery.named), refused=refused)


def _bytes(record: Record) -> bytes:
    return json.dumps(record.model_dump(mode="json")).encode()


def _read(value: JsonValue, source: BlobSource, found: Snapshot) -> Values:
    part = _Gallery.model_validate(value)
    people = _People.model_validate(get_json(source, part.people))
    blocks = tuple(_read_block(block, source) for block in part.blocks)
    keys = [face.key for block in blocks for face in block.faces]
    if len(set(keys)) != len(keys):
        raise DamagedSessionError("a face of its gallery is there twice")
    gallery = Gallery(
        blocks,
        tuple(map(path_kept, part.roots)),
        tuple(map(path_kept, part.unfinished)),
        tuple(Refused(path_kept(one.path), one.reason) for one in people.refused),
        Grouping(part.grouping.rule, part.grouping.encoder, part.grouping.threshold),
        people.grouped,
        people.named,
        None if part.linked is None else _read_linked(part.linked),
    )
    return {GALLERY: gallery}


def _read_linked(one: _Linked) -> Linked:
    folder = path_kept(one.folder)
    try:
        collection = open_collection(folder)
    except CollectionError as error:
        return Linked(folder, None, str(error), frozenset(one.hidden))
    return Linked(folder, collection, hidden=frozenset(row for row in one.hidden if row < len(collection)))


def _read_block(block: _Block, source: BlobSource) -> Block:
    faces = _Faces.model_validate(get_json(source, block.faces)).faces
    arrays = get_arrays(source, block.vectors)
    vectors = {encoder: shaped(arrays, encoder, (len(faces), None)) for encoder in arrays}
    return Block(tuple(_read_face(face) for face in faces), vectors)


def _read_face(one: _Face) -> GalleryFace:
    if not is_small_jpeg(one.thumbnail):
        raise DamagedSessionError(f"the thumbnail of its face {one.name[:60]!r} is none")
    face = Face(np.array(one.points, np.float64), one.box, one.score)
    return GalleryFace(one.key, plain_name(one.name), path_kept(one.path), one.folder, face, one.thumbnail)


CODEC = Codec("gallery", (GALLERY,), _write, _read)

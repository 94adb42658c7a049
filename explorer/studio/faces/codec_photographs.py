"""Photographs: their pixels without loss and nothing else of the file they came from."""

from __future__ import annotations

from pydantic import JsonValue, TypeAdapter

from explorer.science.faces.face import Photograph
from explorer.studio.faces.state import PHOTOGRAPHS, LoadedPhotograph
from explorer.studio.faces.thumbnails import overview
from explorer.studio.session.saving.blobs import BlobSink, BlobSource, get_picture, put_picture
from explorer.studio.session.saving.codec import Codec, Name, Record, Reference, Sha256, plain_name
from explorer.studio.session.slices import Values
from explorer.studio.session.snapshot import Snapshot


class _Photograph(Record):
    """sha256: of the file that was opened, which this is not: it has none of its metadata. generated: as that said."""

    sha256: Sha256
    name: Name
    pixels: Reference
    generated: bool = False


_RECORDS = TypeAdapter(list[_Photograph])


def _write(snapshot: Snapshot, sink: BlobSink) -> JsonValue:
    records = [_photograph(one.photograph, sink) for one in snapshot[PHOTOGRAPHS].values()]
    # Earlier versions know no generated ones, and open a session that holds none.
    return _RECORDS.dump_python(records, mode="json", exclude_defaults=True)  # type: ignore[no-any-return]


def _photograph(one: Photograph, sink: BlobSink) -> _Photograph:
    pixels = put_picture(sink, one.pixels)
    return _Photograph(sha256=one.sha256, name=one.name, pixels=pixels, generated=one.generated)


def _read(value: JsonValue, source: BlobSource, found: Snapshot) -> Values:
    loaded = {}
    for one in _RECORDS.validate_python(value):
        pixels = get_picture(source, one.pixels)
        photograph = Photograph(pixels, plain_name(one.name), one.sha256, generated=one.generated)
        loaded[one.sha256] = LoadedPhotograph(one.sha256, photograph, overview(pixels))
    return {PHOTOGRAPHS: loaded}


CODEC = Codec("photographs", (PHOTOGRAPHS,), _write, _read)

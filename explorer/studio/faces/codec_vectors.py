"""Bare embeddings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue, TypeAdapter

from explorer.studio.faces.state import VECTORS, LoadedVector
from explorer.studio.faces.template_record import ChangedRecord, TemplateRecord
from explorer.studio.session.saving.blobs import BlobSink, BlobSource, get_arrays, put_arrays, shaped
from explorer.studio.session.saving.codec import Codec, Name, Record, Reference, Sha256, plain_name
from explorer.studio.session.slices import Values
from explorer.studio.session.snapshot import Snapshot


class _Vector(Record):
    sha256: Sha256
    name: Name
    encoder: Annotated[str, Field(min_length=1, max_length=100)]
    numbers: Reference
    template: TemplateRecord | None = None
    changed: ChangedRecord | None = None


_RECORDS = TypeAdapter(list[_Vector])


def _write(snapshot: Snapshot, sink: BlobSink) -> JsonValue:
    records = [_vector(one, sink) for one in snapshot[VECTORS].values()]
    return _RECORDS.dump_python(records, mode="json", exclude_defaults=True)  # type: ignore[no-any-return]


def _vector(one: LoadedVector, sink: BlobSink) -> _Vector:
    numbers = put_arrays(sink, lambda: {"vector": one.vector}, (one.vector,))
    return _Vector(
        sha256=one.sha256,
        name=one.name,
        encoder=one.encoder,
        numbers=numbers,
        template=one.template,
        changed=one.changed,
    )


def _read(value: JsonValue, source: BlobSource, found: Snapshot) -> Values:
    loaded = {}
    for one in _RECORDS.validate_python(value):
        vector = shaped(get_arrays(source, one.numbers), "vector", (None,))
        key = f"{one.sha256}/{one.encoder}"
        name = plain_name(one.name)
        loaded[key] = LoadedVector(key, name, one.sha256, one.encoder, vector, one.template, one.changed)
    return {VECTORS: loaded}


CODEC = Codec("vectors", (VECTORS,), _write, _read)

"""The manifest of a session: its version, and what each codec has to say of its part.

Every kind of thing in a session has a codec in a file of its own, which its feature names in the feature table. A file
of an older version is brought up to date step by step by `MIGRATIONS`; a file that was written before a kind existed
lacks it, and its codec is not asked. A kind that no codec knows is kept as it is (`opaque`).

Each kind has a version of its own, 1 where the manifest names none: a kind that changes its form makes no other
unreadable to older programs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from explorer import __version__
from explorer.studio.session.saving.blobs import BlobSink, BlobSource, DamagedSessionError, parsed
from explorer.studio.session.saving.codec import Codec, load_codecs
from explorer.studio.session.saving.opaque import read_unknown, write_unknown
from explorer.studio.session.snapshot import Snapshot
from explorer.studio.session.unknown import UNKNOWN

FORMAT = "likeness-session"
VERSION = 2
# What the document itself keeps, beside what the codecs do.
OWN = (UNKNOWN,)

# By version: what makes a manifest of the next one of it. Version 2 knows galleries; whatever was before stays.
MIGRATIONS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: lambda record: record}


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: str
    version: int
    program: str = Field(max_length=100)
    saved: str = Field(max_length=100, description="UTC, ISO 8601")
    kinds: dict[str, JsonValue]
    versions: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict, description="by kind, but for 1")


def write_document(snapshot: Snapshot, sink: BlobSink) -> bytes:
    """Hand the parts of a session to a sink; return the manifest that finds them."""
    codecs = load_codecs(snapshot.codecs)
    manifest = _Manifest(
        format=FORMAT,
        version=VERSION,
        program=__version__,
        saved=datetime.now(UTC).isoformat(timespec="seconds"),
        kinds={codec.kind: codec.write(snapshot, sink) for codec in codecs} | write_unknown(snapshot[UNKNOWN], sink),
        versions=_versions(codecs, snapshot),
    )
    # Programs that know of no versions of kinds read whatever needs none.
    spared = None if manifest.versions else {"versions"}
    return json.dumps(manifest.model_dump(exclude=spared), indent=1, ensure_ascii=False).encode()


def read_document(
    manifest: bytes,
    source: BlobSource,
    names: Sequence[str],
    migrations: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = MIGRATIONS,
    version: int = VERSION,
) -> Snapshot:
    """Read a session by its manifest.

    Args:
        names: of the codecs, in the order in which they are read: later ones may look at what earlier ones found.
        migrations: by version, from there to the next. version: up to which.

    Raises:
        DamagedSessionError, ValidationError, FaceError: something in it is not what a session holds.
    """
    record = parsed(manifest)
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise DamagedSessionError("it is no session of this program")
    written_by = record.get("version")
    if not isinstance(written_by, int) or isinstance(written_by, bool) or written_by < 1:
        raise DamagedSessionError("it does not say which version of the format it has")
    if written_by > version:
        raise DamagedSessionError(f"it has version {written_by} of the format: open it with a newer Likeness")
    for older in range(written_by, version):
        record = {**migrations[older](record), "version": older + 1}
    document = _Manifest.model_validate(record)
    kinds, versions, codecs = document.kinds, document.versions, load_codecs(names)
    found = Snapshot(codecs=tuple(names))
    for codec in codecs:
        if versions.get(codec.kind, 1) > codec.version:
            raise DamagedSessionError(f"its {codec.kind} are of a newer version: open it with a newer Likeness")
        if codec.kind in kinds:
            value = _up_to_date(codec, kinds[codec.kind], versions.get(codec.kind, 1))
            found = found.having(codec.read(value, source, found))
            if codec.layout is not None:
                found = replace(found, layout=codec.layout(value))
    known = {codec.kind for codec in codecs}
    unknown = {kind: value for kind, value in kinds.items() if kind not in known}
    return found.having({UNKNOWN: read_unknown(unknown, versions, source)})


def _versions(codecs: Iterable[Codec], snapshot: Snapshot) -> dict[str, int]:
    """The version of each kind that is written, but for 1."""
    versions = {codec.kind: codec.version for codec in codecs} | {part.kind: part.version for part in snapshot[UNKNOWN]}
    return {kind: version for kind, version in versions.items() if version > 1}


def _up_to_date(codec: Codec, value: JsonValue, version: int) -> JsonValue:
    for older in range(version, codec.version):
        value = codec.migrations[older](value)
    return value

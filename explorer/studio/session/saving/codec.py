"""What every codec offers, and the records that they have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from explorer.studio.session.saving.blobs import BlobSink, BlobSource
from explorer.studio.session.snapshot import Snapshot

Name = Annotated[str, Field(max_length=1000)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Reference = Annotated[str, Field(max_length=80)]


@dataclass(frozen=True)
class Codec:
    """Keeps one kind of thing.

    kind: its name in the manifest.
    write: hands parts to the sink and returns what finds them again.
    read: returns fields of `Snapshot`; the snapshot it is given holds what earlier codecs found.
    version: of what it writes. migrations: by version, what makes a value of the next one of it.
    """

    kind: str
    write: Callable[[Snapshot, BlobSink], JsonValue]
    read: Callable[[JsonValue, BlobSource, Snapshot], Mapping[str, Any]]
    version: int = 1
    migrations: Mapping[int, Callable[[JsonValue], JsonValue]] = field(default_factory=dict)


class Record(BaseModel):
    """A part of the manifest, or a blob: nothing but what it declares."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def plain_name(name: str) -> str:
    """A name without the folders that a stranger's file may have put before it."""
    return name.replace("\\", "/").rsplit("/", 1)[-1] or "unnamed"

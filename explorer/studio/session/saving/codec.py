"""What every codec offers, and the records that they have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from explorer.studio.session.saving.blobs import BlobSink, BlobSource
from explorer.studio.session.slices import Slice, Values
from explorer.studio.session.snapshot import Snapshot

Name = Annotated[str, Field(max_length=2000)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Reference = Annotated[str, Field(max_length=80)]


@dataclass(frozen=True)
class Codec:
    """Keeps one kind of thing.

    kind: its name in the manifest.
    slices: what it keeps.
    write: hands parts to the sink and returns what finds them again.
    read: returns the values of these slices; the snapshot it is given holds what earlier codecs found.
    layout: whether it keeps how the window's parts lie, too: from the snapshot, and back.
    version: of what it writes. migrations: by version, what makes a value of the next one of it.
    """

    kind: str
    slices: tuple[Slice[Any], ...]
    write: Callable[[Snapshot, BlobSink], JsonValue]
    read: Callable[[JsonValue, BlobSource, Snapshot], Values]
    layout: Callable[[JsonValue], bytes] | None = None
    version: int = 1
    migrations: Mapping[int, Callable[[JsonValue], JsonValue]] = field(default_factory=dict)


def load_codecs(names: Iterable[str]) -> tuple[Codec, ...]:
    """The codecs of dotted names, "package.module:CODEC"."""
    found = []
    for name in names:
        module, _, attribute = name.partition(":")
        found.append(getattr(import_module(module), attribute))
    return tuple(found)


class Record(BaseModel):
    """A part of the manifest, or a blob: nothing but what it declares."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def plain_name(name: str) -> str:
    """A name without the folders that a stranger's file may have put before it."""
    return name.replace("\\", "/").rsplit("/", 1)[-1] or "unnamed"

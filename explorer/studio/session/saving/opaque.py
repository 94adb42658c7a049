"""Kinds of things in a session file that this version does not know: kept as they are, and written again unchanged.

A part is opaque, but the blobs it refers to are found: every string in it, or in a JSON blob of it, that is the name of
a blob. They are checked against their hashes as all others; nothing in them is decoded but JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from pydantic import JsonValue

from explorer.studio.session.saving.blobs import REFERENCE, BlobSink, BlobSource, DamagedSessionError, parsed
from explorer.studio.session.unknown import UnknownPart

# Of all unknown parts together, in bytes: they are held in memory, and nobody can tell what they are worth.
LARGEST = 2**30


def read_unknown(
    kinds: Mapping[str, JsonValue], versions: Mapping[str, int], source: BlobSource
) -> tuple[UnknownPart, ...]:
    """Take up the kinds that no codec knows, in their order.

    Raises:
        DamagedSessionError: a blob of theirs is missing, altered or too large, or all of them are.
    """
    room, parts = LARGEST, []
    for kind, value in kinds.items():
        blobs = _blobs(value, source, room)
        room -= sum(map(len, blobs.values()))
        parts.append(UnknownPart(kind, versions.get(kind, 1), value, blobs))
    return tuple(parts)


def write_unknown(parts: tuple[UnknownPart, ...], sink: BlobSink) -> dict[str, JsonValue]:
    """Hand the blobs of unknown parts to a sink; what the manifest says of them, by kind."""
    for part in parts:
        for reference, data in part.blobs.items():
            sink.put(reference.rpartition(".")[2], (data,), partial(bytes, data))
    return {part.kind: part.value for part in parts}


def _blobs(value: JsonValue, source: BlobSource, room: int) -> dict[str, bytes]:
    """Every blob that a value leads to, by its reference."""
    found: dict[str, bytes] = {}
    waiting = list(_references(value))
    while waiting:
        reference = waiting.pop()
        if reference in found:
            continue
        data = found[reference] = source.get(reference)
        room -= len(data)
        if room < 0:
            raise DamagedSessionError(f"it holds more than {LARGEST // 2**20} MB that this program does not know")
        if reference.endswith(".json"):
            waiting += _references(parsed(data))
    return found


def _references(value: JsonValue) -> Iterator[str]:
    """The strings in a value that name blobs."""
    waiting: list[JsonValue] = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str) and REFERENCE.fullmatch(part):
            yield part
        elif isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            waiting += [*part, *part.values()]

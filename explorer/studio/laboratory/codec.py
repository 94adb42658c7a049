"""What is chosen in the laboratory."""

from __future__ import annotations

from pydantic import JsonValue

from explorer.studio.laboratory.state import LAB
from explorer.studio.laboratory.values import LabChoice
from explorer.studio.session.saving.blobs import BlobSink, BlobSource
from explorer.studio.session.saving.codec import Codec
from explorer.studio.session.slices import Values
from explorer.studio.session.snapshot import Snapshot

# Files of this machine: no session of a stranger names what is read.
_LEFT_OUT = {"maps", "modifier"}


def _write(snapshot: Snapshot, sink: BlobSink) -> JsonValue:
    choice = snapshot[LAB]
    return None if choice == LabChoice() else choice.model_dump(mode="json", exclude=_LEFT_OUT)


def _read(value: JsonValue, source: BlobSource, found: Snapshot) -> Values:
    if value is None:
        return {}
    choice = LabChoice.model_validate(value)
    return {LAB: choice.model_copy(update=dict.fromkeys(_LEFT_OUT, ""))}


CODEC = Codec("laboratory", (LAB,), _write, _read)

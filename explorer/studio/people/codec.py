"""Who is chosen in the People dock, and what is true of the pictures that were sent to Faces."""

from __future__ import annotations

from pydantic import JsonValue

from explorer.studio.faces.state import PHOTOGRAPHS
from explorer.studio.people.choice import PersonChoice
from explorer.studio.people.picture_truth import PictureTruth
from explorer.studio.people.state import PERSON, TRUTHS
from explorer.studio.session.saving.blobs import BlobSink, BlobSource
from explorer.studio.session.saving.codec import Codec, Record, Sha256
from explorer.studio.session.slices import Values
from explorer.studio.session.snapshot import Snapshot


class _People(Record):
    """truths: by photograph."""

    choice: PersonChoice
    truths: dict[Sha256, PictureTruth]


def _write(snapshot: Snapshot, sink: BlobSink) -> JsonValue:
    # What is true of a photograph that was taken out of the session may come back with it, but not from a file.
    truths = {key: truth for key, truth in snapshot[TRUTHS].items() if key in snapshot[PHOTOGRAPHS]}
    choice = snapshot[PERSON]
    if choice == PersonChoice() and not truths:
        return None
    return _People(choice=choice, truths=truths).model_dump(mode="json")


def _read(value: JsonValue, source: BlobSource, found: Snapshot) -> Values:
    if value is None:
        return {}
    kept = _People.model_validate(value)
    return {PERSON: kept.choice, TRUTHS: {key: one for key, one in kept.truths.items() if key in found[PHOTOGRAPHS]}}


CODEC = Codec("drawn people", (PERSON, TRUTHS), _write, _read)

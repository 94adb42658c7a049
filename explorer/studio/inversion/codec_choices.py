"""What the user has chosen: face, encoder, settings, weights, edits before reading, the layout of the window."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Base64Bytes, Field, JsonValue

from explorer.science.inversion.settings import InversionSettings
from explorer.science.leakage.edits import PictureEdit, VectorEdit
from explorer.studio.faces.edits import Edits
from explorer.studio.session.saving.blobs import BlobSink, BlobSource
from explorer.studio.session.saving.codec import Codec, Record
from explorer.studio.session.snapshot import Snapshot

_Key = Annotated[str, Field(max_length=200)]


class _Edits(Record):
    picture: PictureEdit
    vector: VectorEdit


class _Choices(Record):
    selected: _Key | None
    settings: InversionSettings
    weights: dict[_Key, Annotated[float, Field(ge=0, allow_inf_nan=False)]]
    edits: dict[_Key, _Edits]
    as_target: bool
    layout: Annotated[Base64Bytes, Field(max_length=10**6)]


def _write(snapshot: Snapshot, sink: BlobSink) -> JsonValue:
    choices = _Choices(
        selected=snapshot.selected,
        settings=snapshot.settings,
        weights=dict(snapshot.weights),
        edits={key: _Edits(picture=one.picture, vector=one.vector) for key, one in snapshot.edits.items()},
        as_target=snapshot.as_target,
        layout=base64.b64encode(snapshot.layout),
    )
    return choices.model_dump(mode="json")


def _read(value: JsonValue, source: BlobSource, found: Snapshot) -> Mapping[str, Any]:
    choices = _Choices.model_validate(value)
    known = {*found.faces, *found.vectors}
    return {
        "selected": choices.selected if choices.selected in known else None,
        "encoder": choices.settings.encoder,
        "settings": choices.settings,
        "weights": choices.weights,
        "edits": {key: Edits(one.picture, one.vector) for key, one in choices.edits.items() if key in known},
        "as_target": choices.as_target,
        "layout": choices.layout,
    }


CODEC = Codec("choices", _write, _read)

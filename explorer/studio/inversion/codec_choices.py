"""What the user has chosen: face, encoder, settings, weights, edits before reading, the layout of the window."""

from __future__ import annotations

import base64
from typing import Annotated

from pydantic import Base64Bytes, Field, JsonValue

from explorer.science.inversion.settings import RecordedSettings
from explorer.science.leakage.edits import PictureEdit, VectorEdit
from explorer.science.leakage.readout import Origin
from explorer.studio.faces.state import EDITS, ENCODER, FACES, ORIGINS, SELECTED, VECTORS
from explorer.studio.faces.values import Edits
from explorer.studio.inversion.plan import Plan
from explorer.studio.inversion.record import WeightChange
from explorer.studio.inversion.state import AS_TARGET, PLAN, SETTINGS, WEIGHTS
from explorer.studio.session.saving.blobs import BlobSink, BlobSource
from explorer.studio.session.saving.codec import Codec, Record
from explorer.studio.session.slices import Values
from explorer.studio.session.snapshot import Snapshot

_Key = Annotated[str, Field(max_length=200)]


class _Edits(Record):
    picture: PictureEdit
    vector: VectorEdit


class _Plan(Record):
    changes: Annotated[list[WeightChange], Field(max_length=100_000)]
    stop_at: Annotated[int, Field(ge=0)] | None


class _Choices(Record):
    selected: _Key | None
    settings: RecordedSettings
    weights: dict[_Key, Annotated[float, Field(ge=0, allow_inf_nan=False)]]
    edits: dict[_Key, _Edits]
    as_target: bool
    layout: Annotated[Base64Bytes, Field(max_length=10**6)]
    plan: _Plan | None = None
    origins: dict[_Key, Origin] = Field(default_factory=dict)


def _write(snapshot: Snapshot, sink: BlobSink) -> JsonValue:
    plan = snapshot[PLAN]
    choices = _Choices(
        selected=snapshot[SELECTED],
        settings=snapshot[SETTINGS],
        weights=dict(snapshot[WEIGHTS]),
        edits={key: _Edits(picture=one.picture, vector=one.vector) for key, one in snapshot[EDITS].items()},
        as_target=snapshot[AS_TARGET],
        layout=base64.b64encode(snapshot.layout),
        plan=None if plan is None else _Plan(changes=list(plan.changes), stop_at=plan.stop_at),
        origins=dict(snapshot[ORIGINS]),
    )
    return choices.model_dump(mode="json")


def _read(value: JsonValue, source: BlobSource, found: Snapshot) -> Values:
    choices = _Choices.model_validate(value)
    plan = choices.plan
    known = {*found[FACES], *found[VECTORS]}
    return {
        SELECTED: choices.selected if choices.selected in known else None,
        ENCODER: choices.settings.encoder,
        SETTINGS: choices.settings,
        WEIGHTS: choices.weights,
        EDITS: {key: Edits(edit.picture, edit.vector) for key, edit in choices.edits.items() if key in known},
        ORIGINS: {key: origin for key, origin in choices.origins.items() if key in known},
        AS_TARGET: choices.as_target,
        PLAN: None if plan is None else Plan(tuple(plan.changes), plan.stop_at),
    }


def _layout(value: JsonValue) -> bytes:
    return _Choices.model_validate(value).layout


_SLICES = (SELECTED, ENCODER, SETTINGS, WEIGHTS, PLAN, EDITS, ORIGINS, AS_TARGET)
CODEC = Codec("choices", _SLICES, _write, _read, _layout)

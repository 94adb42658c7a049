"""Several inversions of one embedding, once they are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, JsonValue

from explorer.studio.inversion.codec import TargetPart, read_latents, read_target, write_target
from explorer.studio.session.saving.blobs import (
    BlobSink,
    BlobSource,
    DamagedSessionError,
    get_arrays,
    get_json,
    get_picture,
    put_arrays,
    put_json,
    put_picture,
    shaped,
)
from explorer.studio.session.saving.codec import Codec, Record, Reference
from explorer.studio.session.slices import Values
from explorer.studio.session.snapshot import Snapshot
from explorer.studio.variation.state import VARIATION, VariationState
from explorer.studio.variation.values import EnsembleResult

if TYPE_CHECKING:  # the window opens before torch is loaded
    from explorer.studio.inversion.running import FinishedInversion


class _Result(Record):
    """latents: every step's and, last, the result's."""

    native: Reference
    latents: Reference


class _Variation(Record):
    """record: of the comparison, without pictures. facts: a line about each run.

    seen: what the labellers say of those results that show a face; None where they are not read, as in a session of an
    earlier version.
    """

    key: Annotated[str, Field(max_length=200)]
    target: TargetPart
    runs: Annotated[int, Field(ge=1, le=1000)]
    guided: bool
    facts: list[Annotated[str, Field(max_length=1000)]]
    record: Reference
    results: list[_Result]
    mean: Reference
    painted: Reference
    scale: Reference
    spread: Reference
    top: Annotated[float, Field(allow_inf_nan=False)]
    seen: Reference | None = None


def _write(snapshot: Snapshot, sink: BlobSink) -> JsonValue:
    state = snapshot[VARIATION]
    if state is None or state.result is None:
        return None
    varied, finished = state.result, state.result.finished
    part = _Variation(
        key=state.key,
        target=write_target(state.target, sink),
        runs=state.runs,
        guided=state.guided,
        facts=list(state.facts[: len(finished.results)]),  # a run that was stopped short is not compared
        record=put_json(sink, finished.record, (finished.record,)),
        results=[_result(one, sink) for one in finished.results],
        mean=put_picture(sink, finished.mean),
        painted=put_picture(sink, varied.painted),
        scale=put_picture(sink, varied.scale[None]),
        spread=put_arrays(sink, lambda: {"spread": finished.spread.astype(np.float32)}, (finished.spread,)),
        top=varied.top,
        seen=None if finished.labels is None else _labels(finished.labels, sink),
    )
    return part.model_dump(mode="json")


def _labels(labels: Mapping[str, NDArray[Any]], sink: BlobSink) -> str:
    """Counts of levels are whole numbers that float32 holds exactly."""
    return put_arrays(
        sink, lambda: {name: values.astype(np.float32) for name, values in labels.items()}, tuple(labels.values())
    )


def _result(one: FinishedInversion, sink: BlobSink) -> _Result:
    latents = (*one.latents, one.latent)
    arrays = put_arrays(sink, lambda: {"latents": np.stack([latent.numpy() for latent in latents])}, latents)
    return _Result(native=put_picture(sink, one.native), latents=arrays)


def _read(value: JsonValue, source: BlobSource, found: Snapshot) -> Values:
    from explorer.studio.inversion.running import FinishedInversion
    from explorer.studio.variation.running import FinishedVariation, Variation

    if value is None:
        return {}
    part = _Variation.model_validate(value)
    record = Variation.model_validate(get_json(source, part.record))
    if len(record.runs) != len(part.results) or len(part.facts) != len(part.results):
        raise DamagedSessionError("its variation lacks some of its runs")
    results = []
    for run, one in zip(record.runs, part.results, strict=True):
        *latents, latent = read_latents(get_arrays(source, one.latents), "latents", run.settings)
        results.append(FinishedInversion(run, get_picture(source, one.native), latent, tuple(latents)))
    spread = shaped(get_arrays(source, part.spread), "spread", (None, None))
    mean, painted = get_picture(source, part.mean), get_picture(source, part.painted)
    scale = get_picture(source, part.scale)
    if mean.shape != (*spread.shape, 3) or painted.shape != mean.shape or scale.shape != (1, 256, 3):
        raise DamagedSessionError("its variation has maps of different sizes")
    labels = None if part.seen is None else _seen(part.seen, len(results) - len(record.without_face), source)
    finished = FinishedVariation(record, tuple(results), mean, spread, labels)
    varied = EnsembleResult(part.key, finished, painted, scale[0], part.top, finished.reconstruction())
    pictures = tuple(one.native for one in results)
    target = read_target(part.target, source)
    state = VariationState(part.key, target, part.runs, part.guided, "finished", pictures, tuple(part.facts), varied)
    return {VARIATION: state}


def _seen(reference: Reference, faces: int, source: BlobSource) -> dict[str, NDArray[Any]]:
    from explorer.science.leakage.labels import LABELS

    arrays = get_arrays(source, reference)
    labels = {name: shaped(arrays, name, (faces, *spec.shape)) for name, spec in LABELS.items()}
    return labels | {"histogram": labels["histogram"].astype(np.int32)}


CODEC = Codec("variation", (VARIATION,), _write, _read)

"""Inversions with every step's latent, numbers and overlay, and what came of them.

Latents lie in chunks of some steps each: a chunk that is full never changes, so that an autosave during a run writes
the newest one only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, JsonValue

from explorer.science.generation.registry import DEFAULT_GENERATOR, generator_spec
from explorer.science.inversion.settings import InversionSettings, RecordedSettings
from explorer.studio.inversion.record import Branch, ContestStep, InversionRun, StepRecord, TargetRecord, WeightChange
from explorer.studio.inversion.state import COMPARED, RUN, RUNS, RunState, RunStatus, all_runs
from explorer.studio.inversion.values import Contest, Overlay, RunTarget
from explorer.studio.session.saving.blobs import (
    Arrays,
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
from explorer.studio.session.saving.codec import Codec, Record, Reference, plain_name
from explorer.studio.session.slices import Values
from explorer.studio.session.snapshot import Snapshot

if TYPE_CHECKING:  # the window opens before torch is loaded
    from torch import Tensor

CHUNK = 32
_OVERLAY: Mapping[str, tuple[int | None, ...]] = {
    "landmarks": (68, 2),
    "wanted_landmarks": (68, 2),
    "histogram": (3, None),
    "wanted_histogram": (3, None),
}
_Key = Annotated[str, Field(min_length=1, max_length=200)]


class TargetPart(Record):
    """What was worked towards. embeddings: the target under "target", held-out ones by encoder."""

    key: _Key
    record: TargetRecord
    embeddings: Reference
    frame: Reference | None


class _Contest(Record):
    """A contest of starts without their pictures."""

    starts: Annotated[int, Field(ge=1, le=10**6)]
    proposed: Annotated[int, Field(ge=0, le=10**6)]
    length: Annotated[int, Field(ge=0, le=10**6)]
    steps: Annotated[list[ContestStep], Field(max_length=10**6)]


class _Run(Record):
    """result: without its steps, which are these."""

    key: _Key
    number: Annotated[int, Field(ge=1, le=10**9)]
    target: TargetPart
    settings: RecordedSettings
    status: RunStatus
    steps: list[StepRecord]
    latents: list[Reference]
    changes: list[WeightChange]
    target_overlay: Reference | None
    image: Reference | None
    best_image: Reference | None
    best_index: int | None
    seconds: float
    native: Reference | None
    result: dict[str, JsonValue] | None
    branch: Branch | None
    contest: _Contest | None = None


class _Runs(Record):
    runs: list[Reference]
    shown: _Key | None
    compared: list[_Key]


def _write(snapshot: Snapshot, sink: BlobSink) -> JsonValue:
    runs = [put_json(sink, _run(one, sink), (one,)) for one in all_runs(snapshot).values() if one.steps]
    run = snapshot[RUN]
    return _Runs(runs=runs, shown=None if run is None else run.key, compared=list(snapshot[COMPARED])).model_dump(
        mode="json"
    )


def _run(run: RunState, sink: BlobSink) -> _Run:
    overlay = run.target_overlay
    return _Run(
        key=run.key,
        number=run.number,
        target=write_target(run.target, sink),
        settings=run.settings,
        status=run.status,
        steps=list(run.steps),
        latents=[_put_chunk(sink, *chunk) for chunk in _chunks(run)],
        changes=list(run.changes),
        target_overlay=None if overlay is None else put_arrays(sink, lambda: dict(_parts(overlay)), (overlay,)),
        image=None if run.image is None else put_picture(sink, run.image),
        best_image=None if run.best_image is None else put_picture(sink, run.best_image),
        best_index=run.best_index,
        seconds=run.seconds,
        native=None if run.native is None else put_picture(sink, run.native),
        result=None if run.result is None else run.result.model_dump(mode="json", exclude={"steps"}),
        branch=run.branch,
        contest=None if run.contest is None else _put_contest(run.contest),
    )


def _put_contest(contest: Contest) -> _Contest:
    steps = list(contest.steps)
    return _Contest(starts=contest.starts, proposed=contest.proposed, length=contest.length, steps=steps)


def write_target(target: RunTarget, sink: BlobSink) -> TargetPart:
    """Keep what an inversion works towards."""
    embeddings = {"target": target.vector, **{f"held-out/{name}": one for name, one in target.held_out.items()}}
    return TargetPart(
        key=target.key,
        record=target.record,
        # Not by the vector: a bare one is kept by itself, too, under another name.
        embeddings=put_arrays(sink, lambda: embeddings, (target,)),
        frame=None if target.frame is None else put_picture(sink, target.frame),
    )


def read_target(part: TargetPart, source: BlobSource) -> RunTarget:
    """Read what an inversion worked towards."""
    arrays = get_arrays(source, part.embeddings)
    record = part.record.model_copy(update={"name": plain_name(part.record.name)})
    held_out = {
        name.removeprefix("held-out/"): shaped(arrays, name, (None,)) for name in arrays if name.startswith("held-out/")
    }
    frame = None if part.frame is None else get_picture(source, part.frame)
    return RunTarget(part.key, record, shaped(arrays, "target", (None,)), held_out, frame)


def _chunks(run: RunState) -> Iterator[tuple[Sequence[Tensor], Sequence[Overlay | None]]]:
    for begin in range(0, len(run.latents), CHUNK):
        yield run.latents[begin : begin + CHUNK], run.overlays[begin : begin + CHUNK]


def _put_chunk(sink: BlobSink, latents: Sequence[Tensor], overlays: Sequence[Overlay | None]) -> str:
    def arrays() -> Arrays:
        found: dict[str, NDArray[Any]] = {"latents": np.stack([latent.numpy() for latent in latents])}
        for number, overlay in enumerate(overlays):
            if overlay is not None:
                found |= {f"{number}/{name}": values for name, values in _parts(overlay)}
        return found

    return put_arrays(sink, arrays, tuple(latents))


def _parts(overlay: Overlay) -> Iterator[tuple[str, NDArray[np.float32]]]:
    for name in _OVERLAY:
        values = getattr(overlay, name)
        if values is not None:
            yield name, values.astype(np.float32, copy=False)


def _read(value: JsonValue, source: BlobSource, found: Snapshot) -> Values:
    listed = _Runs.model_validate(value)
    runs = {run.key: run for run in (_loaded(get_json(source, one), source) for one in listed.runs)}
    return {
        RUNS: runs,
        COMPARED: tuple(key for key in listed.compared if key in runs),
        RUN: runs.get(listed.shown or ""),
    }


def _loaded(value: object, source: BlobSource) -> RunState:
    record = _Run.model_validate(value)
    latents: list[Tensor] = []
    overlays: list[Overlay | None] = []
    for reference in record.latents:
        arrays = get_arrays(source, reference)
        latents += read_latents(arrays, "latents", record.settings)
        overlays += [_overlay(arrays, f"{number}/") for number in range(len(latents) - len(overlays))]
    if len(latents) != len(record.steps) or [one.index for one in record.steps] != list(range(len(record.steps))):
        raise DamagedSessionError(f"its run {record.number} has {len(record.steps)} steps and {len(latents)} latents")
    if record.best_index is not None and not 0 <= record.best_index < len(record.steps):
        raise DamagedSessionError(f"its run {record.number} has no step {record.best_index}")
    target = read_target(record.target, source)
    steps = [one.model_dump() for one in record.steps]
    result = None if record.result is None else InversionRun.model_validate({**record.result, "steps": steps})
    if result is not None and not 0 <= result.best_index < len(record.steps):
        raise DamagedSessionError(f"its run {record.number} has no step {result.best_index}")
    ended: RunStatus = record.status if record.status in ("finished", "failed") and result is not None else "stopped"
    wanted = None if record.target_overlay is None else _overlay(get_arrays(source, record.target_overlay), "")
    pictures = {
        name: None if reference is None else get_picture(source, reference)
        for name, reference in (("image", record.image), ("best", record.best_image), ("native", record.native))
    }
    return RunState(
        key=record.key,
        target=target,
        target_frame=target.frame,
        settings=record.settings,
        status=ended,
        steps=tuple(record.steps),
        latents=tuple(latents),
        overlays=tuple(overlays),
        target_overlay=wanted,
        changes=tuple(record.changes),
        image=pictures["image"],
        best_image=pictures["best"],
        best_index=record.best_index,
        seconds=record.seconds,
        native=pictures["native"],
        result=result,
        number=record.number,
        branch=record.branch,
        contest=None if record.contest is None else _contest(record.contest),
    )


def _contest(record: _Contest) -> Contest:
    return Contest(record.starts, record.proposed, record.length, steps=tuple(record.steps))


def read_latents(arrays: Arrays, name: str, settings: InversionSettings) -> list[Tensor]:
    """Some latents of the settings' generator, one behind the other, as a list.

    A brought generator need not be on this machine, or another may have its name: it is drawing that asks.

    Raises:
        DamagedSessionError: they have another shape than the program's own generator states, or are no latents.
    """
    from torch import from_numpy

    shapes: list[tuple[int | None, ...]] = [(None, None), (None, None, None)]
    if settings.generator == DEFAULT_GENERATOR:
        own = generator_spec(settings.generator)
        shapes = [(None, *own.latent_shape(space)) for space in ("Z", "W", "W+")]
    stacked = shaped(arrays, name, *shapes)
    return list(from_numpy(stacked.copy()))


def _overlay(arrays: Arrays, prefix: str) -> Overlay | None:
    parts = {
        name: shaped(arrays, f"{prefix}{name}", shape)
        for name, shape in _OVERLAY.items()
        if f"{prefix}{name}" in arrays
    }
    return Overlay(**parts) if parts else None


CODEC = Codec("runs", (RUNS, COMPARED, RUN), _write, _read)

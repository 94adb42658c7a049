"""How a run came about, as exports carry it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from explorer import __version__
from explorer.studio.export.drawings import Drawing, ImageSpec
from explorer.studio.export.provenance import FORMAT, Provenance, bare_record, source_record, without_directories
from explorer.studio.inversion.record import InversionRun
from explorer.studio.inversion.state import RunState
from explorer.studio.origins import Parts, plugin_versions


def provenance(
    run: InversionRun,
    *,
    drawing: Drawing | None = None,
    embedding: Sequence[float] | None = None,
    latent: Sequence[float] | None = None,
) -> Provenance:
    """Describe how a run was made, for `likeness reproduce` and for whoever finds the figure.

    Args:
        run: the run. Of its target only the file's name, its sha256 and the five points go in.
        drawing: how the figure is drawn.
        embedding, latent: biometric data, which go in only where the user asked for it.
    """
    record: Provenance = {
        "format": FORMAT,
        "program": {"name": "likeness", "version": __version__},
        "created": run.created,
        "settings": run.settings.model_dump(mode="json"),
        "target": run.target.model_dump(mode="json") | {"name": without_directories(run.target.name)},
        "sought": dict(run.sought),
        "weight_changes": [change.model_dump(mode="json") for change in run.weight_changes],
        "steps": run.steps[-1].index if run.steps else 0,
        "best_index": run.best_index,
        "stopped_by": run.stopped_by,
        "begun_from": run.begun_from,
        "proposed_starts": run.proposed_starts,
        "scores": [score.model_dump(mode="json") for score in run.scores],
        "device": run.device,
        "versions": run.versions,
        "networks": run.networks,
        "latent_sha256": run.latent_sha256,
    }
    if drawing is not None:
        record["drawing"] = drawing.model_dump(mode="json")
    if run.branch is not None:
        record["branch"] = run.branch.model_dump(mode="json")
    if embedding is not None:
        record["embedding"] = [float(value) for value in embedding]
    if latent is not None:
        record["latent"] = [float(value) for value in latent]
    return record


def run_record(run: RunState, drawing: Drawing | None = None, **more: Any) -> Provenance:
    """Describe a run, finished or as far as it came.

    One that was not finished can be made again as if it had been stopped there.
    """
    if run.result is not None:
        return {**provenance(run.result, drawing=drawing), **more}
    target = run.target.record.model_dump(mode="json")
    record = bare_record(
        settings=run.settings.model_dump(mode="json"),
        target=target | source_record(run.target.record.name, run.target.record.sha256),
        weight_changes=[change.model_dump(mode="json") for change in run.changes],
        steps=max(len(run.steps) - 1, 0),
        stopped_by="user",
        unfinished=True,
        device="",
        versions=plugin_versions(_parts(run)),
        networks={},
    )
    if run.branch is not None:
        record["branch"] = run.branch.model_dump(mode="json")
    if drawing is not None:
        record["drawing"] = drawing.model_dump(mode="json")
    return record | more


def _parts(run: RunState) -> Parts:
    """What takes part in a run that is not finished, by name; of the loss terms those that have had a weight."""
    weights = [run.settings.weights, *(step.weights for step in run.steps)]
    return {
        "encoders": (run.settings.encoder,),
        "generators": (run.settings.generator,),
        "terms": {term for one in weights for term, weight in one.items() if weight > 0},
    }


def step_record(run: RunState, step: int | None) -> Provenance:
    """Describe a run and which of its pictures is meant: of a step, or its result."""
    return run_record(run, ImageSpec(step=step))

"""An exported figure's runs made again from what its provenance says, and compared with what they were.

A record comes from strangers: it is taken through the same bounded models as any setting, and nothing in it names a
file that is read.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from torch import Tensor

from explorer.science.evaluation.score import EncoderScore
from explorer.science.faces.reading import read_file
from explorer.science.generation.registry import GENERATORS, generator_spec
from explorer.science.inversion.settings import InversionSettings, RecordedSettings
from explorer.science.inversion.step import InversionStep, StartsProgress
from explorer.science.inversion.terms import default_weights
from explorer.science.iteration import Steps
from explorer.science.leakage.edits import PictureEdit, VectorEdit
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.regressors import regressed_space, regressor_file
from explorer.studio.errors import UserError
from explorer.studio.export.drawings import Drawing, FigureSpec
from explorer.studio.export.provenance import Provenance, read_provenance
from explorer.studio.faces.edits import altered_photograph, altered_vector
from explorer.studio.inversion.record import Branch, BranchingPoint, InversionRun, TargetRecord, WeightChange
from explorer.studio.inversion.running import (
    FinishedInversion,
    GuidanceReady,
    InversionTarget,
    Rendering,
    latent_digest,
    run_inversion,
)
from explorer.studio.inversion.targets import OpenedTarget, photograph_target, vector_target
from explorer.studio.reproducing.comparing import changes
from explorer.studio.reproducing.sources import damaged, face_again, file_of

MOST_RUNS = 256
# Kinds of exports that `explorer.studio.reproducing` makes again.
OTHERS = ("readouts", "fit", "view", "embedding")

Repeating = Generator[GuidanceReady | StartsProgress | InversionStep | Rendering, None, FinishedInversion]


class Recipe(BaseModel):
    """What a record says of a run: all that it takes to make it again, and what to hold the new one against.

    latent: the result's numbers in order, where the user asked for them to be in the file.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    settings: RecordedSettings
    target: TargetRecord
    weight_changes: Annotated[list[WeightChange], Field(max_length=100_000)] = Field(default_factory=list)
    steps: Annotated[int, Field(ge=0)]
    stopped_by: str
    branch: Branch | None = None
    proposed_starts: int = 0
    scores: Annotated[list[EncoderScore], Field(max_length=100)] = Field(default_factory=list)
    device: str
    versions: dict[str, str]
    networks: dict[str, str]
    latent_sha256: str | None = None
    latent: Annotated[list[float], Field(max_length=2**20)] | None = None

    @model_validator(mode="after")
    def _latent_of_the_generator(self) -> Self:
        if self.settings.generator not in GENERATORS:
            return self
        generator = generator_spec(self.settings.generator)
        largest = max(math.prod(generator.latent_shape(space)) for space in ("Z", "W+"))
        if self.latent is not None and len(self.latent) > largest:
            raise ValueError(f"its latent has {len(self.latent)} numbers, and its generator's {largest} at most")
        return self


@dataclass(frozen=True, eq=False)
class Recorded:
    """What a file says of itself. runs: in the order of the figure. record: the whole."""

    name: str
    record: Provenance
    runs: tuple[Recipe, ...]
    drawing: Drawing


@dataclass(frozen=True, eq=False)
class RunReproduction:
    """A run made again, and how it compares.

    same_latent: whether its latent is the recorded one to the last bit; None where no digest was recorded.
    latent_error: largest absolute difference to the recorded latent; None where that is not in the file.
    score_error: largest absolute difference of a score; None where nothing was scored both times.
    differences: what was not as it was then, a line each.
    """

    finished: FinishedInversion
    opened: OpenedTarget
    same_latent: bool | None
    latent_error: float | None
    score_error: float | None
    differences: tuple[str, ...]


def read_recorded(path: Path) -> Recorded:
    """Read what a figure, or the JSON beside it, says of how it was made.

    Raises:
        UserError: it holds no provenance, or not that of an inversion.
    """
    record = read_provenance(path)
    return recorded(record, path.name)


def recorded(record: Provenance, name: str) -> Recorded:
    """Take a record apart; else as `read_recorded`."""
    if "settings" not in record or "target" not in record:
        what = str(record.get("kind") or "something else")[:40]
        otherwise = "; `likeness reproduce` makes it again" if what in OTHERS else ""
        raise UserError(f"{name} was not made by an inversion ({what}) and has no settings of one{otherwise}")
    try:
        listed = record.get("runs") or [record]
        runs = TypeAdapter(Annotated[list[Recipe], Field(min_length=1, max_length=MOST_RUNS)]).validate_python(listed)
        given = record.get("drawing")
        drawing: Drawing = FigureSpec() if given is None else TypeAdapter(Drawing).validate_python(given)
    except ValidationError as error:
        raise damaged(name, error) from error
    return Recorded(name, record, tuple(runs), drawing)


def source_of(recipe: Recipe, sources: Mapping[str, Path], name: str) -> Path:
    """The file that a run was made from.

    Raises:
        UserError: it is not among them.
    """
    return file_of(recipe.target.name, recipe.target.sha256, sources, name)


def target_again(networks: Networks, recipe: Recipe, source: Path) -> OpenedTarget:
    """Read the source and make of it what was inverted: the same five points, the same edits.

    Raises:
        UserError, FaceError: the file cannot be used.
        MissingNetwork: an encoder is not in the cache.
    """
    return target_of_record(networks, recipe.target, source)


def target_of_record(networks: Networks, record: TargetRecord, source: Path) -> OpenedTarget:
    """As `target_again`, of what a record says of its target."""
    if record.kind == "vector":
        opened = OpenedTarget(vector_target(source, record.encoder), None)
        return _altered(opened, record, opened.target.embedding.numpy())
    photograph = read_file(source)
    face = face_again(photograph, record.points, record.points_by_hand)
    opened = photograph_target(networks, photograph, face, record.encoder)
    vector = opened.target.embedding.numpy()
    if record.picture_edit is not None:
        vector, frame = altered_photograph(networks, record.encoder, photograph, face, record.picture_edit)
        opened = OpenedTarget(replace(opened.target, frame=frame), frame)
    return _altered(opened, record, vector)


def _altered(opened: OpenedTarget, record: TargetRecord, vector: np.ndarray[Any, np.dtype[np.float32]]) -> OpenedTarget:
    picture, edit = record.picture_edit or PictureEdit(), record.vector_edit or VectorEdit()
    if not (picture.changes or edit.changes):
        return opened
    vector = altered_vector(vector, edit)
    about = opened.target.record.altered(vector, picture, edit)
    return replace(opened, target=replace(opened.target, record=about, embedding=torch.from_numpy(vector)))


class Sliders:
    """The weights of the terms as they were at each step. `step`: the one that comes next."""

    def __init__(self, settings: InversionSettings, changes: Sequence[WeightChange]) -> None:
        self._first = {**default_weights(), **settings.weights}
        self._changes = sorted(changes, key=lambda change: change.step)
        self.step = 0

    def weights(self) -> dict[str, float]:
        """At the step that comes next."""
        return self._first | {one.term: one.weight for one in self._changes if one.step <= self.step}


def run_again(networks: Networks, recipe: Recipe, target: InversionTarget) -> Repeating:
    """Make a run again: the runs that it goes on from as far as it needs them, its sliders as they were moved, and
    its end where the user stopped it.

    Raises:
        UserError, ValueError: as `run_inversion`; an earlier run does not come as far as it did.
        AbsentGeneratorError: the generator that drew it is not on this machine.
    """
    settings = recipe.settings
    generator_spec(settings.generator)
    if recipe.branch is None and not recipe.proposed_starts:
        # A regressor that has been trained since would propose starts that the run did not have.
        settings = settings.model_copy(update={"regressor": False})
    branch = None
    if recipe.branch is not None:
        branch = yield from _branching_point(networks, target, recipe.branch)
    sliders = Sliders(settings, recipe.weight_changes)
    stops = recipe.stopped_by == "user"
    running = Steps(
        run_inversion(
            networks,
            target,
            settings,
            branch=branch,
            weights=sliders.weights,
            recorded=recipe.networks,
            should_stop=lambda: stops and sliders.step > recipe.steps,
        )
    )
    for event in running:
        if isinstance(event, InversionStep):
            sliders.step = event.index + 1
        yield event
    finished = running.result
    assert finished is not None, "it is stopped behind a step, and so has begun"
    return replace(finished, run=finished.run.model_copy(update={"settings": recipe.settings}))


def _branching_point(
    networks: Networks, target: InversionTarget, branch: Branch
) -> Generator[GuidanceReady | StartsProgress | InversionStep | Rendering, None, BranchingPoint]:
    """Make an earlier run again up to the step that another goes on from."""
    settings, earlier = branch.settings, None
    if branch.branch is not None:
        earlier = yield from _branching_point(networks, target, branch.branch)
    sliders = Sliders(branch.settings, branch.weight_changes)
    # In records from before there were several, the only one there was.
    recorded = {branch.regressor or regressor_file(settings.encoder, regressed_space(settings.space)).stem}
    running = run_inversion(networks, target, settings, branch=earlier, weights=sliders.weights, recorded=recorded)
    for event in running:
        yield event
        if isinstance(event, InversionStep):
            sliders.step = event.index + 1
            if event.index == branch.step:
                running.close()
                return BranchingPoint(branch, event.latent)
    raise UserError(f"the run that this one goes on from ends before its step {branch.step}: it cannot be made again")


def compared(recipe: Recipe, opened: OpenedTarget, finished: FinishedInversion) -> RunReproduction:
    """Hold a run that was made again against its record."""
    run = finished.run
    return RunReproduction(
        finished,
        opened,
        None if recipe.latent_sha256 is None else recipe.latent_sha256 == latent_digest(finished.latent),
        None if recipe.latent is None else latent_error(recipe.latent, finished.latent),
        _score_error(recipe.scores, run.scores),
        differences(recipe, run),
    )


def latent_error(before: Sequence[float], now: Tensor) -> float:
    """Largest absolute difference; infinite where they are not of one shape."""
    numbers = now.flatten().double()
    if len(before) != len(numbers):
        return float("inf")
    return float((torch.tensor(before, dtype=torch.float64) - numbers).abs().max())


def _score_error(before: Sequence[EncoderScore], now: Sequence[EncoderScore]) -> float | None:
    known = {one.encoder: one.score for one in now}
    both = [abs(one.score - known[one.encoder]) for one in before if one.encoder in known]
    return max(both, default=None)


def differences(recipe: Recipe, run: InversionRun) -> tuple[str, ...]:
    """What was not as it was when the figure was made, a line each."""
    if not recipe.networks:
        return ("the record names no networks and versions: the run was not finished when it was written",)
    lines = [*changes(recipe.networks, run.networks, recipe.versions, run.versions)]
    if recipe.device != run.device:
        lines.append(f"device: {recipe.device} then, {run.device} now")
    if recipe.steps != run.steps[-1].index:
        lines.append(f"steps: {recipe.steps} then, {run.steps[-1].index} now")
    return tuple(lines)

"""Train a localiser by who is seen alone (thesis, sections 5.2.7 to 5.2.9), in stages that follow each other.

First it learns one fixed pose over all its layers; then the recogniser learns near-frontal faces under that pose; then
both learn together, of heads that are turned further in each phase. Landmarks and poses take part only where a weight
of the settings says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from explorer.science.alignment.faces import Placement, PosedFaces
from explorer.science.alignment.localiser import Localiser, numbers_of
from explorer.science.alignment.losses import (
    fixed_pose_loss,
    identity_loss,
    landmark_loss,
    same_shape_loss,
    shape_penalty,
    triplet_loss,
)
from explorer.science.alignment.recogniser import UvRecogniser, unit
from explorer.science.alignment.settings import LocaliserSettings
from explorer.science.alignment.transformer import SpatialTransformer
from explorer.science.shares import agreed, whole
from explorer.science.training.face_encoder import rows_of_step
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingError, TrainingLoop, seeded

# Steps of a round, behind each of which a training may be left and gone on with.
_STEPS = 20
# Rounds between two checkpoints.
_KEPT = 5
FIXED_POSE, WARM_UP = "fixed-pose", "warm-up"
Batch = tuple[Tensor, Tensor, Tensor]


class AlignmentNetworks(nn.Module):
    """What is trained: the localiser and the recogniser, which only teaches it."""

    def __init__(self, settings: LocaliserSettings, people: int) -> None:
        super().__init__()
        self.localiser = Localiser(settings)
        self.recogniser = UvRecogniser(people, settings.width)


@dataclass(frozen=True)
class Stage:
    """One stage. yaw: up to which heads are turned, in degrees. schedule: "" where all schedules share it."""

    name: str
    yaw: float
    steps: int
    schedule: str = ""

    @property
    def rounds(self) -> int:
        """Of the training loop."""
        return -(-self.steps // _STEPS)


@dataclass(frozen=True, eq=False)
class LocaliserState:
    """Progress of a training.

    stage: and how many of its steps are `made`. losses: of the last batch before its step, by name, "accuracy" among
    them; empty where none was made in this run. networks: so far; in place, they go on being trained.
    """

    stage: Stage
    made: int
    losses: Mapping[str, float]
    networks: AlignmentNetworks

    @property
    def finished(self) -> bool:
        """Whether the stage is."""
        return self.made >= self.stage.steps


def stages_of(settings: LocaliserSettings) -> tuple[Stage, ...]:
    """The stages in their order.

    Example:
        >>> from explorer.science.alignment import LocaliserSettings
        >>> from explorer.science.training.localiser import stages_of
        >>> [stage.name for stage in stages_of(LocaliserSettings(schedule="direct"))]
        ['fixed-pose', 'warm-up', 'yaw-10', 'yaw-30-direct']
    """
    (first, steps), *rest = settings.phases
    stages = [Stage(FIXED_POSE, rest[-1][0], settings.pretraining)]
    if settings.warm_up:
        stages.append(Stage(WARM_UP, first, settings.warm_up))
    stages.append(Stage(f"yaw-{first}", first, steps))
    for yaw, count in rest:
        direct = settings.schedule == "direct"
        stages.append(Stage(f"yaw-{yaw}" + "-direct" * direct, yaw, count, settings.schedule))
    return tuple(stages)


def train_localiser(
    faces: PosedFaces,
    settings: LocaliserSettings,
    transformer: SpatialTransformer,
    placement: Placement,
    folder: Path,
    compute: Compute = CPU,
    out_of_time: Callable[[], bool] = lambda: False,
) -> Iterator[LocaliserState]:
    """Train stage by stage, yielding after some steps at a time, and once for every stage that was finished before.

    A training goes on from its checkpoints, and ends as if it had never stopped.

    Args:
        faces: of known people. transformer: of the settings; it is moved to the training's device.
        placement: of the mean face in the pictures.
        folder: where a checkpoint of each stage is kept; phased and direct trainings share the first ones.
        out_of_time: asked before each round; the training ends where it says so.

    Raises:
        TrainingError: as of `TrainingLoop`; or a stage has too few faces.
    """
    with seeded(settings.seed):
        networks = AlignmentNetworks(settings, faces.count)
    # Its rates do not depend on what is trained, and neither do its losses on the schedule.
    followed = settings.model_dump_json(exclude={"schedule"}), placement, faces.digest()
    fixed = numbers_of(placement.fixed(settings.components))
    for stage in stages_of(settings):
        rows = faces.within(stage.yaw)
        if len(faces.people[rows].unique()) < 2:
            raise TrainingError(f"fewer than two people have pictures of at most {stage.yaw:g} degrees of yaw")
        plan = Plan(
            identity=f"localiser, {stage}: {followed}",
            seed=settings.seed,
            rounds=stage.rounds,
            batches=_batches(faces, rows, settings, stage),
            losses=_losses(stage, settings, transformer, fixed),
            optimiser=_optimiser(stage, settings),
            groups=_groups(networks, stage, settings),
            checkpoint=folder / f"{stage.name}.pt",
            checkpoint_every=_KEPT,
        )
        loop: TrainingLoop[AlignmentNetworks, Batch] = TrainingLoop(networks, plan, compute)
        transformer.to(loop.device)
        if loop.made == stage.rounds:
            yield LocaliserState(stage, stage.steps, {}, networks)
        for made in loop:
            losses = {name: float(value) for name, value in made.losses.items()}
            yield LocaliserState(stage, min(made.made * _STEPS, stage.steps), losses, networks)
            if agreed(out_of_time()):
                return


def _groups(networks: AlignmentNetworks, stage: Stage, settings: LocaliserSettings) -> list[dict[str, Any]]:
    """What a stage trains, at which rates."""
    localiser = {"params": list(networks.localiser.parameters()), "lr": settings.rate}
    recogniser = {"params": list(networks.recogniser.parameters()), "lr": settings.recogniser_rate}
    if stage.name == FIXED_POSE:
        return [localiser | {"lr": settings.pretraining_rate}]
    return [recogniser] if stage.name == WARM_UP else [localiser, recogniser]


def _optimiser(stage: Stage, settings: LocaliserSettings) -> Optimiser:
    """Rates fall along a cosine, but for the recogniser's alone, which goes on learning in the next stage."""
    return Optimiser("adam", settings.rate, "constant" if stage.name == WARM_UP else "cosine", 0.03)


def _batches(
    faces: PosedFaces, rows: Tensor, settings: LocaliserSettings, stage: Stage
) -> Callable[[int], Iterator[Batch]]:
    def batches(number: int) -> Iterator[Batch]:
        for step in range(number * _STEPS, min((number + 1) * _STEPS, stage.steps)):
            if settings.per_person > 1 and stage.name not in (FIXED_POSE, WARM_UP):
                some = rows[_several(faces.people[rows], step, settings)]
            else:
                some = rows[rows_of_step(len(rows), step, settings.batch, settings.seed)]
            yield faces.seen(some), faces.people[some], faces.landmarks[some]

    return batches


def _several(people: Tensor, step: int, settings: LocaliserSettings) -> Tensor:
    """Places of a batch of a few people with several pictures each, some of them more than once where they have few."""
    random = torch.Generator().manual_seed(1_000_003 * settings.seed + step)
    there = people.unique()
    chosen = there[torch.randperm(len(there), generator=random)[: max(2, settings.batch // settings.per_person)]]
    places = []
    for person in chosen:
        own = (people == person).nonzero().flatten()
        order = torch.randperm(len(own), generator=random).repeat(settings.per_person)
        places.append(own[order[: settings.per_person]])
    return torch.cat(places)


def _losses(
    stage: Stage, settings: LocaliserSettings, transformer: SpatialTransformer, fixed: Tensor
) -> Callable[[AlignmentNetworks, Batch], Mapping[str, Tensor]]:
    def to_fixed_pose(networks: AlignmentNetworks, batch: Batch) -> Mapping[str, Tensor]:
        return fixed_pose_loss(networks.localiser.numbers(batch[0]), fixed.to(batch[0]))

    def warm_up(networks: AlignmentNetworks, batch: Batch) -> Mapping[str, Tensor]:
        pictures, people, _ = batch
        networks.localiser.eval()
        with torch.no_grad():
            textures = transformer(pictures, networks.localiser(pictures)).completed
        logits = networks.recogniser(textures)
        return {"loss": identity_loss(logits, people), "accuracy": _accuracy(logits, people)}

    def together(networks: AlignmentNetworks, batch: Batch) -> Mapping[str, Tensor]:
        return recognition_losses(networks, transformer, batch, settings)

    return {FIXED_POSE: to_fixed_pose, WARM_UP: warm_up}.get(stage.name, together)


def recognition_losses(
    networks: AlignmentNetworks, transformer: SpatialTransformer, batch: Batch, settings: LocaliserSettings
) -> dict[str, Tensor]:
    """The losses of a step of everything, with "loss" as their weighted sum.

    Args:
        batch: pictures (B, 3, S, S), people (B,), landmarks (B, 14, 2).
    """
    pictures, people, landmarks = batch
    found = networks.localiser(pictures)
    features = networks.recogniser.features(transformer(pictures, found).completed)
    logits = networks.recogniser.logits(features)
    terms = {"identity": identity_loss(logits, people), "shape": shape_penalty(found.identity)}
    weights = {"identity": 1.0, "shape": settings.shape_penalty}
    if settings.landmarks:
        terms["landmarks"] = landmark_loss(whole(transformer.landmarks(found)), whole(landmarks))
        weights["landmarks"] = settings.landmarks
    if settings.same_shape:
        terms["same_shape"] = same_shape_loss(whole(found.identity), whole(people))
        weights["same_shape"] = settings.same_shape
    if settings.triplet:
        terms["triplet"] = triplet_loss(whole(unit(features)), whole(people), settings.margin)
        weights["triplet"] = settings.triplet
    loss = torch.stack([weights[name] * term for name, term in terms.items()]).sum()
    return {"loss": loss, **terms, "accuracy": _accuracy(logits, people)}


def _accuracy(logits: Tensor, people: Tensor) -> Tensor:
    return (logits.detach().argmax(1) == people).float().mean()

"""Train a generator from vectors to faces against a critic, growing from scale to scale (Vec2Face-v2, section V).

Critic and generator take turns on the one loop: a batch says whose turn it is, and what is not asked to lose anything
gets no slope, so that Adam leaves it as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.faces.alignment import ARCFACE_112, align
from explorer.science.flows.bijection import Bijection
from explorer.science.recognition.tapping import BlockFeatures
from explorer.science.shares import first_rows, whole
from explorer.science.training.face_encoder import rows_of_step
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingError, TrainingLoop, seeded
from explorer.science.vec2face.generator import VectorToFace, new_critic
from explorer.science.vec2face.layers import larger, smaller
from explorer.science.vec2face.losses import (
    TERMS,
    bijective_distance,
    critic_losses,
    distillation_distance,
    reconstruction_distance,
    scale_weights,
)
from explorer.science.vec2face.settings import FIRST, Vec2FaceSettings

# Steps of a round, behind each of which a training may be left and gone on with; rounds between two checkpoints.
_STEPS, _KEPT = 10, 5
# Adam's memory, as progressive networks have it (Karras et al. 2018, A.1); the paper states its rate only.
_BETAS = (0.0, 0.99)


@dataclass(frozen=True, eq=False)
class VectorFaces:
    """Faces, and their vectors.

    vectors: (N, D). pictures: (N, S, S, 3) uint8 RGB of the common frame. points: (N, 5, 2) in parts of the side.
    people: (N,) whose each is.

    Raises:
        TrainingError: shapes do not fit each other, or there are fewer than two people.
    """

    vectors: Tensor
    pictures: Tensor
    points: Tensor
    people: Tensor

    def __post_init__(self) -> None:
        shape, count = tuple(self.pictures.shape), len(self.vectors)
        if len(shape) != 4 or shape[1] != shape[2] or shape[3] != 3 or self.pictures.dtype != torch.uint8:
            raise TrainingError(f"pictures are {self.pictures.dtype} of shape {shape}: give (N, S, S, 3) bytes")
        if not shape[0] == count == len(self.points) == len(self.people) or self.points.shape[1:] != (5, 2):
            raise TrainingError(f"{shape[0]} pictures have {count} vectors and {len(self.points)} points: give as many")
        if len(self.people.unique()) < 2:
            raise TrainingError("all faces are of one person: two are needed at least")

    def __len__(self) -> int:
        return len(self.vectors)

    def seen(self, rows: Tensor) -> Tensor:
        """The pictures of some rows, (B, 3, S, S) in [0, 1]."""
        return self.pictures[rows].permute(0, 3, 1, 2).float() / 255

    def digest(self) -> str:
        """A hash of all of them."""
        whole = hashlib.sha256()
        for tensor in (self.vectors, self.pictures, self.points, self.people):
            whole.update(tensor.contiguous().numpy().tobytes())
        return whole.hexdigest()


@dataclass(frozen=True, eq=False)
class Teaching:
    """The frozen networks that say how far a made face is the real one.

    blocks: of the student, or of the encoder itself; of eq. 15. bijection: of eq. 10 and 11.
    key: a text that tells them from others.
    """

    blocks: BlockFeatures | None = None
    bijection: Bijection | None = None
    key: str = ""

    def check(self, settings: Vec2FaceSettings) -> None:
        """Refuse settings that need others.

        Raises:
            TrainingError: so.
        """
        for wanted, network, words in (
            (settings.distill, self.blocks, "distillation counts, and there is no network to compare features by"),
            (settings.biject, self.bijection, "the bijective term counts, and there is no metric"),
        ):
            if wanted and network is None:
                raise TrainingError(words)


class Batch(NamedTuple):
    """What a step sees: (B, ...) of each. critics: whether it is the critic's turn."""

    critics: bool
    scale: int
    faded: float
    vectors: Tensor
    pictures: Tensor
    points: Tensor
    people: Tensor
    background: Tensor


@dataclass(frozen=True, eq=False)
class Vec2FaceProgress:
    """steps: made. losses: of the last step, by name; empty where none was made in this run. generator: the running
    mean so far; in place, it goes on."""

    steps: int
    losses: Mapping[str, float]
    generator: VectorToFace


class Rivals(nn.Module):
    """Generator and critic, and the running mean of the generator's weights."""

    folded: Tensor

    def __init__(self, dimension: int, settings: Vec2FaceSettings) -> None:
        super().__init__()
        self.generator = VectorToFace(dimension, settings)
        self.critic = new_critic(settings)
        self.mean = deepcopy(self.generator).requires_grad_(False)
        self.register_buffer("folded", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def fold(self, decay: float) -> None:
        """Move the mean towards the generator's weights; while few were folded in, it forgets the sooner."""
        self.folded += 1
        made = int(self.folded)
        kept = min(decay, made / (made + 10))
        for mean, own in zip(self.mean.parameters(), self.generator.parameters(), strict=True):
            mean.lerp_(own, 1 - kept)


def train_vec2face(
    faces: VectorFaces,
    settings: Vec2FaceSettings,
    teaching: Teaching,
    checkpoint: Path | None = None,
    compute: Compute = CPU,
) -> Iterator[Vec2FaceProgress]:
    """Train a generator, yielding before the first step and after every round; the last one's is the result.

    One whose checkpoint is there goes on from it; a finished one is given back at once.

    Args:
        teaching: on the device of the training.

    Raises:
        TrainingError: as of `TrainingLoop`; a network is missing, or the pictures are smaller than those to be made.
    """
    teaching.check(settings)
    if faces.pictures.shape[1] < settings.resolution:
        raise TrainingError(f"faces of {faces.pictures.shape[1]} px do not teach pictures of {settings.resolution} px")
    with seeded(settings.seed):
        rivals = Rivals(faces.vectors.shape[1], settings)
    for one in (rivals.generator, rivals.mean):
        one.standardise(faces.vectors)
    whole, sampling = settings.scales * settings.steps, _Sampling(faces, settings)

    def batches(number: int) -> Iterator[Batch]:
        for step in range(number * _STEPS, min((number + 1) * _STEPS, whole)):
            batch = sampling.batch(step)
            yield batch._replace(critics=True)
            yield batch
            # What stands here is reached behind the generator's step.
            rivals.fold(settings.average)

    plan: Plan[Rivals, Batch] = Plan(
        identity=f"vec2face: {settings.model_dump_json()} of {faces.digest()} taught by {teaching.key}",
        seed=settings.seed,
        rounds=-(-whole // _STEPS),
        batches=batches,
        losses=lambda module, batch: rival_losses(module, batch, settings, teaching),
        optimiser=Optimiser("adam", settings.rate),
        groups=[{"params": [*rivals.generator.parameters(), *rivals.critic.parameters()], "betas": _BETAS}],
        checkpoint=checkpoint,
        checkpoint_every=_KEPT,
    )
    loop = TrainingLoop(rivals, plan, compute)
    yield Vec2FaceProgress(min(loop.made * _STEPS, whole), {}, rivals.mean)
    for made in loop:
        reached = {name: float(value) for name, value in made.losses.items()}
        yield Vec2FaceProgress(min(made.made * _STEPS, whole), reached, rivals.mean)


class _Sampling:
    """Which faces a step sees: pairs of one person, one behind the other, so that eq. 11 meets both kinds of
    neighbours."""

    def __init__(self, faces: VectorFaces, settings: Vec2FaceSettings) -> None:
        self._faces, self._settings = faces, settings
        order = faces.people.argsort(stable=True)
        _, counts = faces.people[order].unique_consecutive(return_counts=True)
        ends = counts.cumsum(0)
        self._others = torch.empty(len(order), dtype=torch.int64)
        for first, end in zip((ends - counts).tolist(), ends.tolist(), strict=True):
            self._others[order[first:end]] = order[first:end].roll(-1)

    def batch(self, step: int) -> Batch:
        """Of a step; backgrounds are drawn by torch's random numbers."""
        settings, faces = self._settings, self._faces
        scale, faded = settings.place(step)
        size = settings.batch_at(scale)
        firsts = rows_of_step(len(faces), step, (size + 1) // 2, settings.seed)
        rows = torch.stack([firsts, self._others[firsts]], 1).flatten()[:size]
        side = FIRST << scale
        return Batch(
            critics=False,
            scale=scale,
            faded=faded,
            vectors=faces.vectors[rows].float(),
            pictures=faded_pictures(F.interpolate(faces.seen(rows), (side, side), mode="area"), faded),
            points=faces.points[rows].float(),
            people=faces.people[rows],
            background=torch.randn(size, settings.background),
        )


def faded_pictures(pictures: Tensor, faded: float) -> Tensor:
    """Real pictures (B, 3, S, S) as fine as made ones are while a scale fades in (Karras et al. 2018, figure 2)."""
    return pictures if faded >= 1 else torch.lerp(larger(smaller(pictures)), pictures, faded)


def rival_losses(rivals: Rivals, batch: Batch, settings: Vec2FaceSettings, teaching: Teaching) -> Mapping[str, Tensor]:
    """Eq. 17 where it is the critic's turn, else eq. 16 with the weights of eq. 18; "loss" is made small."""
    scale, faded = batch.scale, batch.faded
    if batch.critics:
        with torch.no_grad():
            made = rivals.generator(batch.vectors, batch.background, scale, faded)
        critic = partial(rivals.critic, scale=scale, faded=faded)
        return critic_losses(critic, batch.pictures, made, settings.penalty)
    made = rivals.generator(batch.vectors, batch.background, scale, faded)
    terms = {
        "adversarial": -_judged(rivals.critic, made, scale, faded).mean(),
        "reconstruction": reconstruction_distance(made, batch.pictures).mean(),
        **_taught(made, batch, settings, teaching),
    }
    weights = scale_weights(scale + 1, settings.scales, settings.alpha, settings.beta)
    loss = torch.stack([weights[name] * terms[name] for name in TERMS if name in terms]).sum()
    return {"loss": loss, **terms}


def _judged(critic: nn.Module, made: Tensor, scale: int, faded: float) -> Tensor:
    """What a critic says, which is not to learn from it."""
    fixed = {name: parameter.detach() for name, parameter in critic.named_parameters()}
    judged: Tensor = torch.func.functional_call(critic, fixed, (made, scale, faded))
    return judged


def _taught(made: Tensor, batch: Batch, settings: Vec2FaceSettings, teaching: Teaching) -> dict[str, Tensor]:
    """The terms of eq. 16 that other networks say, of the first faces of a batch."""
    count = settings.seen_at(batch.scale)
    some = slice(max(first_rows(count), 1))
    made, real, points = made[some], batch.pictures[some], batch.points[some] * made.shape[-1]
    found = dict[str, Tensor]()
    if settings.distill:
        assert teaching.blocks is not None, "it was checked"
        template = teaching.blocks.encoder.spec.template
        with torch.no_grad():
            wanted = teaching.blocks(align(real, points, template))
        reached = teaching.blocks(align(made, points, template))
        distances = distillation_distance(reached, wanted, settings.block_weight, settings.vector_weight)
        found["distill"] = whole(distances, count).mean()
    if settings.biject:
        assert teaching.bijection is not None, "it was checked"
        bijection = teaching.bijection
        side, people = bijection.settings.side, batch.people[some]
        shown, wished = (_for_metric(one, points, side) for one in (made, real))
        apart = bijective_distance(bijection, shown, wished, people, settings.margin, settings.form, count)
        found["biject"] = apart.mean()
    return found


def _for_metric(pictures: Tensor, points: Tensor, side: int) -> Tensor:
    """Pictures as a bijective metric learnt them: aligned as recognisers take them, at its own side."""
    aligned = align(pictures, points, ARCFACE_112)
    return F.interpolate(aligned, (side, side), mode="bilinear", antialias=True, align_corners=False)

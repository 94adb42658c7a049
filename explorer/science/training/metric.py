"""Train a bijective metric by the likelihood of pictures under the Gaussians of who is seen (Vec2Face-v2, eq. 12)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from explorer.science.flows.bijection import Bijection
from explorer.science.flows.gaussians import ClassGaussians, negative_log_likelihood
from explorer.science.flows.settings import MetricSettings
from explorer.science.training.face_encoder import rows_of_step
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingError, TrainingLoop, seeded

# Steps of a round, behind each of which a training may be left and gone on with; rounds between two checkpoints.
_STEPS, _KEPT = 20, 5
# Levels of a byte: noise of one level spreads pictures over all numbers, else their density had no bound.
_LEVELS = 256
Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class LabelledPictures:
    """Pictures, and of which class each is: whose face, or which digit.

    pictures: (N, C, S, S) uint8. classes: (N,) whole numbers from 0. words: what they are.

    Raises:
        TrainingError: shapes do not fit each other, or there is none.
    """

    pictures: Tensor
    classes: Tensor
    words: str = ""

    def __post_init__(self) -> None:
        shape = tuple(self.pictures.shape)
        if len(shape) != 4 or shape[2] != shape[3] or self.pictures.dtype != torch.uint8 or not shape[0]:
            raise TrainingError(f"pictures are {self.pictures.dtype} of shape {shape}: give (N, C, S, S) bytes")
        if self.classes.shape != shape[:1]:
            raise TrainingError(f"{shape[0]} pictures have {len(self.classes)} classes: say of each which it is")

    def __len__(self) -> int:
        return len(self.pictures)

    @property
    def count(self) -> int:
        """How many classes there are."""
        return len(self.classes.unique())

    @property
    def floats(self) -> Tensor:
        """The pictures in [0, 1]."""
        return self.pictures.float() / 255

    def only(self, rows: Tensor) -> LabelledPictures:
        """Some of them."""
        return LabelledPictures(self.pictures[rows], self.classes[rows], self.words)

    def digest(self) -> str:
        """A hash of all pictures and classes."""
        whole = hashlib.sha256(self.pictures.contiguous().numpy().tobytes())
        whole.update(self.classes.contiguous().numpy().tobytes())
        return whole.hexdigest()


@dataclass(frozen=True, eq=False)
class MetricProgress:
    """steps: made. loss: of the last step, nats a number; not a number where none was made in this run. bijection: so
    far; in place, it goes on being trained."""

    steps: int
    loss: float
    bijection: Bijection


def train_metric(
    learnt: LabelledPictures, settings: MetricSettings, checkpoint: Path | None = None, compute: Compute = CPU
) -> Iterator[MetricProgress]:
    """Train a bijection, yielding after every round; the last one's bijection is the result.

    One whose checkpoint is there goes on from it; a finished one is given back at once.

    Raises:
        TrainingError: as of `TrainingLoop`; the pictures are of another size than that of the settings.
    """
    if learnt.pictures.shape[1:] != (settings.channels, settings.side, settings.side):
        raise TrainingError(
            f"pictures have shape {tuple(learnt.pictures.shape[1:])}, and the metric takes {settings.channels} colours "
            f"at {settings.side} px"
        )
    with seeded(settings.seed):
        bijection = Bijection(settings)
    gaussians, rounds = ClassGaussians.of(settings), -(-settings.steps // _STEPS)
    numbers = torch.unique(learnt.classes, return_inverse=True)[1]

    def batches(number: int) -> Iterator[Batch]:
        for step in range(number * _STEPS, min((number + 1) * _STEPS, settings.steps)):
            rows = rows_of_step(len(learnt), step, settings.batch, settings.seed)
            yield spread_over_levels(learnt.pictures[rows]), numbers[rows]

    def losses(module: Bijection, batch: Batch) -> Mapping[str, Tensor]:
        pictures, classes = batch
        latents, log_determinant = module(pictures)
        return {"loss": negative_log_likelihood(latents, log_determinant, classes, gaussians).mean()}

    plan: Plan[Bijection, Batch] = Plan(
        identity=f"bijective metric: {settings.model_dump_json()} of {learnt.digest()}",
        seed=settings.seed,
        rounds=rounds,
        batches=batches,
        losses=losses,
        optimiser=Optimiser("adam", settings.rate, "cosine", 0.03),
        checkpoint=checkpoint,
        checkpoint_every=_KEPT,
    )
    loop = TrainingLoop(bijection, plan, compute)
    if loop.made == rounds:
        yield MetricProgress(settings.steps, float("nan"), bijection)
    for made in loop:
        yield MetricProgress(min(made.made * _STEPS, settings.steps), float(made.losses["loss"]), bijection)


def spread_over_levels(pictures: Tensor) -> Tensor:
    """Bytes (...) as numbers in [0, 1), each somewhere in its level by torch's random numbers."""
    return (pictures.float() + torch.rand(pictures.shape)) / _LEVELS

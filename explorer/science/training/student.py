"""Train a student by its teacher's answers (Vec2Face-v2, eq. 14), on faces that are asked about beforehand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from explorer.science.blackbox.linear import FEWEST, fit_linear
from explorer.science.distillation.losses import student_losses
from explorer.science.distillation.settings import SIDE, StudentSettings
from explorer.science.distillation.student import Student, new_student
from explorer.science.training.face_encoder import rows_of_step
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingError, TrainingLoop, seeded

# Steps of a round, behind each of which a training may be left and gone on with; rounds between two checkpoints.
_STEPS, _KEPT = 20, 5
_AT_ONCE = 32
Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class TaughtFaces:
    """Faces, and what the teacher answered for them.

    faces: (N, 112, 112, 3) uint8 RGB, in ArcFace's template. answers: (N, D).

    Raises:
        TrainingError: shapes do not fit each other, or there are fewer than 20.
    """

    faces: Tensor
    answers: Tensor

    def __post_init__(self) -> None:
        if self.faces.shape[1:] != (SIDE, SIDE, 3) or self.faces.dtype != torch.uint8 or self.answers.ndim != 2:
            raise TrainingError(f"faces have shape {tuple(self.faces.shape)}: give (N, {SIDE}, {SIDE}, 3) bytes")
        if not FEWEST <= len(self.faces) == len(self.answers):
            raise TrainingError(
                f"{len(self.answers)} answers for {len(self.faces)} faces: {FEWEST} are needed at least"
            )

    def __len__(self) -> int:
        return len(self.faces)

    @property
    def centre(self) -> Tensor:
        """(D,), the mean of the answers."""
        return self.answers.mean(0)

    def digest(self) -> str:
        """A hash of all faces and answers."""
        whole = hashlib.sha256(self.faces.contiguous().numpy().tobytes())
        whole.update(self.answers.contiguous().numpy().tobytes())
        return whole.hexdigest()


@dataclass(frozen=True, eq=False)
class StudentProgress:
    """steps: made. losses: of the last step, by name; empty where none was made in this run. student: so far; in place,
    it goes on being trained. linear: how well the linear map did, with which it began, on faces held out; None
    without one."""

    steps: int
    losses: Mapping[str, float]
    student: Student
    linear: float | None = None


def train_student(
    taught: TaughtFaces,
    settings: StudentSettings,
    start: bytes | None = None,
    checkpoint: Path | None = None,
    compute: Compute = CPU,
) -> Iterator[StudentProgress]:
    """Train a student, yielding before the first step and after every round; the last one's student is the result.

    One whose checkpoint is there goes on from it; a finished one is given back at once.

    Args:
        start: the file of the encoder that it begins with, if it does.

    Raises:
        TrainingError: as of `TrainingLoop`. StudentError: as `new_student`.
    """
    with seeded(settings.seed):
        student = new_student(settings, taught.answers.shape[1], start)
    linear = _begun(student, taught) if student.taken_over else None
    if linear is None:
        student.head.bias.data.copy_(taught.centre)
    centre, rounds = taught.centre, -(-settings.steps // _STEPS)

    def batches(number: int) -> Iterator[Batch]:
        for step in range(number * _STEPS, min((number + 1) * _STEPS, settings.steps)):
            rows = rows_of_step(len(taught), step, settings.batch, settings.seed)
            yield _mirrored(as_input(taught.faces[rows]), settings.mirror), taught.answers[rows]

    def losses(module: Student, batch: Batch) -> Mapping[str, Tensor]:
        faces, answers = batch
        return student_losses(answers, module(faces), centre.to(answers), settings.centred)

    plan: Plan[Student, Batch] = Plan(
        identity=f"student: {settings.model_dump_json()} of {taught.digest()}",
        seed=settings.seed,
        rounds=rounds,
        batches=batches,
        losses=losses,
        optimiser=Optimiser("adamw", settings.learning_rate, "cosine", 0.03, settings.decay),
        groups=_groups(student, settings),
        checkpoint=checkpoint,
        checkpoint_every=_KEPT,
    )
    loop = TrainingLoop(student, plan, compute)
    yield StudentProgress(min(loop.made * _STEPS, settings.steps), {}, student, linear)
    for made in loop:
        reached = {name: float(value) for name, value in made.losses.items()}
        yield StudentProgress(min(made.made * _STEPS, settings.steps), reached, student, linear)


@torch.no_grad()
def answers_of(student: Student, faces: Tensor) -> Tensor:
    """What a student answers for faces (N, 112, 112, 3) uint8: (N, D), on the CPU."""
    student.eval()
    return _over(student, faces)


def as_input(faces: Tensor) -> Tensor:
    """(B, 112, 112, 3) uint8 RGB to (B, 3, 112, 112) in [-1, 1]."""
    return faces.permute(0, 3, 1, 2).float() / 127.5 - 1


@torch.no_grad()
def _begun(student: Student, taught: TaughtFaces) -> float:
    """Let a student begin with the linear map from what its body says; how well that did on faces held out."""
    student.eval()
    features = torch.cat([student.features(as_input(part)) for part in taught.faces.split(_AT_ONCE)])
    linear = fit_linear(features, taught.answers)
    student.begin_with(linear)
    return linear.held_out


def _over(student: Student, faces: Tensor) -> Tensor:
    device = student.head.weight.device
    return torch.cat([student(as_input(part).to(device)).cpu() for part in faces.split(_AT_ONCE)])


def _mirrored(faces: Tensor, mirror: bool) -> Tensor:
    """Half of the faces mirrored, by torch's random numbers."""
    if not mirror:
        return faces
    return torch.where(torch.rand(len(faces), 1, 1, 1) < 0.5, faces.flip(3), faces)


def _groups(student: Student, settings: StudentSettings) -> list[dict[str, Any]]:
    rate = settings.body_learning_rate if student.taken_over else settings.learning_rate
    return [
        {"params": list(student.body.parameters()), "lr": rate},
        {"params": list(student.head.parameters()), "lr": settings.learning_rate},
    ]

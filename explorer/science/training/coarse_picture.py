"""Fit the coarse picture of a decoder: what an embedding tells of large areas' colours, by pixels alone.

Of some ten thousand faces, kernel ridge regression tells more of unseen ones than a network that is trained on them;
but it is as large as these faces. So it teaches a small network, at points between embeddings, of which there are any
number. A network that learns from the faces themselves as well comes to know these by heart: of the teacher's 1.32 dB
over the mean face, with sface, it keeps 1.22 in place of 1.31.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.decoding.network import CoarsePicture
from explorer.science.training.kernel_teacher import KernelTeacher, kernel_teacher
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingLoop

# Points between faces in a step, steps of a round, rounds.
_BETWEEN, _STEPS, _ROUNDS = 192, 32, 64
_RATE, _DECAY, _WARM_UP = 1e-3, 0.02, 0.2
# Pictures have so many principal components, of so many faces; the teacher is asked at so many points for its own.
_PRINCIPAL, _PRINCIPAL_OF, _ANSWERS = 800, 3_000, 3_000
# Of the numbers that a picture is told by, their root mean square.
_SIZE = 0.2
# Of the straight line, as a share of the variance of the units.
_LINE_RIDGE = 0.03


def fit_coarse_picture(
    coarse: CoarsePicture, units: Tensor, areas: Tensor, seed: int, checkpoint: Path, compute: Compute = CPU
) -> None:
    """Fit it in place; an interrupted fit goes on from its checkpoint.

    Args:
        units: (N, D) of training faces. areas: (N, 3, c, c), what their pictures' areas differ by from the mean face's.

    Raises:
        TrainingError: as of `TrainingLoop`.
    """
    lesson = _Lesson(coarse, units, areas.flatten(1), seed)
    loop = TrainingLoop(coarse, _plan(lesson, seed, checkpoint), compute)
    if not loop.made:
        lesson.begin()
    for _ in loop:
        pass


class _Lesson:
    """What a coarse picture learns from: a teacher, which is fitted when it is asked first, and the faces."""

    def __init__(self, coarse: CoarsePicture, units: Tensor, areas: Tensor, seed: int) -> None:
        self.units, self.areas = units, areas
        self._coarse, self._seed = coarse, seed
        self._teacher: KernelTeacher | None = None
        self._wanted: Tensor | None = None

    @torch.no_grad()
    def begin(self) -> None:
        """Choose the components, the principal ones of the teacher's answers; take its metric, and draw the line."""
        if self._coarse.basis is not None:
            self._choose(self._coarse.basis)
        _take_metric(self._coarse, self.units, self._fitted().metric)
        _draw_line(self._coarse, self.units, self.wanted())

    def wanted(self) -> Tensor:
        """Of the faces, the numbers (N, K) that their pictures are told by."""
        basis = self._coarse.basis
        if self._wanted is None:
            self._wanted = self.areas if basis is None else self.areas @ _inverse(basis.to(self.areas.device))
        return self._wanted

    def taught(self, units: Tensor) -> Tensor:
        """The teacher's answers, (B, K)."""
        return self._fitted()(units)

    def _fitted(self) -> KernelTeacher:
        if self._teacher is None:
            self._teacher = kernel_teacher(self.units, self.wanted())
        return self._teacher

    def _choose(self, basis: Tensor) -> None:
        """Fill a basis (K, 3 c c); its teacher is one that knows more components."""
        pictures = principal_pictures(self.areas)
        teacher = kernel_teacher(self.units, self.areas @ pictures.T)
        answers = teacher(between(self.units, _ANSWERS, torch.Generator().manual_seed(self._seed)))
        values, directions = torch.linalg.eigh((answers.T @ answers).double() / len(answers))
        kept = directions[:, -len(basis) :].to(pictures.dtype)
        # Numbers of about the size of colours are learnt at the rate that suits colours.
        size = (values[-len(basis) :].mean().sqrt() / _SIZE).to(pictures.dtype)
        basis[: kept.shape[1]].copy_(size * (kept.T @ pictures))
        if kept.shape[1] == len(basis):
            self._teacher = replace(teacher, weights=teacher.weights @ kept / size)


def _take_metric(coarse: CoarsePicture, units: Tensor, metric: Tensor) -> None:
    """Begin with first units that see what the teacher's metric counts, as much of it as before."""
    # The picture may lie on a GPU, what it learns from does not.
    first = coarse.first.weight.to(metric)
    behind = first @ metric
    some = units[:_ANSWERS]
    coarse.first.weight.copy_(behind * ((some @ first.T).std() / (some @ behind.T).std().clamp_min(1e-12)))


def _inverse(basis: Tensor) -> Tensor:
    """(3 c c, K) from areas to what a basis of orthogonal rows, (K, 3 c c), makes them of."""
    return (basis / basis.square().sum(1, keepdim=True).clamp_min(1e-12)).T


def principal_pictures(areas: Tensor) -> Tensor:
    """The principal components (K, 3 c c), of length 1, of pictures (N, 3 c c) with mean 0."""
    some = areas[:_PRINCIPAL_OF]
    values, places = torch.linalg.eigh(some @ some.T)
    kept = min(_PRINCIPAL, some.shape[1], max(int((values > 1e-6 * values[-1]).sum()), 1))
    return torch.nn.functional.normalize(places[:, -kept:].T @ some, dim=1)


def between(units: Tensor, count: int, random: torch.Generator) -> Tensor:
    """Points (count, D) between two faces' units each: along an arc, so that the spread stays what it is."""
    one, other = (torch.randint(len(units), (count,), generator=random) for _ in range(2))
    angles = torch.rand(count, 1, generator=random) * (math.pi / 4)
    return torch.cos(angles) * units[one] + torch.sin(angles) * units[other]


def _plan(lesson: _Lesson, seed: int, checkpoint: Path) -> Plan[CoarsePicture, tuple[Tensor, Tensor]]:
    def batches(number: int) -> Iterator[tuple[Tensor, Tensor]]:
        random = torch.Generator().manual_seed(seed + 1000 * number)
        for _ in range(_STEPS):
            points = between(lesson.units, _BETWEEN, random)
            yield points, lesson.taught(points)

    def losses(coarse: CoarsePicture, batch: tuple[Tensor, Tensor]) -> Mapping[str, Tensor]:
        points, taught = batch
        return {"loss": F.mse_loss(coarse.told(points), taught)}

    return Plan(
        identity=f"coarse picture: {tuple(lesson.areas.shape)}, seed {seed}",
        seed=seed,
        rounds=_ROUNDS,
        batches=batches,
        losses=losses,
        optimiser=Optimiser("adamw", _RATE, "cosine", warm_up=_WARM_UP, decay=_DECAY),
        checkpoint=checkpoint,
        checkpoint_every=8,
    )


def _draw_line(coarse: CoarsePicture, units: Tensor, wanted: Tensor) -> None:
    """Begin with the line of least squares."""
    products = units.T @ units / len(units)
    products.diagonal().add_(_LINE_RIDGE)
    coarse.line.weight.copy_(torch.linalg.solve(products, units.T @ wanted / len(units)).T)
    coarse.line.bias.copy_(wanted.mean(0))

"""Fit the coarse picture of a decoder: what an embedding tells of large areas' colours, by pixels alone.

Of some ten thousand faces, kernel ridge regression on a Gaussian kernel tells more of unseen ones than a network that
is trained on them; but it is as large as these faces. So it teaches a small network, which also learns from the faces
themselves: it is asked at points between embeddings, of which there are any number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.decoding.network import CoarsePicture
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingLoop

# Of the squared distance in the kernel, in units of the median one, and of what is added to the kernel's diagonal.
_SHARPNESS, _RIDGE = 0.25, 0.1
# Faces at most that the kernel is of: its matrix is in memory twice.
_KERNEL_OF = 24_000
_MEDIAN_OF = 500
# Points between faces and faces themselves in a step, steps of a round, rounds; what the faces count for.
_BETWEEN, _FACES, _STEPS, _ROUNDS, _TRUTH = 192, 96, 32, 64, 0.5
_RATE, _DECAY, _WARM_UP = 1e-3, 0.02, 0.2
# Of the straight line, as a share of the variance of the units.
_LINE_RIDGE = 0.03


@dataclass(frozen=True, eq=False)
class KernelTeacher:
    """Kernel ridge regression. places: (N, D) units of faces. weights: (N, K). scale: of squared distances."""

    places: Tensor
    weights: Tensor
    scale: float

    def __call__(self, units: Tensor) -> Tensor:
        """(B, D) to (B, K)."""
        return torch.exp(-self.scale * _squared_distances(units, self.places)) @ self.weights


def kernel_teacher(units: Tensor, areas: Tensor) -> KernelTeacher:
    """Fit it to faces.

    Args:
        units: (N, D). areas: (N, K), with mean 0; the first 24,000 faces are taken.
    """
    places, wanted = units[:_KERNEL_OF], areas[:_KERNEL_OF]
    distances = _squared_distances(places, places)
    scale = _SHARPNESS / max(float(distances[:_MEDIAN_OF].median()), 1e-12)
    kernel = distances.mul_(-scale).exp_()
    kernel.diagonal().add_(_RIDGE)
    return KernelTeacher(places, torch.cholesky_solve(wanted, torch.linalg.cholesky(kernel)), scale)


def fit_coarse_picture(
    coarse: CoarsePicture, units: Tensor, areas: Tensor, seed: int, checkpoint: Path, compute: Compute = CPU
) -> None:
    """Fit it in place; an interrupted fit goes on from its checkpoint.

    Args:
        units: (N, D) of training faces. areas: (N, 3, c, c), what their pictures' areas differ by from the mean face's.

    Raises:
        TrainingError: as of `TrainingLoop`.
    """
    wanted = areas.flatten(1)
    _draw_line(coarse, units, wanted)
    loop = TrainingLoop(coarse, _plan(units, wanted, seed, checkpoint), compute)
    for _ in loop:
        pass


def _plan(
    units: Tensor, wanted: Tensor, seed: int, checkpoint: Path
) -> Plan[CoarsePicture, tuple[Tensor, Tensor, Tensor, Tensor]]:
    teachers: list[KernelTeacher] = []

    def batches(number: int) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
        if not teachers:  # a fit that is over needs none
            teachers.append(kernel_teacher(units, wanted))
        random = torch.Generator().manual_seed(seed + 1000 * number)
        for _ in range(_STEPS):
            one, other, faces = (
                torch.randint(len(units), (n,), generator=random) for n in (_BETWEEN, _BETWEEN, _FACES)
            )
            # Along an arc the spread of the units stays what it is.
            angles = torch.rand(_BETWEEN, 1, generator=random) * (math.pi / 4)
            between = torch.cos(angles) * units[one] + torch.sin(angles) * units[other]
            yield between, teachers[0](between), units[faces], wanted[faces]

    def losses(coarse: CoarsePicture, batch: tuple[Tensor, Tensor, Tensor, Tensor]) -> Mapping[str, Tensor]:
        between, taught, faces, true = batch
        found = coarse(torch.cat([between, faces])).flatten(1)
        by_teacher, by_faces = F.mse_loss(found[: len(between)], taught), F.mse_loss(found[len(between) :], true)
        return {"loss": by_teacher + _TRUTH * by_faces, "taught": by_teacher, "true": by_faces}

    return Plan(
        identity=f"coarse picture: {tuple(wanted.shape)}, seed {seed}",
        seed=seed,
        rounds=_ROUNDS,
        batches=batches,
        losses=losses,
        optimiser=Optimiser("adamw", _RATE, "cosine", warm_up=_WARM_UP, decay=_DECAY),
        checkpoint=checkpoint,
        checkpoint_every=8,
    )


@torch.no_grad()
def _draw_line(coarse: CoarsePicture, units: Tensor, wanted: Tensor) -> None:
    """Begin with the line of least squares."""
    products = units.T @ units / len(units)
    products.diagonal().add_(_LINE_RIDGE)
    coarse.line.weight.copy_(torch.linalg.solve(products, units.T @ wanted / len(units)).T)
    coarse.line.bias.copy_(wanted.mean(0))


def _squared_distances(one: Tensor, other: Tensor) -> Tensor:
    products = torch.addmm(other.square().sum(1)[None], one, other.T, alpha=-2)
    return products.add_(one.square().sum(1)[:, None]).clamp_min_(0)

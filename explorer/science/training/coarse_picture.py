"""Fit the coarse picture of a decoder: what an embedding tells of large areas' colours, by pixels alone.

Of some ten thousand faces, kernel ridge regression tells more of unseen ones than a network that is trained on them;
but it is as large as these faces. So it teaches a small network, which also learns from the faces themselves: it is
asked at points between embeddings, of which there are any number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.decoding.network import CoarsePicture
from explorer.science.training.kernel_teacher import KernelTeacher, kernel_teacher
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingLoop

# Points between faces and faces themselves in a step, steps of a round, rounds; what the faces count for.
_BETWEEN, _FACES, _STEPS, _ROUNDS, _TRUTH = 128, 96, 32, 64, 0.5
_RATE, _DECAY, _WARM_UP = 1e-3, 0.02, 0.2
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

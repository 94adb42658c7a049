"""Train a regressor further by what is drawn from its answers: the picture's error (thesis 6.2).

The picture is drawn by a preview head and compared with the picture of the true latent, everywhere or where a parser
sees background and clothes. By the identity of the face that is drawn trains `regressor_identity`.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.generation.generator import Generator
from explorer.science.inversion.regressor import LatentRegressor, RegressedSpace
from explorer.science.leakage.labels.parsing import CLASSES, FaceParsing
from explorer.science.shares import whole
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingLoop
from explorer.science.training.regressor import Pairs, RegressorRecipe, RegressorState, ready

_BACKGROUND = tuple(CLASSES.index(name) for name in ("background", "clothes"))


class DrawnLoss(Protocol):
    """What is wrong with the answers to some embeddings."""

    def __call__(
        self, regressor: LatentRegressor, embeddings: Tensor, latents: Tensor, random: torch.Generator
    ) -> Tensor:
        """(B, D) embeddings and the (B, 512) latents of their faces to a number, differentiable."""
        ...


def train_by_drawing(
    regressor: LatentRegressor,
    known: Pairs,
    recipe: RegressorRecipe,
    checkpoint: Path,
    loss: DrawnLoss,
    compute: Compute = CPU,
) -> Iterator[RegressorState]:
    """Go on by a loss of what is drawn, yielding after every step; the last state's regressor is the result.

    A training that goes on from its checkpoint begins with the state there.

    Args:
        regressor: trained by the latent; not changed.
        loss: on the device of the training.

    Raises:
        TrainingError: as of `TrainingLoop`.
    """
    trained = copy.deepcopy(regressor).requires_grad_()

    def batches(step: int) -> Iterator[tuple[Tensor, Tensor, torch.Generator]]:
        random = torch.Generator().manual_seed(recipe.seed + step)
        batch = known.fitting[torch.randint(len(known.fitting), (recipe.drawn_batch,), generator=random)]
        view = torch.randint(len(known.views), (len(batch),), generator=random)
        yield known.views[view, batch], known.latents[batch], random

    plan: Plan[LatentRegressor, tuple[Tensor, Tensor, torch.Generator]] = Plan(
        identity=f"by what is drawn: {recipe}",
        seed=recipe.seed,
        rounds=recipe.drawn_steps,
        batches=batches,
        losses=lambda regressor, batch: {"loss": loss(regressor, *batch)},
        optimiser=Optimiser("adam", recipe.drawn_rate, "cosine"),
        train_mode=False,
        checkpoint=checkpoint,
        checkpoint_every=10 * recipe.checkpoint_every,
    )
    loop = TrainingLoop(trained, plan, compute)
    if loop.made:
        yield RegressorState(loop.made, math.nan, ready(trained))
    for step in loop:
        result = ready(trained) if step.made == recipe.drawn_steps else trained
        yield RegressorState(step.made, step.losses["loss"].item(), result)


@torch.no_grad()
def unseen_losses(regressor: LatentRegressor, known: Pairs, loss: DrawnLoss, count: int) -> Tensor:
    """What is wrong with the answers to the first so many faces that nothing was learnt from, (count,) at most."""
    device = regressor.centre.device
    found = []
    for row in known.held_out[:count].split(1):
        embedding, latent = known.views[0, row].to(device), known.latents[row].to(device)
        found.append(loss(regressor, embedding, latent, torch.Generator().manual_seed(int(row))))
    return torch.stack(found).cpu()


@dataclass(frozen=True, eq=False)
class PictureLoss:
    """Mean squared error between the pictures of two latents, in units of [-1, 1].

    generator: with a preview head of the resolution.
    parser: where given, only what it takes for background or clothes counts.
    """

    generator: Generator
    space: RegressedSpace
    resolution: int
    parser: FaceParsing | None = None

    def __call__(
        self, regressor: LatentRegressor, embeddings: Tensor, latents: Tensor, random: torch.Generator
    ) -> Tensor:
        """As `DrawnLoss`."""
        return self.between(regressor(embeddings), latents)

    def between(self, answers: Tensor, latents: Tensor) -> Tensor:
        """Of two batches of latents (B, 512)."""
        with torch.no_grad():
            wanted = self._drawn(latents)
            counted = torch.ones_like(wanted[:, :1])
            if self.parser is not None:
                counted = background(wanted * 0.5 + 0.5, self.parser)
        error = (self._drawn(answers) - wanted).square() * counted
        errors, counts = (whole(one.flatten(1).sum(1)).sum() for one in (error, counted))
        return errors / (3 * counts).clamp_min(1)

    def _drawn(self, latents: Tensor) -> Tensor:
        return self.generator.signed_image(self.generator.styles(latents, self.space), self.resolution)


def background(image: Tensor, parser: FaceParsing) -> Tensor:
    """Where pictures (B, 3, R, R) in [0, 1] show background or clothes: (B, 1, R, R) of 0 and 1."""
    # The parser's map has half the size of what it is shown.
    larger = F.interpolate(image.clamp(0, 1), scale_factor=2, mode="bilinear", align_corners=False)
    classes = parser.classes(larger)[:, None]
    return torch.isin(classes, classes.new_tensor(_BACKGROUND)).to(image)

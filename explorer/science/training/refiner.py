"""Train a refiner: pass by pass, the drawn face shall come nearer to the embedding that was asked for.

The passes are unrolled: each sees the face that the one before it came to, the loss is the mean over all of them, and a
pass learns from what its step does to those behind it, too. What is asked for and what is made small is as in
`regressor_identity`, and so is the regressor whose answers are refined, which does not change.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from explorer.science.inversion.drawing import Drawing
from explorer.science.inversion.refiner import LatentRefiner
from explorer.science.inversion.regressor import LatentRegressor, RegressedSpace
from explorer.science.training.identity_targets import Asking, IdentityTargets
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingLoop, seeded


@dataclass(frozen=True)
class RefinerRecipe:
    """How a refiner is trained; what is not said here is as in `IdentityRecipe`.

    passes: how many are made one after the other. space: where the regressor leads whose answers are refined.
    """

    space: RegressedSpace = "W"
    width: int = 1024
    passes: int = 3
    faces: int = 3000
    steps: int = 3000
    batch: int = 4
    rate: float = 2e-4
    warm_up: float = 0.02
    resolution: int = 128
    prior: float = 0.1
    asking: Asking = field(default_factory=Asking)
    checkpoint_every: int = 50
    seed: int = 1


@dataclass(frozen=True)
class RefinerState:
    """Progress of a training: steps made, one minus the cosine behind the last pass, and the refiner so far."""

    made: int
    loss: float
    refiner: LatentRefiner


def train_refiner(
    regressor: LatentRegressor,
    targets: IdentityTargets,
    recipe: RefinerRecipe,
    checkpoint: Path,
    drawing: Drawing,
    compute: Compute = CPU,
) -> Iterator[RefinerState]:
    """Train a refiner of a regressor's answers, yielding after every step; the last state's refiner is the result.

    A training that goes on from its checkpoint begins with the state there.

    Args:
        regressor, drawing: on the device of the training. checkpoint: of these, the targets and the recipe alone.

    Raises:
        TrainingError: as of `TrainingLoop`.
    """
    with seeded(recipe.seed):
        refiner = LatentRefiner(targets.dimension, recipe.width)
    refiner.standardise(regressor.latent_centre, regressor.latent_spread)

    def batches(step: int) -> Iterator[Tensor]:
        yield targets.draw(recipe.batch, torch.Generator().manual_seed(recipe.seed + step))

    def losses(refiner: LatentRefiner, asked: Tensor) -> dict[str, Tensor]:
        identities, priors = unrolled(regressor, refiner, asked, recipe, drawing)
        loss = (identities[1:] + recipe.prior * priors[1:]).mean()
        return {"loss": loss, "identity": identities[-1].mean()}

    plan: Plan[LatentRefiner, Tensor] = Plan(
        identity=f"refining: {recipe}",
        seed=recipe.seed,
        rounds=recipe.steps,
        batches=batches,
        losses=losses,
        optimiser=Optimiser("adam", recipe.rate, "cosine", warm_up=recipe.warm_up),
        train_mode=False,
        checkpoint=checkpoint,
        checkpoint_every=recipe.checkpoint_every,
    )
    loop = TrainingLoop(refiner, plan, compute)
    if loop.made:
        yield RefinerState(loop.made, math.nan, refiner)
    for step in loop:
        yield RefinerState(step.made, step.losses["identity"].item(), refiner)


def unrolled(
    regressor: LatentRegressor, refiner: LatentRefiner, asked: Tensor, recipe: RefinerRecipe, drawing: Drawing
) -> tuple[Tensor, Tensor]:
    """One minus the cosine, and the prior, of a regressor's answer and behind each pass: (passes + 1, B) each."""
    with torch.no_grad():
        latents = regressor(asked)
        seen = [drawing.seen(latents, recipe.space, asked)]
    for _ in range(recipe.passes):
        latents = refiner(asked, seen[-1].embeddings, latents)
        seen.append(drawing.seen(latents, recipe.space, asked))
    return torch.stack([one.identity for one in seen]), torch.stack([one.prior for one in seen])


@torch.no_grad()
def unseen_passes(
    regressor: LatentRegressor,
    refiner: LatentRefiner,
    asked: Tensor,
    recipe: RefinerRecipe,
    drawing: Drawing,
    chunk: int = 4,
) -> Tensor:
    """One minus the cosine for embeddings (N, D), as answered and behind each pass: (passes + 1, N) on the CPU."""
    parts = asked.to(regressor.centre).split(chunk)
    return torch.cat([unrolled(regressor, refiner, part, recipe, drawing)[0].cpu() for part in parts], 1)

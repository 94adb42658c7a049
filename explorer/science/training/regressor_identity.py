"""Train a regressor by identity: the face that is drawn from its answer shall have the embedding that was asked for.

The loss is the search's own: one minus the cosine between the embedding asked for and that of the drawn face, and the
prior that keeps the latent near the mean. No latent need be known, so that embeddings can be asked for that no
generated face has (`identity_targets`). The training goes on from a regressor that was trained by the latent: from a
fresh network the first faces would be everybody's.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from explorer.science.inversion.drawing import Drawing
from explorer.science.inversion.regressor import LatentRegressor, RegressedSpace
from explorer.science.training.identity_targets import Asking, IdentityTargets
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingLoop
from explorer.science.training.regressor import RegressorState, ready

# Faces of the targets lie far from those of corpus, gallery and preview heads.
FACES_SEED = 60_000_000


@dataclass(frozen=True)
class IdentityRecipe:
    """How a regressor is trained by identity.

    faces: how many generated faces targets are made of, where there is no corpus. asking: how.
    steps, batch, rate: of Adam; the rate rises over the first `warm_up` of the steps and then falls to nothing.
    resolution: at which faces are drawn and embedded. prior: weight of the latent prior; the search's is 0.3, and the
        answer to an embedding that says little lies near the mean anyway.
    """

    space: RegressedSpace = "W"
    faces: int = 3000
    steps: int = 6000
    batch: int = 8
    rate: float = 1e-4
    warm_up: float = 0.02
    resolution: int = 128
    prior: float = 0.1
    asking: Asking = field(default_factory=Asking)
    checkpoint_every: int = 50
    seed: int = 1


@torch.no_grad()
def generated_embeddings(
    drawing: Drawing, faces: int, done: int = 0, chunk: int = 4, seed: int = FACES_SEED
) -> Iterator[Tensor]:
    """Embeddings of generated faces, some at once, (chunk, D) on the CPU, from face `done` on; each has its seed."""
    for first in range(done, faces, chunk):
        seeds = range(seed + first, seed + min(first + chunk, faces))
        w = torch.cat([drawing.generator.sample(1, one)[1] for one in seeds])
        yield drawing.embedded(drawing.generator.styles(w, "W")).cpu()


def train_by_identity(
    regressor: LatentRegressor,
    targets: IdentityTargets,
    recipe: IdentityRecipe,
    checkpoint: Path,
    drawing: Drawing,
    compute: Compute = CPU,
) -> Iterator[RegressorState]:
    """Go on by identity, yielding after every step; the last state's regressor is the result.

    A training that goes on from its checkpoint begins with the state there.

    Args:
        regressor: one to begin with; not changed. checkpoint: of this regressor, these targets and this recipe alone.
        drawing: on the device of the training.

    Raises:
        TrainingError: as of `TrainingLoop`.
    """
    trained = copy.deepcopy(regressor).requires_grad_()

    def batches(step: int) -> Iterator[Tensor]:
        yield targets.draw(recipe.batch, torch.Generator().manual_seed(recipe.seed + step))

    def losses(regressor: LatentRegressor, asked: Tensor) -> dict[str, Tensor]:
        seen = drawing.seen(regressor(asked), recipe.space, asked)
        loss = (seen.identity + recipe.prior * seen.prior).mean()
        return {"loss": loss, "identity": seen.identity.mean(), "prior": seen.prior.mean()}

    plan: Plan[LatentRegressor, Tensor] = Plan(
        identity=f"by identity: {recipe}",
        seed=recipe.seed,
        rounds=recipe.steps,
        batches=batches,
        losses=losses,
        optimiser=Optimiser("adam", recipe.rate, "cosine", warm_up=recipe.warm_up),
        train_mode=False,
        checkpoint=checkpoint,
        checkpoint_every=recipe.checkpoint_every,
    )
    loop = TrainingLoop(trained, plan, compute)
    if loop.made:
        yield RegressorState(loop.made, math.nan, ready(trained))
    for step in loop:
        result = ready(trained) if step.made == recipe.steps else trained
        yield RegressorState(step.made, step.losses["identity"].item(), result)


@torch.no_grad()
def unseen_identity(
    regressor: LatentRegressor, asked: Tensor, recipe: IdentityRecipe, drawing: Drawing, chunk: int = 4
) -> Tensor:
    """One minus the cosine of the answers to embeddings (N, D), at the training's own resolution: (N,) on the CPU."""
    device = regressor.centre.device
    found = [drawing.seen(regressor(one), recipe.space, one).identity for one in asked.to(device).split(chunk)]
    return torch.cat(found).cpu()

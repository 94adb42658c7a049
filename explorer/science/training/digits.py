"""The experiment of figure 3: digits made of their features, without and with the bijective metric."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.flows.bijection import Bijection
from explorer.science.flows.distances import Form, contrastive_loss, latent_distance
from explorer.science.flows.lenet import DigitGenerator, LeNet, block_distance
from explorer.science.training.face_encoder import rows_of_step
from explorer.science.training.loop import Optimiser, Plan, TrainingLoop, seeded
from explorer.science.training.metric import LabelledPictures

# Steps of a round; rounds between two checkpoints.
_STEPS, _KEPT = 20, 5
# Of section VI-B: alpha of eq. 18 at the last scale, and lambda_a of eq. 15.
ALPHA, FINAL = 1e-3, 10.0
Batch = tuple[Tensor, Tensor]
M = TypeVar("M", bound=nn.Module)


@dataclass(frozen=True)
class DigitRecipe:
    """How a network of the experiment is trained. margin, form: of eq. 11, in squared distances of latents."""

    steps: int = 1500
    batch: int = 32
    rate: float = 1e-3
    margin: float = 1024.0
    form: Form = "separating"
    seed: int = 1


@dataclass(frozen=True, eq=False)
class DigitNets:
    """The networks whose word counts in the generators' training: F, and H where there is one."""

    classifier: LeNet
    bijection: Bijection | None = None


def train_classifier(
    digits: LabelledPictures, recipe: DigitRecipe, checkpoint: Path | None
) -> Iterator[tuple[int, LeNet]]:
    """Train LeNet to tell digits apart, yielding the steps made and the network."""

    def losses(module: LeNet, batch: Batch) -> Mapping[str, Tensor]:
        pictures, classes = batch
        return {"loss": F.cross_entropy(module(pictures), classes)}

    yield from _trained(LeNet, "classifier", digits, recipe, losses, checkpoint)


def train_generator(
    digits: LabelledPictures, nets: DigitNets, recipe: DigitRecipe, checkpoint: Path | None
) -> Iterator[tuple[int, DigitGenerator]]:
    """Train a generator of digits from their features, by eq. 16 without its adversarial term.

    With a bijection, eq. 10 of each picture and eq. 11 of neighbours in the batch count with alpha.
    """

    def losses(module: DigitGenerator, batch: Batch) -> Mapping[str, Tensor]:
        return generator_losses(module, nets, *batch, margin=recipe.margin, form=recipe.form)

    name = "generator" if nets.bijection is None else "generator, bijective"
    yield from _trained(DigitGenerator, name, digits, recipe, losses, checkpoint)


def generator_losses(
    generator: DigitGenerator,
    nets: DigitNets,
    pictures: Tensor,
    classes: Tensor,
    margin: float,
    form: Form = "separating",
) -> dict[str, Tensor]:
    """The losses of a batch, "loss" being their sum with the weights of eq. 18 at the last scale.

    Args:
        pictures: (B, 1, 32, 32) in [0, 1]. classes: (B,).
    """
    with torch.no_grad():
        wanted = nets.classifier.blocks(pictures)
    made = generator(wanted[-1])
    terms = {
        "distill": block_distance(nets.classifier.blocks(made), wanted, FINAL).mean(),
        "recon": (made - pictures).abs().mean(),
    }
    loss = terms["distill"] + terms["recon"]
    if nets.bijection is not None:
        latents, true = nets.bijection.latents(made), nets.bijection.latents(pictures).detach()
        same = classes == classes.roll(1)
        pairs = contrastive_loss(latent_distance(latents, latents.roll(1, 0)), same, margin, form)
        terms["biject"] = (latent_distance(latents, true) + pairs).mean()
        loss = loss + ALPHA * terms["biject"]
    return {"loss": loss, **terms}


def _trained(
    make: Callable[[], M],
    name: str,
    digits: LabelledPictures,
    recipe: DigitRecipe,
    losses: Callable[[M, Batch], Mapping[str, Tensor]],
    checkpoint: Path | None,
) -> Iterator[tuple[int, M]]:
    with seeded(recipe.seed):
        module = make()
    rounds = -(-recipe.steps // _STEPS)

    def batches(number: int) -> Iterator[Batch]:
        for step in range(number * _STEPS, min((number + 1) * _STEPS, recipe.steps)):
            rows = rows_of_step(len(digits), step, recipe.batch, recipe.seed)
            yield digits.pictures[rows].float() / 255, digits.classes[rows]

    plan: Plan[M, Batch] = Plan(
        identity=f"digits, {name}: {recipe} of {digits.digest()}",
        seed=recipe.seed,
        rounds=rounds,
        batches=batches,
        losses=losses,
        optimiser=Optimiser("adam", recipe.rate, "cosine", 0.03),
        checkpoint=checkpoint,
        checkpoint_every=_KEPT,
    )
    loop = TrainingLoop(module, plan)
    if loop.made == rounds:
        yield recipe.steps, module
    for made in loop:
        yield min(made.made * _STEPS, recipe.steps), module

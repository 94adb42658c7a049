"""Train the classifier H of attributes (DIFFUSE 5.3.2, figure 8): squared errors to -1 and 1, classes in balance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.shares import agreed
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingLoop, seeded
from explorer.science.translation.attributes import balanced_rows
from explorer.science.translation.classifier import AttributeClassifier, balanced_accuracy
from explorer.science.translation.settings import ClassifierSettings

_AT_ONCE = 64


class SignedPictures(Protocol):
    """Pictures with their classes."""

    @property
    def signs(self) -> Tensor:
        """(N, A) of -1 and 1."""
        ...

    def pictures(self, rows: Tensor) -> Tensor:
        """(n, 3, S, S) in [0, 1]."""
        ...


@dataclass(frozen=True, eq=False)
class ClassifierState:
    """Progress: epochs made, the last batch's loss (none where no epoch was made in this run), and the classifier."""

    epoch: int
    losses: Mapping[str, float]
    classifier: AttributeClassifier


def train_classifier(
    pictures: SignedPictures,
    settings: ClassifierSettings,
    identity: str,
    checkpoint: Path,
    compute: Compute = CPU,
    out_of_time: Callable[[], bool] = lambda: False,
) -> Iterator[ClassifierState]:
    """Train a classifier, a state behind every epoch; it goes on from its checkpoint.

    Args:
        identity: of the pictures: a checkpoint of others is refused. out_of_time: asked behind each epoch.

    Raises:
        TrainingError: as of `TrainingLoop`.
    """
    with seeded(settings.seed):
        classifier = AttributeClassifier(pictures.signs.shape[1], settings.seen)

    def batches(epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        for _ in range(max(len(pictures.signs) // settings.batch, 1)):
            rows = balanced_rows(pictures.signs, settings.batch)
            seen = pictures.pictures(rows)
            if settings.mirrored:
                turned = torch.rand(len(seen)) < 0.5
                seen = torch.where(turned[:, None, None, None], seen.flip(3), seen)
            yield seen, pictures.signs[rows]

    def losses(classifier: AttributeClassifier, batch: tuple[Tensor, Tensor]) -> Mapping[str, Tensor]:
        seen, signs = batch
        return {"loss": F.mse_loss(classifier(seen), signs)}

    plan: Plan[AttributeClassifier, tuple[Tensor, Tensor]] = Plan(
        identity=f"attribute classifier: {settings.model_dump_json()} {identity}",
        seed=settings.seed,
        rounds=settings.epochs,
        batches=batches,
        losses=losses,
        optimiser=Optimiser("adamw", settings.rate, "cosine", decay=settings.decay),
        checkpoint=checkpoint,
    )
    loop = TrainingLoop(classifier, plan, compute)
    if loop.made:
        yield ClassifierState(loop.made, {}, classifier)
    for made in loop:
        yield ClassifierState(made.made, {name: float(loss) for name, loss in made.losses.items()}, classifier)
        if agreed(out_of_time()):
            return


@torch.no_grad()
def accuracy_on(classifier: AttributeClassifier, pictures: SignedPictures, names: tuple[str, ...]) -> dict[str, float]:
    """Balanced accuracy on pictures, by attribute."""
    training = classifier.training
    classifier.eval()
    device = next(classifier.parameters()).device
    rows = torch.arange(len(pictures.signs)).split(_AT_ONCE)
    answers = torch.cat([classifier(pictures.pictures(some).to(device)).cpu() for some in rows])
    classifier.train(training)
    return balanced_accuracy(answers, pictures.signs, names)

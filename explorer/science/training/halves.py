"""Train a translator that keeps identity in one half: by contrast there, and against an adversary in the other.

The adversary tells the people of the training by the other half alone; its gradient is turned round before it reaches
the translator, which so learns to hide them there (DIFFUSE 5.2.3). The adversary sees every number at unit spread over
the batch: to be small hides nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.shares import whole
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingError, TrainingLoop, seeded
from explorer.science.training.modification import turned_round
from explorer.science.translation.halves import contrastive_loss, identity_half, other_half
from explorer.science.translation.halves_settings import HalvesSettings
from explorer.science.translation.network import Translator

# Steps of a round, behind each of which a training may be left and gone on with; rounds between two checkpoints.
_STEPS, _KEPT = 20, 5
# The adversary's gradient rises to its whole weight over this share of the steps.
_RISE = 0.3
_WIDTH = 256
Batch = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class IdentifiedStyles:
    """Styles of W+ and whose they are.

    styles: (N, L, K). people: (N,) whole numbers from 0. words: what they are.

    Raises:
        TrainingError: shapes do not fit each other, or somebody has one picture only.
    """

    styles: Tensor
    people: Tensor
    words: str = ""

    def __post_init__(self) -> None:
        if self.styles.ndim != 3 or self.people.shape != self.styles.shape[:1]:
            shapes = f"{tuple(self.styles.shape)} and {tuple(self.people.shape)}"
            raise TrainingError(f"styles and people are {shapes}: give (N, L, K) and (N,)")
        if not len(self.people) or int(torch.bincount(self.people).min()) < 2:
            raise TrainingError("somebody has one picture or none: give two of each person at least")

    @property
    def count(self) -> int:
        """How many people there are."""
        return len(self.people.unique())

    def digest(self) -> str:
        """A hash of all styles and of whose they are."""
        whole = hashlib.sha256(self.styles.contiguous().numpy().tobytes())
        whole.update(self.people.contiguous().numpy().tobytes())
        return whole.hexdigest()


@dataclass(frozen=True, eq=False)
class HalvesProgress:
    """steps: made. losses: of the last step, by name; empty where none was made in this run. translator: so far; in
    place, it goes on being trained."""

    steps: int
    losses: Mapping[str, float]
    translator: Translator


class _Playing(nn.Module):
    """The translator, and who plays against it."""

    def __init__(self, translator: Translator, people: int, width: int) -> None:
        super().__init__()
        self.translator = translator
        self.spread = nn.BatchNorm1d(width, affine=False)
        self.adversary = nn.Sequential(
            nn.Linear(width, _WIDTH), nn.ReLU(), nn.Linear(_WIDTH, _WIDTH), nn.ReLU(), nn.Linear(_WIDTH, people)
        )


def train_halves(
    learnt: IdentifiedStyles,
    mean_w: Tensor,
    spread_w: Tensor,
    settings: HalvesSettings,
    checkpoint: Path | None = None,
    compute: Compute = CPU,
) -> Iterator[HalvesProgress]:
    """Train a translator, yielding after every round; the last one's translator is the result.

    One whose checkpoint is there goes on from it; a finished one is given back at once.

    Args:
        mean_w, spread_w: (K,) of the generator's W.

    Raises:
        TrainingError: as of `TrainingLoop`; there are too few people for a step.
    """
    if learnt.count < settings.people:
        raise TrainingError(f"{learnt.count} people are too few for {settings.people} in a step: give --people more")
    layers, width = learnt.styles.shape[1:]
    with seeded(settings.seed):
        translator = Translator(mean_w, spread_w, layers, settings.couplings, settings.hidden, settings.seed)
        playing = _Playing(translator, learnt.count, layers * (width // 2))
    pictures = [torch.nonzero(learnt.people == person)[:, 0] for person in range(learnt.count)]
    rounds = -(-settings.steps // _STEPS)

    def batches(number: int) -> Iterator[Batch]:
        for step in range(number * _STEPS, min((number + 1) * _STEPS, settings.steps)):
            rows = _rows(pictures, step, settings)
            turned = settings.adversary * min(1.0, step / (_RISE * settings.steps))
            yield learnt.styles[rows], learnt.people[rows], torch.tensor(turned)

    def losses(module: _Playing, batch: Batch) -> Mapping[str, Tensor]:
        styles, people, turned = batch
        # Faces are compared with each other, and the adversary is small: behind the translator each has all of them.
        structured, people = whole(module.translator(styles)), whole(people)
        contrast = contrastive_loss(identity_half(structured), people, settings.margin)
        hidden = module.spread(turned_round(other_half(structured).flatten(1), turned))
        told = F.cross_entropy(module.adversary(hidden), people)
        return {"loss": settings.contrast * contrast + told, "contrast": contrast, "adversary": told}

    plan: Plan[_Playing, Batch] = Plan(
        identity=f"halves: {settings.model_dump_json()} of {learnt.digest()}",
        seed=settings.seed,
        rounds=rounds,
        batches=batches,
        losses=losses,
        optimiser=Optimiser("adam", settings.rate, "cosine", 0.02),
        checkpoint=checkpoint,
        checkpoint_every=_KEPT,
    )
    loop = TrainingLoop(playing, plan, compute)
    if loop.made == rounds:
        yield HalvesProgress(settings.steps, {}, translator)
    for made in loop:
        said = {name: float(value) for name, value in made.losses.items()}
        yield HalvesProgress(min(made.made * _STEPS, settings.steps), said, translator)


def _rows(pictures: list[Tensor], step: int, settings: HalvesSettings) -> Tensor:
    """Rows of a step: so many people by chance, and so many of each one's pictures, some twice if there are fewer."""
    random = torch.Generator().manual_seed(settings.seed * 1_000_003 + step)
    chosen = torch.randperm(len(pictures), generator=random)[: settings.people].tolist()
    rows = []
    for person in chosen:
        own = pictures[person]
        order = torch.randperm(len(own), generator=random)
        rows.append(own[order.repeat(-(-settings.pictures // len(own)))[: settings.pictures]])
    return torch.cat(rows)

"""Train what takes an attribute out of embeddings, on the corpus: `Disentangler` of `laboratory/modification.py`.

Made small are, each with its weight:

rec        one minus the cosine between an embedding and what its own parts give again
identity   the same of what is handed out, which has everybody's dependent part
attribute  cross-entropy of the classes told by the dependent part
moments    how far the classes' means and spreads of what is handed out lie apart, and a kernel's distance (MMD) of
           their distributions (PFRNet matches moments of the independent part)
adversary  cross-entropy of a probe on what is handed out, whose gradient is turned round before it reaches that: the
           probe learns to tell the classes, the network learns not to let it (Ganin et al., JMLR 17, 2016)
neighbours how far the classes of a face's nearest faces in the batch are from being as frequent as they all are
relations  how far similarities between faces are from what they were about the means of their classes: verification
           goes by these, and what brings two faces together for their class alone may go
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.laboratory.modification import Disentangler, ModificationError, Parts
from explorer.science.leakage.probes import PROBES, ProbeSpec
from explorer.science.shares import whole
from explorer.science.training.dataset import Dataset
from explorer.science.training.loop import CPU, Compute, Optimiser, Plan, TrainingLoop, seeded

FEWEST = 8
# Cosines so far apart weigh e times as much or as little among the nearest.
_NEAR = 0.05


@dataclass(frozen=True)
class ModificationRecipe:
    """How an attribute is taken out.

    dependent, hidden: as of `Disentangler`. rec, identity, attribute, moments, neighbours, relations: weights of
        the losses.
    turned: how strongly its gradient reaches what is handed out; it rises to that over the first third.
    """

    dependent: int = 16
    hidden: int = 512
    epochs: int = 60
    batch: int = 256
    rate: float = 1e-3
    decay: float = 1e-4
    warm_up: float = 0.02
    rec: float = 1.0
    identity: float = 1.0
    attribute: float = 0.1
    moments: float = 1.0
    neighbours: float = 0.1
    turned: float = 0.3
    relations: float = 1.0
    seed: int = 1


@dataclass(frozen=True, eq=False)
class AttributeFaces:
    """Faces whose class is known.

    embeddings: (N, D). classes: (N,) numbers from 0. base: (N,) whose face, or edit, each is. names: of the classes.
    """

    embeddings: Tensor
    classes: Tensor
    base: Tensor
    names: tuple[str, ...]

    def only(self, rows: Tensor) -> AttributeFaces:
        """Some of them."""
        return AttributeFaces(self.embeddings[rows], self.classes[rows], self.base[rows], self.names)


@dataclass(frozen=True)
class ModificationState:
    """Progress: epochs made, the losses of the last batch by name, and the network so far."""

    made: int
    losses: Mapping[str, float]
    model: Disentangler


class _Playing(nn.Module):
    """The network and the probe that plays against it."""

    def __init__(self, model: Disentangler, dimension: int, hidden: int) -> None:
        super().__init__()
        self.model = model
        self.adversary = nn.Sequential(
            nn.Linear(dimension, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, model.classes),
        )


def classes_of(spec: ProbeSpec, labels: Tensor) -> tuple[Tensor, tuple[str, ...]]:
    """The classes of an attribute of the corpus, (N,), and what they are called.

    Values such as ages are two classes: up to their median, and above it.

    Raises:
        ModificationError: what the probe reads is no attribute.
    """
    target = spec.target(labels)
    if spec.kind in ("binary", "categorical"):
        return target.long(), spec.classes
    if spec.kind != "regression":
        raise ModificationError(
            f"{spec.name} is no attribute that could be taken out: choose {', '.join(attributes())}"
        )
    median = float(target.median())
    return (target > median).long(), (f"up to {median:.0f} {spec.unit}", f"above {median:.0f} {spec.unit}")


def attributes() -> list[str]:
    """What can be taken out of embeddings, by the probes' names."""
    return [name for name, spec in PROBES.items() if spec.kind in ("binary", "categorical", "regression")]


def faces_of(data: Dataset, encoder: str, attribute: str, rows: Tensor, both: bool = False) -> AttributeFaces:
    """Faces of a corpus with their classes of an attribute.

    Args:
        rows: (M,) of the corpus. both: whether each is there a second time, as its camera has it, where that was seen
            and leaves the attribute as it is.

    Raises:
        ModificationError: there is no such attribute, or the corpus has none of its labels, or nothing of the encoder.
    """
    if attribute not in attributes():
        raise ModificationError(f"there is no attribute {attribute!r}: choose {', '.join(attributes())}")
    spec = PROBES[attribute]
    if encoder not in data.first or spec.label not in data.labels:
        raise ModificationError(f"the corpus has no embeddings of {encoder} or no labels of {spec.label}")
    classes, names = classes_of(spec, data.labels[spec.label])
    views = [data.first[encoder]]
    if both and spec.view_invariant and encoder in data.second:
        views.append(data.second[encoder])
    seen = torch.cat([view[rows].float() for view in views])
    return AttributeFaces(seen, classes[rows].repeat(len(views)), data.base[rows].repeat(len(views)), names)


def train_modification(
    faces: AttributeFaces, recipe: ModificationRecipe, checkpoint: Path | None = None, compute: Compute = CPU
) -> Iterator[ModificationState]:
    """Train on faces, yielding after every epoch; the last state's network is the result, with its means taken.

    A training that goes on from its checkpoint begins with the state there.

    In every batch all classes have as many faces: a rare one is hidden like a frequent one.

    Raises:
        ModificationError: a class has hardly any face.
        TrainingError: as of `TrainingLoop`.
    """
    count, size = len(faces.names), faces.embeddings.shape[1]
    rows = [torch.nonzero(faces.classes == number)[:, 0] for number in range(count)]
    rare = [name for name, some in zip(faces.names, rows, strict=True) if len(some) < FEWEST]
    if rare:
        raise ModificationError(f"hardly any face is {', '.join(rare)}: {FEWEST} of each class are needed")
    with seeded(recipe.seed):
        playing = _Playing(Disentangler(size, count, recipe.dependent, recipe.hidden), size, 256)
    each = max(2, recipe.batch // count)
    steps = math.ceil(len(faces.classes) / (each * count))

    def batches(epoch: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        random = torch.Generator().manual_seed(recipe.seed + epoch)
        share = min(1.0, 3 * epoch / max(recipe.epochs, 1))
        for _ in range(steps):
            drawn = torch.cat([some[torch.randint(len(some), (each,), generator=random)] for some in rows])
            yield faces.embeddings[drawn], faces.classes[drawn], torch.tensor(share * recipe.turned)

    plan: Plan[_Playing, tuple[Tensor, Tensor, Tensor]] = Plan(
        identity=f"modification: {recipe}, {count} classes",
        seed=recipe.seed,
        rounds=recipe.epochs,
        batches=batches,
        losses=lambda module, batch: _losses(module, batch, recipe),
        optimiser=Optimiser("adamw", recipe.rate, "cosine", warm_up=recipe.warm_up, decay=recipe.decay),
        checkpoint=checkpoint,
    )
    loop = TrainingLoop(playing, plan, compute)

    def state(losses: Mapping[str, Tensor]) -> ModificationState:
        if loop.made == recipe.epochs:
            playing.model.take_means(faces.embeddings.to(loop.device), faces.classes.to(loop.device))
        return ModificationState(loop.made, {name: float(loss) for name, loss in losses.items()}, playing.model)

    if loop.made:
        yield state({})
    for made in loop:
        yield state(made.losses)


def _losses(playing: _Playing, batch: tuple[Tensor, Tensor, Tensor], recipe: ModificationRecipe) -> dict[str, Tensor]:
    # Every term compares faces with each other, and both networks are small: each process has all of them.
    embeddings, classes, turned = whole(batch[0]), whole(batch[1]), batch[2]
    directions, model = F.normalize(embeddings, dim=-1), playing.model
    parts = model.parts(directions)
    again, dependent = model.joined(parts), parts.dependent
    everybody = torch.stack([dependent[classes == number].mean(0) for number in classes.unique()]).mean(0)
    own = torch.stack([directions[classes == number].mean(0) for number in range(model.classes)])[classes]
    handed = model.joined(Parts(parts.independent, everybody.expand_as(dependent)))
    terms = {
        "rec": 1 - (again * directions).sum(-1).mean(),
        "identity": 1 - (handed * directions).sum(-1).mean(),
        "attribute": F.cross_entropy(model.told(dependent), classes),
        "moments": apart(handed, classes),
        "adversary": F.cross_entropy(playing.adversary(turned_round(handed, turned)), classes),
        "neighbours": gathered(handed, classes),
        "relations": (_relations(handed - handed.mean(0)) - _relations(directions - own)).square().mean().sqrt(),
    }
    weights = {name: getattr(recipe, name, 1.0) for name in terms}
    return {"loss": torch.stack([weights[name] * term for name, term in terms.items()]).sum(), **terms}


def apart(values: Tensor, classes: Tensor) -> Tensor:
    """How far classes lie apart in their means, their spreads and their distributions, a number of at least 0.

    Means and spreads in units of the spread of all; of distributions the MMD under Gaussian kernels about the median
    distance.

    Args:
        values: (B, D). classes: (B,) of which each that occurs has two rows at least.
    """
    groups = [values[classes == number] for number in classes.unique()]
    scale = values.var(0).sum().clamp_min(1e-8)
    total = values.new_zeros(())
    for place, one in enumerate(groups):
        for other in groups[place + 1 :]:
            means = (one.mean(0) - other.mean(0)).square().sum() / scale
            spreads = (_covariance(one) - _covariance(other)).norm() / scale
            total = total + means + spreads + _mmd(one, other)
    return total / max(1, len(groups) * (len(groups) - 1) // 2)


def gathered(values: Tensor, classes: Tensor) -> Tensor:
    """How far the nearest faces of each are from having every class alike: 0 where they have, in nats.

    Nearness counts by the softmax of cosines, as in the soft nearest neighbour loss (Frosst et al., ICML 2019).

    Args:
        values: (B, D) of length 1. classes: (B,) of which each that occurs has as many rows.
    """
    cosines = (values @ values.T).masked_fill(
        torch.eye(len(values), dtype=torch.bool, device=values.device), -torch.inf
    )
    names, place = classes.unique(return_inverse=True)
    shares = (cosines / _NEAR).softmax(-1) @ F.one_hot(place, len(names)).to(values)
    spread: Tensor = -shares.clamp_min(1e-6).log().mean() - math.log(len(names))
    return spread


def _relations(values: Tensor) -> Tensor:
    directions = F.normalize(values, dim=-1)
    return directions @ directions.T


def _covariance(values: Tensor) -> Tensor:
    centred = values - values.mean(0)
    return centred.T @ centred / len(values)


def _mmd(one: Tensor, other: Tensor) -> Tensor:
    both = torch.cat([one, other])
    squared = torch.cdist(both, both, compute_mode="donot_use_mm_for_euclid_dist").square()
    width = squared.detach().median().clamp_min(1e-8)
    kernel = torch.stack([torch.exp(-squared / (factor * width)) for factor in (0.25, 1.0, 4.0)]).mean(0)
    count = len(one)
    distance: Tensor = kernel[:count, :count].mean() + kernel[count:, count:].mean() - 2 * kernel[:count, count:].mean()
    return distance.clamp_min(0.0)


def turned_round(values: Tensor, share: Tensor) -> Tensor:
    """Values as they are, whose gradient comes back with its sign turned, times a share."""
    turned: Tensor = _Turned.apply(values, share)  # type: ignore[no-untyped-call]
    return turned


class _Turned(torch.autograd.Function):
    """Hands values through, and their gradient back with its sign turned."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, share: Tensor) -> Tensor:
        ctx.save_for_backward(share)
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (share,) = ctx.saved_tensors
        return -share * gradients[0], None

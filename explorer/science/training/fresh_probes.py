"""Whether an attribute is gone from embeddings: probes that are trained afresh on them, and try to tell it.

A probe that was trained on embeddings as they were says nothing of embeddings that were modified: whoever holds these
trains a new one. Three are trained, on people of whom the test has none: a linear one, one of three hidden layers of
256, and nearest neighbours. What counts is the best of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.evaluation.leakage import balanced_accuracy
from explorer.science.evaluation.people import interval_of_people
from explorer.science.laboratory.erasing import LinearEraser, nullspace_projections
from explorer.science.laboratory.modification import ModificationError
from explorer.science.laboratory.modifier import FreshProbes
from explorer.science.leakage.probes import Architecture, ProbeSpec
from explorer.science.leakage.readout import MetricValue
from explorer.science.training.corpus import SPLITS
from explorer.science.training.dataset import Dataset
from explorer.science.training.loop import CPU, Compute
from explorer.science.training.modification import AttributeFaces
from explorer.science.training.probes import ProbeSettings, fit

NEIGHBOURS = (1, 5, 15, 45)
SETTINGS: dict[str, ProbeSettings] = {
    name: ProbeSettings(
        Architecture(layers, normalised=True, dropout=dropout),
        "adam",
        rate,
        batch=256,
        epochs=30,
        anneal=True,
        decay=1e-2,
        keep_best=True,
    )
    for name, layers, dropout, rate in (("linear", (), 0.0, 3e-3), ("mlp", (256, 256, 256), 0.3, 1e-3))
}
_CHUNK = 512


def fresh_probes(
    train: AttributeFaces, test: AttributeFaces, seed: int = 1, epochs: int | None = None, compute: Compute = CPU
) -> FreshProbes:
    """Train probes on some people's embeddings, and judge them on others'.

    A tenth of the training people choose the epoch, and how many neighbours are asked. Classes count alike: what a
    probe gives is corrected by how frequent a class is among the training faces.

    Args:
        epochs: of the two networks; thirty where None.

    Raises:
        ModificationError: somebody is on both sides, or there are too few people.
    """
    people = set(train.base.tolist()) & set(test.base.tolist())
    if people:
        raise ModificationError(f"{len(people)} people are on both sides: probes are judged on others than they learnt")
    present = test.classes.unique()
    if len(present) == 1:
        raise ModificationError(f"all people of the test are {test.names[int(present[0])]}: others are needed, too")
    told = _told(train, test, seed, epochs, compute)
    return FreshProbes(**{name: _quality(said, test) for name, said in told.items()})


def crossed_probes(
    faces: AttributeFaces, seed: int = 1, epochs: int | None = None, compute: Compute = CPU
) -> FreshProbes:
    """Train probes on one half of the people and ask them of the other half, then the other way round.

    Judged are all faces together, each by probes that have not seen its person.

    Args:
        epochs: as of `fresh_probes`.

    Raises:
        ModificationError: there are too few people, or all are of one class.
    """
    people = faces.base.unique()
    order = people[torch.randperm(len(people), generator=torch.Generator().manual_seed(seed))]
    sides = [torch.isin(faces.base, half).nonzero()[:, 0] for half in order.tensor_split(2)]
    parts = [faces.only(rows) for rows in sides]
    if len(faces.classes.unique()) < 2:
        raise ModificationError("all people of the test are of one class: others are needed, too")
    told = [_told(one, other, seed, epochs, compute) for one, other in (parts, parts[::-1])]
    whole = faces.only(torch.cat(sides[::-1]))
    return FreshProbes(**{name: _quality(torch.cat([said[name] for said in told]), whole) for name in told[0]})


def _told(
    train: AttributeFaces, test: AttributeFaces, seed: int, epochs: int | None, compute: Compute
) -> dict[str, Tensor]:
    """The class that each probe gives every face of the test, (N,) by the probes' names."""
    data, spec = _dataset(train), _spec(train.names)
    learnt, validation = data.train_val_indices()
    if min(len(learnt), len(validation), len(test.base)) < 2:
        raise ModificationError("there are too few people to train probes on: twenty at least are needed")
    log_shares = torch.bincount(train.classes[learnt], minlength=len(train.names)).clamp_min(1).log()
    found = dict[str, Tensor]()
    for name, settings in SETTINGS.items():
        chosen = settings if epochs is None else replace(settings, epochs=epochs)
        probe, _ = fit(data, "embeddings", spec, train.classes, chosen, seed, compute)
        with torch.no_grad():
            found[name] = (probe(test.embeddings.float()) - log_shares).argmax(-1)
    held_out = train.only(validation)
    best = max(NEIGHBOURS, key=lambda count: _quality(_said_by(train, learnt, held_out, count), held_out).value)
    return found | {"neighbours": _said_by(train, learnt, test, best)}


def _dataset(faces: AttributeFaces) -> Dataset:
    """The faces as what probes are trained on: whole people decide which epoch is kept."""
    count = len(faces.base)
    people = faces.base.unique(return_inverse=True)[1]
    every = torch.full((count,), SPLITS.index("train"), dtype=torch.uint8)
    return Dataset(
        people, every, torch.zeros(count, dtype=torch.bool), {"embeddings": faces.embeddings.float()}, {}, {}
    )


def _spec(names: tuple[str, ...]) -> ProbeSpec:
    return ProbeSpec("fresh", "Fresh probe", "categorical", "", "the corpus", lambda classes: classes, names)


def _said_by(train: AttributeFaces, rows: Tensor, asked: AttributeFaces, count: int) -> Tensor:
    """What so many nearest neighbours say, a neighbour of a rare class counting more."""
    known = F.normalize(train.embeddings[rows].float(), dim=-1)
    classes = train.classes[rows]
    worth = 1 / torch.bincount(classes, minlength=len(train.names)).clamp_min(1)
    said = []
    for some in F.normalize(asked.embeddings.float(), dim=-1).split(_CHUNK):
        near = (some @ known.T).topk(min(count, len(known)), dim=-1).indices
        votes = F.one_hot(classes[near], len(train.names)).sum(1) * worth
        said.append(votes.argmax(-1))
    return torch.cat(said)


def _quality(said: Tensor, faces: AttributeFaces) -> MetricValue:
    truth = faces.classes
    quality = balanced_accuracy(said, truth, faces.names)

    def of_rows(rows: Tensor) -> float | None:
        shares = [(said[rows] == truth[rows])[truth[rows] == one].double().mean() for one in truth.unique()]
        value = float(torch.stack(shares).mean())
        return None if math.isnan(value) else value

    people = len(faces.base.unique())
    if people == len(faces.base):
        return quality
    low, high = interval_of_people(faces.base, of_rows) or (quality.low, quality.high)
    ends = {"low": min(low, quality.value), "high": max(high, quality.value)}
    return quality.model_copy(update={**ends, "people": people})


def erased_until(
    learnt: AttributeFaces,
    held_out: AttributeFaces,
    enough: float,
    counts: Sequence[int] = (1, 2, 4, 8, 16, 32, 64),
    epochs: int | None = None,
) -> LinearEraser:
    """The fewest directions without which fresh probes tell the attribute no better than is enough; the most otherwise.

    Args:
        held_out: people on whom that is judged; those who judge in the end are others. enough: balanced accuracy.
    """
    largest = min(max(counts), learnt.embeddings.shape[1] - 1)
    eraser = None
    for eraser in nullspace_projections(learnt.embeddings, learnt.classes, largest):
        if eraser.removed in counts:
            told = fresh_probes(without(learnt, eraser), without(held_out, eraser), epochs=epochs)
            if told.best.value <= enough:
                return eraser
    assert eraser is not None, "what removes none comes first"
    return eraser


def without(faces: AttributeFaces, modify: Callable[[Tensor], Tensor]) -> AttributeFaces:
    """The same faces with embeddings as they were modified."""
    with torch.no_grad():
        return replace(faces, embeddings=modify(faces.embeddings))

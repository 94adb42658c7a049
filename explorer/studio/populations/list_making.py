"""Make a list of photoreal people, step by step; whatever is there already is not made again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from explorer.science.generation.generator import Generator
from explorer.science.generation.mobilestylegan import LATENT_SIZE
from explorer.science.training.corpus import SamplePlan, plan
from explorer.science.training.label_codes import from_codes
from explorer.science.training.photoreal_edits import found_directions, label_values
from explorer.science.training.photoreal_people import CHECKERS, strangers_apart, threshold_of_strangers
from explorer.studio.catalogue.networks import Networks
from explorer.studio.cluster.asked import Cluster
from explorer.studio.cluster.distributing import distribute
from explorer.studio.cluster.work import Progress
from explorer.studio.corpus.label_file import read_labels_file
from explorer.studio.populations.list_edits import (
    CHOSEN,
    DIRECTIONS,
    EDITS,
    decided,
    read_directions,
    read_edits,
    write_directions,
    write_edits,
)
from explorer.studio.populations.list_file import PeopleList
from explorer.studio.populations.list_work import Kind, ListRecipe, ListWork
from explorer.studio.populations.list_workers import ListMaker, people_together, plain_faces

_LABELS = ("pose", "blendshapes", "smile", "age", "male", "eyeglasses", "hat")


@dataclass(frozen=True)
class Steps:
    """How a list's files are made. labels: the file of labels on which directions are found.

    told: of what each worker did, and of how many files there are in the step.
    """

    maker: ListMaker
    cluster: Cluster
    labels: Path
    told: Callable[[Kind, int, Progress], object] = lambda kind, count, progress: None

    def make(self, work: ListWork, kind: Kind, count: int) -> list[dict[str, Tensor]]:
        """The first `count` files of a kind, those that are missing made."""
        missing = work.missing(kind, count)
        if missing:
            with closing(distribute(self.maker, missing, self.cluster)) as steps:
                for step in steps:
                    self.told(kind, count, step)
        return work.all(kind, count)


def make_list(work: ListWork, people: int, steps: Steps) -> PeopleList:
    """Make a list of so many people.

    Raises:
        UserError: the labels are missing, or a worker met a mistake of the user's.
        RuntimeError: a worker failed or was killed.
    """
    recipe = work.recipe
    work.sweep()
    reference = steps.make(work, "candidates", _shards(recipe.reference, recipe.per_shard))
    known = _joined(reference)
    thresholds = {name: threshold_of_strangers(known[name][: recipe.reference]) for name in CHECKERS}
    if work.read(DIRECTIONS) is None:
        write_directions(work, _directions(recipe, steps.labels))
    if work.read(EDITS) is None:
        trials = steps.make(work, "trial", recipe.trials)
        edits, tried = decided(read_directions(work), trials, thresholds, recipe.strength)
        write_edits(work, edits, tried, thresholds)
    candidates, rows = _chosen(work, people, steps, thresholds)
    work.write(CHOSEN, {"seeds": torch.tensor([recipe.seed + row for row in rows], dtype=torch.int64)})
    made = steps.make(work, "people", _shards(people, people_together(recipe)))
    return _gathered(work, made, candidates["read"][rows].numpy(), people)


def _chosen(
    work: ListWork, people: int, steps: Steps, thresholds: dict[str, float]
) -> tuple[dict[str, Tensor], list[int]]:
    """All candidates that were drawn, and the rows of the people: as many as are asked for, and those that share a
    file with the last of them, so that a list that grows has the same files."""
    recipe, together = work.recipe, people_together(work.recipe)
    wanted = _shards(people, together) * together
    shards = _shards(max(recipe.reference, wanted), recipe.per_shard)
    while True:
        candidates = _joined(steps.make(work, "candidates", shards))
        rows = strangers_apart({name: candidates[name] for name in CHECKERS}, thresholds, wanted)
        if len(rows) == wanted:
            return candidates, rows
        shards += max(1, _shards(wanted - len(rows), recipe.per_shard))


def _directions(recipe: ListRecipe, labels: Path) -> dict[str, tuple[Tensor, float]]:
    """The directions on the labelled faces."""
    found = read_labels_file(labels)
    base, numbers = found.kinds["base"], plain_faces(found, recipe.directions_from)
    rows = np.searchsorted(base.columns["index"], numbers)
    values = label_values({name: from_codes(name, base.codes[name][rows]) for name in _LABELS})
    planned = [plan(found.corpus_recipe(), index) for index in numbers]
    return found_directions(all_w(Networks().bare_generator(), planned), values)


@torch.no_grad()
def all_w(generator: Generator, planned: Sequence[SamplePlan]) -> Tensor:
    """The w (N, 512) of faces of one w each, as `latents_of` has them to rounding, through the mapping at once."""
    z = torch.cat([torch.randn(1, LATENT_SIZE, generator=torch.Generator().manual_seed(one.seed)) for one in planned])
    psi = torch.tensor([one.psi for one in planned])[:, None]
    w: Tensor = generator.mean_w + psi * (generator.mapping(z) - generator.mean_w)
    return w


def _gathered(work: ListWork, made: Sequence[dict[str, Tensor]], read: np.ndarray, people: int) -> PeopleList:
    edits, thresholds = read_edits(work)
    parts = {
        name: torch.cat([one[name] for one in made]).numpy()[:people] for name in ("seeds", "codes", "kept", "tries")
    }
    age, male = read[:people].T
    return PeopleList(
        recipe=asdict(work.recipe),
        thresholds=thresholds,
        edits=edits,
        seeds=parts["seeds"].astype(np.int32),
        codes=parts["codes"],
        tries=np.where(parts["kept"], parts["tries"], 0).astype(np.uint8),
        age=np.clip(np.rint(age), 0, 255).astype(np.uint8),
        male=np.clip(np.rint(255 * male), 0, 255).astype(np.uint8),
    )


def _joined(parts: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _shards(count: int, each: int) -> int:
    return -(-count // each)

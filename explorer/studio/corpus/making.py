"""Make a corpus: which shards are still to be made, and what one worker does for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from explorer.science.generation.mixed_precision import draws_mixed
from explorer.science.leakage.labels import NETWORKS
from explorer.science.recognition.registry import default_encoders
from explorer.science.training.corpus import (
    CorpusModels,
    CorpusRecipe,
    CorpusSample,
    Latents,
    SamplePlan,
    Wanted,
    latents_of,
    make,
    plan,
)
from explorer.science.training.corpus_rows import rows
from explorer.science.training.edits import EDIT_KINDS, Directions, EditPlan, edited, plan_edit
from explorer.studio import catalogue
from explorer.studio.catalogue.kept_networks import kept_network
from explorer.studio.catalogue.labellers import load_labellers
from explorer.studio.catalogue.networks import Networks, main_networks
from explorer.studio.corpus.editing import read_directions
from explorer.studio.corpus.shards import CorpusFolder, Kind, ShardName
from explorer.studio.errors import UserError


def require_networks(encoders: Sequence[str], labellers: bool = True) -> None:
    """Check that every network is here before any process is started.

    Args:
        labellers: whether those that label are needed too.

    Raises:
        UserError: some are not; the message names all of them and how to get them.
    """
    needed = (*main_networks(encoders), *(NETWORKS if labellers else ()))
    missing = [id for id in needed if not catalogue.is_usable(id)]
    for own in filter(kept_network, missing):
        catalogue.path(own)  # says what is wrong with it
    if missing:
        raise UserError(f"networks missing or damaged: run `likeness models fetch {' '.join(missing)}`")


def load_corpus_models(device: str, encoders: Sequence[str] | None = None) -> CorpusModels:
    """Load every network that a sample passes through; all default encoders where None are named."""
    networks = Networks(device)
    return CorpusModels(
        generator=networks.bare_generator(),
        detector=networks.detector(),
        recognisers={
            encoder: networks.recogniser(encoder) for encoder in (default_encoders() if encoders is None else encoders)
        },
        labellers=load_labellers(device),
    )


# So many faces are found and embedded together.
TOGETHER = 4


@dataclass(frozen=True)
class CorpusWork:
    """What one worker does: makes shards of base faces, or of edits by the corpus's directions. encoders: by id."""

    folder: Path
    recipe: CorpusRecipe
    encoders: tuple[str, ...]
    device: str

    def load(self) -> CorpusModels:
        """Load the networks."""
        return load_corpus_models(self.device, self.encoders)

    def run(self, loaded: CorpusModels, job: ShardName, tell: Callable[[], None]) -> None:
        """Make one shard and write it."""
        corpus = CorpusFolder(self.folder)
        directions = read_directions(corpus) if job.kind == "edit" else None
        first = job.number * self.recipe.per_shard
        plans: list[SamplePlan] = []
        edits: list[EditPlan] = []
        made: list[CorpusSample] = []
        left_out: list[int] = []
        numbers = range(first, first + self.recipe.per_shard)
        for some in (numbers[place : place + TOGETHER] for place in range(0, len(numbers), TOGETHER)):
            drawn = [_drawn(loaded, self.recipe, directions, index) for index in some]
            wanted = [
                Wanted(latents, planned.crossover, planned.view_seed, index % self.recipe.repeat == 0)
                for index, (planned, latents, _) in zip(some, drawn, strict=True)
            ]
            for (planned, _, edit), sample in zip(drawn, make(loaded, wanted), strict=True):
                tell()
                if sample is None:
                    left_out.append(planned.index)
                    continue
                plans.append(planned)
                made.append(sample)
                edits += [] if edit is None else [edit]
        tensors = rows(plans, made) | (edit_rows(edits) if edits else {})
        about = {"left_out": left_out, "device": self.device, "bfloat16": draws_mixed(loaded.generator)}
        corpus.write(job, tensors, [sample.seen.frame for sample in made], about)


def _drawn(
    loaded: CorpusModels, recipe: CorpusRecipe, directions: Directions | None, index: int
) -> tuple[SamplePlan, Latents, EditPlan | None]:
    """The plan and the latents of a base face, or of an edit where there are directions."""
    if directions is None:
        planned = plan(recipe, index)
        return planned, latents_of(loaded.generator, planned), None
    edit = plan_edit(recipe, index, directions)
    return edit.sample, edited(loaded.generator, edit, directions), edit


def edit_rows(edits: list[EditPlan]) -> dict[str, torch.Tensor]:
    """What only edits have: the attribute's place in EDIT_KINDS, and how far w was moved."""
    names = [kind.name for kind in EDIT_KINDS]
    return {
        "edit": torch.tensor([names.index(edit.name) for edit in edits], dtype=torch.uint8),
        "distance": torch.tensor([edit.distance for edit in edits]),
    }


def missing_shards(corpus: CorpusFolder, kind: Kind, count: int) -> list[ShardName]:
    """The first `count` shards of a kind, without those that are there."""
    wanted = [ShardName(kind, number) for number in range(count)]
    return [name for name in wanted if corpus.state(name) != "whole"]

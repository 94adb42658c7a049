"""Make a corpus: which shards are still to be made, and what one worker does for each."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import torch

from explorer.science.leakage.labels import NETWORKS, Labellers
from explorer.science.recognition.registry import ENCODER_IDS
from explorer.science.training.corpus import CorpusRecipe, Instruments, Made, SamplePlan, latents_of, make, plan
from explorer.science.training.corpus_rows import rows
from explorer.studio import catalogue
from explorer.studio.corpus import CorpusFolder, ShardName
from explorer.studio.corpus_workers import Progress, distribute
from explorer.studio.errors import UserError
from explorer.studio.networks import MAIN_NETWORKS, Networks


def require_networks() -> None:
    """Check that every network is here before any process is started.

    Raises:
        UserError: some are not; the message names all of them and how to get them.
    """
    known = catalogue.catalogue()
    missing = [id for id in (*MAIN_NETWORKS, *NETWORKS) if catalogue.state(known.entry(id)) != "present"]
    if missing:
        raise UserError(f"networks missing or damaged: run `likeness models fetch {' '.join(missing)}`")


def load_instruments(device: str) -> Instruments:
    """Load every network that a sample passes through."""
    networks = Networks(device)
    return Instruments(
        generator=networks.bare_generator(),
        detector=networks.detector(),
        recognisers={encoder: networks.recogniser(encoder) for encoder in ENCODER_IDS},
        labellers=load_labellers(device),
    )


def load_labellers(device: str) -> Labellers:
    """Load the labellers.

    Raises:
        MissingNetwork: one is not in the cache.
    """
    return Labellers({network: catalogue.path(network) for network in NETWORKS}, device)


@dataclass(frozen=True)
class CorpusWork:
    """What one worker does: makes base shards of a corpus."""

    folder: Path
    recipe: CorpusRecipe
    device: str

    def load(self) -> Instruments:
        """Load the networks, each with one thread."""
        torch.set_num_threads(1)
        cv2.setNumThreads(1)
        return load_instruments(self.device)

    def run(self, loaded: Instruments, job: ShardName, tell: Callable[[], None]) -> None:
        """Make one shard and write it."""
        first = job.number * self.recipe.per_shard
        made: list[tuple[SamplePlan, Made]] = []
        left_out: list[int] = []
        for index in range(first, first + self.recipe.per_shard):
            planned = plan(self.recipe, index)
            latents = latents_of(loaded.generator, planned)
            repeat = index % self.recipe.repeat == 0
            sample = make(loaded, latents, planned.crossover, planned.view_seed, repeat)
            if sample is None:
                left_out.append(index)
            else:
                made.append((planned, sample))
            tell()
        about: dict[str, Any] = {"left_out": left_out, "device": self.device}
        samples = [sample for _, sample in made]
        tensors = rows([planned for planned, _ in made], samples)
        CorpusFolder(self.folder).write(job, tensors, [sample.frame for sample in samples], about)


def make_base(corpus: CorpusFolder, recipe: CorpusRecipe, workers: int, device: str) -> Generator[Progress, None, None]:
    """Make the base shards that are not there yet."""
    wanted = [ShardName("base", number) for number in range(recipe.faces // recipe.per_shard)]
    missing = [name for name in wanted if corpus.state(name) != "whole"]
    yield from distribute(CorpusWork(corpus.folder, recipe, device), missing, workers)

"""How near a regressor's faces start: what its card says, and the progress of its training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

import torch
import torch.nn.functional as F
from rich.console import Console
from rich.progress import track
from torch import Tensor

from explorer.science.evaluation.leakage import mean_quality
from explorer.science.inversion.refiner import Proposer
from explorer.science.inversion.regressor import RegressedSpace
from explorer.science.leakage.readout import MetricValue
from explorer.science.training.regressor import drawn_embedding, start_cosines
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError

S = TypeVar("S")

JUDGED = 60
_PROPOSED = 6
_RANDOM_STARTS, _RANDOM_TRUNCATION, _RANDOM_SEED = 24, 0.5, 0


def starts(
    proposer: Proposer,
    networks: Networks,
    sets: Mapping[str, Tensor],
    encoder: str,
    space: RegressedSpace,
) -> dict[str, MetricValue]:
    """How near the answer's face comes, and the nearest of six proposals; chance is the best of as many random starts
    as usual.

    Args:
        sets: embeddings (N, D) to start from, by what they are of.
    """
    instruments = networks.generator(), networks.detector(), networks.recogniser(encoder)
    latents = instruments[0].sample(_RANDOM_STARTS, _RANDOM_SEED, _RANDOM_TRUNCATION)[1].split(1)
    drawn = [drawn_embedding(latent, "W", *instruments) for latent in latents]
    random = F.normalize(torch.stack([one for one in drawn if one is not None]), dim=-1)
    found = {}
    for name, embeddings in sets.items():
        best = (F.normalize(embeddings.float(), dim=-1) @ random.T).amax(1)
        for count, title in ((1, name), (_PROPOSED, f"{name}, nearest of {_PROPOSED}")):

            def answer(embedding: Tensor, count: int = count) -> Tensor:
                return proposer.propose(embedding, count, seed=0)

            cosines = start_cosines(answer, embeddings, space, *instruments)
            found[title] = mean_quality("cosine", "", cosines, best)
    return found


def last(states: Iterator[S], title: str, total: int) -> S:
    """Run a training to its end under a progress bar."""
    console = Console(stderr=True)
    shown = track(states, title, total, console=console, disable=not console.is_terminal)
    state = None
    for state in shown:  # noqa: B007 - the last one is what is wanted
        pass
    if state is None:
        raise UserError("the recipe makes no step")
    return state

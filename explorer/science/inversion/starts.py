"""Where an inversion begins: random starts that descend side by side until one is left.

How near a start is as drawn says next to nothing about how far the search gets from it (thesis 4.2.1: "prone to
convergence on local minima"); how far its first steps take it says most of it. Hence a contest by successive
halving (Jamieson & Talwalkar 2016), here into thirds: every start takes a few steps, the better third a few more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.science.generation.generator import Generator as FaceGenerator
from explorer.science.generation.mobilestylegan import STYLE_LAYERS
from explorer.science.inversion.descent import Descent
from explorer.science.inversion.objective import Evaluation, Objective
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import StartsProgress

# Starts drawn at once: few enough that a cancel is answered within a second on two cores, and that they need no more
# memory than the last steps at 512 px.
_CHUNK = 2
_SHARE = 3


@dataclass(frozen=True, eq=False)
class Start:
    """The start that was chosen: its descent, with what the contest has taught the optimiser, and its five points."""

    descent: Descent
    points: Tensor


Choosing = Generator[StartsProgress, None, Start | None]


def choose_start(
    objective: Objective,
    generator: FaceGenerator,
    settings: InversionSettings,
    weights: Mapping[str, float],
    should_stop: Callable[[], bool],
) -> Choosing:
    """Draw the random starts and find the one to go on with.

    Args:
        weights: of the loss terms; the contest is for the lowest total.
        should_stop: asked between chunks.

    Returns:
        The start, its contest's steps made; None where it was stopped.
    """
    candidates = draw_starts(generator, settings)
    if settings.contest and len(candidates) > 1:
        return (yield from _contest(objective, Descent(candidates, settings, settings.steps), weights, should_stop))
    return (yield from _nearest(objective, candidates, should_stop))


def draw_starts(generator: FaceGenerator, settings: InversionSettings) -> Tensor:
    """The random starts in the settings' space: (N, 512), or (N, 23, 512) for W+, one w in all layers."""
    z, w = generator.sample(settings.starts, settings.seed, settings.truncation)
    if settings.space == "W+":
        return w[:, None].repeat(1, STYLE_LAYERS, 1)
    return z if settings.space == "Z" else w


def _nearest(objective: Objective, candidates: Tensor, should_stop: Callable[[], bool]) -> Choosing:
    """The start whose embedding is nearest to the target as drawn."""
    seen: list[Evaluation] = []
    best = -1.0
    for chunk in candidates.split(_CHUNK):
        with torch.no_grad():
            seen.append(objective.evaluate(chunk))
        best = max(best, _best_cosine(objective, seen[-1]))
        yield StartsProgress(sum(len(one.candidate.points) for one in seen), len(candidates), best)
        if should_stop():
            return None
    nearest = int(torch.cat([one.losses["identity"] for one in seen]).argmin())
    points = torch.cat([one.candidate.points for one in seen])[nearest : nearest + 1]
    return Start(Descent(candidates[nearest : nearest + 1], objective.settings, objective.settings.steps), points)


def _contest(
    objective: Objective, descent: Descent, weights: Mapping[str, float], should_stop: Callable[[], bool]
) -> Choosing:
    """Let all descend, keep the better third, and again, until one is left."""
    settings, points = objective.settings, torch.empty(0)
    sizes = _rounds(len(descent.latents))
    done, total, best, made = 0, settings.contest * sum(sizes), -1.0, 0
    for _ in sizes:
        for _ in range(settings.contest):
            totals, found = [], []
            for part in torch.arange(len(descent.latents), device=descent.latents.device).split(_CHUNK):
                known = points[part] if made % settings.realign_every else None
                evaluation = objective.evaluate(descent.latents[part], known)
                each = evaluation.total(weights)
                # The starts do not touch each other: the gradient of the sum is each one's own.
                descent.gather(each.sum())
                totals.append(each.detach())
                found.append(evaluation.candidate.points)
                done, best = done + len(part), max(best, _best_cosine(objective, evaluation))
                del evaluation, each
                yield StartsProgress(done, total, best)
                if should_stop():
                    return None
            descent.move()
            points, made = torch.cat(found), made + 1
        chosen = torch.cat(totals).argsort()[: math.ceil(len(points) / _SHARE)]
        descent.keep(chosen)
        points = points[chosen]
    return Start(descent, points)


def _rounds(starts: int) -> list[int]:
    """How many take part in each round: 24, 8, 3."""
    sizes = []
    while starts > 1:
        sizes.append(starts)
        starts = math.ceil(starts / _SHARE)
    return sizes


def _best_cosine(objective: Objective, evaluation: Evaluation) -> float:
    embeddings = evaluation.candidate.embedding.detach()
    return float(torch.cosine_similarity(embeddings, objective.target.embedding[None]).max())

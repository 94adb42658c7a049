"""Edits of training faces: directions of W found on the corpus itself, and which face is moved how far along which.

A direction is the normal of a ridge regression of a label on w, over the unmixed training faces. Attributes that are
rare in the generator's own samples are moved toward being there, so far as trials show to be needed; the others are
moved to either side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from explorer.science.generation.generator import Generator
from explorer.science.training.corpus import CorpusRecipe, Latents, SamplePlan, latents_of, plan

FOLDS = 5
_SEEDS_APART = 1 << 40
RIDGES = tuple(10.0**power for power in range(-2, 4))
_TRIALS = (2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
_ENOUGH = 0.6


@dataclass(frozen=True)
class EditKind:
    """An attribute that is edited. share: of all edits. rare: whether faces are only moved toward having it."""

    name: str
    share: float
    rare: bool


EDIT_KINDS = (
    EditKind("eyeglasses", 0.30, rare=True),
    EditKind("hat", 0.30, rare=True),
    EditKind("smile", 0.10, rare=False),
    EditKind("yaw", 0.10, rare=False),
    EditKind("pitch", 0.08, rare=False),
    EditKind("age", 0.06, rare=False),
    EditKind("male", 0.06, rare=False),
)
# How far attributes that are not rare are moved, in standard deviations of w along the direction.
_EITHER_SIDE = (1.0, 3.0)
_AROUND_TRIAL = (0.7, 1.3)


@dataclass(frozen=True, eq=False)
class Direction:
    """A direction of W.

    normal: (512,), of length 1. spread: standard deviation of w along it over the training faces.
    explained: share of the label's variance that it explains on faces it was not found on.
    reach: how far a face is moved, least and most, in units of the spread; upward only where the attribute is rare.
    """

    name: str
    normal: Tensor
    spread: float
    explained: float
    reach: tuple[float, float]


def find_direction(kind: EditKind, w: Tensor, values: Tensor) -> Direction:
    """The direction of W along which a label grows.

    Ridge regression on w in units of its spread; the penalty is the one that explains most on held-out fifths.

    Args:
        w: (N, 512).
        values: (N,) of the label.
    """
    scale = w.std(0)
    x = ((w - w.mean(0)) / scale).double()
    y = (values - values.mean()).double()
    fold = torch.arange(len(x)) % FOLDS
    explained = {
        ridge: sum(_explained(x, y, fold == held_out, ridge) for held_out in range(FOLDS)) / FOLDS for ridge in RIDGES
    }
    best = max(explained, key=lambda ridge: explained[ridge])
    # The regression's own step, in units of each coordinate's spread, brought back to W.
    normal = (_ridge(x, y, best) * scale).float()
    normal /= normal.norm()
    return Direction(kind.name, normal, float((w @ normal).std()), explained[best], _EITHER_SIDE)


def _ridge(x: Tensor, y: Tensor, ridge: float) -> Tensor:
    square = x.T @ x
    penalty = ridge * len(x) * torch.eye(len(square), dtype=x.dtype)
    solution: Tensor = torch.linalg.solve(square + penalty, x.T @ y)
    return solution


def _explained(x: Tensor, y: Tensor, held_out: Tensor, ridge: float) -> float:
    coefficients = _ridge(x[~held_out], y[~held_out], ridge)
    residual = y[held_out] - x[held_out] @ coefficients
    return float(1 - residual.var() / y[held_out].var())


def with_reach(direction: Direction, hits: Callable[[float], float]) -> Direction:
    """How far a rare attribute must be moved: the least distance at which most trials show it.

    Args:
        hits: the share of trial faces that have the attribute after a move, in units of the spread.
    """
    found = {}
    for distance in _TRIALS:
        found[distance] = hits(distance)
        if found[distance] >= _ENOUGH:
            break
    best = max(found, key=lambda distance: found[distance])
    return replace(direction, reach=(best * _AROUND_TRIAL[0], best * _AROUND_TRIAL[1]))


@dataclass(frozen=True, eq=False)
class Directions:
    """The directions of a corpus, by attribute. faces: how many first base faces they were found on."""

    faces: int
    by_name: Mapping[str, Direction]


@dataclass(frozen=True)
class EditPlan:
    """One edit. distance: along the direction, in units of its spread, negative for against it."""

    sample: SamplePlan
    name: str
    distance: float


def plan_edit(recipe: CorpusRecipe, index: int, directions: Directions) -> EditPlan:
    """Edit `index`: an unmixed training face among those first ones, an attribute, and how far it is moved."""
    random = np.random.default_rng((recipe.seed, 1, index))
    kind = EDIT_KINDS[int(random.choice(len(EDIT_KINDS), p=[kind.share for kind in EDIT_KINDS]))]
    base = plan(recipe, int(random.integers(directions.faces)))
    while not is_editable(base):
        base = plan(recipe, int(random.integers(directions.faces)))
    distance = float(random.uniform(*directions.by_name[kind.name].reach))
    if not kind.rare and random.random() < 0.5:
        distance = -distance
    # Far from the seeds of any base face and its further cameras.
    view_seed = base.seed + 3 + _SEEDS_APART * (1 + index)
    return EditPlan(replace(base, index=index, view_seed=view_seed), kind.name, distance)


def is_editable(planned: SamplePlan) -> bool:
    """Whether a face may be edited: one of the training split that a single w draws."""
    return planned.split == "train" and not planned.crossover


def edited(generator: Generator, edit: EditPlan, directions: Directions) -> Latents:
    """The latents of an edit: those of its base face, w moved."""
    base = latents_of(generator, edit.sample)
    direction = directions.by_name[edit.name]
    move = edit.distance * direction.spread * direction.normal
    return replace(base, w=base.w + move.to(base.w))

"""Train the visibility field (explorer.science.geometry.visibility_field) on ray-cast faces.

Targets are exact maps, cast at their texels. The faces of a batch share the texels that are looked at, so that the
points' own part of the network is computed once for all of them; of these, each face learns mostly from those that lie
at its own edges of sight, for what lies far from them is soon known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError
from explorer.science.geometry.uv import uv_map
from explorer.science.geometry.visibility_field import (
    PRESETS,
    FieldSettings,
    Preset,
    VisibilityField,
    intersection_over_union,
    linear_relief,
)
from explorer.science.training.loop import (
    CPU,
    Compute,
    Optimiser,
    Plan,
    TrainingLoop,
    every_sample,
    read_checkpoint,
    seeded,
)
from explorer.science.training.visibility_faces import CastPlan, FaceSpace, RaycastFaces

# Side of the maps that are learnt from.
_FINE = 128
# A texel lies at an edge of sight if one at most so many columns and rows away is seen and one is not.
_EDGE = 3
# How often, for each time that a texel at an edge is learnt from, one is that lies elsewhere.
_ELSEWHERE = 0.1
# Bounds in degrees between which the table's rows lie.
YAWS = (0, 15, 30, 45, 60, 75, 90)


@dataclass(frozen=True)
class FieldRecipe:
    """How a field is trained; everything follows from the seed.

    faces: cast for training, each seen from `views` sides: 20,000 images, where the thesis has 10,000.
    beyond: what training faces keep of components that the field is not told: half of them up to all, so that it
        learns to do without them. The thesis's faces have none.
    batch: views in a step. points: of the map that are looked at in a step. learnt: of them, of each view.
    rate: of Adam, after a warm-up falling along a cosine.
    test_faces: unseen ones, once without and once with all that the field is not told.
    """

    preset: Preset = "default"
    faces: int = 10_000
    views: int = 2
    beyond: tuple[float, float] = (-1.0, 1.0)
    steps: int = 9_000
    batch: int = 16
    points: int = 1536
    learnt: int = 384
    rate: float = 1.5e-3
    test_faces: int = 500
    seed: int = 1
    checkpoint_every: int = 100
    settings: FieldSettings = PRESETS["default"]

    def training_faces(self) -> CastPlan:
        """The faces on which the field is trained."""
        return CastPlan(f"{self.preset}-train", self.faces, self.seed, self.views, _FINE, self.beyond)

    def in_span_faces(self) -> CastPlan:
        """Unseen faces of which the field is told everything."""
        return CastPlan(f"{self.preset}-test", self.test_faces, self.seed + 1)

    def full_model_faces(self) -> CastPlan:
        """Unseen faces with all components of the model, of which the field is told the first."""
        return CastPlan(f"{self.preset}-whole", self.test_faces, self.seed + 2, beyond=(1.0, 1.0))


RECIPES: dict[Preset, FieldRecipe] = {
    "default": FieldRecipe(),
    "thesis": FieldRecipe("thesis", views=1, beyond=(0.0, 0.0), steps=7_000, rate=1e-3, settings=PRESETS["thesis"]),
}


@dataclass(frozen=True)
class FieldState:
    """Progress of a training: the step just made of how many, its loss, and the field so far."""

    step: int
    steps: int
    loss: float
    field: VisibilityField


def train(
    model: MorphableModel,
    space: FaceSpace,
    faces: RaycastFaces,
    recipe: FieldRecipe,
    folder: Path,
    compute: Compute = CPU,
) -> Iterator[FieldState]:
    """Fit a field, yielding after every step; the last state's field is the result.

    Args:
        model: the symmetric one that the faces were cast of.
        space: what the field is told of it.
        folder: where the checkpoint is kept; a training of the same recipe goes on from it.

    Raises:
        TrainingError: as of `TrainingLoop`.
        MorphableModelError: the model has no texture map, or no mirror table.
    """
    with seeded(recipe.seed):
        trained = _untrained(model, space, recipe)
    batches = _Batches(model, faces, recipe)
    relief = trained.relief_at(batches.points)

    def batch(step: int) -> Iterator[tuple[Tensor, ...]]:
        points, learnt, target, coefficients = batches.draw(step)
        yield batches.points[points], relief[points], learnt, target, *coefficients

    def losses(field: VisibilityField, batch: tuple[Tensor, ...]) -> dict[str, Tensor]:
        points, relief, learnt, target, *coefficients = batch
        logits = field.meet(field.embed_points(points, relief), field.embed_faces(*coefficients), learnt)
        return {"loss": binary_cross_entropy_with_logits(logits, target)}

    plan = Plan(
        identity=str(recipe),
        seed=recipe.seed,
        rounds=recipe.steps,
        batches=batch,
        losses=losses,
        optimiser=Optimiser("adam", recipe.rate, "cosine", warm_up=0.02),
        # The faces are shared out; the points are looked at by all of them.
        part=lambda batch, rank, processes: (*batch[:2], *every_sample(batch[2:], rank, processes)),
        samples=lambda batch: len(batch[2]),
        checkpoint=checkpoint_file(folder, recipe),
        checkpoint_every=recipe.checkpoint_every,
    )
    for step in TrainingLoop(trained, plan, compute):
        yield FieldState(step.made, recipe.steps, step.losses["loss"].item(), trained)


def finished(model: MorphableModel, space: FaceSpace, recipe: FieldRecipe, folder: Path) -> VisibilityField:
    """The field of a training that has come to its end, or so far, from its checkpoint."""
    trained = _untrained(model, space, recipe)
    trained.load_state_dict(read_checkpoint(checkpoint_file(folder, recipe), str(recipe))["module"])
    return trained.requires_grad_(False).eval()


def checkpoint_file(folder: Path, recipe: FieldRecipe) -> Path:
    """Where the checkpoint lies."""
    return folder / f"visibility-field-{recipe.preset}.checkpoint.pt"


def _untrained(model: MorphableModel, space: FaceSpace, recipe: FieldRecipe) -> VisibilityField:
    relief = linear_relief(model, space.shapes(model)) if recipe.settings.relief else None
    return VisibilityField(recipe.settings, model.name, space.mean, space.basis, relief)


@dataclass(frozen=True, eq=False)
class FieldMeasures:
    """How a field does, view by view, (N,) each; yaw and pitch in degrees.

    overlap: intersection over union with the exact map, of what is seen. cross_entropy: in nats, mean of the texels.
    """

    yaw: Tensor
    pitch: Tensor
    overlap: Tensor
    cross_entropy: Tensor

    def within(self, degrees: float) -> Tensor:
        """(N,) bool, which views have yaw and pitch within so many degrees of the front."""
        return (self.yaw.abs() <= degrees) & (self.pitch.abs() <= degrees)

    def by_yaw(self) -> list[tuple[int, int, int, float, float]]:
        """Rows of a table: from and to which |yaw|, how many views, and their mean overlap and cross-entropy."""
        rows = []
        for low, high in pairwise(YAWS):
            inside = (self.yaw.abs() >= low) & (self.yaw.abs() < high)
            overlap, entropy = float(self.overlap[inside].mean()), float(self.cross_entropy[inside].mean())
            rows.append((low, high, int(inside.sum()), overlap, entropy))
        return rows


@torch.no_grad()
def measure(trained: VisibilityField, model: MorphableModel, faces: RaycastFaces, side: int = 64) -> FieldMeasures:
    """Hold a field against the exact maps of unseen faces, cast at that side."""
    uv = uv_map(model, side)
    over = trained.over(uv.covered)
    overlaps, entropies = [], []
    for index, seen in enumerate(faces.visibility(int(uv.covered.sum()))):
        found = over(faces.identity[index], faces.expression[index], faces.yaw[index], faces.pitch[index])
        overlaps.append(intersection_over_union(found > 0.5, uv.lay(seen)))
        logits = torch.logit(found[uv.covered], eps=1e-6)
        entropies.append(binary_cross_entropy_with_logits(logits, seen.float()))
    angles = faces.yaw.rad2deg(), faces.pitch.rad2deg()
    return FieldMeasures(*angles, torch.stack(overlaps), torch.stack(entropies))


class _Batches:
    """Batches that follow from the seed and the step alone; every other one on average is of mirror images.

    points: (T, 2), all that there are, in the order in which faces are cast.
    """

    def __init__(self, model: MorphableModel, faces: RaycastFaces, recipe: FieldRecipe) -> None:
        if model.mirror is None:
            raise MorphableModelError(f"{model.name} is not symmetric: the field is made for the default model")
        self._faces, self._recipe, self._uv = faces, recipe, uv_map(model, _FINE)
        row, column = self._uv.covered.nonzero(as_tuple=True)
        self.points = torch.stack([column + 0.5, row + 0.5], 1) / _FINE
        self._identity_signs, self._expression_partners = mirrored_coefficients(model)

    def draw(self, step: int) -> tuple[Tensor, Tensor, Tensor, tuple[Tensor, Tensor, Tensor, Tensor]]:
        """Which points are looked at, (P,), and which of them each view learns from, (B, p); what is seen of those,
        (B, p); coefficients and angles of the faces."""
        recipe = self._recipe
        random = np.random.default_rng((recipe.seed, step))
        chosen = self._faces[torch.from_numpy(random.integers(len(self._faces), size=recipe.batch))]
        some = torch.from_numpy(random.choice(len(self.points), recipe.points, replace=False))
        maps = self._uv.lay(chosen.visibility(len(self.points)))
        if random.random() < 0.5:
            maps = maps.flip(-1)
            identity = chosen.identity * self._identity_signs
            expression = chosen.expression[:, self._expression_partners]
            chosen = replace(chosen, identity=identity, expression=expression, yaw=-chosen.yaw)
        weight = torch.where(_at_edges(maps, self._uv.covered), 1.0, _ELSEWHERE)[:, self._uv.covered][:, some]
        # Drawing without replacement, a point's chance being its weight (Efraimidis and Spirakis 2006).
        keys = torch.from_numpy(random.random(weight.shape, np.float32)).log() / weight
        learnt = keys.topk(recipe.learnt, dim=1, sorted=False).indices
        target = maps[:, self._uv.covered][:, some].gather(1, learnt).float()
        return some, learnt, target, (chosen.identity, chosen.expression, chosen.yaw, chosen.pitch)


def _at_edges(maps: Tensor, covered: Tensor) -> Tensor:
    """(B, S, S) bool: which texels have both seen and unseen texels of the face about them."""
    seen, unseen = (_widened(part & covered) for part in (maps, ~maps))
    return seen & unseen


def _widened(maps: Tensor) -> Tensor:
    """(B, S, S) bool, each texel that holds grown to a square; around a map's border, where hardly any lies."""
    for axis in (1, 2):
        for _ in range(_EDGE):
            maps = maps | maps.roll(1, axis) | maps.roll(-1, axis)
    return maps


def mirrored_coefficients(model: MorphableModel) -> tuple[Tensor, Tensor]:
    """How a face's coefficients become those of its mirror image.

    Returns:
        (K,) signs, by which components are symmetric or their own negative image; (E,) each unit's partner.
    """
    assert model.mirror is not None
    flip = model.mean.new_tensor([-1.0, 1.0, 1.0])
    signs = ((model.identity[:, model.mirror] * flip) * model.identity).flatten(1).sum(1).sign()
    images = (model.expression[:, model.mirror] * flip).flatten(1)
    return signs, torch.cdist(images, model.expression.flatten(1)).argmin(1)

"""The recipe of the macro sliders' effects in the morphable model's space, from MakeHuman's targets and skins (CC0).

A head is the base mesh plus displacements, so that its coefficients are a sum, too: each displacement, without what
alignment takes away from it, is projected onto the model's components by least squares. Alignment is linearised: what
it does beyond that is what `disagreement` measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.synthetic.macro_model import MacroModel, MacroSpread, digest_of, macro_shares
from explorer.science.synthetic.scene import GROUPS
from explorer.science.training.head_mesh import HeadMesh, head_mesh
from explorer.science.training.morphable_model import (
    MACRO,
    MILLIMETRES,
    MorphableRecipe,
    TargetArchive,
    aligned,
    chin_raised,
    colours_of_skin,
    front_of,
    is_adult,
    local_controls,
    sample_faces,
    turn_between,
)

Floats = NDArray[np.float64]


def project_macros(
    archive: TargetArchive, skins: Mapping[str, NDArray[np.uint8]], model: MorphableModel, recipe: MorphableRecipe
) -> MacroModel:
    """Project sliders, controls and skins onto a model that was made of them.

    Args:
        skins: (H, W, 3) RGB by names that begin like "young_asian_female/".
        model: made by `science.training.morphable_model.build` from this archive. recipe: by which.
    """
    head = head_mesh(archive.base)
    space = _Space.of(model)
    base = head.take(archive.base.positions)
    names = tuple(name for name in archive.names(MACRO) if is_adult(name))
    macros = np.stack([head.take(archive.target(MACRO, name)) for name in names])
    controls = [pair for control in local_controls(archive, head) for pair in [tuple(control.sides.values())]]
    low, high = (np.stack([side[end] for pair in controls for side in pair]) for end in (0, 1))
    middle = base + np.tensordot(_mean_shares(names), macros, 1)
    turn = turn_between(middle, space.mean, space.front)
    effects, lows, highs = (space.effects(part @ turn.T) for part in (macros, low, high))
    at_middle = space.coefficients(aligned(middle, space.mean, space.front))
    return MacroModel(
        model=model.name,
        digest=digest_of(model),
        rest=at_middle - _mean_shares(names) @ effects,
        targets=names,
        effects=effects,
        control_of=np.repeat(np.arange(len(controls)), [len(pair) for pair in controls]),
        low=lows,
        high=highs,
        skins=tuple(name.partition("/")[0] for name in skins),
        skin_colours=_colours(skins, head, model),
        normals=np.zeros((0, len(model.identity))),
        spread=MacroSpread(recipe.concentration, recipe.weight_deviation, recipe.control_deviation, recipe.asymmetry),
    )


def disagreement(
    archive: TargetArchive, model: MorphableModel, macros: MacroModel, recipe: MorphableRecipe
) -> tuple[float, float]:
    """How far sums of effects lie from heads that were made, aligned and projected one by one.

    Returns:
        The root mean square of the difference over all coefficients, in deviations; and what share of the variance of
        the heads' own coefficients it is.
    """
    space, head = _Space.of(model), head_mesh(archive.base)
    exact = np.stack(
        [space.coefficients(aligned(face, space.mean, space.front)) for face in sample_faces(archive, head, recipe)]
    )
    summed = macros.shapes(*_sliders_of(recipe, macros))
    missing = float(((exact - summed) ** 2).mean())
    return missing**0.5, missing / float(exact.var(0).mean())


@dataclass(frozen=True, eq=False)
class _Space:
    """A model in decimetres, its chin as MakeHuman holds it. mean: (V, 3). inverse: (K, 3 V). front: of the face."""

    mean: Floats
    inverse: Floats
    front: NDArray[np.intp]

    @classmethod
    def of(cls, model: MorphableModel) -> _Space:
        assert model.landmarks is not None
        lowered = chin_raised().T / MILLIMETRES
        mean = model.mean.double().numpy() @ lowered
        components = (model.identity.double().numpy() @ lowered).reshape(len(model.identity), -1)
        inverse: Floats = np.asarray(np.linalg.pinv(components.T), np.float64)
        return cls(mean, inverse, front_of(mean, model.landmarks.numpy()))

    def coefficients(self, face: Floats) -> Floats:
        """(K,) of an aligned face (V, 3)."""
        found: Floats = self.inverse @ (face - self.mean).ravel()
        return found

    def effects(self, displacements: Floats) -> Floats:
        """(N, K) of displacements (N, V, 3), without the motion that brings the front of the face back."""
        motions = _motions(self.mean)
        held = np.linalg.pinv(motions[:, self.front].reshape(len(motions), -1).T)
        moved = displacements[:, self.front].reshape(len(displacements), -1) @ held.T
        left = displacements - np.tensordot(moved, motions, 1)
        found: Floats = left.reshape(len(left), -1) @ self.inverse.T
        return found


def _motions(points: Floats) -> Floats:
    """(6, V, 3) what small moves along and turns about the three axes do to points (V, 3)."""
    axes = np.eye(3)
    moves = np.broadcast_to(axes[:, None], (3, len(points), 3))
    turns = np.stack([np.cross(axis, points) for axis in axes])
    return np.concatenate([moves, turns])


def _mean_shares(names: tuple[str, ...]) -> Floats:
    """(M,) of each target in a head whose sliders all stand in the middle."""
    half, equal = np.array([0.5]), np.full((1, len(GROUPS)), 1 / len(GROUPS))
    shares = macro_shares(half, half, np.zeros(1), equal)
    return np.array([shares[name][0] for name in names])


def _sliders_of(recipe: MorphableRecipe, macros: MacroModel) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """What `sample_faces` draws, in its order."""
    random = np.random.default_rng(recipe.seed)
    paired, drawn = macros.paired, []
    for _ in range(recipe.samples):
        gender, age = random.uniform(), random.uniform()
        shares = random.dirichlet([recipe.concentration] * len(GROUPS))
        weight = np.clip(random.normal(0, recipe.weight_deviation), -1, 1)
        setting, of = np.zeros(len(paired)), -1
        for place, control in enumerate(macros.control_of):
            if control != of:
                common, of = random.normal(0, recipe.control_deviation), control
            own = random.normal(0, recipe.asymmetry) if paired[place] else 0.0
            setting[place] = np.clip(common + own, -1, 1)
        drawn.append((gender, age, weight, shares, setting))
    genders, ages, weights, groups, settings = (np.array(part) for part in zip(*drawn, strict=True))
    return genders, ages, weights, groups, settings


def _colours(skins: Mapping[str, NDArray[np.uint8]], head: HeadMesh, model: MorphableModel) -> Floats:
    assert model.albedo is not None
    assert model.albedo_mean is not None
    inverse = np.linalg.pinv(model.albedo.double().numpy().reshape(len(model.albedo), -1).T)
    mean = model.albedo_mean.double().numpy()
    return np.stack([inverse @ (colours_of_skin(skin, head) - mean).ravel() for skin in skins.values()])

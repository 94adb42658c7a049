"""Ray-cast faces to train and test the visibility field on: random heads from all sides, and what is seen of them.

What a shard holds follows from the seed and its number alone, so that an interrupted casting goes on where it was.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.geometry.occlusion import Occluder
from explorer.science.geometry.rotation import rotation_from_angles
from explorer.science.geometry.uv import uv_map

SHARD = 500
# Most expression units that a face has at once.
_UNITS = 6
_EXPRESSION_SAMPLES = 4000


@dataclass(frozen=True)
class CastPlan:
    """Which faces are cast: how many, from which seed, and what they keep of what the field is not told.

    name: of the files. count: of faces. views: sides from which each is seen. side: of the maps, in texels.
    beyond: least and largest share that a face keeps of what it has outside of the space; below 0 is none.
    """

    name: str
    count: int
    seed: int
    views: int = 1
    side: int = 64
    beyond: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, eq=False)
class RaycastFaces:
    """Views of faces: coefficients, pose, and which texels are seen of the T on the face, row by row.

    identity: (N, K) standard deviations. expression: (N, E) units in [0, 1].
    yaw, pitch: (N,) radians. seen: (N, ceil(T / 8)) uint8, a bit for a texel as numpy packs them.
    """

    identity: Tensor
    expression: Tensor
    yaw: Tensor
    pitch: Tensor
    seen: Tensor

    def __len__(self) -> int:
        return len(self.yaw)

    def __getitem__(self, chosen: slice | Tensor) -> RaycastFaces:
        return RaycastFaces(*(part[chosen] for part in _parts(self).values()))

    def visibility(self, texels: int) -> Tensor:
        """(N, T) bool, which of the texels on the face are seen."""
        return torch.from_numpy(np.unpackbits(self.seen.numpy(), axis=1, count=texels)).bool()


@dataclass(frozen=True, eq=False)
class FaceSpace:
    """The faces of which a field is told everything: the first identity components and some of expression.

    Expression units are no components: those are the directions in which the recipe's own random expressions move the
    skin most, with coefficients of variance 1.

    identity: components. mean: (E,) expression. basis: (E, e), so that (expression - mean) @ basis are coefficients.
    back: (e, E), so that mean + coefficients @ back is the most probable expression.
    """

    identity: int
    mean: Tensor
    basis: Tensor
    back: Tensor

    def inside(self, identity: Tensor, expression: Tensor) -> tuple[Tensor, Tensor]:
        """The nearest coefficients, (N, K) and (N, E), of faces in the space."""
        kept = torch.arange(identity.shape[1]) < self.identity
        return identity * kept, self.mean + (expression - self.mean) @ self.basis @ self.back

    def shapes(self, model: MorphableModel) -> Tensor:
        """(1 + K + e, V, 3) millimetres: the space's middle, and the displacement for each of its coefficients."""
        shown = self.back @ model.expression.flatten(1)
        middle = model.shape(None, self.mean)
        return torch.cat([middle[None], model.identity[: self.identity], shown.unflatten(1, middle.shape)])


def face_space(model: MorphableModel, identity: int, expression: int) -> FaceSpace:
    """The space of a model with so many components; without expression at 0 of them."""
    units = len(model.expression)
    if expression == 0:
        return FaceSpace(identity, torch.zeros(units), torch.zeros(units, 0), torch.zeros(0, units))
    random = torch.from_numpy(_expressions(np.random.default_rng(0), _EXPRESSION_SAMPLES, units)).double()
    mean, covariance = random.mean(0), torch.cov(random.T)
    moved = model.expression.flatten(1).double()
    square = moved @ moved.T
    # Some units hardly move the skin.
    lower = torch.linalg.cholesky(square + 1e-6 * square.diagonal().mean() * torch.eye(units))
    values, directions = torch.linalg.eigh(lower.T @ covariance @ lower)
    first = (lower @ directions.flip(1))[:, :expression]
    basis = first / values.flip(0)[:expression].sqrt()
    return FaceSpace(identity, mean.float(), basis.float(), (covariance @ basis).T.float())


def cast_faces(
    model: MorphableModel, space: FaceSpace, plan: CastPlan, count: int, seed: tuple[int, ...]
) -> RaycastFaces:
    """Ray-cast random faces from random sides, yaw and pitch uniform over +-90 degrees (thesis, section 5.2.5).

    Identities are as the model spreads them, expressions up to six units of any strength.

    Args:
        count: of faces; each is seen from as many sides as the plan says, which lie next to each other.
    """
    random = np.random.default_rng(seed)
    identity = torch.from_numpy(random.standard_normal((count, len(model.identity)), np.float32))
    expression = torch.from_numpy(_expressions(random, count, len(model.expression)))
    share = torch.from_numpy(random.uniform(*plan.beyond, (count, 1)).clip(0).astype(np.float32))
    angles = random.uniform(-math.pi / 2, math.pi / 2, (2, count, plan.views)).astype(np.float32)
    known = space.inside(identity, expression)
    identity = known[0] + share * (identity - known[0])
    expression = known[1] + share * (expression - known[1])
    yaw, pitch = torch.from_numpy(angles)
    rotations = rotation_from_angles(yaw, pitch, torch.zeros(()))
    seen, uv = [], uv_map(model, plan.side)
    for *coefficients, sides in zip(identity, expression, rotations, strict=True):
        occluder = Occluder(model.shape(*coefficients), model.triangles, uv=uv)
        seen += [occluder.visible(side) for side in sides]
    bits = np.packbits(torch.stack(seen).numpy(), axis=1)
    each = (identity.repeat_interleave(plan.views, 0), expression.repeat_interleave(plan.views, 0))
    return RaycastFaces(*each, yaw.flatten(), pitch.flatten(), torch.from_numpy(bits))


def cast_shards(model: MorphableModel, space: FaceSpace, plan: CastPlan, folder: Path) -> Iterator[RaycastFaces]:
    """A plan's faces in shards of 500, each kept in the folder and taken from there if it is whole."""
    for number in range(math.ceil(plan.count / SHARD)):
        count = min(SHARD, plan.count - number * SHARD)
        path = folder / f"{plan.name}-{plan.side}-{plan.seed}-{number:03}.safetensors"
        faces = _read(path)
        if faces is None or len(faces) != count * plan.views:
            faces = cast_faces(model, space, plan, count, (plan.seed, number))
            unfinished = path.with_suffix(".partial")
            save_file(_parts(faces), unfinished)
            unfinished.replace(path)
        yield faces


def concatenate(shards: Iterator[RaycastFaces]) -> RaycastFaces:
    """All faces of some shards."""
    parts = [_parts(shard) for shard in shards]
    return RaycastFaces(**{name: torch.cat([part[name] for part in parts]) for name in parts[0]})


def _expressions(random: np.random.Generator, count: int, units: int) -> np.ndarray:
    strengths = random.uniform(size=(count, units))
    ranks = random.uniform(size=(count, units)).argsort(1).argsort(1)
    active = ranks < random.integers(0, _UNITS + 1, (count, 1))
    return np.where(active, strengths, 0).astype(np.float32)


def _read(path: Path) -> RaycastFaces | None:
    try:
        return RaycastFaces(**load_file(path))
    except (FileNotFoundError, SafetensorError, TypeError):
        return None


def _parts(faces: RaycastFaces) -> dict[str, Tensor]:
    return {field.name: getattr(faces, field.name) for field in fields(faces)}

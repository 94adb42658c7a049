"""Grid generator, sampler, visibility and completion: from a picture and a pose to a flat texture (thesis, 5.2.4 to 6).

Everything is differentiable in pose and shape. The visibility field does not learn; gradients flow through it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.alignment.localiser import Alignment
from explorer.science.alignment.measures import FOURTEEN
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError
from explorer.science.geometry.projection import project
from explorer.science.geometry.rotation import pitch_of, yaw_of
from explorer.science.geometry.sampling import sample_bilinear
from explorer.science.geometry.uv import complete, uv_map
from explorer.science.geometry.visibility_field import VisibilityField


@dataclass(frozen=True, eq=False)
class Unwrapped:
    """Faces laid flat, B of them, on S x S texels; 0 off the face.

    sampled: (B, 3, S, S), hidden parts included. visibility: (B, 1, S, S) in [0, 1].
    completed: (B, 3, S, S), hidden parts from the other side where that is seen (eq. 5.10, as it is meant).
    known: (B, 1, S, S) in [0, 1], how much of a texel neither side hides.
    """

    sampled: Tensor
    visibility: Tensor
    completed: Tensor
    known: Tensor


class SpatialTransformer(nn.Module):
    """A morphable model as the grid of a spatial transformer; nothing of it is trained.

    Args:
        model: with a texture map and landmarks. field: the model's own. components: D of the alignments.
        texture: side of the textures, in texels. visibility: side at which the field is asked.

    Raises:
        MorphableModelError: the model lacks map, landmarks or components, or the field is another model's.

    Example:
        >>> import torch
        >>> from explorer.science.alignment import SpatialTransformer
        >>> from explorer.science.alignment.faces import Placement
        >>> transformer = SpatialTransformer(model, field, components=10)  # those that ship
        >>> face = Placement().fixed(10)[None]
        >>> transformer(torch.rand(1, 3, 96, 96), face).completed.shape
        torch.Size([1, 3, 64, 64])
    """

    mean: Tensor
    basis: Tensor
    covered: Tensor
    points: Tensor
    asked: Tensor
    landmark_mean: Tensor
    landmark_basis: Tensor

    def __init__(
        self, model: MorphableModel, field: VisibilityField, components: int, texture: int = 64, visibility: int = 32
    ) -> None:
        super().__init__()
        field.check(model)
        if model.landmarks is None or components > len(model.identity):
            raise MorphableModelError(f"{model.name} has no landmarks, or fewer than {components} components")
        uv, basis = uv_map(model, texture), model.identity[:components]
        # A shape is linear in its weights, and so is each texel's place on it.
        self.register_buffer("mean", uv.at_texels(model.mean))
        self.register_buffer("basis", torch.stack([uv.at_texels(one) for one in basis]) if components else basis[:0])
        self.register_buffer("covered", uv.covered)
        # One texel beyond the face, so that what is interpolated at its border is right.
        coarse = F.max_pool2d(uv_map(model, visibility).covered[None].float(), 3, 1, 1)[0] > 0
        row, column = coarse.nonzero(as_tuple=True)
        self.register_buffer("asked", coarse)
        self.register_buffer("points", (torch.stack([column, row], 1) + 0.5).to(model.mean) / visibility)
        chosen = model.landmarks[torch.tensor(FOURTEEN)]
        self.register_buffer("landmark_mean", model.mean[chosen])
        self.register_buffer("landmark_basis", basis[:, chosen])
        self.field = copy.deepcopy(field).requires_grad_(False)

    def forward(self, pictures: Tensor, faces: Alignment) -> Unwrapped:
        """Lay faces flat.

        Args:
            pictures: (B, 3, S, S) in [0, 1]. faces: B. Gradients flow to both.
        """
        places = project(self.shape_at_texels(faces.identity), faces.pose(pictures.shape[-1]))
        sampled = self._lay(sample_bilinear(pictures, places))
        seen = self.visibility(faces)
        completed, known = complete(sampled, seen)
        return Unwrapped(sampled, seen, completed, known)

    def shape_at_texels(self, identity: Tensor) -> Tensor:
        """Where texels lie on shapes (B, D): (B, T, 3) millimetres (eqs. 5.1 and 5.2)."""
        return _mixed(self.mean, self.basis, identity)

    def visibility(self, faces: Alignment) -> Tensor:
        """How probably texels are seen, (B, 1, S, S), 0 off the face (section 5.2.5)."""
        none = faces.identity.new_zeros(len(faces.identity), 0)
        with torch.no_grad():
            points = self.field.embed_points(self.points)
        told = self.field.embed_faces(faces.identity, none, yaw_of(faces.rotation), pitch_of(faces.rotation))
        seen = torch.sigmoid(self.field.meet(points, told))
        laid = _laid(seen[:, None], self.asked)
        size = self.covered.shape[-1]
        if laid.shape[-1] != size:
            laid = F.interpolate(laid, (size, size), mode="bilinear", align_corners=False)
        return laid * self.covered

    def landmarks(self, faces: Alignment) -> Tensor:
        """Where the fourteen landmarks fall, (B, 14, 2), in sides of the picture."""
        return project(_mixed(self.landmark_mean, self.landmark_basis, faces.identity), faces.pose(1.0))

    def _lay(self, values: Tensor) -> Tensor:
        return _laid(values, self.covered)


def _mixed(mean: Tensor, basis: Tensor, weights: Tensor) -> Tensor:
    if not len(basis):
        return mean.expand(len(weights), *mean.shape)
    mixed: Tensor = mean + (weights @ basis.flatten(1)).unflatten(-1, mean.shape)
    return mixed


def _laid(values: Tensor, where: Tensor) -> Tensor:
    """Values (B, C, T) at the texels of a map that count, as maps (B, C, S, S) that are 0 elsewhere."""
    laid = values.new_zeros(*values.shape[:-1], where.numel())
    placed = laid.index_copy(-1, where.flatten().nonzero().flatten(), values)
    maps: Tensor = placed.unflatten(-1, tuple(where.shape))
    return maps

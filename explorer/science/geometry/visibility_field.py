"""Visibility as a neural field over the face's texture map (thesis, section 5.2.5): fast, and differentiable.

A network of sines (Sitzmann et al. 2020, SIREN) is told the shape's coefficients, the angles of the head, and a point
of the map, all concatenated, and says how probably the camera sees the point. Roll does not matter.

A linear layer of a concatenation is the sum of one linear layer for each part. The first layer therefore splits: what
depends on the point alone is computed once for a map, what depends on the face alone once for a face.

The default field enters a point of the map not by its coordinates alone, but also by where the face has it and how the
skin lies there, as the camera sees both: what is turned away is then told by one number, and what hides behind the nose
by two. Both are kept as maps, linear in the coefficients that the field is told.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal, NamedTuple

import torch
from scipy.ndimage import distance_transform_edt
from torch import Tensor, nn

from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError
from explorer.science.geometry.rotation import rotation_from_angles
from explorer.science.geometry.sampling import sample_bilinear
from explorer.science.geometry.uv import uv_map

Preset = Literal["default", "thesis"]
_VERSION = "1"
# Points that pass all layers at a time where no gradient is wanted: what each layer says of them stays in the cache.
_BATCH = 512


@dataclass(frozen=True)
class FieldSettings:
    """How a field is built.

    identity: components of the model that it is told, in standard deviations. expression: likewise, 0 for none.
    before: layers of sines that point and face each pass before they meet; the thesis has none.
    angles: whether it is told yaw and pitch as they are, as the thesis has it, or the direction of view.
    relief: whether a point enters with its place and normal on the face, turned to the camera; the thesis's does not.
    width: of every layer. layers: of sines behind the meeting's own.
    frequency: of the first layer over the map, whose points lie in [-1, 1] x [-1, 1] (SIREN's omega_0).
    """

    identity: int = 20
    expression: int = 8
    before: int = 2
    angles: bool = False
    relief: bool = True
    width: int = 128
    layers: int = 2
    frequency: float = 30.0


PRESETS: dict[Preset, FieldSettings] = {
    "default": FieldSettings(),
    # The thesis says neither width nor depth; SIREN's own pictures and scenes have four layers or five.
    "thesis": FieldSettings(identity=10, expression=0, before=0, angles=True, relief=False, layers=3),
}


class EmbeddedPoints(NamedTuple):
    """Points' part of the layer in which they meet the face, (P, W), and their relief, (6 P, 1 + K)."""

    part: Tensor
    relief: Tensor


class EmbeddedFaces(NamedTuple):
    """Faces' part of that layer, (..., W), 1 and the coefficients told, (..., 1 + K), and how the camera weighs relief.

    turned: (..., 6, W).
    """

    part: Tensor
    told: Tensor
    turned: Tensor


class VisibilityField(nn.Module):
    """The field of one morphable model.

    Args:
        settings: how it is built.
        model: the name of the model.
        mean, basis: (E,) and (E, e): (expression - mean) @ basis are the expression's coefficients.
        relief: (1 + K, 6, S, S), from `linear_relief`; None where the settings have none.
    """

    expression_mean: Tensor
    expression_basis: Tensor
    relief: Tensor

    def __init__(
        self, settings: FieldSettings, model: str, mean: Tensor, basis: Tensor, relief: Tensor | None = None
    ) -> None:
        super().__init__()
        self.settings, self.model = settings, model
        self.register_buffer("expression_mean", mean.clone())
        self.register_buffer("expression_basis", basis.clone())
        self.register_buffer("relief", torch.zeros(0, 6, 1, 1) if relief is None else relief.clone())
        told = settings.identity + settings.expression + (2 if settings.angles else 3)
        self.of_point = _branch(2, settings, settings.frequency)
        self.of_face = _branch(told, settings, 2.0)
        self.of_relief = nn.Parameter(torch.empty(6, settings.width).uniform_(-2.0, 2.0))
        self.of_relief.requires_grad_(settings.relief)
        self.together = nn.ModuleList(_linear(settings.width, settings.width) for _ in range(settings.layers))
        self.last = _linear(settings.width, 1)

    def forward(self, points: Tensor, identity: Tensor, expression: Tensor, yaw: Tensor, pitch: Tensor) -> Tensor:
        """How visible points of faces are.

        Args:
            points: (P, 2) of the map, u and v in [0, 1].
            identity: (B, K), standard deviations; components beyond the settings' do not count, those left out are 0.
            expression: (B, E), all of the model's, or (B, 0) for none.
            yaw, pitch: (B,) radians, -pi / 2 to pi / 2. Gradients flow to all four.

        Returns:
            (B, P) logits, positive where a point is rather seen than not.
        """
        faces = self.embed_faces(identity, expression, yaw, pitch)
        return self.meet(self.embed_points(points), faces)

    def embed_points(self, points: Tensor, relief: Tensor | None = None) -> EmbeddedPoints:
        """What the meeting needs of points (P, 2), whose relief (P, 6, 1 + K) may be known already."""
        part: Tensor = self.of_point(2 * points - 1)
        return EmbeddedPoints(part, (self.relief_at(points) if relief is None else relief).flatten(0, 1))

    def relief_at(self, points: Tensor) -> Tensor:
        """Place and normal of points (P, 2) for 1 and each coefficient, (P, 6, 1 + K)."""
        pixels = points.to(self.relief) * self.relief.shape[-1]
        flat = sample_bilinear(self.relief.flatten(0, 1)[None], pixels[None])[0]
        relief: Tensor = flat.unflatten(0, self.relief.shape[:2]).permute(2, 1, 0).contiguous()
        return relief

    def embed_faces(self, identity: Tensor, expression: Tensor, yaw: Tensor, pitch: Tensor) -> EmbeddedFaces:
        """What the meeting needs of faces, with their leading shape."""
        wanted, units = self.settings.identity, len(self.expression_mean)
        known = nn.functional.pad(identity[..., :wanted], (0, max(0, wanted - identity.shape[-1])))
        shown = expression if expression.shape[-1] else expression.new_zeros(*expression.shape[:-1], units)
        shown = (shown - self.expression_mean) @ self.expression_basis
        part: Tensor = self.of_face(torch.cat([self._view(yaw, pitch), known, shown], -1))
        # (R x) W = x (R^T W), so that a face turns six rows instead of every point.
        turn = rotation_from_angles(yaw, pitch, torch.zeros_like(yaw)).mT
        rows = torch.cat([turn @ self.of_relief[:3], turn @ self.of_relief[3:]], -2)
        return EmbeddedFaces(part, torch.cat([torch.ones_like(known[..., :1]), known, shown], -1), rows)

    def _view(self, yaw: Tensor, pitch: Tensor) -> Tensor:
        """Both angles in quarter turns, or the direction toward the viewer in the model's axes: R's third row.

        The direction says the same, and is smooth where angles are not: at a pitch of 90 degrees all yaws are one view.
        """
        if self.settings.angles:
            return torch.stack([yaw, pitch], -1) / (math.pi / 2)
        return torch.stack([-pitch.cos() * yaw.sin(), pitch.sin(), pitch.cos() * yaw.cos()], -1)

    def meet(self, points: EmbeddedPoints, faces: EmbeddedFaces, chosen: Tensor | None = None) -> Tensor:
        """The logits (..., P) of points on faces, or (B, p) of other points on each of (B,) faces.

        Args:
            chosen: (B, p), which of the points; all of them on every face if None.
        """
        part = points.part if chosen is None else points.part[chosen]
        entered = part + faces.part[..., None, :]
        if self.settings.relief:
            relief = self.relief_on(points, faces)
            if chosen is not None:
                relief = relief.gather(-2, chosen[..., None].expand(-1, -1, 6))
            entered = entered + relief @ faces.turned
        return self.after_meeting(entered)

    def relief_on(self, points: EmbeddedPoints, faces: EmbeddedFaces) -> Tensor:
        """Place and normal of points on faces, (..., P, 6), before the head is turned."""
        relief: Tensor = (faces.told @ points.relief.mT).unflatten(-1, (-1, 6))
        return relief

    def after_meeting(self, entered: Tensor) -> Tensor:
        """The logits (..., P) of what points and faces are together, (..., P, W)."""
        hidden = torch.sin(entered)
        for layer in self.together:
            hidden = torch.sin(layer(hidden))
        logits: Tensor = self.last(hidden)[..., 0]
        return logits

    def at(self, points: Tensor) -> PlacedField:
        """The field at fixed points (P, 2) of the map, u and v in [0, 1]."""
        with torch.no_grad():
            return PlacedField(self, self.embed_points(points))

    def at_texels(self, covered: Tensor) -> PlacedField:
        """The field at the texels of a map that lie on the face, row by row.

        Args:
            covered: (S, S) bool, which texels those are: `uv_map(model, S).covered`.
        """
        row, column = covered.nonzero(as_tuple=True)
        centres = torch.stack([(column + 0.5) / covered.shape[1], (row + 0.5) / covered.shape[0]], 1)
        return self.at(centres.to(self.expression_mean))

    def over(self, covered: Tensor) -> FieldMap:
        """The field as a map; covered as of `at_texels`."""
        return FieldMap(self.at_texels(covered), covered)

    def check(self, model: MorphableModel) -> None:
        """Refuse a model that is not the field's own.

        Raises:
            MorphableModelError: it is another.
        """
        if model.name != self.model or len(model.expression) != len(self.expression_mean):
            raise MorphableModelError(
                f"the neural visibility field is that of {self.model}: with {model.name} use the exact visibility"
            )


@dataclass(frozen=True, eq=False)
class PlacedField:
    """A field whose points stay, while faces and poses change.

    embedded: what the points alone decide.
    """

    field: VisibilityField
    embedded: EmbeddedPoints

    def __call__(self, identity: Tensor, expression: Tensor, yaw: Tensor, pitch: Tensor) -> Tensor:
        """How probably the points of one face are seen.

        Args:
            identity: (K,). expression: (E,) or (0,). yaw, pitch: () radians. Gradients flow to all four.

        Returns:
            (P,) in [0, 1].
        """
        face = self.field.embed_faces(identity, expression, yaw, pitch)
        return torch.sigmoid(self.field.meet(self.embedded, face))

    def of_face(self, identity: Tensor, expression: Tensor) -> TurningField:
        """The field of one face whose head turns, identity (K,) and expression (E,) or (0,)."""
        with torch.no_grad():
            still = torch.zeros((), dtype=identity.dtype, device=identity.device)
            face, relief = self.field.embed_faces(identity, expression, still, still), None
            if self.field.settings.relief:
                relief = self.field.relief_on(self.embedded, face).contiguous()
        return TurningField(self, identity, expression, relief)


@dataclass(frozen=True, eq=False)
class TurningField:
    """A field whose points and face stay, while the head turns; without gradients.

    relief: (P, 6) of the points on the face; None where the settings have none.
    """

    placed: PlacedField
    identity: Tensor
    expression: Tensor
    relief: Tensor | None

    @torch.no_grad()
    def __call__(self, yaw: Tensor, pitch: Tensor) -> Tensor:
        """How probably the points are seen, (P,) in [0, 1], as `PlacedField` says it; yaw, pitch: () radians."""
        field, part = self.placed.field, self.placed.embedded.part
        face = field.embed_faces(self.identity, self.expression, yaw, pitch)
        logits = []
        for first in range(0, len(part), _BATCH):
            entered = part[first : first + _BATCH] + face.part
            if self.relief is not None:
                entered = entered + self.relief[first : first + _BATCH] @ face.turned
            logits.append(field.after_meeting(entered))
        return torch.sigmoid(torch.cat(logits))


@dataclass(frozen=True, eq=False)
class FieldMap:
    """A field over the texels of a map that lie on the face.

    covered: (S, S) bool.
    """

    placed: PlacedField
    covered: Tensor

    def __call__(self, identity: Tensor, expression: Tensor, yaw: Tensor, pitch: Tensor) -> Tensor:
        """How probably the texels of one face are seen, (S, S), 0 off the face; arguments as of `PlacedField`."""
        seen = self.placed(identity, expression, yaw, pitch)
        return seen.new_zeros(self.covered.shape).masked_scatter(self.covered, seen)


def linear_relief(model: MorphableModel, shapes: Tensor, size: int = 64) -> Tensor:
    """Place, in decimetres, and normal of faces at the texels of a map, linear in coefficients.

    Normals are no linear function of a shape: what is taken is the secant between -1 and 1.

    Args:
        shapes: (1 + K, V, 3) millimetres, a shape and the displacements of it for a coefficient of 1.

    Returns:
        (1 + K, 6, S, S). Texels off the face have what the nearest on it has, so that bilinear samples at its border
        are right.

    Raises:
        MorphableModelError: the model has no texture map.
    """
    uv = uv_map(model, size)
    shape, moved = shapes[0], shapes[1:]
    ends = [vertex_normals(shape + sign * moved, model.triangles) for sign in (1, -1)]
    normals = torch.cat([vertex_normals(shape, model.triangles)[None], (ends[0] - ends[1]) / 2])
    row, column = distance_transform_edt(~uv.covered.numpy(), return_distances=False, return_indices=True)
    near = torch.from_numpy(row).long(), torch.from_numpy(column).long()
    values = torch.cat([shapes / 100, normals], 2)
    return torch.stack([uv.spread(value)[:, *near] for value in values])


def intersection_over_union(one: Tensor, other: Tensor) -> Tensor:
    """Of the seen parts of two maps, (..., S, S) bool each: (...) in [0, 1], 1 where neither sees anything."""
    both, either = ((one & other).sum((-1, -2)), (one | other).sum((-1, -2)))
    return torch.where(either > 0, both / either.clamp_min(1), 1.0)


def field_tensors(field: VisibilityField) -> tuple[dict[str, Tensor], dict[str, str]]:
    """A field as half-precision tensors and metadata for a safetensors file."""
    tensors = {name: weight.half().contiguous() for name, weight in field.state_dict().items()}
    return tensors, {"version": _VERSION, "model": field.model, "settings": json.dumps(asdict(field.settings))}


def field_from_tensors(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> VisibilityField:
    """The field that `field_tensors` wrote; it does not change any more.

    Raises:
        ValueError: something is missing, or does not fit.
    """
    if metadata.get("version") != _VERSION:
        raise ValueError("the file holds no visibility field of this version: make it again")
    try:
        settings = FieldSettings(**json.loads(metadata["settings"]))
        mean, basis = tensors["expression_mean"], tensors["expression_basis"]
        field = VisibilityField(settings, metadata["model"], mean.float(), basis.float(), tensors["relief"].float())
        field.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    except (KeyError, TypeError, RuntimeError) as error:
        raise ValueError(f"the visibility field's file is damaged ({error})") from error
    return field.requires_grad_(False).eval()


class _Sine(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(x)


def _branch(inputs: int, settings: FieldSettings, frequency: float) -> nn.Sequential:
    """What comes before the meeting: linear layers with sines between them."""
    first = nn.Linear(inputs, settings.width)
    nn.init.uniform_(first.weight, -frequency / inputs, frequency / inputs)
    nn.init.uniform_(first.bias, -math.pi, math.pi)
    behind = [part for _ in range(settings.before) for part in (_Sine(), _linear(settings.width, settings.width))]
    return nn.Sequential(first, *behind)


def _linear(inputs: int, outputs: int) -> nn.Linear:
    """SIREN's initialisation, by which what enters each sine has a deviation of about 1, its omega folded in."""
    layer = nn.Linear(inputs, outputs)
    nn.init.uniform_(layer.weight, -math.sqrt(6 / inputs), math.sqrt(6 / inputs))
    nn.init.zeros_(layer.bias)
    return layer

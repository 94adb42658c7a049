"""The rasteriser: surfaces, views and lights in, pictures and what is true of them out.

Pictures of a batch stand one below the other in one image, so that all are drawn at once (`geometry.rasterising`).
Every pixel is drawn in several samples, which are averaged as light. What a sample shows is blended from the three
corners of its triangle: the picture is differentiable in colours, light and, through these barycentric weights, in
vertices; where another triangle comes to the front, at silhouettes, it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import normalize

from explorer.science.geometry.lighting import harmonics
from explorer.science.geometry.rasterising import Raster, rasterise
from explorer.science.synthetic.surfaces import Surface, display_from_linear, joined

# A lamp's strength is twice that of its first-order harmonics, whose factor in `harmonics` is 2 / sqrt(3).
_LAMP_OF_BAND = 4 / 3**0.5
# Reflected light of the surroundings, as a share of their mean and of a surface's gloss, where it faces the viewer.
_SHEEN = 0.6
_ALONG = 0.15
# Cosine to the viewer from which on a corner faces away; near the silhouette a perspective may still show it.
_AWAY = 0.3
# Corners are drawn at whole parts of a sample's side, so many to one.
_GRID = 256


@dataclass(frozen=True, eq=False)
class View:
    """Where a head is seen from.

    rotation: (3, 3), from the head's axes to the camera's. scale: pixels a millimetre in the middle of the face.
    centre: (2,), the pixel on which the head's origin falls, y down. distance: millimetres to it, or None.
    """

    rotation: Tensor
    scale: float
    centre: tuple[float, float]
    distance: float | None = None

    def place(self, vertices: Tensor) -> Tensor:
        """Where vertices (..., 3) of the head fall: (..., 3), x and y in pixels, and millimetres toward the viewer."""
        camera = vertices @ self.rotation.mT
        x, y, z = camera.unbind(-1)
        nearer = self._nearer(z) * self.scale
        return torch.stack([self.centre[0] + nearer * x, self.centre[1] - nearer * y, z], -1)

    def order(self, z: Tensor) -> Tensor:
        """What grows toward the viewer and is linear across a triangle in the picture: z, or its perspective image."""
        return z * self._nearer(z)

    def depth(self, order: Tensor) -> Tensor:
        """z, from what `order` made of it."""
        return order if self.distance is None else order * self.distance / (self.distance + order)

    def _nearer(self, z: Tensor) -> Tensor:
        return torch.ones_like(z) if self.distance is None else self.distance / (self.distance - z).clamp_min(1.0)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A batch of pictures, and what is true of each pixel's centre sample or samples.

    pictures: (B, 3, H, W) sRGB in [0, 1].
    coverage: (B, H, W), the share of a pixel that the person covers.
    segments: (B, H, W) int64, places in `SEGMENTS`: of the sample nearest to the viewer.
    depth: (B, H, W) millimetres toward the viewer from the head's origin, of the same sample; nan where nothing is.
    normals: (B, 3, H, W) unit, in the camera's axes, of the same sample; 0 where nothing is.
    """

    pictures: Tensor
    coverage: Tensor
    segments: Tensor
    depth: Tensor
    normals: Tensor


def draw(
    people: Sequence[Surface],
    views: Sequence[View],
    lights: Tensor,
    backgrounds: Tensor,
    oversampling: int = 2,
) -> Drawn:
    """Draw a batch.

    Args:
        people: what is drawn in each picture, B. views: B, for pictures of the backgrounds' size.
        lights: (B, 9, 3) spherical harmonics, linear. backgrounds: (B, 3, H, W) linear.
        oversampling: samples a pixel along either side.
    """
    height, width = (oversampling * side for side in backgrounds.shape[-2:])
    people = [_facing(one, view) for one, view in zip(people, views, strict=True)]
    whole = joined(people)
    placed = [view.place(one.vertices) for one, view in zip(people, views, strict=True)]
    order = torch.cat([view.order(points[:, 2]) for points, view in zip(placed, views, strict=True)])
    flat = torch.cat(placed)[:, :2] * oversampling
    of_vertex = _owners([len(one.vertices) for one in people]).to(flat.device)
    of_triangle = _owners([len(one.triangles) for one in people]).to(flat.device)
    down = torch.stack([torch.zeros_like(of_vertex), of_vertex * height], 1)
    rows = torch.stack([of_triangle * height, (of_triangle + 1) * height], 1)
    # On a grid, as integers are: what a picture shows does not hang on how far down the image it stands.
    snapped = (flat.detach() * _GRID).round() / _GRID + down
    points = torch.cat([snapped, order.detach()[:, None]], 1)
    raster = rasterise(points, whole.triangles, height * len(people), width, rows)
    samples = _Samples(raster, whole, flat + down, of_triangle)
    turned = torch.cat([one.normals @ view.rotation.mT for one, view in zip(people, views, strict=True)])
    normals = normalize(samples.blend(turned), dim=1)
    light = _shaded(samples, normals, lights)
    return _resolved(samples, light, normals, samples.blend(order[:, None])[:, 0], views, backgrounds, oversampling)


def _facing(one: Surface, view: View) -> Surface:
    """A surface without triangles that face away at all three corners: others always lie before them."""
    away = (one.normals.detach() @ view.rotation[2]) < -_AWAY
    kept = ~away[one.triangles].all(1)
    return replace(one, triangles=one.triangles[kept], segments=one.segments[kept])


def _owners(counts: Sequence[int]) -> Tensor:
    return torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))


class _Samples:
    """The N samples that show a triangle: which, of whose picture, and the weights of its corners."""

    def __init__(self, raster: Raster, whole: Surface, flat: Tensor, of_triangle: Tensor) -> None:
        self.where = raster.covered.flatten().nonzero().flatten()
        self.shape = raster.triangle.shape
        self.triangle = raster.triangle.flatten()[self.where]
        self.corners = whole.triangles[self.triangle]
        self.picture = of_triangle[self.triangle]
        self.whole = whole
        self.weights = raster.weights.flatten(0, 1)[self.where]
        if flat.requires_grad:
            self.weights = _weights(flat[self.corners], self.where, self.shape[1])

    def blend(self, values: Tensor) -> Tensor:
        """Values on vertices, (V, C), at the samples: (N, C)."""
        one, two, three = self.corners.unbind(1)
        a, b, c = self.weights[..., None].unbind(1)
        return a * values[one] + b * values[two] + c * values[three]


def _weights(corners: Tensor, where: Tensor, width: int) -> Tensor:
    """The barycentric coordinates of samples in their triangles, differentiable in the corners (N, 3, 2)."""
    centre = torch.stack([where % width, torch.div(where, width, rounding_mode="floor")], 1).to(corners) + 0.5
    a, b, c = corners.unbind(1)

    def cross(one: Tensor, other: Tensor) -> Tensor:
        return one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]

    area = cross(b - a, c - a)
    two, three = cross(centre - a, c - a) / area, cross(b - a, centre - a) / area
    return torch.stack([1 - two - three, two, three], 1)


def _shaded(samples: _Samples, normals: Tensor, lights: Tensor) -> Tensor:
    """(N, 3) linear light from the samples: diffuse under all harmonics, and a highlight of the main lamp."""
    whole = samples.whole
    looks = torch.cat([whole.albedo, whole.openness[:, None], whole.gloss[:, None], whole.sharpness[:, None]], 1)
    albedo, openness, gloss, sharpness = samples.blend(looks).split([3, 1, 1, 1], 1)
    light = lights[samples.picture]
    arriving = (harmonics(normals)[..., None] * light).sum(1).clamp_min(0)
    # Light that came off the same surface before has its colour: dark corners of skin are red, not grey.
    bounced = openness / (1 - albedo.clamp(0, 0.95) * (1 - openness))
    band = lights[:, [3, 1, 2]]
    towards = normalize(band.mean(2) + band.new_tensor([0.0, 0.0, 1e-6]), dim=1)
    half = normalize(towards + towards.new_tensor([0.0, 0.0, 1.0]), dim=1)[samples.picture]
    lamp = _LAMP_OF_BAND * band.norm(dim=1)[samples.picture]
    facing = (normals * half).sum(1, keepdim=True).clamp_min(1e-6)
    highlight = lamp * facing**sharpness * (sharpness + 8) / 25
    grazing = (1 - normals[:, 2:].abs().clamp(0, 1)) ** 4
    sheen = _SHEEN * light[:, 0] * (1 + grazing / _ALONG)
    whole_light: Tensor = albedo * arriving * bounced + gloss * openness * (highlight + sheen)
    return whole_light


def _resolved(
    samples: _Samples,
    light: Tensor,
    normals: Tensor,
    order: Tensor,
    views: Sequence[View],
    backgrounds: Tensor,
    oversampling: int,
) -> Drawn:
    """Samples as pixels: light is averaged; for the rest the sample nearest to the viewer stands for its pixel."""
    count, _, tall, wide = backgrounds.shape

    def laid(values: Tensor) -> Tensor:
        """(N, C) as (B, H, W, S, C) of a pixel's S samples."""
        empty = values.new_zeros(samples.shape[0] * samples.shape[1], values.shape[1])
        whole = empty.index_put((samples.where,), values)
        grid = whole.view(count, tall, oversampling, wide, oversampling, -1).transpose(2, 3)
        return grid.reshape(count, tall, wide, oversampling**2, -1)

    covered = laid(torch.ones_like(order[:, None]))
    share = covered[..., 0].mean(-1)
    blended = laid(light).mean(3).permute(0, 3, 1, 2) + (1 - share)[:, None] * backgrounds
    depths = torch.cat([view.depth(one) for view, one in zip(views, _by_picture(order, samples, count), strict=True)])
    depth = laid(depths.detach()[:, None])[..., 0].masked_fill(covered[..., 0] == 0, -torch.inf)
    nearest, which = depth.max(-1)
    number = laid(samples.whole.segments[samples.triangle][:, None])[..., 0]
    chosen = which[..., None]
    turned = laid(normals.detach()).gather(3, chosen[..., None].expand(*chosen.shape, 3))[..., 0, :]
    return Drawn(
        pictures=display_from_linear(blended),
        coverage=share.detach(),
        segments=number.gather(3, chosen)[..., 0],
        depth=nearest.masked_fill(nearest == -torch.inf, torch.nan),
        normals=turned.permute(0, 3, 1, 2),
    )


def _by_picture(values: Tensor, samples: _Samples, count: int) -> tuple[Tensor, ...]:
    # Samples come in the order of their pixels, and so picture by picture.
    split: tuple[Tensor, ...] = values.split(torch.bincount(samples.picture, minlength=count).tolist())
    return split

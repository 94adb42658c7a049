"""Which triangle shows at each pixel: a z-buffer in plain tensor operations, the same on CPU and CUDA."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

# Pixels of all triangles' bounding boxes looked at in one go; bounds the memory.
_CHUNK = 4_000_000


@dataclass(frozen=True, eq=False)
class Raster:
    """What each pixel's centre shows.

    triangle: (H, W) int64, -1 for none.
    weights: (H, W, 3), barycentric coordinates in that triangle; 0 for none.
    """

    triangle: Tensor
    weights: Tensor

    @property
    def covered(self) -> Tensor:
        """(H, W) bool: whether any triangle shows."""
        return self.triangle >= 0

    def interpolate(self, values: Tensor, triangles: Tensor) -> Tensor:
        """Values on vertices, (V, C), at each pixel: (H, W, C), 0 where no triangle shows; differentiable in them."""
        return (values[triangles[self.triangle.clamp_min(0)]] * self.weights[..., None]).sum(-2)


@torch.no_grad()
def rasterise(points: Tensor, triangles: Tensor, height: int, width: int, rows: Tensor | None = None) -> Raster:
    """Draw triangles into an image, the nearest in front; both sides of a triangle show.

    Args:
        points: (V, 3): x right and y down in pixels, centres at +0.5, and depth, larger is nearer to the viewer.
        triangles: (T, 3) int64.
        rows: (T, 2) int64, the first row in which each triangle may show and the first below in which it may not:
            pictures that stand one below the other are drawn at once; all rows where None.
    """
    corners = points[triangles]
    low = (corners[..., :2].amin(1) - 0.5).ceil().long().clamp_min(0)
    limit = torch.tensor([width, height], device=points.device)
    high = torch.minimum((corners[..., :2].amax(1) - 0.5).floor().long() + 1, limit)
    if rows is not None:
        low[:, 1], high[:, 1] = torch.maximum(low[:, 1], rows[:, 0]), torch.minimum(high[:, 1], rows[:, 1])
    size = (high - low).clamp_min(0)
    count = size.prod(1)
    depths = points.new_full((height * width,), -torch.inf)
    best = torch.full((height * width,), -1, dtype=torch.int64, device=points.device)
    weights = points.new_zeros(height * width, 3)
    edges = _Edges.of(corners)
    # A triangle's share of its bounding box never exceeds the whole image, so chunks of triangles stay bounded.
    for chosen in _chunks(count):
        triangle = torch.repeat_interleave(chosen, count[chosen])
        first = torch.repeat_interleave(count[chosen].cumsum(0) - count[chosen], count[chosen])
        place = torch.arange(len(triangle), device=points.device) - first
        across = size[triangle, 0]
        down = torch.div(place, across, rounding_mode="floor")
        x, y = low[triangle, 0] + (place - down * across), low[triangle, 1] + down
        inside, found = edges.barycentric(triangle, x, y)
        triangle, pixel, found = triangle[inside], (y * width + x)[inside], found[inside]
        depth = (found * corners[triangle, :, 2]).sum(1)
        depths.scatter_reduce_(0, pixel, depth, "amax")
        shows = depth == depths[pixel]
        # Of triangles at the very same depth, as along a common edge, whichever is written last: they agree there.
        best[pixel[shows]] = triangle[shows]
        agreed = shows & (best[pixel] == triangle)
        weights[pixel[agreed]] = found[agreed]
    return Raster(best.view(height, width), weights.view(height, width, 3))


def _chunks(count: Tensor) -> list[Tensor]:
    """Triangles in groups whose bounding boxes hold about `_CHUNK` pixels together."""
    drawn = count.nonzero().flatten()
    group = torch.div(count[drawn].cumsum(0), _CHUNK, rounding_mode="floor")
    return [drawn[group == one] for one in group.unique()]


@dataclass(frozen=True, eq=False)
class _Edges:
    """Triangles as their pixels are asked about: a corner and the edges (T, 2) from it, and twice the areas (T,)."""

    corner: Tensor
    two: Tensor
    three: Tensor
    area: Tensor

    @classmethod
    def of(cls, corners: Tensor) -> _Edges:
        """Of corners (T, 3, 3)."""
        a, b, c = corners[..., :2].unbind(1)
        return cls(a, b - a, c - a, _cross(b - a, c - a))

    def barycentric(self, triangle: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Whether pixel centres lie in triangles, and their barycentric coordinates (N, 3)."""
        from_corner = torch.stack([x, y], 1).to(self.corner.dtype) + 0.5 - self.corner[triangle]
        area = self.area[triangle]
        whole = torch.where(area == 0, torch.ones_like(area), area)
        two = _cross(from_corner, self.three[triangle]) / whole
        three = _cross(self.two[triangle], from_corner) / whole
        one, slack = 1 - two - three, 8 * torch.finfo(area.dtype).eps
        inside = (area != 0) & (one >= -slack) & (two >= -slack) & (three >= -slack)
        return inside, torch.stack([one, two, three], 1)


def _cross(one: Tensor, other: Tensor) -> Tensor:
    return one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]

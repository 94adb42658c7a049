"""Triangle meshes: normals, edges, and subdivision as a linear map of the vertices."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


def vertex_normals(vertices: Tensor, triangles: Tensor) -> Tensor:
    """Unit normals, each the mean of its triangles' normals weighted by their areas; differentiable.

    Args:
        vertices: (..., V, 3).
        triangles: (T, 3) int64, counter-clockwise seen from outside.

    Returns:
        (..., V, 3), pointing outward; zero for a vertex without a triangle.

    Example:
        >>> import torch
        >>> from explorer.science.geometry import vertex_normals
        >>> flat = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
        >>> vertex_normals(flat, torch.tensor([[0, 1, 2]])).tolist()
        [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]
    """
    one, two, three = (vertices[..., triangles[:, corner], :] for corner in range(3))
    faces = torch.linalg.cross(two - one, three - one)
    total = torch.zeros_like(vertices)
    for corner in range(3):
        total = total.index_add(-2, triangles[:, corner], faces)
    return torch.nn.functional.normalize(total, dim=-1, eps=1e-20)


def edges(triangles: Tensor) -> Tensor:
    """The edges of triangles (T, 3), each once and its lower vertex first: (E, 2)."""
    pairs = torch.cat([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    return unique_pairs(pairs.sort(dim=1).values)[0]


def unique_pairs(pairs: Tensor) -> tuple[Tensor, Tensor]:
    """Pairs (N, 2) int64 of numbers from 0 up, each once and in order (M, 2), and the place of each among these (N,).

    As `unique(dim=0)` gives them; numbers are sorted far sooner than rows.
    """
    count = int(pairs[:, 1].max()) + 1 if len(pairs) else 1
    keys, places = (pairs[:, 0] * count + pairs[:, 1]).unique(return_inverse=True)
    return torch.stack([keys // count, keys % count], 1), places


@dataclass(frozen=True, eq=False)
class Subdivision:
    """One step of midpoint subdivision: vertices stay, every edge gets its middle, every triangle becomes four.

    edges: (E, 2) whose middles are the new vertices, in this order behind the old ones.
    triangles: (4 T, 3).
    """

    edges: Tensor
    triangles: Tensor

    def apply(self, values: Tensor) -> Tensor:
        """Carry values on the vertices, (..., V, C), to the finer mesh: (..., V + E, C). Linear."""
        middles = (values[..., self.edges[:, 0], :] + values[..., self.edges[:, 1], :]) / 2
        return torch.cat([values, middles], -2)

    def apply_mirror(self, mirror: Tensor) -> Tensor:
        """Carry a table of mirror partners (V,) to the finer mesh: (V + E,).

        Raises:
            ValueError: the mirror image of an edge is no edge.
        """
        count = len(mirror)
        keys = self.edges[:, 0] * count + self.edges[:, 1]
        images = mirror[self.edges].sort(dim=1).values
        wanted = images[:, 0] * count + images[:, 1]
        # The edges come sorted, so their keys are too.
        found = torch.searchsorted(keys, wanted).clamp_max(len(keys) - 1)
        if not torch.equal(keys[found], wanted):
            raise ValueError("the mesh is not the mirror image of itself")
        return torch.cat([mirror, count + found])


def subdivision(triangles: Tensor, count: int | None = None) -> Subdivision:
    """The step that refines triangles (T, 3) int64 of so many vertices; the last is a triangle's where None."""
    known, count = edges(triangles), int(triangles.max()) + 1 if count is None else count
    keys = known[:, 0] * count + known[:, 1]

    def middle(one: int, other: int) -> Tensor:
        pair = triangles[:, [one, other]].sort(dim=1).values
        return count + torch.searchsorted(keys, pair[:, 0] * count + pair[:, 1])

    a, b, c = triangles.unbind(1)
    ab, bc, ca = middle(0, 1), middle(1, 2), middle(2, 0)
    corners = [torch.stack(three, 1) for three in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
    return Subdivision(known, torch.stack(corners, 1).flatten(0, 1))

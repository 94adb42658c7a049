"""Meshes whose properties are known, and a brute-force oracle."""

import torch

from explorer.science.geometry.mesh import subdivision


def sphere(times=3, radius=1.0):
    """An octahedron subdivided and blown up: (vertices (V, 3) float64, triangles)."""
    vertices = torch.tensor([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], dtype=torch.float64)
    triangles = torch.tensor([[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]])
    for _ in range(times):
        step = subdivision(triangles)
        vertices, triangles = torch.nn.functional.normalize(step.apply(vertices), dim=-1), step.triangles
    return vertices * radius, triangles


def together(*meshes):
    """Several meshes as one."""
    vertices, triangles, count = [], [], 0
    for points, faces in meshes:
        vertices.append(points)
        triangles.append(faces + count)
        count += len(points)
    return torch.cat(vertices), torch.cat(triangles)


def blocked_by_force(origins, vertices, triangles):
    """Whether the ray from each origin along +z meets any triangle, each against each, in double precision."""
    a, b, c = vertices[triangles].unbind(1)
    normal = torch.linalg.cross(b - a, c - a)
    flat = normal[:, 2].abs() < 1e-14
    blocked = torch.zeros(len(origins), dtype=torch.bool)
    for index, origin in enumerate(origins):
        area = normal[:, 2]
        two = ((origin[0] - a[:, 0]) * (c - a)[:, 1] - (origin[1] - a[:, 1]) * (c - a)[:, 0]) / area
        three = ((b - a)[:, 0] * (origin[1] - a[:, 1]) - (b - a)[:, 1] * (origin[0] - a[:, 0])) / area
        depth = a[:, 2] + two * (b - a)[:, 2] + three * (c - a)[:, 2]
        blocked[index] = (~flat & (two >= 0) & (three >= 0) & (two + three <= 1) & (depth > origin[2])).any()
    return blocked

"""Subdivision counts by Euler, keeps what is linear, and normals point outward."""

import pytest
import torch

from explorer.science.geometry.mesh import edges, subdivision, unique_pairs, vertex_normals
from tests.science.geometry.meshes import sphere


def test_normals_of_a_sphere_are_its_points():
    vertices, triangles = sphere(4)
    assert ((vertex_normals(vertices, triangles) * vertices).sum(-1) > 0.999).all()


def test_normals_have_the_right_gradient():
    vertices, triangles = sphere(0)
    moved = (vertices + 0.1 * torch.randn(6, 3, dtype=torch.float64)).requires_grad_()
    assert torch.autograd.gradcheck(lambda points: vertex_normals(points, triangles), moved)


def test_subdivision_obeys_euler():
    _, triangles = sphere(0)
    for _ in range(3):
        count, found = int(triangles.max()) + 1, edges(triangles)
        assert count - len(found) + len(triangles) == 2
        step = subdivision(triangles)
        assert len(step.triangles) == 4 * len(triangles)
        assert int(step.triangles.max()) + 1 == count + len(found)
        triangles = step.triangles


def test_subdivision_leaves_the_surface_where_it_is():
    vertices, triangles = sphere(1)
    step = subdivision(triangles)
    corners, finer = vertices[triangles], step.apply(vertices)[step.triangles]

    def area(three):
        return torch.linalg.cross(three[:, 1] - three[:, 0], three[:, 2] - three[:, 0]).norm(dim=-1).sum()

    torch.testing.assert_close(area(finer), area(corners))
    torch.testing.assert_close(finer.unflatten(0, (-1, 4)).mean((1, 2)), corners.mean(1))


def test_a_mirror_table_is_refined_with_the_mesh():
    vertices, triangles = sphere(2)
    mirror = torch.cdist(vertices * torch.tensor([-1.0, 1, 1], dtype=torch.float64), vertices).argmin(1)
    step = subdivision(triangles)
    finer, image = step.apply(vertices), step.apply_mirror(mirror)
    torch.testing.assert_close(finer[image], finer * torch.tensor([-1.0, 1, 1], dtype=torch.float64))


@pytest.mark.parametrize("count", [0, 1, 200])
def test_pairs_come_once_and_in_the_order_of_rows(count):
    pairs = torch.randint(0, 12, (count, 2), generator=torch.Generator().manual_seed(1)) * torch.tensor([1, 7])
    for found, expected in zip(unique_pairs(pairs), pairs.unique(dim=0, return_inverse=True), strict=True):
        assert torch.equal(found, expected)

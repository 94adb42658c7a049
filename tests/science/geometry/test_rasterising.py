"""The z-buffer: pixel centres, depth order, interpolation."""

import torch

from explorer.science.geometry.rasterising import rasterise


def test_a_pixel_is_covered_where_its_centre_is():
    points = torch.tensor([[1.0, 1.0, 0.0], [5.0, 1.0, 0.0], [1.0, 5.0, 0.0]])
    covered = rasterise(points, torch.tensor([[0, 1, 2]]), 6, 6).covered
    y, x = torch.meshgrid(torch.arange(6) + 0.5, torch.arange(6) + 0.5, indexing="ij")
    assert torch.equal(covered, (x > 1) & (y > 1) & (x + y <= 6))


def test_the_nearer_triangle_shows_whatever_the_order():
    points = torch.tensor([[0, 0, 1], [8, 0, 1], [0, 8, 1], [0, 0, 3], [4, 0, 3], [0, 4, 3]], dtype=torch.float64)
    near, far = torch.tensor([[3, 4, 5]]), torch.tensor([[0, 1, 2]])
    one = rasterise(points, torch.cat([near, far]), 8, 8).triangle
    other = rasterise(points, torch.cat([far, near]), 8, 8).triangle
    assert one[0, 0] == 0
    assert one[0, 6] == 1
    assert torch.equal(one, torch.where(other >= 0, 1 - other, other))


def test_what_is_linear_in_the_plane_is_interpolated_exactly():
    random = torch.Generator().manual_seed(2)
    points = torch.rand(30, 3, generator=random, dtype=torch.float64) * 20
    triangles = torch.arange(30).view(10, 3)
    raster = rasterise(points, triangles, 20, 20)
    places = raster.interpolate(points[:, :2], triangles)
    y, x = torch.meshgrid(torch.arange(20.0) + 0.5, torch.arange(20.0) + 0.5, indexing="ij")
    expected = torch.stack([x, y], -1).double() * raster.covered[..., None]
    torch.testing.assert_close(places, expected)
    torch.testing.assert_close(raster.weights.sum(-1), raster.covered.double())


def test_what_lies_outside_of_the_image_is_cut_off():
    points = torch.tensor([[-50.0, -50.0, 0.0], [90.0, -50.0, 0.0], [-50.0, 90.0, 0.0]])
    assert rasterise(points, torch.tensor([[0, 1, 2]]), 4, 5).covered.all()
    assert not rasterise(points + 200, torch.tensor([[0, 1, 2]]), 4, 5).covered.any()

"""The rasteriser against scenes whose picture is known."""

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer.science.geometry.rotation import rotation_from_angles
from explorer.science.synthetic.drawing import View, draw
from explorer.science.synthetic.surfaces import (
    SEGMENTS,
    Surface,
    display_from_linear,
    grid_triangles,
    joined,
    linear_from_display,
    surface,
)

SIZE, RADIUS = 64, 50.0
AMBIENT = torch.zeros(1, 9, 3)
AMBIENT[:, 0] = 1.0
GREY = torch.full((1, 3, SIZE, SIZE), 0.2)


def view(distance=None, scale=0.5, angles=(0.0, 0.0, 0.0), size=SIZE) -> View:
    rotation = rotation_from_angles(*torch.tensor(angles).deg2rad())
    return View(rotation, scale, (size / 2, size / 2), distance)


def ball() -> Surface:
    polar, around = np.meshgrid(np.linspace(0, np.pi, 121), np.linspace(0, 2 * np.pi, 240, False), indexing="ij")
    unit = np.stack([np.sin(polar) * np.sin(around), np.cos(polar), np.sin(polar) * np.cos(around)], 2).reshape(-1, 3)
    return surface("skin", RADIUS * unit, grid_triangles(121, 240, closed=True), unit, (0.5, 0.3, 0.2))


def square(side: float, z: float, colour, segment="skin") -> Surface:
    corners = np.array([[-1, 1, 0], [1, 1, 0], [-1, -1, 0], [1, -1, 0]]) * (side / 2) + (0, 0, z)
    return surface(segment, corners, grid_triangles(2, 2), np.tile([0.0, 0, 1], (4, 1)), colour)


@pytest.mark.parametrize("distance", [None, 400.0])
def test_depth_and_normals_of_a_ball_are_those_of_geometry(distance):
    drawn = draw([ball()], [view(distance, angles=(20.0, 10.0, 5.0))], AMBIENT, GREY, oversampling=1)
    x = (np.arange(SIZE) + 0.5 - SIZE / 2) / 0.5
    x, y = np.meshgrid(x, -x)
    if distance is None:
        with np.errstate(invalid="ignore"):
            z = np.sqrt(RADIUS**2 - x**2 - y**2)
    else:
        # The line of sight from the camera through the pixel, in the plane of the ball's middle, meets the ball.
        a, b, c = x**2 + y**2 + distance**2, distance**2, distance**2 - RADIUS**2
        with np.errstate(invalid="ignore"):
            share = (b - np.sqrt(b * b - a * c)) / a
        x, y, z = share * x, share * y, distance * (1 - share)
    inner = np.nan_to_num(z, nan=-1) > 0.35 * RADIUS
    assert inner.sum() > 1000
    np.testing.assert_allclose(drawn.depth[0].numpy()[inner], z[inner], atol=0.1)
    expected = np.stack([x, y, z], 0)[:, inner] / RADIUS
    np.testing.assert_allclose(drawn.normals[0].numpy()[:, inner], expected, atol=5e-3)
    covered = drawn.segments[0] == SEGMENTS.index("skin")
    assert torch.equal(covered, drawn.depth[0].isfinite())
    assert torch.equal(covered, drawn.coverage[0] > 0)


def test_even_light_of_one_shows_the_albedo():
    drawn = draw([square(400, 0, (0.5, 0.3, 0.2))], [view()], AMBIENT, GREY)
    torch.testing.assert_close(
        linear_from_display(drawn.pictures[0, :, 5, 7].numpy())[1], np.float64(0.3), atol=1e-6, rtol=0
    )
    assert torch.allclose(drawn.pictures, drawn.pictures[:, :, :1, :1])


def test_a_lamp_lights_the_side_that_faces_it():
    light = AMBIENT.clone()
    light[:, 3] = 0.5
    picture = draw([ball()], [view()], light, GREY).pictures[0, 1]
    assert picture[32, 48] > picture[32, 32] > picture[32, 16]


def test_what_is_nearer_shows_whatever_the_order_of_the_parts():
    near, far = square(40, 10, (0.9, 0, 0), "glasses"), square(80, 0, (0, 0.9, 0))
    one, other = (draw([joined(parts)], [view()], AMBIENT, GREY) for parts in ([near, far], [far, near]))
    assert torch.equal(one.pictures, other.pictures)
    assert SEGMENTS[int(one.segments[0, 32, 32])] == "glasses"
    assert SEGMENTS[int(one.segments[0, 32, 15])] == "skin"
    assert SEGMENTS[int(one.segments[0, 2, 2])] == "background"
    assert one.depth[0, 32, 32] == pytest.approx(10)


def test_a_perspective_camera_sees_what_is_nearer_larger():
    small, large = (
        draw([square(40, z, (0.5, 0.5, 0.5))], [view(400.0)], AMBIENT, GREY).coverage.sum() for z in (0.0, 100.0)
    )
    assert large / small == pytest.approx((400 / 300) ** 2, rel=0.05)


def test_pixels_that_are_half_covered_are_half_background():
    half = square(400, 0, (1.0, 1.0, 1.0))
    half = Surface(**{**vars(half), "vertices": half.vertices + torch.tensor([201.0, 0, 0])})
    drawn = draw([half], [view()], AMBIENT, torch.zeros_like(GREY), oversampling=2)
    assert drawn.coverage[0, 10, 32] == 0.5
    assert linear_from_display(drawn.pictures[0, 0, 10, 32].numpy()) == pytest.approx(0.5, abs=1e-6)


def test_pictures_of_a_batch_are_those_drawn_alone():
    # The last is larger than its picture: it must not reach into its neighbours.
    people = [ball(), square(90, 5, (0.4, 0.4, 0.1)), square(900, -5, (0.1, 0.4, 0.4))]
    views = [view(), view(400.0, angles=(30.0, 0.0, 0.0)), view(angles=(0.0, 0.0, 45.0))]
    together = draw(people, views, AMBIENT.expand(3, 9, 3), GREY.expand(3, 3, SIZE, SIZE))
    for index, (one, seen) in enumerate(zip(people, views, strict=True)):
        alone = draw([one], [seen], AMBIENT, GREY)
        assert torch.equal(together.pictures[index], alone.pictures[0])
        assert torch.equal(together.segments[index], alone.segments[0])


def test_the_picture_is_differentiable_in_colours_light_and_vertices():
    random = torch.Generator().manual_seed(0)
    corners = torch.tensor([[-9.0, 8, 0], [10.0, 9, 3], [-8, -10, 5], [9, -8, -4]], dtype=torch.float64)
    normals = torch.nn.functional.normalize(torch.rand(4, 3, generator=random) - 0.5 + torch.tensor([0, 0, 1.5]), dim=1)
    plain = Surface(
        vertices=corners,
        normals=normals,
        triangles=torch.from_numpy(grid_triangles(2, 2)),
        albedo=torch.rand(4, 3, generator=random) * 0.5 + 0.2,
        openness=torch.rand(4, generator=random) * 0.5 + 0.4,
        gloss=torch.full((4,), 0.04),
        sharpness=torch.full((4,), 12.0),
        segments=torch.ones(2, dtype=torch.int64),
    ).to(torch.float64)
    light = AMBIENT.double() * 0.5 + 0.1 * torch.rand(1, 9, 3, generator=random).double()
    seen = view(300.0, scale=0.2, angles=(12.0, 5.0, 3.0), size=6)
    seen = View(seen.rotation.double(), seen.scale, (3.1, 2.9), seen.distance)

    def picture(vertices: Tensor, albedo: Tensor, lights: Tensor) -> Tensor:
        whole = Surface(**{**vars(plain), "vertices": vertices, "albedo": albedo})
        return draw([whole], [seen], lights, torch.full((1, 3, 6, 6), 0.3, dtype=torch.float64), 1).pictures

    inputs = [part.clone().requires_grad_() for part in (plain.vertices, plain.albedo, light)]
    assert (picture(*inputs) < 1).all(), "where a picture is clamped it has no gradient"
    assert torch.autograd.gradcheck(picture, inputs, eps=1e-6, atol=1e-6)


def test_display_values_are_those_of_the_standard_and_read_back():
    assert linear_from_display(np.array([0.0, 0.5, 1.0])) == pytest.approx([0.0, 0.21404114, 1.0], abs=1e-7)
    values = np.linspace(0, 1, 100)
    assert display_from_linear(torch.from_numpy(linear_from_display(values))).numpy() == pytest.approx(values, abs=1e-6)

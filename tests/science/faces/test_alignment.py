"""Templates, similarities and warps against geometry, OpenCV and dlib."""

from __future__ import annotations

import math

import cv2
import dlib
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck
from torch.nn import functional

from explorer.science.faces import alignment
from explorer.science.faces.alignment import (
    ARCFACE_112,
    DLIB_150,
    align,
    as_image,
    crop_frame,
    face_image,
    face_region,
    frame_matrix,
    invert,
    similarity,
    transform,
    warp,
)
from explorer.science.faces.face import Face, FaceError, Photograph

# dlib's mean face, iBUG 17 to 67, from interpolation.h (Boost licence).
MEAN_X = """
0.000213256 0.0752622 0.18113 0.29077 0.393397 0.586856 0.689483 0.799124 0.904991 0.98004 0.490127 0.490127
0.490127 0.490127 0.36688 0.426036 0.490127 0.554217 0.613373 0.121737 0.187122 0.265825 0.334606 0.260918
0.182743 0.645647 0.714428 0.793132 0.858516 0.79751 0.719335 0.254149 0.340985 0.428858 0.490127 0.551395
0.639268 0.726104 0.642159 0.556721 0.490127 0.423532 0.338094 0.290379 0.428096 0.490127 0.552157 0.689874
0.553364 0.490127 0.42689
"""
MEAN_Y = """
0.106454 0.038915 0.0187482 0.0344891 0.0773906 0.0773906 0.0344891 0.0187482 0.038915 0.106454 0.203352
0.307009 0.409805 0.515625 0.587326 0.609345 0.628106 0.609345 0.587326 0.216423 0.178758 0.179852 0.231733
0.245099 0.244077 0.231733 0.179852 0.178758 0.216423 0.244077 0.245099 0.780233 0.745405 0.727388 0.742578
0.727388 0.745405 0.780233 0.864805 0.902192 0.909281 0.902192 0.864805 0.784792 0.778746 0.785343 0.778746
0.784792 0.824182 0.831803 0.824182
"""

angles = st.floats(-math.pi, math.pi)
scales = st.floats(0.01, 100.0)
shifts = st.floats(-5000.0, 5000.0)
arcface = torch.tensor(ARCFACE_112.points, dtype=torch.float64)


def similarity_of(angle: float, scale: float, x: float, y: float) -> torch.Tensor:
    c, s = scale * math.cos(angle), scale * math.sin(angle)
    return torch.tensor([[c, -s, x], [s, c, y]], dtype=torch.float64)


@settings(deadline=None, derandomize=True)
@given(angles, scales, shifts, shifts)
def test_similarity_recovers_a_similarity(angle: float, scale: float, x: float, y: float) -> None:
    truth = similarity_of(angle, scale, x, y)
    found = similarity(arcface, transform(truth, arcface))
    torch.testing.assert_close(found[:, :2] / scale, truth[:, :2] / scale, atol=1e-8, rtol=0)
    torch.testing.assert_close(transform(found, arcface), transform(truth, arcface), atol=1e-7, rtol=1e-9)


@settings(deadline=None, derandomize=True)
@given(angles, scales, shifts, shifts, st.integers(0, 2**31))
def test_similarity_is_equivariant_and_optimal(angle: float, scale: float, x: float, y: float, seed: int) -> None:
    """Moving the noisy target moves the answer; no nearby similarity has a smaller residual."""
    generator = torch.Generator().manual_seed(seed)
    noisy = arcface + torch.randn(5, 2, generator=generator, dtype=torch.float64) * 4
    move = similarity_of(angle, scale, x, y)
    found = similarity(arcface, noisy)
    moved = similarity(arcface, transform(move, noisy))
    torch.testing.assert_close(
        transform(moved, arcface), transform(move, transform(found, arcface)), atol=1e-6, rtol=1e-8
    )
    residual = (transform(found, arcface) - noisy).square().sum()
    nudge = similarity_of(angle * 0.01, 1 + 0.01 * math.sin(x), 0.1 * math.cos(x), 0.1 * math.sin(y))
    assert (transform(nudge, transform(found, arcface)) - noisy).square().sum() >= residual - 1e-9


def test_similarity_never_reflects() -> None:
    mirrored = arcface * torch.tensor([-1.0, 1.0], dtype=torch.float64)
    assert torch.linalg.det(similarity(arcface, mirrored)[:, :2]) > 0


def test_similarity_is_batched_and_has_the_right_gradient() -> None:
    generator = torch.Generator().manual_seed(0)
    source = torch.rand(2, 3, 5, 2, generator=generator, dtype=torch.float64) * 50
    target = torch.rand(3, 5, 2, generator=generator, dtype=torch.float64) * 50
    found = similarity(source, target)
    assert found.shape == (2, 3, 2, 3)
    torch.testing.assert_close(found[1, 2], similarity(source[1, 2], target[2]))
    assert gradcheck(similarity, (source[0].requires_grad_(), target.requires_grad_()))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    "bad",
    [
        torch.full((5, 2), 300.0),
        torch.full((5, 2), math.nan),
        torch.tensor([[math.inf, 0.0], [1, 0], [0, 1], [1, 1], [0, 0]]),
    ],
    ids=["coincide", "nan", "infinite"],
)
def test_degenerate_points_are_refused(bad: torch.Tensor, dtype: torch.dtype) -> None:
    template = arcface.to(dtype)
    with pytest.raises(FaceError, match="coincide"):
        similarity(bad.to(dtype), template)
    with pytest.raises(FaceError, match="coincide"):
        similarity(template, bad.to(dtype))
    with pytest.raises(FaceError, match="coincide"):
        frame_matrix(bad.to(dtype)[None], 256)


def test_a_reflected_isotropic_set_has_no_best_rotation() -> None:
    square = torch.tensor([[-1.0, -1.0], [1, -1], [1, 1], [-1, 1]])
    with pytest.raises(FaceError, match="coincide"):
        similarity(square, square * torch.tensor([-1.0, 1.0]))


def test_arcface_template_is_the_published_one_half_a_pixel_on() -> None:
    """cv2.warpAffine with the published points and `align` with ours give the same picture."""
    rng = np.random.default_rng(1)
    picture = cv2.GaussianBlur(rng.integers(0, 256, (300, 280, 3), dtype=np.uint8), (0, 0), 2).astype(np.float32)
    published = np.array(
        [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
    )
    matrix = similarity_of(0.2, 1.4, 60.0, 50.0)
    at_zero = transform(matrix, torch.from_numpy(published))
    affine = invert(matrix).numpy()
    expected = cv2.warpAffine(picture, affine, (112, 112), flags=cv2.INTER_LINEAR)
    image = torch.from_numpy(picture).permute(2, 0, 1)[None]
    ours = align(image, at_zero[None].float() + 0.5, ARCFACE_112)
    # OpenCV rounds sampling positions to 1/32 pixel.
    difference = np.abs(ours[0].permute(1, 2, 0).numpy() - expected)
    assert difference.max() < 2.0
    assert difference.mean() < 0.2


def test_warp_equals_opencv_where_it_enlarges() -> None:
    rng = np.random.default_rng(2)
    picture = rng.random((40, 50, 3)).astype(np.float64)
    matrix = np.array([[1.5, -0.25, 3.0], [0.25, 1.5, -4.0]])
    expected = cv2.warpAffine(picture, matrix, (96, 96), flags=cv2.INTER_LINEAR)
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    ours = (half @ np.vstack([matrix, [0, 0, 1]]) @ np.linalg.inv(half))[:2]
    image = torch.from_numpy(picture).permute(2, 0, 1)[None]
    warped = warp(image, torch.from_numpy(ours)[None], 96)[0].permute(1, 2, 0).numpy()
    assert np.abs(warped - expected).max() < 1 / 32


@pytest.mark.parametrize(("x", "y"), [(0, 0), (3, 5), (-4, 2), (7, -6)])
def test_whole_pixel_shifts_are_exact(x: int, y: int) -> None:
    image = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    matrix = torch.tensor([[[1.0, 0, x], [0, 1, y]]], dtype=torch.float64)
    expected = torch.zeros_like(image)
    expected[..., max(y, 0) : 32 + min(y, 0), max(x, 0) : 32 + min(x, 0)] = image[
        ..., max(-y, 0) : 32 + min(-y, 0), max(-x, 0) : 32 + min(-x, 0)
    ]
    torch.testing.assert_close(warp(image, matrix, 32), expected, atol=1e-12, rtol=0)


def test_quarter_turns_are_exact() -> None:
    image = torch.rand(1, 3, 20, 20, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    turn = torch.tensor([[[0.0, -1, 20], [1, 0, 0]]], dtype=torch.float64)
    torch.testing.assert_close(warp(image, turn, 20), image.rot90(-1, (2, 3)), atol=1e-12, rtol=0)


@pytest.mark.slow
def test_warp_has_the_right_gradient() -> None:
    generator = torch.Generator().manual_seed(5)
    image = torch.rand(2, 3, 9, 8, generator=generator, dtype=torch.float64, requires_grad=True)
    matrix = torch.stack([similarity_of(0.1, 0.9, 0.31, 0.17), similarity_of(-0.2, 0.4, 0.7, 0.23)])
    assert gradcheck(lambda x: warp(x, matrix, 6), (image,))
    assert gradcheck(lambda m: warp(image.detach(), m, 6), (matrix.requires_grad_(),))


@pytest.mark.parametrize("shrink", [2.5, 7.3, 35.7])
def test_a_fine_grating_does_not_alias(shrink: float) -> None:
    """Stripes one pixel wide vanish in the mean; plain bilinear sampling would show some of them."""
    side = int(112 * shrink) + 1
    stripes = (torch.arange(side) % 2).float().expand(1, 3, side, side)
    scale = 1 / shrink
    matrix = torch.tensor([[[scale, 0, 0.0], [0, scale, 0.0]]])
    inner = warp(stripes, matrix, 112)[..., 2:-2, 2:-2]
    assert (inner - 0.5).abs().max() < 0.5 / int(shrink) + 1e-4
    assert abs(inner.mean().item() - 0.5) < 0.02


@pytest.mark.parametrize("shrink", [1.9, 3.0, 10.5])
def test_shrinking_moves_nothing(shrink: float) -> None:
    """The centre of mass of a smooth blob lands where the map sends it, however much is averaged first."""
    side = int(64 * shrink)
    y, x = torch.meshgrid(torch.arange(side) + 0.5, torch.arange(side) + 0.5, indexing="ij")
    centre = torch.tensor([0.55 * side, 0.43 * side])
    blob = torch.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * (side / 10) ** 2))
    scale = 1 / shrink
    small = warp(blob.expand(1, 3, -1, -1), torch.tensor([[[scale, 0, 0.0], [0, scale, 0.0]]]), 64)[0, 0]
    places = torch.arange(64) + 0.5
    found = torch.stack([(small.sum(0) * places).sum(), (small.sum(1) * places).sum()]) / small.sum()
    torch.testing.assert_close(found, centre * scale, atol=0.02, rtol=0)


def test_a_batch_equals_its_members_though_they_shrink_differently() -> None:
    images = torch.rand(3, 3, 200, 180, generator=torch.Generator().manual_seed(6))
    matrices = torch.stack([similarity_of(0.1, s, 5, 3) for s in (1.1, 0.3, 0.2)]).float()
    batch = warp(images, matrices, 48)
    for i in range(3):
        torch.testing.assert_close(batch[i : i + 1], warp(images[i : i + 1], matrices[i : i + 1], 48))


@pytest.mark.parametrize("fill", ["zeros", "border"])
def test_the_reproducible_sampler_equals_torchs_own(fill: alignment.Fill) -> None:
    generator = torch.Generator().manual_seed(7)
    image = torch.rand(2, 3, 9, 11, generator=generator, dtype=torch.float64, requires_grad=True)
    positions = torch.rand(2, 50, 2, generator=generator, dtype=torch.float64) * 20 - 5
    grid = positions * (2 / torch.tensor([11.0, 9.0], dtype=torch.float64)) - 1
    theirs = functional.grid_sample(image, grid[:, None], padding_mode=fill, align_corners=False)[:, :, 0]
    ours = alignment.gather_bilinear(image, positions, fill)
    torch.testing.assert_close(ours, theirs)
    weight = torch.rand(ours.shape, generator=generator, dtype=torch.float64)
    gradients = [torch.autograd.grad((result * weight).sum(), image)[0] for result in (ours, theirs)]
    torch.testing.assert_close(*gradients)
    assert gradcheck(lambda p: alignment.gather_bilinear(image.detach(), p, fill), (positions.requires_grad_(),))


def dlib_detection(matrix: torch.Tensor) -> tuple[dlib.full_object_detection, torch.Tensor]:
    """dlib's 68 points (whole pixels, its centres at 0) of the moved mean face, and our five of the same."""
    mean = torch.tensor([[float(v) for v in MEAN_X.split()], [float(v) for v in MEAN_Y.split()]], dtype=torch.float64)
    moved = transform(matrix, mean.T).round()
    points = [dlib.point(0, 0)] * 17 + [dlib.point(int(x), int(y)) for x, y in moved.tolist()]
    detection = dlib.full_object_detection(dlib.rectangle(0, 0, 9, 9), points)
    eyes = [moved[19:25].mean(0), moved[25:31].mean(0)]
    return detection, torch.stack([*eyes, moved[13], moved[31], moved[37]]) + 0.5


@pytest.mark.parametrize("angle", [-0.6, 0.0, 0.2])
def test_dlib_template_gives_the_chip_that_dlib_describes(angle: float) -> None:
    """At a scale where rounding the points to whole pixels does not matter."""
    detection, five = dlib_detection(similarity_of(angle, 20000.0, 30000, 25000))
    details = dlib.get_face_chip_details(detection, 150, 0.25)
    ours = invert(similarity(five, torch.tensor(DLIB_150.points, dtype=torch.float64)))
    assert math.atan2(ours[1, 0], ours[0, 0]) == pytest.approx(details.angle, abs=1e-4)
    scale = torch.linalg.det(ours[:, :2]).sqrt().item()
    assert scale == pytest.approx(details.rect.width() / 150, rel=1e-4)
    centre = transform(ours, torch.tensor([[75.0, 75.0]], dtype=torch.float64))[0]
    rectangle = details.rect
    assert centre[0].item() == pytest.approx((rectangle.left() + rectangle.right()) / 2, abs=0.01 * scale)
    assert centre[1].item() == pytest.approx((rectangle.top() + rectangle.bottom()) / 2, abs=0.01 * scale)


@pytest.mark.parametrize("angle", [-0.5, 0.0, 0.3])
def test_dlib_template_samples_where_dlib_samples(angle: float) -> None:
    """A picture whose values are its own coordinates shows where every pixel of dlib's chip came from."""
    detection, five = dlib_detection(similarity_of(angle, 110.0, 300, 300))
    y, x = np.mgrid[0:700, 0:700].astype(np.float64)
    theirs = np.stack([dlib.get_face_chip(x, detection), dlib.get_face_chip(y, detection)]) + 0.5
    picture = torch.from_numpy(np.stack([x, y, x])[None]) + 0.5
    ours = align(picture, five[None], DLIB_150)[0, :2].numpy()
    assert np.abs(ours - theirs).max() < 0.75


FFHQ_LIKE = torch.tensor([[97.0, 120], [159, 120], [128, 152], [103, 184], [153, 184]], dtype=torch.float64)


@settings(deadline=None, derandomize=True)
@given(angles, st.floats(0.05, 50.0), shifts, shifts)
def test_the_frame_follows_the_face(angle: float, scale: float, x: float, y: float) -> None:
    """However a face lies in the photograph, its points fall on the same places of the frame."""
    move = similarity_of(angle, scale, x, y)
    moved = transform(move, FFHQ_LIKE)
    here = transform(frame_matrix(FFHQ_LIKE[None], 256), FFHQ_LIKE)
    there = transform(frame_matrix(moved[None], 256), moved)
    torch.testing.assert_close(there, here, atol=1e-5, rtol=0)


def test_the_frame_is_the_published_quadrilateral() -> None:
    """Against the recipe's own steps, written with corners as it has them."""
    left, right, mouth = FFHQ_LIKE[0], FFHQ_LIKE[1], FFHQ_LIKE[3:].mean(0)
    eyes = (left + right) / 2
    x = (right - left) - torch.stack([-(mouth - eyes)[1], (mouth - eyes)[0]])
    x = x / x.norm() * max((right - left).norm() * 2.0, (mouth - eyes).norm() * 1.8)
    y = torch.stack([-x[1], x[0]])
    c = eyes + (mouth - eyes) * 0.1
    quadrilateral = torch.stack([c - x - y, c - x + y, c + x + y, c + x - y])
    corners = torch.tensor([[0.0, 0], [0, 256], [256, 256], [256, 0]], dtype=torch.float64)
    matrix = frame_matrix(FFHQ_LIKE[None], 256)[0]
    torch.testing.assert_close(transform(matrix, quadrilateral), corners, atol=1e-9, rtol=0)


def photograph(height: int, width: int) -> Photograph:
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([x * 255 / width, y * 255 / height, 128 + 0 * x], -1)
    return Photograph(np.rint(pixels).astype(np.uint8), "ramp", "")


def face(points: torch.Tensor) -> Face:
    return Face(points.numpy(), (0.0, 0.0, 1.0, 1.0), 1.0)


def test_crop_frame_keeps_what_was_photographed() -> None:
    """Inside of the photograph the frame is the warp, to a grey level; outside it is filled, never black."""
    source = photograph(300, 260)
    one = face(transform(similarity_of(0.3, 1.0, 40, -40), FFHQ_LIKE))
    crop = crop_frame(source, one, 256)
    assert crop.frame.shape == (256, 256, 3)
    matrix = frame_matrix(torch.from_numpy(one.points)[None], 256).float()
    plain = warp(as_image(source.pixels), matrix, 256)[0].permute(1, 2, 0).numpy() * 255
    inside = warp(torch.ones(1, 3, 300, 260), matrix, 256)[0, 0].numpy() > 0.999
    assert 0.5 < inside.mean() < 1
    assert np.abs(crop.frame.astype(float) - plain)[inside].max() < 1.01
    assert crop.frame[..., 2].min() > 120


@pytest.mark.parametrize("limit", [150, 200, 300])
def test_a_large_face_is_reduced_before_it_becomes_floats(limit: int) -> None:
    source = photograph(900, 880)
    points = (FFHQ_LIKE * 3.4).numpy()
    pixels, inside = face_region(source.pixels, points, limit)
    assert limit <= max(pixels.shape) < 2 * limit
    small = align(as_image(pixels), torch.from_numpy(inside)[None].float(), ARCFACE_112)
    large = align(as_image(source.pixels), torch.from_numpy(points)[None].float(), ARCFACE_112)
    assert (small - large).abs().max() < 2 / 255


def test_face_image_of_an_ordinary_photograph_is_a_cut() -> None:
    """Aligning what was cut out equals aligning the whole photograph."""
    source = photograph(700, 900)
    points = transform(similarity_of(-0.4, 0.8, 350, 260), FFHQ_LIKE)
    image, inside = face_image(source, face(points))
    assert image.shape[-1] < 900
    for template in (ARCFACE_112, DLIB_150):
        expected = align(as_image(source.pixels), points[None].float(), template)
        torch.testing.assert_close(align(image, inside, template), expected, atol=1e-4, rtol=0)

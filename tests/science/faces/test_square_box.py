"""The square box against the boxes of the detector, and the laws of a template."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck

from explorer.science.faces.alignment import ARCFACE_112, align, invert, transform
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.face import FaceError
from explorer.science.faces.square_box import SquareBox
from explorer.studio.evaluation.named_sets import photograph_set

FACE = torch.tensor(ARCFACE_112.points, dtype=torch.float64)[None]


def square(points: torch.Tensor, margin: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    """The square's centre (B, 2) and side (B) in the image."""
    back = invert(SquareBox(100, margin).matrix(points))
    middle = transform(back, torch.tensor([[50.0, 50.0]], dtype=points.dtype))[..., 0, :]
    return middle, 100 * torch.linalg.det(back[..., :2]).sqrt()


@settings(deadline=None, derandomize=True)
@given(st.floats(-math.pi, math.pi), st.floats(0.1, 50), st.floats(-999, 999), st.floats(-999, 999))
def test_the_square_goes_with_the_face(angle: float, scale: float, x: float, y: float) -> None:
    c, s = scale * math.cos(angle), scale * math.sin(angle)
    moved = torch.tensor([[[c, -s, x], [s, c, y]]], dtype=torch.float64)
    for margin in (1.0, 1.3):
        template = SquareBox(160, margin)
        there = template.matrix(transform(moved, FACE))
        torch.testing.assert_close(
            transform(there, transform(moved, FACE)), transform(template.matrix(FACE), FACE), atol=1e-6, rtol=0
        )


def test_a_margin_enlarges_about_the_same_centre() -> None:
    centre, side = square(FACE)
    for margin in (1.1, 1.2, 1.3):
        again, larger = square(FACE, margin)
        torch.testing.assert_close(again, centre)
        torch.testing.assert_close(larger, margin * side)


def test_a_mirrored_face_has_the_mirrored_square() -> None:
    image = torch.rand(1, 3, 112, 112, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    mirrored = (torch.tensor([112.0, 0.0]) - FACE * torch.tensor([1.0, -1.0]))[:, [1, 0, 2, 4, 3]]
    template = SquareBox(96, 1.1)
    torch.testing.assert_close(align(image.flip(-1), mirrored, template), align(image, FACE, template).flip(-1))


def test_gradients_flow_to_the_picture_and_the_points() -> None:
    # One channel: all are cut alike.
    image = torch.rand(1, 1, 20, 20, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    template = SquareBox(16, 1.2)
    points = FACE * 20 / 112
    assert gradcheck(lambda x: align(x, points, template), image.requires_grad_())
    assert gradcheck(template.matrix, points.requires_grad_())


def test_points_that_coincide_are_refused() -> None:
    with pytest.raises(FaceError, match="coincide"):
        SquareBox(160).matrix(torch.full((1, 5, 2), 7.0))


@pytest.mark.parametrize(("size", "margin"), [(8, 1.0), (4096, 1.0), (160, 0.1), (160, math.nan)])
def test_a_square_that_no_network_takes_is_refused(size: int, margin: float) -> None:
    with pytest.raises(ValueError, match="square box"):
        SquareBox(size, margin)


def test_different_templates_have_different_names() -> None:
    known = [SquareBox(160, 1.0), SquareBox(160, 1.1), SquareBox(224, 1.1), ARCFACE_112]
    assert len({template.name for template in known}) == len(known)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "near"), [("openpeople", 0.05), ("orl", 0.1)])
def test_the_square_is_the_detectors_box_made_square(name: str, near: float, networks) -> None:
    """As makers cut it: about the box's centre, as large as its longer side."""
    found = []
    for one in photograph_set(name).photographs[::10]:
        photograph = one.read()
        face = choose_face(photograph, networks.detector().detect(photograph.pixels))
        left, top, right, bottom = face.box
        side = max(right - left, bottom - top)
        middle, own = square(torch.from_numpy(face.points)[None])
        away = (middle[0] - torch.tensor([(left + right) / 2, (top + bottom) / 2])).norm()
        found.append((abs(float(own) / side - 1), float(away) / side))
    resized, moved = np.array(found).T
    assert np.median(resized) < near
    assert np.median(moved) < 0.05
    assert max(resized.max(), moved.max()) < 0.25

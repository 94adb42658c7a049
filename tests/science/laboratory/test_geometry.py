"""Altered faces: what a rotation, a shift and a scaling do to known pixels, and where they bring a face."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from explorer.science.faces.alignment import ARCFACE_112, align
from explorer.science.faces.choosing import face_by_hand
from explorer.science.faces.face import Face
from explorer.science.faces.reading import photograph_of
from explorer.science.laboratory.geometry import (
    ALTERATIONS,
    UPRIGHT,
    AlterationError,
    alteration_matrix,
    alteration_of,
    altered,
    altered_photograph,
    altered_template,
    embed_altered,
    found_again,
)
from explorer.science.recognition.base import Encoder
from explorer.science.recognition.registry import encoder_spec

POINTS = [[130, 140], [190, 140], [160, 170], [137, 205], [183, 205]]


def picture(side: int = 24) -> torch.Tensor:
    return torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0))


def test_no_rotation_no_shift_and_no_scaling_change_nothing():
    for name in ("upright", "rotated-0", "shifted-left-0", "scaled-1"):
        torch.testing.assert_close(altered(picture(), alteration_of(name)), picture(), atol=1e-5, rtol=0)


def test_a_quarter_turn_is_counterclockwise_and_four_are_none():
    quarter, face = alteration_of("rotated-90"), picture()
    torch.testing.assert_close(altered(face, quarter), face.rot90(1, (2, 3)), atol=1e-4, rtol=0)
    turned = face
    for _ in range(4):
        turned = altered(turned, quarter)
    torch.testing.assert_close(turned, face, atol=1e-4, rtol=0)


@pytest.mark.parametrize(("name", "move"), [("left", (0, -6)), ("right", (0, 6)), ("up", (-6, 0)), ("down", (6, 0))])
def test_a_shift_moves_every_pixel_as_far_and_black_comes_in(name, move):
    face = picture()
    moved = altered(face, alteration_of(f"shifted-{name}-0.25"))
    rolled = face.roll(move, (2, 3))
    down, across = move
    inside = torch.ones(24, 24, dtype=torch.bool)
    inside[: max(down, 0)], inside[24 + min(down, 0) :] = False, False
    inside[:, : max(across, 0)], inside[:, 24 + min(across, 0) :] = False, False
    torch.testing.assert_close(moved[..., inside], rolled[..., inside], atol=1e-4, rtol=0)
    assert float(moved[..., ~inside].abs().max()) < 1e-4


def test_half_the_size_is_the_mean_of_four_pixels_in_the_middle():
    face = picture()
    small = altered(face, alteration_of("scaled-0.5"))
    torch.testing.assert_close(small[..., 6:18, 6:18], functional.avg_pool2d(face, 2), atol=1e-4, rtol=0)
    assert float(small[..., :5, :].abs().max()) < 1e-4


def test_what_is_scaled_up_and_down_again_keeps_its_middle():
    smooth = functional.interpolate(picture(6), 24, mode="bilinear", align_corners=True)
    back = altered(altered(smooth, alteration_of("scaled-1.5")), alteration_of("scaled-0.6666666666666666"))
    torch.testing.assert_close(back[..., 6:18, 6:18], smooth[..., 6:18, 6:18], atol=0.06, rtol=0)


def test_gradients_flow_to_the_picture_and_to_the_alteration():
    numbers = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (20.0, 0.1, -0.1, 1.2)]
    assert torch.autograd.gradcheck(lambda *given: alteration_matrix(*given, side=24.0), numbers)
    face = picture(8).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda given: altered(given, alteration_of("rotated-30")), face)


def test_an_encoder_sees_the_upright_template_as_ever():
    face, points = picture(200), torch.tensor(POINTS, dtype=torch.float32)[None]
    body = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(4), torch.nn.Flatten())
    encoder = Encoder(encoder_spec("sface"), body)
    seen = altered_template(face, points, ARCFACE_112, (UPRIGHT, *ALTERATIONS))
    assert torch.equal(seen[:1], align(face, points, ARCFACE_112))
    assert torch.equal(embed_altered(encoder, face, points, (UPRIGHT,)), encoder.embed(face, points))


def test_a_template_is_altered_about_its_centre_and_keeps_its_surroundings():
    """A template that is turned in itself has black corners; one that is turned over its photograph has none."""
    face, points = torch.ones(1, 3, 400, 400), torch.tensor(POINTS, dtype=torch.float32)[None] + 40
    (turned,) = altered_template(face, points, ARCFACE_112, (alteration_of("rotated-45"),))
    torch.testing.assert_close(turned, torch.ones_like(turned), atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", ["upright", "rotated-30", "rotated-150", "shifted-down", "scaled-0.5", "scaled-1.5"])
def test_the_face_lies_where_its_points_are_said_to_be(name):
    pixels = np.zeros((360, 320, 3), np.uint8)
    for x, y in POINTS[:2]:
        pixels[y - 4 : y + 4, x - 4 : x + 4] = 255
    photograph = photograph_of(pixels, "dots.png")
    made = altered_photograph(photograph, face_by_hand(POINTS, photograph), alteration_of(name))
    seen = made.photograph.pixels[..., 0].astype(float)
    side = seen.shape[0]
    assert seen.shape == (side, side)
    assert side <= 640
    centres = np.arange(side) + 0.5
    for x, y in made.points[:2].numpy():
        near = np.hypot(centres[None] - x, centres[:, None] - y) < 15
        weights = seen * near
        middle = (weights.sum(0) @ centres / weights.sum(), weights.sum(1) @ centres / weights.sum())
        assert middle == pytest.approx((x, y), abs=0.6)


def test_a_large_photograph_is_made_small():
    pixels = np.full((1800, 1600, 3), 90, np.uint8)
    photograph = photograph_of(pixels, "large.png")
    made = altered_photograph(photograph, face_by_hand(5 * np.array(POINTS), photograph), alteration_of("scaled-0.5"))
    assert max(made.photograph.pixels.shape) <= 640
    assert made.photograph.pixels.max() == 90


def test_the_face_that_was_altered_is_found_among_others():
    photograph = photograph_of(np.zeros((360, 320, 3), np.uint8), "one.png")
    made = altered_photograph(photograph, face_by_hand(POINTS, photograph), alteration_of("rotated-30"))
    own = made.points.numpy() + 2.0
    faces = [Face(own + made.box, (0, 0, 1, 1), 0.9), Face(own, (0, 0, 1, 1), 0.6)]
    assert found_again(made, faces) is faces[1]
    assert found_again(made, faces[:1]) is None
    assert found_again(made, []) is None


def test_alterations_are_those_of_the_paper_by_their_names():
    names = [one.name for one in ALTERATIONS]
    assert len(names) == len(set(names)) == 11 + 4 + 2
    assert [alteration_of(name) for name in names] == list(ALTERATIONS)
    assert alteration_of("shifted-up").down == pytest.approx(-0.2)


@pytest.mark.parametrize(
    "name", ["mirrored", "rotated", "rotated--30", "rotated-400", "scaled-0", "shifted-left-2", ""]
)
def test_what_is_no_alteration_is_refused(name):
    with pytest.raises(AlterationError):
        alteration_of(name)


def test_a_window_is_square():
    with pytest.raises(ValueError, match="square"):
        altered(torch.zeros(1, 3, 4, 5), UPRIGHT)

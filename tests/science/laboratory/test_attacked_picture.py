import numpy as np
import pytest
import torch

from explorer.science.faces.alignment import as_image, face_image
from explorer.science.faces.choosing import face_by_hand
from explorer.science.faces.reading import photograph_of
from explorer.science.laboratory.attack_settings import AttackSettings
from explorer.science.laboratory.attacked_picture import (
    attacked_region,
    found_again,
    perturbation,
    rounded_change,
)

FIVE = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], float)


def face_in(side=160, scale=1.0, at=(20, 10), seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side + 20, 3), dtype=np.uint8)
    photograph = photograph_of(pixels, "noise.png")
    return photograph, face_by_hand(FIVE * scale + at, photograph)


@pytest.mark.parametrize("budget", [0, 0.4, 1, 2.5, 8, 64])
def test_a_saved_picture_keeps_the_budget_and_is_a_picture(budget):
    photograph, face = face_in()
    region = attacked_region(photograph, face)
    noise = torch.rand(region.image.shape, generator=torch.Generator().manual_seed(1)) * 2 - 1
    after = (region.image + noise.sign() * budget / 255).clamp(0, 1)
    found = perturbation(photograph, region, after, AttackSettings(budget=budget))
    assert found.after.dtype == np.uint8
    assert found.largest == int(budget)
    assert np.array_equal(found.after.astype(int) - photograph.pixels, found.change)


@pytest.mark.parametrize("length", [0.0, 0.5, 2.0])
def test_a_saved_picture_is_no_further_away_than_its_length(length):
    photograph, face = face_in()
    region = attacked_region(photograph, face)
    noise = torch.randn(region.image.shape, generator=torch.Generator().manual_seed(1))
    after = (region.image + noise / noise.norm() * length).clamp(0, 1)
    settings = AttackSettings(method="cw-full", largest_l2=length)
    assert perturbation(photograph, region, after, settings).length <= length


def test_what_lies_outside_of_the_face_stays_as_it_was():
    photograph, face = face_in(side=400)
    region = attacked_region(photograph, face)
    height, width = region.image.shape[-2:]
    change = perturbation(photograph, region, 1 - region.image, AttackSettings(budget=64)).change
    inside = change[region.top : region.top + height, region.left : region.left + width]
    assert np.abs(change).sum() == np.abs(inside).sum() > 0
    assert change.size > inside.size


def test_the_region_is_what_encoders_are_given_and_lies_where_it_was_cut_out():
    photograph, face = face_in(side=300)
    region = attacked_region(photograph, face)
    image, points = face_image(photograph, face)
    assert torch.equal(region.image, image)
    assert torch.equal(region.points, points)
    height, width = image.shape[-2:]
    cut = photograph.pixels[region.top : region.top + height, region.left : region.left + width]
    assert torch.equal(as_image(cut), image)


@pytest.mark.slow
def test_of_a_face_of_many_pixels_the_encoder_sees_what_the_attack_made():
    photograph, face = face_in(side=4600, scale=26.0, at=(700, 500))
    region = attacked_region(photograph, face)
    assert region.factor == 2
    bright = region.image.clone()
    bright[..., 100:200, 100:200] = (bright[..., 100:200, 100:200] + 5 / 255).clamp(0, 1)
    found = perturbation(photograph, region, bright, AttackSettings(budget=5))
    seen, _ = face_image(photograph_of(found.after, "altered.png"), face)
    apart = (seen - region.image)[..., 100:200, 100:200]
    # Where a pixel is white already the mean of four rises by less.
    assert 4.5 / 255 < apart.mean() <= 5 / 255
    assert found.largest == 5


def test_no_change_is_shown_as_grey():
    photograph, face = face_in()
    region = attacked_region(photograph, face)
    found = perturbation(photograph, region, region.image, AttackSettings())
    assert (found.largest, found.length, found.share, found.amplification) == (0, 0, 0, 1)
    assert (found.amplified() == 128).all()
    assert np.array_equal(found.after, photograph.pixels)


def test_a_change_is_shown_by_a_stated_factor():
    photograph, face = face_in()
    region = attacked_region(photograph, face)
    found = perturbation(photograph, region, (region.image + 8 / 255).clamp(0, 1), AttackSettings(budget=8))
    assert found.amplification == 15
    assert np.array_equal(found.amplified().astype(int) - 128, 15 * found.change)


def test_less_than_half_of_a_step_is_nothing_once_it_is_saved():
    before = torch.full((3, 4, 4), 100 / 255)
    assert not rounded_change(before, before + 0.4 / 255, AttackSettings()).any()
    assert (rounded_change(before, before + 0.6 / 255, AttackSettings()) == 1).all()


class Finds:
    def __init__(self, *faces):
        self.faces = list(faces)

    def detect(self, pixels):
        return self.faces


def test_the_face_that_was_attacked_is_found_again_and_no_other():
    photograph, face = face_in(side=400)
    near, far = (face_by_hand(face.points + by, photograph) for by in (2.0, 150.0))
    assert found_again(Finds(far, near), photograph.pixels, face) is near
    assert found_again(Finds(far), photograph.pixels, face) is None
    assert found_again(Finds(), photograph.pixels, face) is None

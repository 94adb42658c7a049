"""Photographs made worse: always in the same way, each its own noise, and the face stays where it was."""

import numpy as np
import pytest

from explorer.science.faces.choosing import face_by_hand
from explorer.science.faces.face import Photograph
from explorer.science.laboratory.degradations import (
    DEGRADATIONS,
    Degradation,
    DegradationError,
    by_turns,
    degraded,
    reduced,
)
from explorer.science.laboratory.quality import qualities_of, sharpness_of, size_of

POINTS = np.array([[130.0, 150], [230, 150], [180, 210], [140, 260], [220, 260]])


def photograph(seed=0):
    pixels = np.random.default_rng(seed).integers(60, 200, (400, 360, 3), np.uint8)
    return Photograph(pixels, "made.png", "0" * 64)


def face_in(one):
    return face_by_hand(POINTS, one)


@pytest.mark.parametrize("name", sorted(DEGRADATIONS))
def test_it_is_the_same_every_time(name):
    one = photograph()
    first, place = degraded(one, face_in(one), name)
    again, same = degraded(one, face_in(one), name)
    assert np.array_equal(first.pixels, again.pixels)
    assert np.array_equal(place.points, same.points)


def test_no_two_photographs_have_the_same_noise():
    noises = []
    for seed in (0, 1):
        one = photograph(seed)
        quiet, _ = degraded(one, face_in(one), "upright")
        noisy, _ = degraded(one, face_in(one), "noise")
        cut = one.pixels[: noisy.pixels.shape[0], : noisy.pixels.shape[1]].astype(int)
        assert quiet.pixels.shape == one.pixels.shape
        noises.append(noisy.pixels.astype(int)[:50, :50] - cut[:50, :50])
    assert np.corrcoef(noises[0].ravel(), noises[1].ravel())[0, 1] < 0.9
    other, _ = degraded(photograph(), face_in(photograph()), "noise", seed=1)
    assert not np.array_equal(other.pixels, degraded(photograph(), face_in(photograph()), "noise")[0].pixels)


def test_a_reduced_face_has_so_many_pixels_and_its_points_go_along():
    one = photograph()
    small, place = reduced(one, face_in(one), 32)
    assert size_of(place) == pytest.approx(32, rel=0.02)
    eyes = np.linalg.norm(place.points[1] - place.points[0])
    assert eyes == pytest.approx(100 * 32 / size_of(face_in(one)), rel=0.02)
    assert small.pixels.shape[0] < 80
    same, whole = reduced(small, place, 64)
    assert same is small
    assert whole is place


def test_blur_and_few_pixels_take_sharpness_and_noise_adds_to_it():
    one = photograph()
    sharp = sharpness_of(one, face_in(one))
    for name in ("blur", "32px"):
        assert sharpness_of(*degraded(one, face_in(one), name)) < sharp
    flat = Photograph(np.full((400, 360, 3), 120, np.uint8), "flat.png", "0" * 64)
    assert sharpness_of(flat, face_in(flat)) == pytest.approx(0, abs=1e-5)
    assert sharpness_of(*degraded(flat, face_in(flat), "noise")) > 0.05


def test_qualities_are_of_the_face_and_its_vector():
    one = photograph()
    told = qualities_of(one, face_in(one), np.array([3.0, 4.0], np.float32))
    assert (told["norm"], told["score"]) == (5.0, 1.0)
    assert told["size"] == pytest.approx(size_of(face_in(one)))


def test_an_unknown_one_is_refused_and_turns_go_round():
    with pytest.raises(DegradationError, match="choose upright"):
        degraded(photograph(), face_in(photograph()), "snow")
    assert by_turns(("a", "b"), 5) == ["a", "b", "a", "b", "a"]
    assert Degradation().words() == "as it is"

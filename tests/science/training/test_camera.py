"""Random cameras: the same for a seed, and harmless where they do nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.science.training import camera

STILL = camera.Camera(
    seed=0,
    zoom=1.0,
    angle=0.0,
    shift=(0.0, 0.0),
    resolution=128,
    blur=0.0,
    exposure=0.0,
    balance=(1.0, 1.0, 1.0),
    contrast=1.0,
    read_noise=0.0,
    shot_noise=0.0,
    quality=100,
    jitter=((0.0, 0.0),) * 5,
)


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    y, x = np.mgrid[0:128, 0:128] / 127
    return np.rint(np.stack([x, y, 1 - x], -1) * 200 + 20).astype(np.uint8)


def test_a_camera_follows_from_its_seed(scene):
    assert camera.draw(7) == camera.draw(7)
    assert camera.draw(7) != camera.draw(8)
    np.testing.assert_array_equal(camera.photograph(camera.draw(7), scene), camera.photograph(camera.draw(7), scene))


@pytest.mark.parametrize("seed", range(20))
def test_every_camera_takes_a_picture(scene, seed):
    lens = camera.draw(seed)
    seen = camera.photograph(lens, scene)
    assert seen.shape == (lens.resolution, lens.resolution, 3)
    assert seen.dtype == np.uint8
    assert 90 <= lens.resolution <= 512


def test_a_camera_that_does_nothing_changes_nothing(scene):
    assert np.abs(camera.photograph(STILL, scene).astype(int) - scene).max() <= 4  # JPEG's own loss


def test_a_stop_doubles_the_light(scene):
    dark = scene // 2
    brighter = camera.photograph(replace(STILL, exposure=1.0), dark)
    linear = (dark / 255.0) ** 2.2
    expected = 255 * np.clip(2 * linear, 0, 1) ** (1 / 2.2)
    assert np.abs(brighter - expected).mean() < 1.5


def test_zoom_and_shift_move_the_picture_as_they_say():
    scene = np.zeros((128, 128, 3), np.uint8)
    scene[60:68, 60:68] = 255
    moved = camera.photograph(replace(STILL, zoom=1.5, shift=(0.125, 0.0)), scene)[..., 0].astype(float)
    y, x = np.mgrid[0:128, 0:128] + 0.5
    assert (x * moved).sum() / moved.sum() == pytest.approx(64 + 16, abs=0.3)
    assert (y * moved).sum() / moved.sum() == pytest.approx(64, abs=0.3)
    assert moved.sum() / 255 == pytest.approx((8 * 1.5) ** 2, rel=0.05)


def test_noise_has_its_strength():
    grey = np.full((128, 128, 3), 128, np.uint8)
    seen = camera.photograph(replace(STILL, read_noise=0.04), grey)
    luma = np.array([0.299, 0.587, 0.114])  # of the noise, JPEG keeps this sum whole and halves the colours
    assert (seen @ luma).std() / 255 == pytest.approx(0.04 * np.linalg.norm(luma), rel=0.1)


def test_points_are_displaced_in_units_of_the_eyes_distance():
    points = np.array([[10.0, 10], [30, 10], [20, 20], [12, 30], [28, 30]])
    lens = replace(STILL, jitter=((0.1, 0.0), *((0.0, 0.0),) * 3, (0.0, -0.2)))
    moved = camera.displaced(lens, points)
    np.testing.assert_allclose(moved - points, [[2, 0], [0, 0], [0, 0], [0, 0], [0, -4]], atol=1e-12)

"""Cameras and placements."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.science.geometry.rotation import rotation_from_angles
from explorer.studio.geometry.view.scene import Ball, Camera, Pose, RenderStyle, Scene, place, rotation_of

POSE = Pose(rotation_of(20, -5, 3), 3.0, np.array([500.0, 540.0], np.float32))


def test_angles_are_those_of_the_science() -> None:
    angles = torch.tensor([33.0, -12.0, 7.0], dtype=torch.float64).deg2rad()
    assert np.allclose(rotation_of(33, -12, 7), rotation_from_angles(*angles.unbind()), atol=1e-6)


def test_over_the_photograph_the_frame_fills_the_shorter_side() -> None:
    placed = place(POSE, Camera(), 1024, 400, 300)
    assert placed.side == pytest.approx(300)
    assert np.allclose(placed.corner, (50, 0))
    origin = placed.project(np.zeros((1, 3), np.float32))[0]
    assert np.allclose(origin[:2], (50 + 500 * 300 / 1024, 540 * 300 / 1024), atol=1e-3)


def test_about_its_middle_a_head_stays_in_the_picture_however_it_turns() -> None:
    head = Ball(np.array([5.0, -10.0, -80.0], np.float32), 150.0)
    places = head.centre + 150 * np.random.default_rng(0).normal(size=(500, 3)).astype(np.float32) / 10
    for yaw in range(-180, 181, 45):
        placed = place(POSE, Camera(yaw=yaw), 1024, 400, 300, head)
        x, y = placed.project(places.astype(np.float32))[:, :2].T
        assert 0 <= x.min() <= x.max() <= 400
        assert 0 <= y.min() <= y.max() <= 300


def test_what_is_under_the_pointer_stays_when_the_camera_comes_nearer() -> None:
    camera = Camera(zoom=1.3, across=0.1)
    before = place(POSE, camera, 1024, 400, 300)
    at = np.array([260.0, 90.0])
    frame = (at - before.corner) / before.side
    off = (at - (200, 150)) / 300
    after = place(POSE, camera.zoomed(1.5, *off), 1024, 400, 300)
    assert np.allclose(after.corner + frame * after.side, at, atol=1e-3)


def test_orbits_wrap_and_pitch_stops_at_the_poles() -> None:
    camera = Camera().orbited(350, 200)
    assert camera.yaw == pytest.approx(-10)
    assert camera.pitch == 90
    assert not Camera(zoom=2).rotates
    assert camera.rotates


def test_a_scrub_stays_in_its_range() -> None:
    scene = Scene(0, 0, (), ()).turned(140, -95)
    assert (scene.yaw, scene.pitch) == (90, -90)


def test_the_light_has_unit_length() -> None:
    assert np.linalg.norm(RenderStyle(azimuth=120, elevation=-40).light()) == pytest.approx(1, abs=1e-6)

"""Photograph edits: what is hidden is hidden where it was drawn, light obeys its gamma, noise its spread."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from explorer.science.faces.alignment import crop_frame, frame_matrix
from explorer.science.faces.face import Face, Photograph
from explorer.science.leakage.edits import Patch, PictureEdit
from explorer.science.leakage.retouch import COVER, compressed, covered, exposed, grainy, retouched

UPRIGHT = np.array([[260.0, 250], [340, 250], [300, 300], [270, 345], [330, 345]])


def turned(points, degrees, about=(300, 300)):
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (points - about) @ turn.T + about


def smooth(size=600, seed=0):
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size] / size
    waves = [0.5 + 0.4 * np.sin(2 * np.pi * (a * x + b * y) + c) for a, b, c in random.uniform(0.5, 3, (3, 3)).tolist()]
    return np.rint(255 * np.stack(waves, -1)).astype(np.uint8)


def scene(points=UPRIGHT, pixels=None):
    return Photograph(smooth() if pixels is None else pixels, "scene", "0" * 64), Face(points, (0, 0, 1, 1), 1.0)


def framed(edit, points=UPRIGHT, size=200):
    photograph, face = scene(points)
    return crop_frame(*retouched(photograph, face, edit), size).frame


@pytest.mark.parametrize("degrees", [0, 25, -70])
def test_a_rectangle_hides_its_part_of_the_common_frame_however_the_head_is_turned(degrees):
    points = turned(UPRIGHT, degrees)
    plain = framed(PictureEdit(), points).astype(int)
    hidden = framed(PictureEdit(hidden=(Patch.rectangle(0.3, 0.4, 0.7, 0.55),)), points).astype(int)
    inside = hidden[84:106, 64:136]
    assert np.abs(inside - COVER[0]).max() <= 1
    outside = np.ones((200, 200), bool)
    outside[76:114, 56:144] = False
    assert np.abs(hidden - plain)[outside].max() <= 1


def test_a_stroke_hides_a_band_of_its_width_with_round_ends():
    identity = np.array([[200.0, 0, 0], [0, 200, 0]])
    patch = Patch(points=((0.25, 0.5), (0.75, 0.5)), width=0.1)
    painted = covered(np.zeros((200, 200, 3), np.uint8), (patch,), identity)[..., 0] / COVER[0]
    assert painted[:, 100].sum() == pytest.approx(20, abs=1)
    ends = np.flatnonzero((painted > 0.5).any(0))
    assert (ends[0], ends[-1]) == (pytest.approx(40, abs=1), pytest.approx(159, abs=1))
    assert painted.sum() == pytest.approx(100 * 20 + np.pi * 10**2, rel=0.05)


def test_one_stop_is_twice_the_light_and_back_again_is_where_it_began():
    levels = np.arange(256, dtype=np.uint8).reshape(1, 256, 1).repeat(3, 2)
    brighter = exposed(levels, 1).astype(float)
    linear = (brighter / 255) ** 2.2 / np.maximum((levels / 255) ** 2.2, 1e-9)
    unclipped = (levels > 40) & (levels < 180)
    np.testing.assert_allclose(linear[unclipped], 2, rtol=0.03)
    back = exposed(exposed(levels, 1), -1).astype(int)
    assert np.abs(back - levels)[levels < 180].max() <= 1


def test_grain_has_the_spread_asked_for_and_follows_its_seed():
    grey = np.full((200, 200, 3), 128, np.uint8)
    noisy = grainy(grey, 0.05, 1)
    assert noisy.std() == pytest.approx(0.05 * 255, rel=0.02)
    assert noisy.mean() == pytest.approx(128, abs=0.2)
    np.testing.assert_array_equal(noisy, grainy(grey, 0.05, 1))
    assert (noisy != grainy(grey, 0.05, 2)).any()


def test_blur_is_measured_in_the_frame_whatever_the_photograph_measures():
    """A step edge blurred by sigma falls from 84 % to 16 % within two sigma."""
    widths = []
    for scale in (1, 2):
        pixels = np.zeros((600 * scale, 600 * scale, 3), np.uint8)
        pixels[:, 300 * scale :] = 255
        photograph, face = scene(UPRIGHT * scale, pixels)
        row = crop_frame(*retouched(photograph, face, PictureEdit(blur=3)), 400).frame[200, :, 0] / 255
        widths.append(np.interp(0.84, row, np.arange(400)) - np.interp(0.16, row, np.arange(400)))
    assert widths[0] == pytest.approx(2 * 0.03 * 400, rel=0.08)
    assert widths[1] == pytest.approx(widths[0], rel=0.03)


def test_a_worse_jpeg_is_further_from_the_picture():
    errors = [np.abs(compressed(smooth(), quality).astype(int) - smooth()).mean() for quality in (95, 30, 3)]
    assert 0 < errors[0] < errors[1] < errors[2]


def test_the_photograph_stays_and_the_face_keeps_its_place_in_the_frame():
    photograph, face = scene(turned(UPRIGHT, 15))
    before = photograph.pixels.copy()
    edited, moved = retouched(photograph, face, PictureEdit(blur=2, brightness=1, grain=5, jpeg=20))
    np.testing.assert_array_equal(photograph.pixels, before)
    assert edited.sha256 == photograph.sha256
    for one in (face, moved):
        matrix = frame_matrix(torch.from_numpy(one.points)[None], 1)[0].numpy()
        np.testing.assert_allclose(one.points @ matrix[:, :2].T + matrix[:, 2], in_frame(face), atol=1e-9)


def in_frame(face):
    matrix = frame_matrix(torch.from_numpy(face.points)[None], 1)[0].numpy()
    return face.points @ matrix[:, :2].T + matrix[:, 2]


def test_without_an_edit_the_frame_is_the_photographs_own():
    photograph, face = scene(turned(UPRIGHT, 15))
    np.testing.assert_allclose(
        framed(PictureEdit(), face.points).astype(int), crop_frame(photograph, face, 200).frame.astype(int), atol=1
    )
    assert not PictureEdit().changes
    assert PictureEdit().words() == ""


def test_an_edit_says_what_it_does_and_refuses_what_it_cannot():
    edit = PictureEdit(hidden=(Patch.rectangle(0, 0, 1, 0.5),), blur=1, brightness=-1, jpeg=10)
    assert edit.words() == "1 part hidden, blur 1 %, exposure -1 stops, JPEG quality 10"
    assert edit.changes
    for wrong in ({"blur": -1}, {"jpeg": 0}, {"hidden": [{"points": [], "width": 0.1}]}):
        with pytest.raises(ValidationError):
            PictureEdit(**wrong)

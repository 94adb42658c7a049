"""Hidden parts of a face: that masks lie where the landmarks are, and that nothing else of the picture changes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from explorer.science.faces.alignment import frame_matrix, invert
from explorer.science.faces.choosing import face_by_hand
from explorer.science.faces.reading import photograph_of
from explorer.science.laboratory.occlusion import (
    _BLOCKS,
    Cover,
    Occlusion,
    hidden_share,
    occluded,
    region_patch,
)
from explorer.science.laboratory.regions import REGIONS
from explorer.science.leakage.edits import Patch

POINTS = [[130, 140], [190, 140], [160, 170], [137, 205], [183, 205]]
SIDE = 200
TO_PIXELS = np.array([[SIDE, 0.0, 0.0], [0.0, SIDE, 0.0]])


def landmarks(degrees: float = 0.0) -> np.ndarray:
    """A schematic face in units of the frame, turned about its middle."""

    def ring(x, y, wide, high, count):
        turn = np.linspace(0, 2 * math.pi, count, endpoint=False) + math.pi
        return np.stack([x + wide * np.cos(turn), y - high * np.sin(turn)], 1)

    jaw = np.stack([np.linspace(0.2, 0.8, 17), 0.5 + 0.35 * np.sin(np.linspace(0, math.pi, 17))], 1)
    brows = np.stack([np.r_[np.linspace(0.28, 0.45, 5), np.linspace(0.55, 0.72, 5)], np.full(10, 0.36)], 1)
    nose = np.r_[
        np.stack([np.full(4, 0.5), np.linspace(0.42, 0.55, 4)], 1), [[x, 0.58] for x in np.linspace(0.45, 0.55, 5)]
    ]
    eyes = np.r_[ring(0.37, 0.43, 0.05, 0.02, 6), ring(0.63, 0.43, 0.05, 0.02, 6)]
    eyes[[6, 9]] = eyes[[9, 6]]  # the outer corner of the eye on the right is landmark 45
    mouth = np.r_[ring(0.5, 0.7, 0.1, 0.05, 12), ring(0.5, 0.7, 0.07, 0.02, 8)]
    points = np.r_[jaw, brows, nose, eyes, mouth]
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return (points - 0.5) @ turn.T + 0.5


@pytest.mark.parametrize("degrees", [0, 12, -20])
@pytest.mark.parametrize("region", REGIONS)
def test_a_block_covers_its_landmarks_and_no_others_far_away(region, degrees):
    points = landmarks(degrees)
    share = hidden_share((SIDE, SIDE), [region_patch(region, points)], TO_PIXELS)
    places = (points * SIDE).astype(int)
    own = list(_BLOCKS[region].landmarks)
    assert (share[places[own, 1], places[own, 0]] == 1).all()
    away = list(_BLOCKS["mouth" if region != "mouth" else "eyes"].landmarks)
    assert (share[places[away, 1], places[away, 0]] == 0).all()


def test_eyes_are_both_eyes():
    share = [
        hidden_share((SIDE, SIDE), [region_patch(one, landmarks())], TO_PIXELS) for one in ("left-eye", "right-eye")
    ]
    both = hidden_share((SIDE, SIDE), [region_patch("eyes", landmarks())], TO_PIXELS)
    assert float((share[0] * share[1]).max()) == 0
    assert (both[(share[0] + share[1]) == 1] == 1).all()


def face(seed: int = 0):
    pixels = np.random.default_rng(seed).integers(0, 256, (360, 320, 3)).astype(np.uint8)
    photograph = photograph_of(pixels, "noise.png")
    return photograph, face_by_hand(POINTS, photograph)


@pytest.mark.parametrize("cover", [Cover(colour=(10, 20, 30)), Cover(fill="mean"), Cover(fill="blur")])
def test_only_what_is_hidden_changes(cover):
    photograph, place = face()
    patch = Patch.rectangle(0.3, 0.3, 0.7, 0.5)
    whole, hidden = occluded(photograph, place, (), cover), occluded(photograph, place, [patch], cover)
    assert np.array_equal(whole.face.points, hidden.face.points)
    from_frame = invert(frame_matrix(torch.from_numpy(whole.face.points)[None], 1))[0].numpy()
    share = hidden_share(whole.photograph.pixels.shape[:2], [patch], from_frame)
    assert np.array_equal(whole.photograph.pixels[share == 0], hidden.photograph.pixels[share == 0])
    inside = hidden.photograph.pixels[share == 1].astype(float)
    if cover.fill == "colour":
        assert (inside == (10, 20, 30)).all()
    elif cover.fill == "mean":
        assert inside.std(0).max() == 0
        assert inside[0] == pytest.approx(whole.photograph.pixels[share == 1].mean(0), abs=2)
    else:
        assert inside.std(0).max() < 0.2 * whole.photograph.pixels[share == 1].std(0).min()
    assert (hidden.photograph.name, hidden.photograph.sha256) == (photograph.name, photograph.sha256)


def test_the_share_is_that_of_the_frame():
    photograph, place = face()
    for patch, share in ((Patch.rectangle(0.2, 0.2, 0.7, 0.6), 0.2), (Patch.rectangle(-1, 0, 0.5, 2), 0.5)):
        assert occluded(photograph, place, [patch], Cover()).share == pytest.approx(share, abs=0.01)
    stroke = Patch(points=((0.2, 0.5), (0.8, 0.5)), width=0.1)
    assert occluded(photograph, place, [stroke], Cover()).share == pytest.approx(0.06 + math.pi * 0.05**2, abs=0.01)
    assert occluded(photograph, place, (), Cover()).share == 0


def test_regions_and_patches_are_hidden_together():
    patch = Patch.rectangle(0, 0, 0.1, 0.1)
    both = Occlusion(name="both", regions=("eyes", "mouth"), patches=(patch,))
    assert both.patches_of(landmarks()) == (
        region_patch("eyes", landmarks()),
        region_patch("mouth", landmarks()),
        patch,
    )
    assert Occlusion(name="one", patches=(patch,)).patches_of(None) == (patch,)
    with pytest.raises(ValueError, match="eyes, mouth"):
        both.patches_of(None)

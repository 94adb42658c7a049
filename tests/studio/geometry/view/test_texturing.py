"""Copying what is clear and computing the rest is completing all of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from explorer.science.geometry.filling import fill
from explorer.science.geometry.uv import complete
from explorer.studio.geometry.fitting import FittedFace, as_pixels
from explorer.studio.geometry.view.scene import Scene
from explorer.studio.geometry.view.texturing import Layer, colours_of, filled
from explorer.studio.geometry.view.viewer import MOVING, FaceViewer

SIDE = 32


def face_of_texels(random: torch.Generator) -> torch.Tensor:
    """(S, S), symmetric, as maps are."""
    half = torch.rand(SIDE, SIDE // 2, generator=random) < 0.8
    return torch.cat([half, half.flip(1)], 1)


def test_the_pixels_are_those_of_the_equation() -> None:
    random = torch.Generator().manual_seed(0)
    covered = face_of_texels(random)
    colours = torch.rand(3, SIDE, SIDE, generator=random) * covered
    layer = Layer.of(colours, covered)
    share = torch.rand(SIDE, SIDE, generator=random)
    # Seen, hidden and between, in all the ways in which a texel and its partner can be.
    for seen in (share, (share > 0.5).float(), (3 * share - 1).clamp(0, 1), torch.zeros(SIDE, SIDE)):
        visibility = seen * covered
        whole = as_pixels(torch.cat(complete(colours, visibility[None])))
        picture = layer.completed(visibility.numpy())
        assert np.array_equal(picture[..., None].view(np.uint8), whole)
        assert np.array_equal(colours_of(picture), whole[..., :3])


def test_a_layer_is_not_changed_by_what_is_made_of_it() -> None:
    random = torch.Generator().manual_seed(1)
    covered = face_of_texels(random)
    layer = Layer.of(torch.rand(3, SIDE, SIDE, generator=random) * covered, covered)
    before = layer.own.copy()
    layer.completed((torch.rand(SIDE, SIDE, generator=random) * covered).numpy())
    assert np.array_equal(layer.own, before)
    assert np.array_equal(layer.mirrored, before[:, ::-1])


def test_a_view_says_how_much_neither_side_shows(viewer: FaceViewer, face: FittedFace) -> None:
    scene: Scene = replace(viewer.scene_of(face).turned(70, 30), filled=False)
    view = viewer.view("k", face, scene, MOVING)
    assert view.texture.shape == (MOVING.texture, MOVING.texture, 4)
    covered = (viewer.view("k", face, scene, MOVING).sampled > 0).any(-1)
    black = (view.completed == 0).all(-1) & covered
    assert 0 < view.unknown < 1
    assert abs(view.unknown - black.sum() / covered.sum()) < 0.05


def test_the_pixels_that_are_filled_are_those_of_the_science() -> None:
    random = torch.Generator().manual_seed(2)
    covered = face_of_texels(random)
    known = (torch.rand(1, SIDE, SIDE, generator=random) * 2).clamp_max(1) * covered
    colours = torch.rand(3, SIDE, SIDE, generator=random) * known
    packed = as_pixels(torch.cat([colours, known])).view(np.uint32)[..., 0]
    pixels = filled(packed, covered.numpy())[..., None].view(np.uint8)
    expected = as_pixels(fill(colours, known))
    on_face = covered.numpy()
    assert (pixels[..., 3] == 255 * on_face).all()
    assert np.abs(pixels[on_face][:, :3].astype(int) - expected[on_face]).max() <= 3
    assert not pixels[~on_face].any()


def test_what_is_all_known_is_not_touched() -> None:
    packed = np.full((SIDE, SIDE), 0xFF102030, np.uint32)
    assert filled(packed, np.ones((SIDE, SIDE), bool)) is packed

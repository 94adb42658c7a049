"""A view says what the science says of the same scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np
import pytest
import torch

from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.geometry.projection import project
from explorer.science.geometry.visibility_field import VisibilityField
from explorer.studio.errors import Cancelled
from explorer.studio.geometry.fitting import FittedFace, texture_of
from explorer.studio.geometry.foreground import Foreground
from explorer.studio.geometry.view.tinting import FOREIGN, map_picture
from explorer.studio.geometry.view.viewer import LIVE, MOVING, STILL, FaceViewer


@pytest.mark.slow
def test_as_fitted_it_is_the_fit(viewer: FaceViewer, face: FittedFace) -> None:
    scene = viewer.scene_of(face)
    view = viewer.view("k", face, scene, MOVING)
    assert np.allclose(view.pose.rotation, face.fit.pose.rotation.numpy(), atol=1e-5)
    vertices = face.vertices()
    topology = view.shape.topology
    assert np.allclose(view.shape.points, vertices.numpy()[topology.vertex], atol=1e-4)
    seen = texture_of(face, MOVING.side).visibility
    assert set(seen.unique().tolist()) == {0.0, 1.0}
    assert float(np.abs(view.maps.exact - seen.numpy()).mean()) < 1e-3
    whole = texture_of(face, STILL.texture)
    still = viewer.view("k", face, scene, STILL)
    assert np.abs(still.sampled / 255 - whole.sampled.permute(1, 2, 0).numpy()).max() < 0.01


def test_the_texture_stays_and_the_visibility_turns(viewer: FaceViewer, face: FittedFace) -> None:
    scene = viewer.scene_of(face)
    front, side = (viewer.view("k", face, scene.turned(yaw, 0), MOVING) for yaw in (0, 60))
    assert np.array_equal(front.sampled, side.sampled)
    assert front.shape is side.shape
    half = MOVING.side // 2
    # Turned to the image's right, the half of the face on the image's left shows, which is that of small u.
    left, right = side.maps.seen()[:, :half].sum(), side.maps.seen()[:, half:].sum()
    assert abs(left - right) > 0.3 * (left + right)
    mirrored = viewer.view("k", face, replace(scene.turned(-60, 0)), MOVING).maps.seen()
    assert (mirrored[:, :half].sum() > mirrored[:, half:].sum()) == (left < right)


def test_a_finer_mesh_has_the_same_shape(viewer: FaceViewer, face: FittedFace) -> None:
    scene = viewer.scene_of(face)
    coarse, fine = (viewer.view("k", face, scene, quality).shape for quality in (MOVING, STILL))
    assert len(fine.points) > 3.9 * len(coarse.points)
    assert np.allclose(coarse.points.max(0), fine.points.max(0), atol=1e-3)
    assert np.array_equal(coarse.landmarks, fine.landmarks)


def test_a_coefficient_moves_the_mesh_by_its_component(viewer: FaceViewer, face: FittedFace) -> None:
    scene = viewer.scene_of(face)
    more = replace(scene, identity=(scene.identity[0] + 1, *scene.identity[1:]))
    before, after = (viewer.view("k", face, one, LIVE).shape for one in (scene, more))
    moved = after.points - before.points
    assert np.allclose(moved, face.model.identity[0].numpy()[before.topology.vertex], atol=1e-3)


def test_landmarks_project_to_where_the_fit_has_them(viewer: FaceViewer, face: FittedFace) -> None:
    view = viewer.view("k", face, viewer.scene_of(face), MOVING)
    inner = slice(17, 68)
    places = project(torch.from_numpy(view.shape.landmarks), face.fit.pose).numpy()
    assert np.abs(places[inner] - face.fit.projected.numpy()[inner]).max() < 0.05


class HalfSeen:
    """A field that sees the left half of the map for certain and the right one hardly."""

    def check(self, model: MorphableModel) -> None:
        assert model.uv is not None

    def at_texels(self, covered: torch.Tensor) -> HalfSeen:
        self.across = torch.linspace(0.99, 0.2, covered.shape[1]).expand(covered.shape)[covered]
        return self

    def of_face(self, identity: torch.Tensor, expression: torch.Tensor) -> Callable[..., torch.Tensor]:
        return lambda yaw, pitch: self.across


def test_the_field_is_compared_with_the_rays(viewer: FaceViewer, face: FittedFace) -> None:
    both = FaceViewer(viewer.model, cast(VisibilityField, HalfSeen()))
    scene = replace(both.scene_of(face), judge="field")
    view = both.view("k", face, scene, MOVING)
    maps = view.maps
    assert maps.field is not None
    assert maps.field_share is not None
    exact, other = maps.seen() & maps.covered, (maps.field >= 0.5) & maps.covered
    assert maps.iou == pytest.approx((exact & other).sum() / (exact | other).sum())
    strict = both.maps(face, replace(scene, threshold=0.9), MOVING)
    assert strict.field_share is not None
    assert strict.field_share < 0.5 * maps.field_share
    # What the field sees on one side only is mirrored onto the other.
    left, right = np.split(view.completed[100:160].astype(int), 2, axis=1)
    assert np.abs(left - right[:, ::-1])[:, :100].mean() < 2


def test_a_sweep_grows_to_all_its_angles(viewer: FaceViewer, face: FittedFace) -> None:
    scene = viewer.scene_of(face)
    items = list(viewer.sweep("k", face, scene, [-45.0, 0.0, 45.0]))
    assert [len(item.degrees) for item in items] == [1, 2, 3]
    assert [item.finished for item in items] == [False, False, True]
    assert items[-1].exact_share[1] > max(items[-1].exact_share[0], items[-1].exact_share[2])


def test_a_view_nobody_wants_is_left(viewer: FaceViewer, face: FittedFace) -> None:
    def proceed() -> None:
        raise Cancelled("a newer view is wanted")

    with pytest.raises(Cancelled):
        viewer.view("k", face, viewer.scene_of(face), MOVING, proceed)


def test_what_neither_side_shows_is_filled_and_still_counted_as_unknown(viewer: FaceViewer, face: FittedFace) -> None:
    scene = viewer.scene_of(face)
    bare = viewer.view("k", face, replace(scene, filled=False), STILL)
    whole = viewer.view("k", face, scene, STILL)
    mirrored = viewer.view("k", face, replace(scene, surface="mirrored"), STILL)
    covered = viewer._atlas(0, STILL.texture).covered
    known = bare.texture[..., 3] == 255
    assert 0.05 < bare.unknown == whole.unknown < 0.9
    assert (whole.texture[..., 3][covered] == 255).all(), "no hole is left"
    assert np.array_equal(whole.texture[known & covered], bare.texture[known & covered]), "what is known stays"
    assert np.array_equal(mirrored.texture, bare.texture)
    gap = covered & (bare.texture[..., 3] == 0)
    assert gap.any()
    assert (whole.completed[gap].sum(-1) > 0).all()
    assert not bare.completed[gap].any()
    assert np.array_equal(whole.maps.exact, bare.maps.exact)


def masked(face: FittedFace) -> FittedFace:
    """The same, and the left half of its picture is said to be background."""
    own = np.zeros((64, 64), bool)
    own[:, 32:] = True
    return replace(face, foreground=Foreground("parsing", own))


def test_background_is_not_laid_onto_the_face(viewer: FaceViewer, face: FittedFace) -> None:
    scene = replace(viewer.scene_of(face), filled=False)
    plain, cut = viewer.view("k", face, scene, STILL), viewer.view("c", masked(face), scene, STILL)
    assert plain.maps.foreign is None
    assert cut.maps.foreign is not None
    share = cut.maps.foreign.sum() / cut.maps.covered.sum()
    assert 0.3 < share < 0.7
    assert cut.maps.exact_share == plain.maps.exact_share, "the numbers are of the geometry"
    # The frame's red grows to the right: of its left half nothing is left, its mirror image took the place.
    seen = viewer._atlas(0, STILL.texture).covered & (cut.texture[..., 3] == 255)
    assert cut.completed[seen][:, 0].min() > 115
    assert plain.completed[seen][:, 0].min() < 100
    purple = (map_picture(cut.maps, "exact") == FOREIGN).all(-1)
    assert purple.any()
    assert not (map_picture(plain.maps, "exact") == FOREIGN).all(-1).any()
    assert not (purple & ~cut.maps.foreign).any()


def test_the_textures_of_a_fit_are_masked_and_filled_alike(face: FittedFace) -> None:
    one, bare = texture_of(masked(face), 128), texture_of(masked(face), 128, filled=False)
    assert float(one.visibility.mean()) < float(texture_of(face, 128).visibility.mean())
    assert torch.equal(one.known, bare.known)
    known = bare.known == 1
    assert torch.equal(one.completed[:, known], bare.completed[:, known])
    unknown = (bare.known == 0) & (one.completed.sum(0) > 0)
    assert unknown.any()
    assert float(one.completed[0][unknown].min()) > 115 / 255

"""The cursor names the same point of the skin wherever it comes from."""

from __future__ import annotations

import numpy as np

from explorer.studio.geometry.fitting import FittedFace
from explorer.studio.geometry.view.pointing import SkinPoint, finer_or_coarser, in_photograph, point_at
from explorer.studio.geometry.view.scene import Camera, place
from explorer.studio.geometry.view.viewer import MOVING, STILL, FaceViewer


def test_from_the_mesh_to_the_texture_and_back(viewer: FaceViewer, face: FittedFace) -> None:
    view = viewer.view("k", face, viewer.scene_of(face), MOVING)
    shape, topology = view.shape, view.shape.topology
    places = place(view.pose, Camera(), 256, 400, 400).project(shape.points)
    found = 0
    for x, y in ((200, 200), (180, 230), (220, 160)):
        point = point_at(places, topology, x, y)
        assert point is not None
        assert np.allclose(point.of(places, topology)[:2], (x, y), atol=1e-2)
        u, v = point.of(topology.uv, topology)
        again = point_at(topology.uv, topology, float(u), float(v))
        assert again is not None
        found += np.allclose(again.of(shape.points, topology), point.of(shape.points, topology), atol=0.1)
    assert found == 3


def test_the_nearest_of_what_lies_behind_each_other_is_found(viewer: FaceViewer, face: FittedFace) -> None:
    view = viewer.view("k", face, viewer.scene_of(face), MOVING)
    places = place(view.pose, Camera(), 256, 400, 400).project(view.shape.points)
    point = point_at(places, view.shape.topology, 200, 200)
    assert point is not None
    # The middle of the face, not the back of the head.
    assert point.of(places, view.shape.topology)[2] > 0


def test_off_the_face_there_is_no_point(viewer: FaceViewer, face: FittedFace) -> None:
    view = viewer.view("k", face, viewer.scene_of(face), MOVING)
    assert point_at(view.shape.topology.uv, view.shape.topology, -0.5, 0.5) is None


def test_a_point_survives_another_level_of_detail(viewer: FaceViewer, face: FittedFace) -> None:
    coarse, fine = (viewer.view("k", face, viewer.scene_of(face), quality).shape for quality in (MOVING, STILL))
    point = SkinPoint(4000, (0.2, 0.3, 0.5))
    other = finer_or_coarser(point, coarse.topology, fine.topology)
    assert other is not None
    place_of = point.of(coarse.points, coarse.topology)
    assert np.linalg.norm(other.of(fine.points, fine.topology) - place_of) < 0.5


def test_a_landmark_falls_where_the_fit_has_it(viewer: FaceViewer, face: FittedFace) -> None:
    shape = viewer.view("k", face, viewer.scene_of(face), MOVING).shape
    vertex = int(face.fit.landmarks[30])
    corner = np.flatnonzero(shape.topology.vertex == vertex)[0]
    triangle = int(np.flatnonzero((shape.topology.triangles == corner).any(1))[0])
    weights = tuple(float(one == corner) for one in shape.topology.triangles[triangle])
    pose = face.fit.pose
    found = in_photograph(
        shape, SkinPoint(triangle, weights), pose.rotation.numpy(), float(pose.scale), pose.translation.numpy()
    )
    assert np.allclose(found, face.fit.projected[30].numpy(), atol=0.05)

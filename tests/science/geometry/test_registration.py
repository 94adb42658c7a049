"""A model is brought onto a mesh of which about 50 places are known roughly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.science.geometry.landmark_finding import find_landmarks
from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.morphable_model import MorphableModelError
from explorer.science.geometry.registration import register, similarity
from tests.science.geometry.model_writers import geometry


def _no_picture(picture):
    raise AssertionError("no picture is looked at where enough landmarks are given")


def test_a_similarity_is_found_again():
    points = np.random.default_rng(0).normal(size=(9, 3))
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    scale, rotation, translation = similarity(points, 3 * points @ turn.T + [1, 2, 3])
    assert scale == pytest.approx(3)
    np.testing.assert_allclose(rotation, turn, atol=1e-9)
    np.testing.assert_allclose(translation, [1, 2, 3], atol=1e-9)


@pytest.mark.slow
def test_landmarks_of_another_face_in_other_units_fall_within_1_percent(morphable):
    random = torch.Generator().manual_seed(5)
    face = replace(morphable, mean=morphable.shape(torch.randn(80, generator=random)))
    face = geometry(face, level=1, seed=2)
    turned = face.mean * 0.001 + 4  # metres, elsewhere
    normals = vertex_normals(turned, face.triangles).double().numpy()
    true = turned[face.landmarks].double().numpy()
    size = np.linalg.norm(true[36] - true[45])
    inner = true[17:] + np.random.default_rng(0).normal(size=(51, 3)) * 0.04 * size
    inner[5] = np.nan
    found = register(morphable, turned.double().numpy(), normals, inner)
    assert np.linalg.norm(found.landmarks - true, axis=1).mean() < 0.01 * size
    assert found.rest < 0.5
    assert found.size == pytest.approx(0.001, rel=0.05)


def test_a_mesh_that_is_no_face_there_is_refused(morphable):
    points = np.random.default_rng(0).normal(size=(500, 3)) * 1000
    with pytest.raises(MorphableModelError, match="is no face"):
        register(morphable, points, points / np.linalg.norm(points, axis=1)[:, None], np.eye(3)[np.arange(51) % 3])


@pytest.mark.slow
def test_the_inner_landmarks_that_eos_names_are_enough_for_all_68(morphable):
    head = geometry(morphable, seed=4)
    given = head.landmarks.numpy().copy()
    given[:17], given[[60, 64]] = -1, -1
    bare = replace(head, landmarks=None)
    assert torch.equal(find_landmarks(bare, morphable, _no_picture, given), head.landmarks)


def test_where_no_face_is_found_the_file_to_write_is_named(morphable):
    with pytest.raises(MorphableModelError, match=r"landmarks\.txt beside it"):
        find_landmarks(replace(morphable, landmarks=None), morphable, lambda picture: None)

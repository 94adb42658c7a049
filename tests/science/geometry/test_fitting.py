"""Fitting to landmarks: pose found again within noise, invariances, and what must be refused."""

import numpy as np
import pytest
import torch

from explorer.science.faces.face import FaceError
from explorer.science.geometry.fitting import fit_landmarks
from explorer.science.geometry.landmarks import JAW, landmark_basis, landmarks_of_mesh
from explorer.science.geometry.projection import Pose, project
from explorer.science.geometry.refinement import RefinementSettings, refine
from explorer.science.geometry.rendering import render
from explorer.science.geometry.rotation import geodesic_distance, pitch_of, rotation_from_angles, yaw_of
from explorer.science.leakage.labels.mesh import FaceMesh
from explorer.science.leakage.labels.pose import read_canonical_face
from explorer.studio import catalogue

SIZE = 256  # pixels, of the face
CENTRE = 200.0


@pytest.fixture(scope="module")
def basis(morphable):
    return landmark_basis(morphable)


def _sample(basis, random, yaw=45.0, noise=1.0):
    """A random face in a random pose: its pose, coefficients, and landmarks (68, 2) with noise."""
    degrees = (torch.rand(3, generator=random) * 2 - 1) * torch.tensor([yaw, 20.0, 20.0])
    rotation = rotation_from_angles(*degrees.deg2rad().unbind())
    identity, expression = torch.randn(len(basis.identity), generator=random), torch.zeros(len(basis.expression))
    units = torch.randperm(len(expression), generator=random)[:4]
    expression[units] = torch.rand(4, generator=random)
    pose = Pose(rotation, torch.full((2,), CENTRE), torch.tensor(SIZE / 160))
    shape = basis.shape(identity.double().numpy(), expression.double().numpy())
    chosen = basis.follow(shape, rotation.double().numpy())
    landmarks = project(torch.from_numpy(shape[chosen]).float(), pose)
    landmarks = landmarks + noise * torch.randn(68, 2, generator=random)
    return pose, identity, expression, landmarks.numpy()


@pytest.mark.slow
def test_the_pose_of_two_hundred_faces_is_found_again(basis):
    random = torch.Generator().manual_seed(0)
    errors, distances = [], []
    for _ in range(200):
        pose, _, _, landmarks = _sample(basis, random)
        fit = fit_landmarks(basis, landmarks)
        errors.append(geodesic_distance(fit.pose.rotation, pose.rotation).rad2deg().item())
        distances.append(fit.error)
    assert np.mean(errors) < 2
    assert np.mean(distances) < 2.5


def test_landmarks_of_the_mean_face_give_the_mean_face_back(basis):
    pose = Pose(torch.eye(3), torch.full((2,), CENTRE), torch.tensor(1.6))
    chosen = basis.follow(basis.mean, np.eye(3))
    landmarks = project(torch.from_numpy(basis.mean[chosen]).float(), pose).numpy()
    fit = fit_landmarks(basis, landmarks)
    assert fit.error < 0.2
    assert fit.identity.abs().max() < 0.05
    assert geodesic_distance(fit.pose.rotation, pose.rotation).rad2deg() < 0.5
    torch.testing.assert_close(fit.pose.scale, pose.scale, rtol=0.01, atol=0)


def test_resizing_and_moving_the_photograph_changes_only_scale_and_translation(basis):
    _, _, _, landmarks = _sample(basis, torch.Generator().manual_seed(3))
    one, other = fit_landmarks(basis, landmarks), fit_landmarks(basis, landmarks * 3 + 50)
    torch.testing.assert_close(one.identity, other.identity, atol=1e-3, rtol=0)
    torch.testing.assert_close(one.pose.rotation, other.pose.rotation, atol=1e-4, rtol=0)
    torch.testing.assert_close(one.pose.scale * 3, other.pose.scale, rtol=1e-4, atol=0)
    torch.testing.assert_close(one.scaled(3).projected + 50, other.projected, atol=0.05, rtol=0)


def test_expressions_stay_between_nothing_and_all(basis):
    random = torch.Generator().manual_seed(5)
    for _ in range(5):
        fit = fit_landmarks(basis, _sample(basis, random, noise=8.0)[3])
        assert fit.expression.min() >= 0
        assert fit.expression.max() <= 1


def test_an_open_mouth_is_seen(morphable, basis):
    expression = np.zeros(52)
    expression[morphable.expression_names.index("jawOpen")] = 0.8
    shape = basis.shape(np.zeros(80), expression)
    pose = Pose(torch.eye(3), torch.full((2,), CENTRE), torch.tensor(1.6))
    chosen = basis.follow(shape, np.eye(3))
    fit = fit_landmarks(basis, project(torch.from_numpy(shape[chosen]).float(), pose).numpy())
    assert fit.expression[morphable.expression_names.index("jawOpen")] > 0.4


def test_the_jaw_line_moves_with_the_far_side_of_a_turned_head(basis):
    """Turned to the image's right, the far cheek is on the right: its landmarks lie in front of the frontal ones."""
    turned = rotation_from_angles(*torch.tensor([40.0, 0.0, 0.0]).deg2rad().unbind()).double().numpy()
    frontal, moved = basis.follow(basis.mean, np.eye(3)), basis.follow(basis.mean, turned)
    depth = basis.mean[moved[:JAW], 2] - basis.mean[frontal[:JAW], 2]
    assert depth[10:15].mean() > 8
    assert np.abs(depth[2:6]).mean() < depth[10:15].mean() / 2
    assert np.array_equal(frontal[JAW:], moved[JAW:])


def test_a_few_landmarks_may_be_missing(basis):
    pose, _, _, landmarks = _sample(basis, torch.Generator().manual_seed(7))
    landmarks[:10] = np.nan
    fit = fit_landmarks(basis, landmarks)
    assert geodesic_distance(fit.pose.rotation, pose.rotation).rad2deg() < 5
    assert fit.projected.isfinite().all()


def test_the_canonical_face_looks_straight_ahead(basis):
    """Pitch is counted from MediaPipe's canonical face, by whose pose the corpus is labelled."""
    metadata = FaceMesh(catalogue.path("mediapipe-face").read_bytes()).canonical
    canonical = read_canonical_face(metadata).points
    points = np.concatenate([canonical, np.zeros((10, 3))]) * (12, -12, 1) + (CENTRE, CENTRE, 0)
    rotation = fit_landmarks(basis, landmarks_of_mesh(points)).pose.rotation
    assert abs(pitch_of(rotation).rad2deg()) < 1
    assert abs(yaw_of(rotation).rad2deg()) < 1


def test_what_is_no_face_is_refused(basis):
    landmarks = _sample(basis, torch.Generator().manual_seed(7))[3]
    half = landmarks.copy()
    half[::2] = np.nan
    with pytest.raises(FaceError, match="only 34 of the 68 landmarks"):
        fit_landmarks(basis, half)
    with pytest.raises(FaceError, match="coincide or lie on a line"):
        fit_landmarks(basis, np.ones((68, 2)))
    with pytest.raises(FaceError, match="coincide or lie on a line"):
        fit_landmarks(basis, np.arange(68.0)[:, None] * [1.0, 2.0])
    with pytest.raises(FaceError, match="needs 68 landmarks"):
        fit_landmarks(basis, landmarks[:5])


def test_refinement_by_colours_lowers_its_loss_and_keeps_the_pose(morphable, basis):
    random = torch.Generator().manual_seed(11)
    pose, identity, expression, landmarks = _sample(basis, random, noise=2.0)
    light = torch.randn(9, 3, generator=random) * 0.03
    light[0] = 0.7
    shape = morphable.shape(identity, expression)
    albedo = morphable.colours(torch.tensor([0.5, -0.5, 0.3, 0.0])).clamp(0, 1)
    image = render(shape, morphable.triangles, pose, (400, 400), albedo, light)
    start = fit_landmarks(basis, landmarks)
    steps = list(refine(morphable, image, torch.from_numpy(landmarks), start, RefinementSettings(steps=30)))
    assert [one.step for one in steps] == list(range(1, 31))
    # The light is found anew at every 15th step, so compare within one look.
    assert steps[-1].loss < steps[15].loss
    last = steps[-1]

    def distance(fit):
        return (project(morphable.shape(fit.identity, fit.expression), fit.pose) - project(shape, pose)).norm(dim=1)

    front = morphable.mean[:, 2] > 0
    assert distance(last.fit)[front].mean() < distance(start)[front].mean()
    assert geodesic_distance(last.fit.pose.rotation, pose.rotation).rad2deg() < 4
    assert (last.light[0] - 0.7).abs().max() < 0.25


def test_points_of_the_mesh_become_landmarks():
    points = np.arange(478 * 3).reshape(478, 3)
    landmarks = landmarks_of_mesh(points)
    assert landmarks.shape == (68, 2)
    assert landmarks[8].tolist() == [152 * 3, 152 * 3 + 1]  # the chin

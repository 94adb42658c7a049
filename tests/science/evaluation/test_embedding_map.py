"""Embeddings on a plane."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.science.evaluation.projection import FEWEST, Moving, principal_components, t_sne
from explorer.science.iteration import Steps


def people(count: int, faces: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    centres = random.standard_normal((count, 1, 64)) * 2
    vectors = (centres + 0.4 * random.standard_normal((count, faces, 64))).reshape(-1, 64)
    return vectors.astype(np.float32), np.repeat(np.arange(count), faces)


def test_principal_components_are_those_of_the_singular_values() -> None:
    vectors, _ = people(6, 8)
    plane = principal_components(vectors, "euclidean")
    centred = vectors - vectors.mean(0)
    left, sizes, _ = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    assert np.allclose(np.abs(plane.points), np.abs(left[:, :2] * sizes[:2]), atol=1e-4)
    assert np.allclose(plane.explained, (sizes**2 / (sizes**2).sum())[:2], atol=1e-6)


def test_points_on_a_plane_keep_their_distances() -> None:
    random = np.random.default_rng(1)
    flat = random.standard_normal((30, 2))
    axes, _ = np.linalg.qr(random.standard_normal((16, 2)))
    plane = principal_components((flat @ axes.T).astype(np.float32), "euclidean")
    assert sum(plane.explained) == pytest.approx(1.0, abs=1e-5)
    apart = np.linalg.norm(flat[:, None] - flat[None], axis=-1)
    assert np.allclose(np.linalg.norm(plane.points[:, None] - plane.points[None], axis=-1), apart, atol=1e-4)


def test_an_encoder_compared_by_cosine_is_shown_by_directions_alone() -> None:
    vectors, _ = people(6, 8)
    lengths = np.random.default_rng(2).uniform(0.5, 30, (len(vectors), 1)).astype(np.float32)
    one, other = (principal_components(some, "cosine") for some in (vectors, vectors * lengths))
    assert np.allclose(one.points, other.points, atol=1e-4)


@pytest.mark.parametrize("faces", [1, 2])
def test_one_or_two_faces_have_a_place(faces: int) -> None:
    assert np.isfinite(principal_components(people(faces, 1)[0], "cosine").points).all()


@pytest.mark.slow
def test_t_sne_keeps_neighbours_and_repeats_itself() -> None:
    vectors, person = people(8, 12)
    running = Steps(t_sne(vectors, "cosine", seed=3))
    told = list(running)
    plane = running.result
    assert all(isinstance(one, Moving) and one.points.shape == (96, 2) for one in told)
    assert [one.done for one in told] == list(range(0, told[-1].total + 1, 10))
    apart = np.linalg.norm(plane.points[:, None] - plane.points[None], axis=-1)
    np.fill_diagonal(apart, np.inf)
    assert (person[apart.argmin(1)] == person).all()
    assert np.array_equal(Steps(t_sne(vectors, "cosine", seed=3)).result.points, plane.points)


def test_too_few_faces_are_refused() -> None:
    with pytest.raises(ValueError, match=f"at least {FEWEST} faces"):
        next(t_sne(people(1, FEWEST - 1)[0], "cosine"))

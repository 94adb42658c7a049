"""Searching and grouping many faces by their embeddings."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist

from explorer.science.iteration import Steps
from explorer.science.recognition.base import similarity_or_distance
from explorer.science.recognition.clustering import average_linkage
from explorer.science.recognition.neighbours import Neighbours


def people(count: int, faces: int, dimension: int = 32, spread: float = 0.5, seed: int = 0) -> np.ndarray:
    """Faces of people, person by person."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((count, 1, dimension))
    vectors = centres + spread * random.standard_normal((count, faces, dimension))
    return vectors.reshape(-1, dimension).astype(np.float32)


@pytest.mark.parametrize("measure", ["cosine", "euclidean"])
def test_scores_are_those_of_comparing_one_by_one(measure) -> None:
    vectors = people(10, 3)
    query = people(1, 1, seed=1)[0]
    expected = similarity_or_distance(torch.from_numpy(vectors), torch.from_numpy(query), measure).numpy()
    assert np.allclose(Neighbours(vectors, measure).scores(query), expected, atol=1e-5)


@pytest.mark.parametrize("measure", ["cosine", "euclidean"])
@pytest.mark.parametrize("count", [1, 7, 30, 100])
def test_the_nearest_are_the_first_of_a_whole_sort(measure, count: int) -> None:
    vectors = people(10, 3)
    query = vectors[4] + 0.1
    search = Neighbours(vectors, measure)
    order = np.argsort(search.away(search.scores(query)), kind="stable")
    assert np.array_equal(search.nearest(query, count), order[:count])


def test_a_face_is_nearest_to_itself_however_long_its_embedding() -> None:
    vectors = people(10, 3)
    assert Neighbours(vectors, "cosine").nearest(vectors[17] * 40, 1)[0] == 17
    assert Neighbours(vectors, "euclidean").nearest(vectors[17], 1)[0] == 17
    assert Neighbours(vectors, "euclidean").scores(vectors[17])[17] == pytest.approx(0.0, abs=0.01)


def test_what_is_no_matrix_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(N, D\)"):
        Neighbours(np.zeros(4, np.float32), "cosine")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("threshold", [0.15, 0.4, 0.7])
def test_groups_by_cosine_are_those_of_average_linkage(seed: int, threshold: float) -> None:
    vectors = people(12, 4, spread=0.9, seed=seed)
    tree = linkage(pdist(vectors.astype(np.float64), "cosine"), "average")
    expected = fcluster(tree, 1 - threshold, "distance")
    assert same_partition(Steps(average_linkage(vectors, "cosine", threshold)).result, expected)


@pytest.mark.parametrize("seed", range(6))
def test_groups_by_distance_are_those_of_average_linkage_of_squares(seed: int) -> None:
    vectors = people(12, 4, spread=0.9, seed=seed)
    tree = linkage(pdist(vectors.astype(np.float64), "sqeuclidean"), "average")
    assert same_partition(Steps(average_linkage(vectors, "euclidean", 6.0)).result, fcluster(tree, 36.0, "distance"))


def same_partition(one: np.ndarray, other: np.ndarray) -> bool:
    return np.array_equal(one[:, None] == one[None], other[:, None] == other[None])


def test_people_far_apart_are_found_and_numbered_by_size() -> None:
    vectors = np.concatenate([people(1, 2, seed=1), people(1, 5, seed=2), people(1, 2, seed=3)])
    assert Steps(average_linkage(vectors, "cosine", 0.5)).result.tolist() == [1, 1, 0, 0, 0, 0, 0, 2, 2]


def test_the_order_of_the_faces_changes_no_group() -> None:
    vectors = people(12, 4, spread=0.9)
    shuffled = np.random.default_rng(5).permutation(len(vectors))
    found = Steps(average_linkage(vectors, "cosine", 0.4)).result
    assert same_partition(Steps(average_linkage(vectors[shuffled], "cosine", 0.4)).result, found[shuffled])


def test_nobody_and_one_face_are_groups_too() -> None:
    assert Steps(average_linkage(np.zeros((0, 8), np.float32), "cosine", 0.5)).result.tolist() == []
    assert Steps(average_linkage(people(1, 1), "cosine", 0.5)).result.tolist() == [0]


def test_progress_grows_to_the_number_of_faces() -> None:
    told = list(average_linkage(people(40, 2, spread=0.1), "cosine", 0.5, report_every=1))
    assert told == sorted(told)
    assert told[-1] == 80

"""Searching and grouping very many embeddings gives what comparing all with all gives."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.science.iteration import Steps
from explorer.science.recognition.approximate_search import (
    ApproximateSearch,
    lists_for,
    make_index,
    open_index,
    remove_from_index,
)
from explorer.science.recognition.block_search import BlockSearch
from explorer.science.recognition.clustering import average_linkage
from explorer.science.recognition.neighbours import Neighbours
from explorer.science.recognition.sparse_clustering import (
    pairs_of_neighbours,
    passing_pairs,
    sparse_average_linkage,
)

MEASURES = ("cosine", "euclidean")


def people(count: int, faces: int, size: int = 16, spread: float = 0.5, seed: int = 0) -> np.ndarray:
    """Embeddings of people, in no order."""
    random = np.random.default_rng(seed)
    who = random.integers(0, count, faces)
    centres = random.standard_normal((count, size))
    return (centres[who] + spread * random.standard_normal((faces, size))).astype(np.float32)


@pytest.mark.parametrize("measure", MEASURES)
def test_mapped_and_held_embeddings_have_the_same_neighbours(measure, tmp_path):
    vectors = people(20, 300)
    np.save(tmp_path / "vectors.npy", vectors)
    mapped = BlockSearch(np.load(tmp_path / "vectors.npy", mmap_mode="r"), measure, block=64)
    held = Neighbours(vectors, measure)
    rows, scores = mapped.nearest(vectors[:12], 7)
    for query, found, some in zip(vectors[:12], rows, scores, strict=True):
        assert found.tolist() == held.nearest(query, 7).tolist()
        assert np.allclose(some, held.scores(query)[found], atol=5e-3)
        assert np.allclose(mapped.scores(query), held.scores(query), atol=5e-3)


def test_of_equal_embeddings_the_first_come_first():
    vectors = np.tile(np.eye(1, 8, dtype=np.float32), (50, 1))
    rows, _ = BlockSearch(vectors, "cosine", block=7).nearest(vectors[:1], 3)
    assert rows.tolist() == [[0, 1, 2]]


@pytest.mark.parametrize("measure", MEASURES)
def test_what_does_not_count_is_never_found(measure):
    vectors = people(5, 60)
    present = np.arange(60) % 3 != 0
    rows, _ = BlockSearch(vectors, measure, present, block=16).nearest(vectors[:4], 20)
    assert present[rows].all()


@pytest.mark.parametrize(("measure", "threshold"), [("cosine", 0.5), ("euclidean", 4.5)])
def test_all_passing_pairs_group_as_comparing_all_groups_does(measure, threshold):
    for seed in range(3):
        vectors = people(25, 250, size=12, seed=seed)
        pairs = Steps(passing_pairs(vectors, measure, threshold)).result
        assert pairs.complete
        dense = Steps(average_linkage(vectors, measure, threshold)).result
        assert np.array_equal(Steps(sparse_average_linkage(vectors, measure, threshold, pairs)).result, dense)


def test_the_nearest_few_group_people_that_lie_apart():
    vectors = people(30, 240, size=64, spread=0.3)
    nearest, _ = BlockSearch(vectors, "cosine").nearest(vectors, 6)
    pairs = pairs_of_neighbours(nearest)
    assert not pairs.complete
    dense = Steps(average_linkage(vectors, "cosine", 0.5)).result
    assert np.array_equal(Steps(sparse_average_linkage(vectors, "cosine", 0.5, pairs)).result, dense)


def test_too_many_pairs_are_not_held():
    assert Steps(passing_pairs(people(1, 100), "cosine", -1.0, most=100)).result is None


@pytest.mark.parametrize("measure", MEASURES)
def test_an_index_finds_as_much_as_it_says(measure, tmp_path):
    pytest.importorskip("faiss")
    vectors = people(150, 1500, size=32)
    path = tmp_path / "index.faiss"
    facts = Steps(make_index(vectors, measure, path, wanted=0.95)).result
    assert facts.rows == 1500
    assert facts.lists == lists_for(1500)
    assert facts.recall >= 0.95
    search = ApproximateSearch(vectors, measure, open_index(path), facts.probes)
    asked = np.arange(1, 1500, 30)
    exact, _ = BlockSearch(vectors, measure).nearest(vectors[asked], 10)
    found = [search.nearest(vectors[row], 10)[0] for row in asked]
    assert np.mean([np.isin(some, best).mean() for some, best in zip(found, exact, strict=True)]) >= 0.9


def test_a_row_that_is_removed_leaves_nothing_in_the_index(tmp_path):
    pytest.importorskip("faiss")
    vectors = people(10, 300)
    path, left = tmp_path / "index.faiss", tmp_path / "left.faiss"
    Steps(make_index(vectors, "cosine", path)).result  # noqa: B018
    remove_from_index(path, left, np.array([7, 11]))
    search = ApproximateSearch(vectors, "cosine", open_index(left), 64)
    assert not np.isin([7, 11], search.nearest(vectors[7], 298)[0]).any()
    assert left.stat().st_size < path.stat().st_size


def test_what_is_no_index_is_refused(tmp_path):
    pytest.importorskip("faiss")
    place = tmp_path / "index.faiss"
    place.write_bytes(b"nothing of the kind" * 10)
    with pytest.raises(ValueError, match="no index"):
        open_index(place)

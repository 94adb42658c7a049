"""A projection that is fitted on a sample carries all others where the whole projection puts them."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.science.evaluation.fitted_projection import (
    FittedNeighbours,
    fit_components,
    fit_t_sne,
    sample_of,
    transform_all,
)
from explorer.science.evaluation.projection import principal_components
from explorer.science.iteration import Steps

RANDOM = np.random.default_rng(0)
VECTORS = (RANDOM.standard_normal((300, 12)) * np.geomspace(4, 0.2, 12)).astype(np.float32)


@pytest.mark.parametrize("measure", ["cosine", "euclidean"])
def test_components_of_everybody_are_the_principal_ones(measure):
    fitted = fit_components(VECTORS, measure, np.arange(300))
    whole = principal_components(VECTORS, measure)
    assert np.allclose(fitted.transform(VECTORS), whole.points, atol=1e-4)
    assert np.allclose(fitted.explained, whole.explained, atol=1e-6)


def test_who_comes_later_moves_nobody():
    fitted = fit_components(VECTORS, "euclidean", np.arange(0, 300, 2))
    before = Steps(transform_all(fitted, VECTORS[:200])).result
    after = Steps(transform_all(fitted, VECTORS)).result
    # Other blocks make other last bits.
    assert np.allclose(after[:200], before, atol=1e-5)


def test_a_face_of_the_sample_lies_at_its_own_point():
    points = RANDOM.standard_normal((300, 2)).astype(np.float32)
    fitted = FittedNeighbours(VECTORS, points, "euclidean")
    assert np.allclose(fitted.transform(VECTORS[:20]), points[:20], atol=1e-2)


def test_a_layout_of_a_sample_keeps_two_clusters_apart():
    two = np.concatenate([VECTORS[:40] * 0.1 + 5, VECTORS[40:80] * 0.1 - 5])
    fitted = Steps(fit_t_sne(two, "euclidean", np.arange(0, 80, 2))).result
    points = fitted.transform(two)
    assert np.linalg.norm(points[:40].mean(0) - points[40:].mean(0)) > points[:40].std() + points[40:].std()


def test_a_sample_is_some_of_the_rows_in_their_order():
    rows = np.arange(100, 300)
    some = sample_of(rows, 20)
    assert len(set(some.tolist()) & set(rows.tolist())) == 20
    assert (np.diff(some) > 0).all()
    assert sample_of(rows, 500) is rows

"""Averages of several vectors: what they are of the same vectors, and what weights do."""

import numpy as np
import pytest

from explorer.science.laboratory.templates import (
    QualityRule,
    TemplateError,
    averages_of,
    averaging_of,
    centroids_of,
    clusters_of,
    relative,
    template_of,
)

RANDOM = np.random.default_rng(0)
FACES = RANDOM.standard_normal((5, 16)).astype(np.float32) + 2


@pytest.mark.parametrize("averaging", ["normalised", "plain"])
def test_the_mean_of_identical_vectors_is_the_vector(averaging):
    same = np.repeat(FACES[:1], 4, axis=0)
    assert np.allclose(template_of(same, averaging), FACES[0], rtol=1e-6)
    assert np.allclose(template_of(same, averaging, [0.7, 0.1, 0.1, 0.1]), FACES[0], rtol=1e-6)


def test_a_plain_average_is_the_mean_and_a_normalised_one_the_mean_direction():
    assert np.allclose(template_of(FACES, "plain"), FACES.mean(0), atol=1e-6)
    lengths = np.linalg.norm(FACES, axis=1)
    made = template_of(FACES, "normalised")
    direction = (FACES / lengths[:, None]).mean(0)
    assert np.allclose(made / np.linalg.norm(made), direction / np.linalg.norm(direction), atol=1e-6)
    assert np.linalg.norm(made) == pytest.approx(lengths.mean(), rel=1e-6)


def test_the_length_of_a_vector_decides_nothing_where_directions_are_averaged():
    scaled = FACES * np.array([[1], [10], [1], [1], [1]], np.float32)
    one, other = template_of(FACES, "normalised"), template_of(scaled, "normalised")
    assert np.allclose(one / np.linalg.norm(one), other / np.linalg.norm(other), atol=1e-6)


def test_order_decides_nothing():
    assert np.allclose(template_of(FACES, "normalised"), template_of(FACES[::-1], "normalised"), atol=1e-6)


def test_weights_sum_to_one_and_one_alone_is_its_vector():
    assert relative(np.array([2.0, 1.0, 1.0])).tolist() == [0.5, 0.25, 0.25]
    assert QualityRule(signal="norm", power=2).weights([1, 2, 2]).sum() == pytest.approx(1)
    assert np.allclose(template_of(FACES, "normalised", [0, 0, 3, 0, 0]), FACES[2], rtol=1e-6)


def test_the_unit_of_a_quality_decides_nothing():
    rule = QualityRule(signal="size", power=0.5)
    assert np.allclose(rule.weights([10, 40, 90]), rule.weights([1000, 4000, 9000]))
    assert rule.weights([10, 40, 90]) == pytest.approx([1 / 6, 2 / 6, 3 / 6])


def test_averages_of_one_to_n_are_the_templates_of_so_many():
    for averaging in ("normalised", "plain"):
        made = averages_of(FACES, averaging)
        for number in range(1, 6):
            alone = template_of(FACES[:number], averaging)
            if averaging == "normalised":
                alone /= np.linalg.norm(alone)
            assert np.allclose(made[number - 1], alone, atol=1e-6)


def test_averages_of_many_people_at_once_are_those_of_each():
    many = np.stack([FACES, FACES + 1])
    weights = np.array([[1.0, 2, 3, 4, 5], [5.0, 4, 3, 2, 1]])
    for averaging in ("normalised", "plain"):
        made = averages_of(many, averaging, weights)
        assert np.allclose(made[1], averages_of(FACES + 1, averaging, weights[1]), atol=1e-6)
        last = template_of(FACES, "plain", weights[0])
        assert averaging == "normalised" or np.allclose(made[0, -1], last, atol=1e-6)


def test_centroids_are_the_means_of_clusters_the_largest_first():
    one, other = np.eye(8, dtype=np.float32)[:2]
    faces = np.stack([one, other, other * 1.01, other * 0.99])
    assert clusters_of(faces, "cosine", 0.5).tolist() == [1, 0, 0, 0]
    large, small = centroids_of(faces, "cosine", 0.5)
    assert np.allclose(large, other, atol=1e-6)
    assert np.allclose(small, one, atol=1e-6)
    assert len(centroids_of(faces, "cosine", -1.0)) == 1


def test_encoders_are_averaged_as_they_compare():
    assert (averaging_of("cosine"), averaging_of("euclidean")) == ("normalised", "plain")


@pytest.mark.parametrize(
    ("faces", "weights", "word"),
    [
        (np.zeros((0, 4)), None, "at least one vector"),
        (np.zeros((2, 4)), None, "no direction"),
        (np.array([[1.0, 0], [-1, 0]]), None, "cancel each other"),
        (np.ones((2, 4)), [1, -1], "at least 0"),
        (np.ones((2, 4)), [0, 0], "at least 0"),
        (np.ones((2, 4)), [1, 1, 1], "as many weights, not 3"),
        (np.ones((2, 4)), [1, np.nan], "at least 0"),
    ],
)
def test_what_cannot_be_averaged_is_refused_with_the_reason(faces, weights, word):
    with pytest.raises(TemplateError, match=word):
        template_of(faces.astype(np.float32), "normalised", weights)

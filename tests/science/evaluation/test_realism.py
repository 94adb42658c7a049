"""Distances between sets of pictures: the published numbers, the closed forms, and intervals that hold the truth."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.science.evaluation.realism import (
    FeatureSet,
    RealismError,
    compare,
    frechet_distance,
    kernel_distance,
)


def two_sets(seed: int, n: int, m: int, d: int):
    random = np.random.default_rng(seed)
    mixing = random.normal(size=(d, d))
    first = random.normal(size=(n, d)) @ mixing
    return first, 0.5 + 1.3 * random.normal(size=(m, d)) @ random.normal(size=(d, d))


# By pytorch-fid 0.3.0's calculate_frechet_distance (SciPy 1.17.1) of means and covariances; the last has fewer pictures
# than features, where a root of the bare product may turn imaginary.
@pytest.mark.parametrize(
    ("shape", "published"),
    [((0, 300, 200, 16), 271.25114808046044), ((1, 500, 400, 64), 3279.99628785193), ((2, 40, 60, 64), 5490.56411419)],
)
def test_frechet_is_the_published_implementations(shape, published):
    assert frechet_distance(*two_sets(*shape)) == pytest.approx(published, rel=1e-8)


def test_the_kernel_distance_is_the_published_implementations():
    # By torchmetrics 1.9.0's poly_mmd, which takes sets of one size.
    assert kernel_distance(*two_sets(3, 150, 150, 24)) == pytest.approx(376.230312627506, rel=1e-9)


def test_frechet_of_gaussians_is_the_closed_form():
    random = np.random.default_rng(4)
    white = random.normal(size=(400, 5))
    white -= white.mean(0)
    white = white @ np.linalg.inv(np.linalg.cholesky(np.cov(white, rowvar=False))).T
    widths, shift = np.array([1.0, 2.0, 0.5, 3.0, 1.5]), np.array([1.0, 0.0, -2.0, 0.0, 0.5])
    wanted = float((shift**2).sum() + ((widths - 1) ** 2).sum())
    assert frechet_distance(white, white * widths + shift) == pytest.approx(wanted, rel=1e-9)


def test_frechet_is_symmetric_rotates_along_and_is_nothing_to_itself():
    first, second = two_sets(5, 80, 90, 7)
    turn = np.linalg.qr(np.random.default_rng(6).normal(size=(7, 7)))[0]
    value = frechet_distance(first, second)
    assert frechet_distance(second, first) == pytest.approx(value)
    assert frechet_distance(first @ turn + 3, second @ turn + 3) == pytest.approx(value)
    assert abs(frechet_distance(first, first)) < 1e-9 * value


def test_the_kernel_distance_leaves_out_pairs_of_a_picture_with_itself():
    first, second = two_sets(7, 9, 6, 4)

    def kernel(x, y):
        return (float(x @ y) / 4 + 1) ** 3

    def within(one):
        return np.mean([kernel(one[i], one[j]) for i in range(len(one)) for j in range(len(one)) if i != j])

    across = np.mean([kernel(x, y) for x in first for y in second])
    assert kernel_distance(first, second) == pytest.approx(within(first) + within(second) - 2 * across)


def test_the_kernel_distance_of_one_kind_is_0_on_average_and_frechet_is_not():
    random = np.random.default_rng(8)
    pairs = [random.normal(size=(2, 40, 6)) for _ in range(300)]
    kernel = np.array([kernel_distance(*pair) for pair in pairs])
    assert abs(kernel.mean()) < 3 * kernel.std() / np.sqrt(len(kernel))
    assert np.mean([frechet_distance(*pair) for pair in pairs]) > 0.3


def kinds(*shifts: float, pictures: int = 150):
    random = np.random.default_rng(9)
    return [FeatureSet(random.normal(size=(pictures, 8)) + shift) for shift in shifts]


@pytest.fixture(scope="module")
def compared():
    near, far, reference = kinds(0.3, 1.0, 0.0)
    return compare({"near": near, "far": far}, reference)


def test_intervals_are_as_wide_as_sets_differ(compared):
    # Sets drawn anew, of means 1 apart in all 8 directions: what their distances scatter by is what an interval tells.
    random = np.random.default_rng(10)
    anew = [frechet_distance(random.normal(size=(150, 8)) + 1, random.normal(size=(150, 8))) for _ in range(300)]
    frechet = compared.sets["far"].frechet
    assert frechet.high - frechet.low == pytest.approx(2 * 1.96 * float(np.std(anew)), rel=0.25)


def test_the_interval_takes_off_what_few_pictures_add(compared):
    # Of endless sets 8 * 0.09 and 8 * 1.0; few pictures make it more.
    for name, truth in {"near": 0.72, "far": 8.0}.items():
        frechet = compared.sets[name].frechet
        assert truth < frechet.value
        assert (frechet.low + frechet.high) / 2 < frechet.value


def test_a_nearer_set_is_told_with_an_interval(compared):
    gap = compared.nearer["near", "far"]
    assert gap.frechet.low > 5
    assert gap.kernel.low > 0
    assert gap.kernel.value == pytest.approx(compared.sets["far"].kernel.value - compared.sets["near"].kernel.value)


def test_two_halves_lie_nearer_than_another_kind(compared):
    assert compared.halves.pictures == 75
    assert compared.halves.kernel.low < 0 < compared.halves.kernel.high < compared.sets["near"].kernel.low
    assert compared.halves.frechet.high < compared.sets["far"].frechet.low


def test_draws_with_repetition_do_not_lift_the_kernel_distance():
    one, reference = kinds(0.0, 0.0, pictures=60)
    kernel = compare({"one": one}, reference).sets["one"].kernel
    assert kernel.low < kernel.value < kernel.high
    assert kernel.low < 0 < kernel.high


@pytest.mark.slow
def test_pictures_of_one_person_count_once():
    one, reference = kinds(0.5, 0.0, pictures=60)
    people = np.repeat(np.arange(12), 5)
    same = FeatureSet(np.repeat(one.features[:12], 5, axis=0), people)
    as_many = FeatureSet(same.features)
    wide = compare({"one": same}, reference).sets["one"].kernel
    narrow = compare({"one": as_many}, reference).sets["one"].kernel
    assert wide.value == narrow.value
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


@pytest.mark.slow
def test_no_more_components_than_the_reference_has():
    one, reference = kinds(0.5, 0.0)
    flat = FeatureSet(np.hstack([reference.features[:, :3], np.zeros((150, 5))]))
    assert compare({"one": one}, flat).components == 3
    assert compare({"one": one}, reference, components=2).components == 2


@pytest.mark.parametrize(
    ("features", "people", "said"),
    [
        (np.zeros((3, 4)), None, "at least four pictures"),
        (np.full((5, 4), np.nan), None, "not finite"),
        (np.zeros((5, 4)), np.arange(4), "5 pictures have 4 names"),
    ],
)
def test_odd_sets_are_refused(features, people, said):
    with pytest.raises(RealismError, match=said):
        FeatureSet(features, people)


def test_sets_of_other_features_and_a_reference_of_one_picture_are_refused():
    one, reference = kinds(0.0, 0.0)
    with pytest.raises(RealismError, match="not of one network"):
        compare({"one": FeatureSet(one.features[:, :5])}, reference)
    with pytest.raises(RealismError, match="the same features"):
        compare({"one": one}, FeatureSet(np.ones((10, 8))))
    with pytest.raises(RealismError, match="at least four"):
        compare({"one": one}, FeatureSet(reference.features, np.arange(150) % 3))
    with pytest.raises(RealismError, match="no spread"):
        kernel_distance(one.features[:1], reference.features)

from dataclasses import replace

import numpy as np
import pytest

from explorer.science.laboratory.attack_scores import AttackedPeople, attack_curves, attack_success
from explorer.science.laboratory.attack_settings import AttackError

EACH, PEOPLE = 4, 8


def world(measure="cosine", noise=0.02):
    """Eight people far from each other, four photographs each, and one photograph of everybody that is attacked."""
    random = np.random.default_rng(0)
    people = np.repeat(np.arange(PEOPLE), EACH)
    photographs = (np.eye(PEOPLE)[people] + noise * random.standard_normal((len(people), PEOPLE))).astype(np.float32)
    sources = np.arange(0, len(people), EACH)
    return people, photographs, sources, measure


def seen_of(aims, altered, found=None, measure="cosine", noise=0.02):
    people, photographs, sources, _ = world(measure, noise)
    found = np.ones(len(sources), bool) if found is None else found
    return AttackedPeople(measure, people, photographs, sources, aims, photographs[sources], altered, found)


@pytest.mark.parametrize(("measure", "threshold"), [("cosine", 0.7), ("euclidean", 0.7)])
def test_an_attack_that_copies_its_aim_always_succeeds(measure, threshold):
    _, photographs, sources, _ = world()
    aims = np.roll(sources, 1)
    found = attack_success(seen_of(aims, photographs[aims + 1], measure=measure), threshold)
    assert (found.clean.aimed.value, found.attacked.aimed.value, found.attacked.others.value) == (0, 1, 1)
    assert (found.clean.own.value, found.attacked.own.value) == (1, 0)
    # None and all of eight people: the other end is that of the rule of three.
    assert found.clean.aimed.high == found.attacked.aimed.low + 2 * 3 / 8 - 1 == 3 / 8


@pytest.mark.parametrize("measure", ["cosine", "euclidean"])
def test_an_attack_that_changes_nothing_succeeds_as_seldom_as_the_photograph(measure):
    _, photographs, sources, _ = world()
    for aims in (None, np.roll(sources, 1)):
        found = attack_success(seen_of(aims, photographs[sources], measure=measure), 0.7)
        assert found.clean == found.attacked
        assert found.attacked.aimed.value == 0


def test_away_a_picture_that_looks_like_nobody_succeeds_and_so_does_one_without_a_face():
    _, photographs, sources, _ = world()
    altered = photographs[sources].copy()
    altered[0] = -1
    half = np.ones(len(sources), bool)
    half[1] = False
    found = attack_success(seen_of(None, altered, half), 0.7)
    assert found.attacked.aimed.value == found.attacked.others.value == 2 / PEOPLE
    assert found.attacked.own.value == 1 - 2 / PEOPLE
    assert found.attacked.score.value == pytest.approx((-np.sqrt(1 / 8) + 6) / 7, abs=0.05)


def test_towards_a_picture_without_a_face_passes_for_nobody():
    _, photographs, sources, _ = world()
    aims = np.roll(sources, 1)
    found = attack_success(seen_of(aims, photographs[aims], np.zeros(len(sources), bool)), -1.0)
    assert found.attacked.aimed.value == 0
    assert found.attacked.score is None


def test_every_person_counts_alike():
    people, photographs, _, _ = world()
    sources = np.array([0, 1, 2, 3, 4])
    altered = photographs[[0, 1, 2, 3, 12]]  # of the second person alone an attack succeeded
    aims = np.full(5, 12)
    all_found = np.ones(5, bool)
    seen = AttackedPeople("cosine", people, photographs, sources, aims, photographs[sources], altered, all_found)
    assert attack_success(seen, 0.7).attacked.aimed.value == 0.5


def test_the_curves_are_those_of_figure_13():
    _, photographs, sources, _ = world()
    aims = np.roll(sources, 1)
    bare = seen_of(aims, photographs[aims + 1], noise=0.3)
    defended = replace(bare, attacked=bare.photographs[sources])
    curves = {curve.name: curve for curve in attack_curves({"": bare, "decoder": defended})}
    assert list(curves) == [
        *("clean", "attacked", "accepted as the aim"),
        *("clean, decoder", "attacked, decoder", "accepted as the aim, decoder"),
    ]
    for curve in curves.values():
        assert curve.rates[-1] == curve.shares[-1] == 1.0
        assert list(curve.shares) == sorted(curve.shares)
        assert all(low <= share <= high for low, share, high in zip(curve.low, curve.shares, curve.high, strict=True))
    # Behind this defence an attack does nothing; without it the attacked photograph is somebody else's.
    assert curves["attacked, decoder"].shares == curves["clean, decoder"].shares == curves["clean"].shares
    assert curves["attacked"].shares[0] < curves["clean"].shares[0]
    assert curves["accepted as the aim"].shares[0] > curves["accepted as the aim, decoder"].shares[0]


def test_no_curve_tells_rates_that_its_pairs_cannot():
    _, photographs, sources, _ = world()
    (clean, attacked) = attack_curves({"": seen_of(None, photographs[sources])})
    assert clean.name, attacked.name == ("clean", "attacked")
    pairs = PEOPLE * (PEOPLE - 1) * EACH
    assert min(clean.rates) >= 30 / pairs > 1e-4


def test_one_photograph_each_has_no_curve():
    people = np.arange(3)
    photographs = np.eye(3, dtype=np.float32)
    seen = AttackedPeople("cosine", people, photographs, people, None, photographs, photographs, np.ones(3, bool))
    assert attack_curves({"": seen}) == ()
    assert attack_success(seen, 0.5).attacked.others is None


def test_nothing_attacked_is_refused():
    none = np.array([], int)
    vectors = np.zeros((0, 3), np.float32)
    with pytest.raises(AttackError, match="no photograph"):
        AttackedPeople("cosine", none, vectors, none, None, vectors, vectors, np.array([], bool))

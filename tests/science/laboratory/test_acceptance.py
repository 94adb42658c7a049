"""TAR at a FAR, against counting by hand, and its interval by person."""

import numpy as np
import pytest

from explorer.science.evaluation.people import times_drawn
from explorer.science.laboratory.acceptance import (
    accepted,
    accepted_in_draws,
    comparisons,
    estimate_of,
    joined,
    threshold_of,
)


def world(people=6, each=5, noise=0.8, seed=0):
    random = np.random.default_rng(seed)
    centres = random.standard_normal((people, 12))
    whose = np.repeat(np.arange(people), each)
    faces = centres[whose] + noise * random.standard_normal((len(whose), 12))
    claims = centres + noise * random.standard_normal((people, 12))
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (claims, faces)]
    return comparisons(unit[0] @ unit[1].T, np.arange(people), whose)


def test_the_rate_is_the_count_by_hand():
    genuine = np.array([0.9, 0.7, 0.5, 0.3])
    impostors = np.array([0.8, 0.6, 0.4, 0.2, 0.1])
    closeness = np.zeros((2, 9))
    closeness[0] = np.concatenate([genuine, impostors])
    closeness[1] = -1
    shown = np.array([0] * 4 + [1] * 5)
    pairs = comparisons(closeness[:1], np.array([0]), shown)
    assert threshold_of(pairs, 0.2) == 0.6  # one impostor of five, 0.8, lies above
    assert accepted(pairs, 0.2) == 0.5  # 0.9 and 0.7
    assert accepted(pairs, 0.4) == 0.75
    assert accepted(pairs, 0.1) == 0.25  # fewer than one impostor may pass: none does
    assert accepted(pairs, 1.0) == 1.0


def test_pairs_are_all_pairs_and_each_is_of_its_people():
    pairs = world()
    assert (len(pairs.genuine), len(pairs.impostors)) == (30, 6 * 25)
    assert (pairs.first != pairs.second).all()
    both = joined([pairs, pairs])
    assert accepted(both, 0.05) == accepted(pairs, 0.05)


@pytest.mark.parametrize("far", [0.001, 0.01, 0.1, 0.5])
def test_a_draw_of_people_is_as_if_their_pairs_were_written_so_often(far):
    pairs = world()
    found = accepted_in_draws(pairs, far)
    for number, times in enumerate(times_drawn(pairs.people)[:40].astype(int)):
        again = pairs.__class__(
            pairs.people,
            np.repeat(pairs.genuine, times[pairs.whose]),
            np.repeat(pairs.whose, times[pairs.whose]),
            np.repeat(pairs.impostors, times[pairs.first] * times[pairs.second]),
            np.repeat(pairs.first, times[pairs.first] * times[pairs.second]),
            np.repeat(pairs.second, times[pairs.first] * times[pairs.second]),
        )
        if len(again.impostors):
            assert found[number] == pytest.approx(accepted(again, far))
        else:
            assert np.isnan(found[number])


def test_the_interval_holds_the_rate_and_is_the_same_every_time():
    pairs = world(people=20, noise=1.2)
    one, again = estimate_of(pairs, 0.01), estimate_of(pairs, 0.01)
    assert one == again
    assert one.low < one.value < one.high


def test_people_without_a_photograph_widen_nothing():
    pairs = world(people=8)
    moved = pairs.__class__(80, pairs.genuine, 10 * pairs.whose, pairs.impostors, 10 * pairs.first, 10 * pairs.second)
    assert estimate_of(moved, 0.05) == estimate_of(pairs, 0.05)


def test_nobody_to_compare_is_refused():
    with pytest.raises(ValueError, match="at least one pair"):
        accepted(comparisons(np.ones((1, 2)), np.array([0]), np.array([0, 0])))

"""Claims against photographs, TAR at a FAR: against counting by hand, and draws of people against pairs written out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.science.evaluation import accepting
from explorer.science.evaluation.accepting import (
    Comparisons,
    Pairs,
    PairsError,
    PairsOfPeople,
    comparisons,
    joined,
)
from explorer.science.evaluation.people import times_drawn

FARS = (0.001, 0.01, 0.1, 0.5)


def world(people: int = 6, each: int = 5, noise: float = 0.8, seed: int = 0) -> Comparisons:
    random = np.random.default_rng(seed)
    centres = random.standard_normal((people, 12))
    whose = np.repeat(np.arange(people), each)
    faces = centres[whose] + noise * random.standard_normal((len(whose), 12))
    claims = centres + noise * random.standard_normal((people, 12))
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (claims, faces)]
    return comparisons(unit[0] @ unit[1].T, np.arange(people), whose)


def written_out(pairs: Comparisons, times: np.ndarray) -> Comparisons:
    """The pairs as often as a draw of people has them."""
    own, strangers = times[pairs.whose], times[pairs.first] * times[pairs.second]
    return Comparisons(
        np.repeat(pairs.genuine, own),
        np.repeat(pairs.whose, own),
        np.repeat(pairs.impostors, strangers),
        np.repeat(pairs.first, strangers),
        np.repeat(pairs.second, strangers),
    )


def test_the_rate_is_the_count_by_hand() -> None:
    closeness = np.array([[0.9, 0.7, 0.5, 0.3, 0.8, 0.6, 0.4, 0.2, 0.1]])
    pairs = comparisons(closeness, np.array([0]), np.array([0] * 4 + [1] * 5))
    assert pairs.accepted(0.2).threshold == 0.6  # one impostor of five, 0.8, lies above
    assert pairs.accepted(0.2).tar.value == 0.5  # 0.9 and 0.7
    assert pairs.accepted(0.4).tar.value == 0.75
    assert pairs.accepted(0.1).tar.value == 0.25  # fewer than one impostor may pass: none does
    assert pairs.accepted(1.0).tar.value == 1.0


def test_pairs_are_all_pairs_and_each_is_of_its_people() -> None:
    pairs = world()
    assert (len(pairs.genuine), len(pairs.impostors)) == (30, 6 * 25)
    assert (pairs.first != pairs.second).all()
    both = joined([pairs, pairs])
    assert both.accepted(0.05).tar.value == pairs.accepted(0.05).tar.value


@pytest.mark.parametrize("far", FARS)
def test_a_draw_of_people_is_as_if_their_pairs_were_written_so_often(
    far: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However few of the nearest strangers are looked at first, and however few draws at a time: it is looked further.
    pairs = world()
    found = pairs.accepted(far).draws
    monkeypatch.setattr(accepting, "_LEAST", 3)
    monkeypatch.setattr(accepting, "_TIMES", 0)
    monkeypatch.setattr(accepting, "_LARGEST", 500)
    np.testing.assert_array_equal(pairs.accepted(far).draws, found)
    for number, times in enumerate(times_drawn(6)[:40].astype(int)):
        again = written_out(pairs, times)
        if len(again.impostors):
            assert found[number] == pytest.approx(again.accepted(far).tar.value)
        else:
            assert np.isnan(found[number])


def test_a_draw_that_lacks_the_nearest_strangers_is_told_as_well() -> None:
    # Two people have 450 pairs closer than all others: a third of the draws has one of them alone, or neither.
    near, rest = np.linspace(0.9, 0.8, 450), np.linspace(0.7, 0.1, 28)
    others = np.array([(one, other) for one in range(8) for other in range(one)])
    first, second = (np.concatenate([np.full(450, side), others[:, side]]) for side in (0, 1))
    pairs = PairsOfPeople(np.arange(8), first, second)
    found = pairs.accepted(np.linspace(0.95, 0.2, 8), np.concatenate([near, rest]), 0.05)
    assert not np.isnan(found.draws).any()


def test_photographs_against_each_other_are_told_as_claims_are() -> None:
    people = np.repeat(np.arange(5), 4)
    faces = torch.randn(20, 6, generator=torch.Generator().manual_seed(3))
    pairs = Pairs(people.tolist())
    scores = pairs.scores(faces, faces, "euclidean")
    one, other, same = people[pairs.first.numpy()], people[pairs.second.numpy()], pairs.same.numpy()
    nearness = -scores.double().numpy()
    claims = Comparisons(nearness[same], one[same], nearness[~same], one[~same], other[~same])
    found, expected = pairs.accepted(scores, "euclidean", 0.05), claims.accepted(0.05)
    assert found.tar == expected.tar
    np.testing.assert_array_equal(found.draws, expected.draws)
    assert found.threshold == -expected.threshold


def test_the_interval_holds_the_rate_and_is_the_same_every_time() -> None:
    pairs = world(people=20, noise=1.2)
    one, again = pairs.accepted(0.01).tar, pairs.accepted(0.01).tar
    assert one == again
    assert one.low is not None
    assert one.high is not None
    assert one.low < one.value < one.high


def test_people_without_a_photograph_widen_nothing() -> None:
    pairs = world(people=8)
    moved = replace(pairs, whose=10 * pairs.whose, first=10 * pairs.first, second=10 * pairs.second)
    assert moved.accepted(0.05).tar == pairs.accepted(0.05).tar


def test_nobody_to_compare_is_refused() -> None:
    with pytest.raises(PairsError, match="at least one pair"):
        comparisons(np.ones((1, 2)), np.array([0]), np.array([0, 0])).accepted()

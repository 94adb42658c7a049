"""The share of pairs that pass at a set's own threshold: against counts by hand, and against draws made one by one."""

import numpy as np
import pytest
import torch

from explorer.science.evaluation.accepting import Pairs, PairsError, mean_by_person
from explorer.science.evaluation.people import times_drawn


def by_hand(same: list[float], different: list[float]) -> tuple[Pairs, torch.Tensor]:
    """Listed pairs with these scores: pairs of one person first."""
    people = [f"p{number}" for number in range(len(different) + 1)]
    people += people  # photographs 0 .. n and again n + 1 .. of the same people
    count = len(different) + 1
    first = [*range(len(same)), *([0] * len(different))]
    second = [*(count + number for number in range(len(same))), *range(1, count)]
    return Pairs(people, torch.tensor(first), torch.tensor(second)), torch.tensor([*same, *different])


def test_the_threshold_and_the_share_are_those_counted_by_hand():
    pairs, scores = by_hand([0.9, 0.55, 0.5, 0.2], [0.7, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0, -0.1, -0.2, -0.3])
    one_in_ten = pairs.accepted(scores, "cosine", far=0.1)
    # One of the ten strangers may pass, at 0.7; what is nearer than the next, at 0.5, is accepted.
    assert (one_in_ten.threshold, one_in_ten.passing, one_in_ten.tar.value) == (pytest.approx(0.5), 1, 0.5)
    none = pairs.accepted(scores, "cosine", far=0.05)
    assert (none.threshold, none.passing, none.tar.value) == (pytest.approx(0.7), 0, 0.25)


def test_a_distance_counts_the_other_way_round():
    pairs, scores = by_hand([0.9, 0.55, 0.5, 0.2], [0.7, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0, -0.1, -0.2, -0.3])
    near, far = pairs.accepted(scores, "cosine", far=0.1), pairs.accepted(1 - scores, "euclidean", far=0.1)
    assert far.tar.value == near.tar.value
    assert far.threshold == pytest.approx(1 - near.threshold)


def test_a_face_that_was_not_found_passes_for_nobody():
    pairs, scores = by_hand([0.9, torch.nan, 0.8], [torch.nan, 0.1, 0.2])
    found = pairs.accepted(scores, "cosine")
    assert (found.tar.value, found.passing) == (pytest.approx(2 / 3), 0)


def test_all_pairs_are_each_pair_once():
    pairs = Pairs(["a"] * 10 + ["b"] * 10)
    assert (pairs.genuine, pairs.impostors) == (90, 100)
    assert bool((pairs.first < pairs.second).all())
    orl = Pairs([f"s{number // 10}" for number in range(400)])
    assert (orl.genuine, orl.impostors) == (1800, 78_000)


def test_every_draw_is_as_if_its_people_were_there_so_often():
    random = torch.Generator().manual_seed(0)
    people = [f"p{number // 3}" for number in range(24)]
    faces = torch.randn(24, 5, generator=random) + 2 * torch.randn(8, 5, generator=random).repeat_interleave(3, 0)
    pairs, far = Pairs(people), 0.05
    scores = pairs.scores(faces, faces, "cosine")
    found = pairs.accepted(scores, "cosine", far)
    whose = np.array([int(one[1:]) for one in people])
    drawn = times_drawn(8)
    for draw in range(0, 1000, 97):
        one, other = (drawn[draw][whose[rows.numpy()]] for rows in (pairs.first, pairs.second))
        own, strangers = np.where(pairs.same, one, 0).astype(int), np.where(pairs.same, 0, one * other).astype(int)
        impostors = np.sort(np.repeat(scores.numpy(), strangers))[::-1]
        threshold = impostors[int(far * len(impostors))]
        expected = (np.repeat(scores.numpy(), own) > threshold).mean()
        assert found.draws[draw] == pytest.approx(expected)
    assert found.tar.low <= found.tar.value <= found.tar.high


def test_a_way_of_comparing_gains_nothing_over_itself():
    pairs, scores = by_hand([0.9, 0.55, 0.5, 0.2], [0.7, 0.5, 0.4])
    found = pairs.accepted(scores, "cosine")
    assert found.gained_over(found).model_dump() == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_pairs_of_one_kind_tell_nothing():
    with pytest.raises(PairsError, match="no person has two"):
        Pairs(["a", "b", "c"])
    with pytest.raises(PairsError, match="one person"):
        Pairs(["a", "a"])


def test_scores_of_listed_pairs_are_those_of_all():
    faces = torch.randn(6, 4, generator=torch.Generator().manual_seed(1))
    people = ["a", "a", "b", "b", "c", "c"]
    every, listed = Pairs(people), Pairs(people, torch.tensor([0, 0]), torch.tensor([1, 5]))
    for measure in ("cosine", "euclidean"):
        expected = every.scores(faces, 2 * faces, measure)[[0, 4]]
        torch.testing.assert_close(listed.scores(faces, 2 * faces, measure), expected)


def test_the_mean_by_person_leaves_out_what_is_not_known():
    found = mean_by_person(torch.tensor([1.0, 3.0, torch.nan, 5.0]), ["a", "a", "b", "c"])
    assert found is not None
    assert found.value == pytest.approx(3.0)
    assert found.low == pytest.approx(2.0)
    assert found.high == pytest.approx(5.0)
    assert mean_by_person(torch.tensor([torch.nan]), ["a"]) is None

"""The area under the ROC curve: what it is of known scores, whatever their scale, and its interval by person."""

from __future__ import annotations

import pytest
import torch

from explorer.science.evaluation.ranking import Ranked, auc, mean_auc


def people_of(count: int, each: int, seed: int = 0, apart: float = 2.0) -> Ranked:
    """Half of the people have an attribute, and score so much higher."""
    random = torch.Generator().manual_seed(seed)
    people = torch.arange(count).repeat_interleave(each)
    truth = (people % 2).float()
    own = torch.randn(count, generator=random)[people]
    return Ranked(apart * truth + own + 0.1 * torch.randn(len(people), generator=random), truth, people)


def test_it_is_the_share_of_pairs_that_are_ranked_rightly():
    random = torch.Generator().manual_seed(1)
    scores = torch.randint(0, 6, (50,), generator=random).float()  # with ties
    truth = torch.randint(0, 2, (50,), generator=random)
    with_it, without = scores[truth == 1], scores[truth == 0]
    pairs = (with_it[:, None] > without).double() + (with_it[:, None] == without).double() / 2
    assert auc(scores, truth) == pytest.approx(float(pairs.mean()))


def test_a_scale_changes_nothing_and_a_sign_turns_it_round():
    one = people_of(20, 3)
    area = auc(one.scores, one.truth)
    assert auc(10 * one.scores - 3, one.truth) == area
    assert auc(-one.scores, one.truth) == pytest.approx(1 - area)


def test_where_a_class_is_missing_there_is_none():
    assert auc(torch.arange(3.0), torch.zeros(3)) is None
    assert mean_auc([Ranked(torch.arange(3.0), torch.zeros(3), torch.arange(3))]) is None


def test_sets_are_ranked_within_themselves_and_those_of_one_class_are_left_out():
    one, other = people_of(20, 3, 1), people_of(10, 2, 2)
    # What lies between sets says nothing.
    shifted = Ranked(other.scores + 100, other.truth, other.people)
    both = mean_auc([one, shifted])
    assert both.value == pytest.approx((auc(one.scores, one.truth) + auc(other.scores, other.truth)) / 2)
    assert (both.faces, both.people, both.chance) == (80, 30, 0.5)
    alone = Ranked(torch.arange(4.0), torch.ones(4), torch.arange(4))
    assert mean_auc([one, alone]) == mean_auc([one])


def test_more_photographs_of_the_same_people_make_no_narrower_interval():
    few, many = people_of(12, 2), people_of(12, 2)
    many = Ranked(many.scores.repeat(20), many.truth.repeat(20), many.people.repeat(20))
    one, other = mean_auc([few]), mean_auc([many])
    assert other.high - other.low == pytest.approx(one.high - one.low, abs=1e-6)
    assert one.low < one.value < one.high

"""How much a ranking gains: by pairs of faces, people drawn once for both."""

import pytest
import torch

from explorer.science.evaluation.ranking import Ranked, auc, change_in_auc, mean_auc


def made_up(noise, seed=0, people=30, each=5):
    random = torch.Generator().manual_seed(seed)
    truth = torch.randint(2, (people * each,), generator=random)
    scores = truth + noise * torch.randn(people * each, generator=random)
    return Ranked(scores, truth, torch.arange(people).repeat_interleave(each))


def test_a_score_gains_nothing_over_itself():
    one = made_up(1.0)
    assert change_in_auc([one], [one]) == (0.0, 0.0, 0.0)


def test_the_change_is_that_of_the_areas_and_lies_in_its_interval():
    worse, better = made_up(2.0), made_up(0.3)
    better = Ranked(better.scores, worse.truth, worse.people)
    worse_area, better_area = (auc(one.scores, one.truth) for one in (worse, better))
    change, low, high = change_in_auc([worse], [better])
    assert change == pytest.approx(better_area - worse_area)
    assert 0 < low < change < high


def test_draws_give_the_interval_of_the_area_itself():
    one = made_up(1.0)
    blind = Ranked(torch.zeros(150), one.truth, one.people)  # ranks nothing: 0.5 in every draw
    _, low, high = change_in_auc([blind], [one])
    area = mean_auc([one])
    assert (low + 0.5, high + 0.5) == pytest.approx((area.low, area.high))


def test_sets_of_one_class_are_passed_over():
    one = made_up(1.0)
    alone = Ranked(one.scores, torch.zeros(150), one.people)
    assert change_in_auc([alone], [alone]) is None
    assert change_in_auc([alone, one], [alone, one]) == (0.0, 0.0, 0.0)

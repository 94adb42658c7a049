"""Accuracy over folds, MS-SSIM, and how varied pictures are to a classifier, on cases that are known."""

from __future__ import annotations

import pytest
import torch

from explorer.science.evaluation.class_diversity import class_diversity
from explorer.science.evaluation.pictures import multi_scale_similarity, structural_similarity
from explorer.science.evaluation.replaced_pairs import replaced_first, verification_accuracy


def pairs(count: int, apart: float) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    same = torch.arange(count) % 2 == 0
    return torch.rand(count, generator=random) + apart * same, same


def test_pairs_that_lie_apart_are_all_judged_rightly_and_alike_ones_by_chance() -> None:
    people, folds = torch.arange(400) % 20, torch.arange(400) % 10
    assert verification_accuracy(*pairs(400, 1.5), people, folds).value == 1.0
    chance = verification_accuracy(*pairs(400, 0.0), people, folds)
    assert chance.low is not None
    assert chance.high is not None
    assert chance.low < 0.5 < chance.high
    # By how much scores are scaled or moved says nothing.
    closeness, same = pairs(400, 0.5)
    some = verification_accuracy(closeness, same, people, folds)
    assert verification_accuracy(7 * closeness - 3, same, people, folds) == some
    assert 0.6 < some.value < 0.9


def test_a_result_without_a_face_passes_nowhere() -> None:
    closeness, same = pairs(40, 1.5)
    closeness[same] = float("-inf")
    found = verification_accuracy(closeness, same, torch.arange(40) % 4, torch.arange(40) % 4)
    assert found.value <= 0.5
    closeness, same = pairs(40, 1.5)
    closeness[0] = float("-inf")
    found = verification_accuracy(closeness, same, torch.arange(40) % 4, torch.arange(40) % 4)
    assert found.value == pytest.approx(1 - 1 / 40)


def test_both_kinds_count_alike_however_many_there_are() -> None:
    closeness, same = torch.cat([torch.zeros(90), torch.ones(10)]), torch.arange(100) >= 90
    closeness[90:95] = 0.0  # half of the genuine pairs look like others
    found = verification_accuracy(closeness, same, torch.arange(100), torch.arange(100) % 5)
    assert found.value == pytest.approx(0.75)


def test_what_cannot_be_told_is_refused() -> None:
    some = torch.rand(6)
    with pytest.raises(ValueError, match="of two"):
        verification_accuracy(some, torch.ones(6, dtype=torch.bool), torch.arange(6), torch.arange(6))
    with pytest.raises(ValueError, match="one fold"):
        verification_accuracy(some, some > 0.5, torch.arange(6), torch.zeros(6))
    with pytest.raises(ValueError, match="sum to 1"):
        class_diversity(torch.ones(2, 3))
    with pytest.raises(ValueError, match="176 px"):
        multi_scale_similarity(torch.zeros(1, 3, 64, 64), torch.zeros(1, 3, 64, 64))


def test_either_picture_of_a_pair_is_replaced() -> None:
    first = replaced_first(1000)
    assert 400 < int(first.sum()) < 600
    assert torch.equal(first, replaced_first(1000))


def test_of_pictures_of_one_colour_the_last_scale_alone_tells_the_light() -> None:
    one, other = (torch.full((1, 3, 176, 176), light).double() for light in (0.25, 0.75))
    expected = float(structural_similarity(one, other)) ** 0.1333
    assert float(multi_scale_similarity(one, other)) == pytest.approx(expected, rel=1e-9)
    noise = torch.rand(1, 3, 176, 176, generator=torch.Generator().manual_seed(0))
    assert float(multi_scale_similarity(noise, noise)) == pytest.approx(1.0, abs=1e-5)
    assert float(multi_scale_similarity(noise, 1 - noise)) == 0.0


def test_diversity_is_the_number_of_kinds_that_are_told_apart() -> None:
    assert class_diversity(torch.eye(3).repeat(4, 1)) == pytest.approx(3.0)
    assert class_diversity(torch.tensor([[0.7, 0.3]] * 5)) == pytest.approx(1.0)

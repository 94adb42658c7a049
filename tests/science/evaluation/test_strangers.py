"""Strangers of a set: every pair of different people is counted, and the interval is that of the people."""

import numpy as np
import pytest
import torch

from explorer.science.evaluation.strangers import MOST_PHOTOGRAPHS, StrangersError, impostor_rates
from explorer.science.recognition.base import similarity_or_distance
from explorer.science.recognition.impostors import STEP
from explorer.science.recognition.registry import encoder_spec
from explorer.science.recognition.score_reference import ScoreReference, impostor_scores


def made_up(people: int, each: int, dimension: int = 8, spread: float = 0.3, seed: int = 0):
    """Photographs that lie around their people."""
    random = torch.Generator().manual_seed(seed)
    centres = torch.randn(people, dimension, generator=random).repeat_interleave(each, 0)
    owners = torch.arange(people).repeat_interleave(each)
    return centres + spread * torch.randn(people * each, dimension, generator=random), owners


@pytest.mark.parametrize("measure", ["cosine", "euclidean"])
def test_pairs_of_different_people_are_counted_and_no_others(measure):
    embeddings, owners = made_up(6, 3)
    shuffled = torch.randperm(18, generator=torch.Generator().manual_seed(1))
    found = impostor_rates(embeddings[shuffled], 7 * owners[shuffled] + 2, measure)
    assert (found.people, found.photographs, found.pairs) == (6, 18, 18 * 17 // 2 - 6 * 3)
    scores = [
        float(similarity_or_distance(embeddings[a], embeddings[b], measure))
        for a in range(18)
        for b in range(a)
        if owners[a] != owners[b]
    ]
    sign = 1 if measure == "cosine" else -1
    for score in np.linspace(min(scores), max(scores), 30):
        exact = sum(sign * one >= sign * score for one in scores)
        a_step_looser = sum(sign * one >= sign * score - STEP for one in scores)
        assert exact <= found.at(score).passing <= a_step_looser


def test_one_photograph_a_person_counts_as_the_gallery_does():
    embeddings, _ = made_up(80, 1, dimension=128)
    spec = encoder_spec("sface")
    reference, found = ScoreReference(spec, embeddings), impostor_rates(embeddings, torch.arange(80), "cosine")
    assert found.pairs == reference.pairs
    for score in (-0.1, 0.0, 0.1, 0.2):
        assert reference.fmr(score) <= found.at(score).value <= reference.fmr(score - STEP)


def test_the_interval_is_of_people_and_not_of_photographs():
    """Ten photographs of a person that are all the same tell no more than one of them."""
    embeddings, _ = made_up(12, 1)
    owners = torch.arange(12)
    once = impostor_rates(embeddings, owners, "cosine")
    often = impostor_rates(embeddings.repeat_interleave(10, 0), owners.repeat_interleave(10), "cosine")
    for score in (-0.2, 0.0, 0.2, 0.4):
        one, many = once.at(score), often.at(score)
        assert many.value == pytest.approx(one.value)
        assert (many.low, many.high) == pytest.approx((one.low, one.high), abs=1e-6)
        assert one.low <= one.value <= one.high
        assert one.high - one.low > 0.05


def test_the_interval_covers_the_truth_of_the_people_who_were_not_asked():
    """Of people from one crowd, nine sets of ten or more hold the crowd's rate in their interval."""
    crowd, _ = made_up(600, 1, dimension=16, seed=5)
    truth = float((impostor_scores(crowd, "cosine") >= 0.2).float().mean())
    held = 0
    for number in range(20):
        few = crowd[30 * number : 30 * number + 30]
        at = impostor_rates(few, torch.arange(30), "cosine").at(0.2)
        held += at.low <= truth <= at.high
    assert held >= 17


def test_where_nobody_passes_the_interval_goes_by_the_pairs_of_people():
    embeddings, owners = made_up(40, 2, dimension=64)
    at = impostor_rates(embeddings, owners, "cosine").at(0.99)
    assert (at.passing, at.low) == (0, 0)
    assert at.high == pytest.approx(3 / (40 * 39 / 2))


def test_what_tells_nothing_of_strangers_is_refused():
    with pytest.raises(StrangersError, match="photographs of several people"):
        impostor_rates(torch.eye(4), torch.zeros(4), "cosine")
    with pytest.raises(StrangersError, match=f"give {MOST_PHOTOGRAPHS} at most"):
        impostor_rates(torch.ones(MOST_PHOTOGRAPHS + 1, 2), torch.arange(MOST_PHOTOGRAPHS + 1), "cosine")

"""Rates from counts: whom they let pass, and which thresholds so many pairs can tell."""

import pytest
import torch

from explorer.science.recognition.impostors import STEP, ImpostorRates, step_of, steps_of


def rates(measure: str, lowest: int, passing: list[int]) -> ImpostorRates:
    counts = torch.tensor(passing)
    return ImpostorRates(measure, 5, 20, passing[0], lowest, counts, counts / passing[0] / 2, counts / passing[0])


@pytest.mark.parametrize("measure", ["cosine", "euclidean"])
def test_a_score_counts_the_whole_step_that_it_lies_in(measure):
    found = rates(measure, 100 if measure == "cosine" else -103, [200, 90, 30, 0])
    looser, stricter = (0.2, 0.206) if measure == "cosine" else (0.206, 0.2)
    assert (found.at(looser).passing, found.at(stricter).passing) == (200, 0)
    inward = 1 if measure == "cosine" else -1
    assert [found.at(looser + inward * by * STEP).passing for by in (0.4, 1, 1.9, 2)] == [200, 90, 90, 30]
    assert found.at(looser - inward).value == 1
    assert found.at(stricter + inward).value == 0


def test_a_rate_brings_its_interval():
    at = rates("cosine", 100, [200, 90, 30, 0]).at(0.202)
    assert (at.value, at.low, at.high) == pytest.approx((0.45, 0.225, 0.45))


def test_a_threshold_is_told_where_thirty_pairs_pass_at_it():
    found = rates("cosine", 100, [1000, 400, 30, 0])
    assert found.threshold(0.4) == pytest.approx(0.202)
    assert found.at(found.threshold(0.4)).passing == 400
    assert found.threshold(0.03) == pytest.approx(0.204)
    assert found.threshold(0.029) is None
    assert found.untold(1e-3) == "FMR 0.001 cannot be told from 1,000 pairs"


def test_a_threshold_lets_no_more_pass_than_it_says():
    for measure in ("cosine", "euclidean"):
        found = rates(measure, -50, [50_000, 20_000, 5_000, 400, 30, 2, 0])
        for fmr in (0.5, 0.1, 0.01, 1e-3):
            assert found.at(found.threshold(fmr)).value <= fmr


def test_steps_of_many_scores_are_those_of_each():
    scores = torch.linspace(-1, 1, 1001).tolist()
    for measure in ("cosine", "euclidean"):
        whole = steps_of(torch.tensor(scores, dtype=torch.float64), measure)
        assert whole.tolist() == [step_of(score, measure) for score in scores]

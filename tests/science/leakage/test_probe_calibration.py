"""Calibration finds the distortion that logits were given, stays finite, and its error is what a hand counts."""

import math

import pytest
import torch

from explorer.science.leakage.calibration import (
    ProbabilityCalibrator,
    calibration_error_floor,
    expected_calibration_error,
    fit_calibrator,
)


def logits(count, *shape):
    return 2 * torch.randn(count, *shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_platt_scaling_undoes_a_known_distortion():
    true = logits(20_000)
    hits = (torch.rand(20_000, generator=torch.Generator().manual_seed(1)) < torch.sigmoid(true)).float()
    found = fit_calibrator(3 * true + 2, hits)
    assert found.slope == pytest.approx(1 / 3, rel=0.05)
    assert found.shifts[0] == pytest.approx(-2 / 3, abs=0.06)
    torch.testing.assert_close(found.probabilities(3 * true + 2), torch.sigmoid(true), atol=0.02, rtol=0)


def test_temperature_scaling_undoes_a_known_distortion():
    true = logits(20_000, 4)
    classes = torch.distributions.Categorical(logits=true).sample()
    found = fit_calibrator(5 * true + torch.tensor([0.0, 1, 2, 3]), classes).probabilities(
        5 * true + torch.tensor([0.0, 1, 2, 3])
    )
    torch.testing.assert_close(found.sum(1), torch.ones(20_000, dtype=torch.float64))
    assert (found - true.softmax(1)).abs().mean() < 0.01


def test_calibrated_probabilities_hold_where_raw_ones_do_not():
    true = logits(4000)
    hits = (torch.rand(4000, generator=torch.Generator().manual_seed(2)) < torch.sigmoid(true)).float()
    distorted = 4 * true - 3
    calibrated = fit_calibrator(distorted[:2000], hits[:2000]).probabilities(distorted[2000:])
    assert expected_calibration_error(torch.sigmoid(distorted[2000:]), hits[2000:]) > 0.1
    assert expected_calibration_error(calibrated, hits[2000:]) < 0.04


@pytest.mark.parametrize("hits", [[0.0] * 10, [1.0] * 10, [0.0] * 5 + [1.0] * 5])
def test_faces_that_are_told_apart_without_error_leave_finite_certainty(hits):
    found = fit_calibrator(torch.arange(10.0) - 4.5, torch.tensor(hits))
    probabilities = found.probabilities(torch.tensor([-4.5, 4.5]))
    assert ((probabilities > 1e-6) & (probabilities < 1 - 1e-6)).all()


def test_the_calibration_error_is_the_one_a_hand_counts():
    # Two bins of a tenth: 0.25 where half happens, 0.95 where all happens.
    probabilities = torch.tensor([0.25, 0.25, 0.95, 0.95])
    hits = torch.tensor([0.0, 1.0, 1.0, 1.0])
    assert expected_calibration_error(probabilities, hits, bins=10) == pytest.approx((2 * 0.25 + 2 * 0.05) / 4)
    assert expected_calibration_error(hits, hits) == 0


def test_nothing_cannot_be_calibrated():
    with pytest.raises(ValueError, match="held-out"):
        fit_calibrator(torch.empty(0), torch.empty(0))
    with pytest.raises(ValueError, match="at least one face"):
        expected_calibration_error(torch.empty(0), torch.empty(0))


def test_a_calibrator_survives_its_file():
    calibrator = ProbabilityCalibrator(slope=0.3, shifts=(1.0, -2.0))
    assert ProbabilityCalibrator.model_validate_json(calibrator.model_dump_json()) == calibrator


@pytest.mark.parametrize("faces", [100, 900])
def test_the_floor_of_the_calibration_error_is_what_sampling_alone_makes_of_it(faces):
    # All in one bin: the mean absolute deviation of a mean of coins, sqrt(2 / pi) * 0.5 / sqrt(N).
    expected = math.sqrt(2 / math.pi) * 0.5 / math.sqrt(faces)
    assert calibration_error_floor(torch.full((faces,), 0.5)) == pytest.approx(expected, rel=0.15)


def test_certain_answers_have_no_floor():
    assert calibration_error_floor(torch.tensor([0.0, 1.0, 1.0])) == 0

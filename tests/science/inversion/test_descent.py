"""Schedules and optimisers."""

import pytest
import torch

from explorer.science.inversion.descent import Descent, rate_factor
from explorer.science.inversion.settings import InversionSettings


@pytest.mark.parametrize(
    ("schedule", "start", "end"), [("constant", 1.0, 1.0), ("cosine", 1.0, 0.05), ("ramp", 0.2, 0.0)]
)
def test_schedules_begin_and_end_where_they_should(schedule, start, end):
    assert rate_factor(schedule, 0.0) == pytest.approx(start)
    assert rate_factor(schedule, 1.0) == pytest.approx(end)


@pytest.mark.parametrize("schedule", ["constant", "cosine", "ramp"])
def test_rates_never_exceed_the_rate_that_was_set(schedule):
    factors = [rate_factor(schedule, index / 100) for index in range(101)]
    assert all(0 <= factor <= 1 for factor in factors)
    assert max(factors) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(("optimiser", "rate"), [("adam", 0.1), ("sgd", 0.2)])
def test_a_convex_loss_is_brought_to_its_minimum(optimiser, rate):
    goal = torch.tensor([1.0, -2.0])
    settings = InversionSettings(optimiser=optimiser, rate=rate, steps=200)
    descent = Descent(torch.zeros(1, 2), settings, settings.steps)
    for _ in range(settings.steps):
        descent.step((descent.latents - goal).square().sum())
    torch.testing.assert_close(descent.latents[0].detach(), goal, atol=1e-2, rtol=0)


def test_sgd_takes_the_step_of_its_rate_and_gradient():
    settings = InversionSettings(optimiser="sgd", rate=0.5, schedule="constant")
    descent = Descent(torch.tensor([[3.0]]), settings, 10)
    descent.step(descent.latents.square().sum())
    assert descent.latents.item() == pytest.approx(0.0)


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_the_one_that_is_kept_goes_on_as_if_it_had_always_been_alone(optimiser):
    settings = InversionSettings(optimiser=optimiser, rate=0.1)
    curvatures = torch.tensor([1.0, 3.0, 5.0])
    several, alone = (
        Descent(starts, settings, 20) for starts in (torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[2.0]]))
    )
    for _ in range(7):
        several.step((curvatures * several.latents[:, 0].square()).sum())
    several.keep(torch.tensor([1]))
    for _ in range(5):
        several.step(3 * several.latents.square().sum())
    for _ in range(12):
        alone.step(3 * alone.latents.square().sum())
    assert several.latents.shape == (1, 1)
    torch.testing.assert_close(several.latents, alone.latents)


@pytest.mark.parametrize(
    "wrong", [{"steps": 0}, {"rate": 0}, {"space": "S"}, {"stop_cosine": 2}, {"unheard_of": 1}, {"seed": -1}]
)
def test_settings_out_of_bounds_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        InversionSettings(**wrong)

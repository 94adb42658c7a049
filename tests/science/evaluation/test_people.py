"""Intervals by person: as wide as the people differ, whatever the number of their photographs."""

from __future__ import annotations

import pytest
import torch

from explorer.science.evaluation.people import interval_of_draws, interval_of_people, times_drawn


def interval_of_mean(values, people):
    return interval_of_people(people, lambda rows: float(values[rows].mean()))


def test_photographs_of_a_person_that_say_the_same_count_once():
    values = torch.rand(10, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    once = interval_of_mean(values, torch.arange(10))
    assert interval_of_mean(values.repeat(7), torch.arange(10).repeat(7)) == pytest.approx(once)
    alone = interval_of_mean(values.repeat(7), torch.arange(70))
    assert alone[1] - alone[0] < 0.5 * (once[1] - once[0])


def test_the_interval_is_the_normal_one_where_each_occurs_once():
    values = 3 + 2 * torch.randn(400, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    margin = 1.96 * float(values.std()) / 20
    wanted = float(values.mean()) - margin, float(values.mean()) + margin
    assert interval_of_mean(values, torch.arange(400)) == pytest.approx(wanted, abs=0.05)


def test_draws_without_a_value_do_not_count():
    # Of two people the draws that show one alone, half of them, have no value.
    people = torch.tensor([0, 0, 1])
    both = interval_of_people(people, lambda rows: 5.0 if len(people[rows].unique()) == 2 else None)
    assert both == (5.0, 5.0)


def test_one_person_or_hardly_a_draw_with_a_value_has_no_interval():
    assert interval_of_people(torch.zeros(20), lambda rows: 1.0) is None
    assert interval_of_people(torch.arange(5), lambda rows: None) is None


def test_every_draw_is_of_as_many_people_as_there_are_and_gives_the_same_interval():
    drawn = times_drawn(7)
    assert drawn.shape == (1000, 7)
    assert (drawn.sum(1) == 7).all()
    values = torch.rand(7, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    assert interval_of_draws(drawn @ values.numpy() / 7) == pytest.approx(interval_of_mean(values, torch.arange(7)))

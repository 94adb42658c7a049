"""Intervals by person: as wide as the people differ, whatever the number of their photographs."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.people import interval_by_person, interval_of_shares


def test_photographs_of_a_person_that_say_the_same_count_once():
    values = np.random.default_rng(0).random(10).tolist()
    people = [f"P{number}" for number in range(10)]
    once = interval_by_person(values, people)
    assert interval_by_person(values * 7, people * 7) == once
    alone = interval_by_person(values * 7, [f"{number}" for number in range(70)])
    assert alone[1] - alone[0] < 0.5 * (once[1] - once[0])


def test_the_interval_is_the_normal_one_where_each_occurs_once():
    values = np.random.default_rng(1).normal(3, 2, 400)
    low, high = interval_by_person(values.tolist(), [str(number) for number in range(400)])
    margin = 1.96 * values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - margin, values.mean() + margin), abs=0.03)


def test_shares_are_averaged_over_the_classes_that_were_drawn():
    hits = np.array([[1.0, 0], [1, 0], [0, 0], [0, 1]])
    tries = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    assert interval_of_shares(hits, tries, ["a", "a", "b", "b"]) == [0.5, 1.0]
    assert interval_of_shares(tries, tries, ["a", "a", "b", "c"]) == [1.0, 1.0]

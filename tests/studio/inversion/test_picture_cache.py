"""The memory of steps' pictures stays within its budget."""

from __future__ import annotations

import numpy as np

from explorer.studio.inversion.picture_cache import Pictures


def test_the_least_recently_used_pictures_go_when_the_budget_is_used_up() -> None:
    pictures = Pictures(budget=3 * 300)
    for index in range(3):
        pictures.put(index, np.full((10, 10, 3), index, np.uint8))
    assert pictures.get(0) is not None
    pictures.put(3, np.zeros((10, 10, 3), np.uint8))
    assert pictures.get(1) is None
    assert [index for index in range(4) if pictures.get(index) is not None] == [0, 2, 3]


def test_a_picture_put_again_counts_once() -> None:
    pictures = Pictures(budget=600)
    for _ in range(5):
        pictures.put(0, np.zeros((10, 10, 3), np.uint8))
    pictures.put(1, np.zeros((10, 10, 3), np.uint8))
    assert pictures.get(0) is not None


def test_the_newest_is_kept_even_if_it_is_larger_than_the_budget() -> None:
    pictures = Pictures(budget=10)
    pictures.put(0, np.zeros((10, 10, 3), np.uint8))
    pictures.put(1, np.zeros((10, 10, 3), np.uint8))
    assert pictures.get(0) is None
    assert pictures.get(1) is not None

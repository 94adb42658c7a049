"""One vector read three ways, side by side: what is trusted first, and what nothing tells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.science.leakage.picture_readout import PictureReadout
from explorer.science.leakage.readout import Readout
from explorer.studio.leakage.reconstructions import AttributeReadings, Reconstruction, by_trust, side_by_side
from tests.studio.leakage.three_ways_kit import measured, three_readings


def probe(name: str, quality=None) -> Readout:
    return Readout(name, name.title(), "x", "x", "", 0.8, 0.5, None, None, quality, "MediaPipe", "90 faces")


def made(name: str, quality=None) -> PictureReadout:
    return PictureReadout(name, name.title(), "x", "x", "", 3, "MediaPipe", {"y": 0.2, "x": 0.8}, portraits=quality)


def test_readings_of_one_attribute_stand_in_one_row_and_none_is_lost():
    rows = side_by_side([probe("a"), probe("b")], [made("b"), made("c")], [made("c")])
    assert [row.probe for row in rows] == ["a", "b", "c"]
    assert [(row.vector is None, row.reconstruction is None, row.photograph is None) for row in rows] == [
        (False, True, True),
        (False, False, True),
        (True, False, False),
    ]


def test_what_is_surely_furthest_from_chance_comes_first_and_what_is_at_chance_last():
    chance, poor, good = measured(0.5), measured(0.6), measured(0.9)
    rows = side_by_side(
        [probe("vague", chance), probe("poor", poor), probe("unknown"), probe("rescued", chance), probe("good", good)],
        [made("vague", chance), made("rescued", measured(0.8))],
    )
    assert [row.probe for row in by_trust(rows)] == ["good", "rescued", "poor", "unknown", "vague"]


@pytest.mark.parametrize(
    ("vector", "reconstruction", "at_chance"),
    [
        (measured(0.5), None, True),
        (measured(0.5), made("a"), False),  # it may be better; nobody measured it
        (measured(0.5), made("a", measured(0.5)), True),
        (measured(0.5), made("a", measured(0.9)), False),
        (measured(0.9), made("a", measured(0.5)), False),
        (None, None, False),
    ],
)
def test_nothing_tells_what_was_measured_at_chance_every_way(vector, reconstruction, at_chance):
    assert AttributeReadings("a", "A", probe("a", vector), reconstruction).at_chance is at_chance


def test_trust_weighs_shares_and_errors_by_how_far_they_surely_lie_from_chance():
    share = AttributeReadings("a", "A", probe("a", measured(0.81)))
    assert share.trust == pytest.approx((0.75 - 0.5) / 0.5)
    error = AttributeReadings("a", "A", probe("a", measured(4.5, "years")))
    assert error.trust == pytest.approx((11 - 5.5) / 11)
    assert AttributeReadings("a", "A", probe("a")).trust is None
    of_one_class = measured(0.9).model_copy(update={"chance": 1.0})
    assert AttributeReadings("a", "A", probe("a", of_one_class)).trust == 0


def test_a_reconstruction_says_how_many_faces_it_is_read_off():
    assert Reconstruction((), 0).words() == "0 faces made from the vector"
    assert three_readings((1,)).reconstruction.words() == "1 face made from the vector"
    lost = replace(three_readings().reconstruction, without_face=2)
    assert lost.words() == "3 faces made from the vector; 2 pictures without a face left out"


def test_three_readings_give_a_row_an_attribute():
    rows = three_readings(at_chance="smiling").attributes()
    assert len(rows) == len({row.probe for row in rows}) == 10
    assert rows[-1].probe == "smiling"
    assert all(row.photograph is not None for row in rows)

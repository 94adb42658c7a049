"""The benchmark by which settings of attacks are chosen: paired by person, on people who are none of the portraits'."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import own_choice
from benchmarks.own_attacks import ATTACKED
from explorer.science.inversion.settings import InversionSettings


def test_ways_are_settings_and_begin_alike() -> None:
    for encoder in ATTACKED:
        for changes in own_choice.WAYS.values():
            assert InversionSettings(encoder=encoder, **changes).starts == InversionSettings().starts
    assert own_choice.WAYS["default"] == {}


def test_a_way_is_held_against_the_default_person_by_person() -> None:
    def row(way: str, person: str, **scores: float) -> dict[str, Any]:
        return {"way": way, "person": person, "scores": scores}

    rows = [row(way, person, sface=0.5) for way in own_choice.WAYS for person in ("s1", "s2")]
    rows[2]["scores"]["sface"], rows[3]["scores"]["sface"] = 0.6, 0.8
    rows[-1]["scores"].clear()
    found = own_choice.summary(rows)
    second, *_, last = list(own_choice.WAYS)[1:]
    assert found["default"]["sface over default"] == found["default"]["sface error"] == 0
    assert found[second]["sface over default"] == pytest.approx(0.2)
    assert found[second]["sface error"] == pytest.approx(0.1)
    assert found[last]["sface"] == pytest.approx(0.25)
    assert found[last]["dlib-resnet"] == 1

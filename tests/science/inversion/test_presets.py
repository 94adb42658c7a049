"""Presets of the objective name existing terms and settings, and hold what the paper prints."""

import pytest

from explorer.science.inversion.presets import PRESETS
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.terms import TERMS


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_a_preset_can_be_applied(preset):
    InversionSettings(**preset.settings, weights=preset.weights)
    assert preset.weights.keys() <= TERMS.keys()
    assert all(0 <= weight <= TERMS[name].limit for name, weight in preset.weights.items())


def test_the_papers_weights_are_those_of_equation_4_6():
    paper = PRESETS["paper"]
    assert [paper.weights[name] for name in ("identity", "landmarks", "histogram")] == [1, 0.0006, 0.01]
    assert paper.weights["prior"] == 0
    assert paper.settings == {"histogram": "printed", "tolerance": 0.0}


def test_the_default_undoes_the_paper():
    assert PRESETS["default"].settings.keys() == PRESETS["paper"].settings.keys()
    defaults = InversionSettings()
    assert all(getattr(defaults, name) == value for name, value in PRESETS["default"].settings.items())
    assert not PRESETS["default"].weights

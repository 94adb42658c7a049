"""Whether a probe tells anything on photographs, and what chance is, in every measure."""

from dataclasses import replace

import pytest

from explorer.science.leakage.readout import MetricValue, Readout


def quality(low: float, high: float, chance: float | None, unit: str = "", measure: str = "") -> MetricValue:
    name = measure or ("mean absolute error" if unit else "balanced accuracy")
    return MetricValue(
        measure=name, unit=unit, value=(low + high) / 2, low=low, high=high, chance=chance, faces=200, people=10
    )


READOUT = Readout(
    probe="gender", title="Gender", text="male", value="male", unit="", probability=0.8, usual=0.4, margin=None,
    test=quality(0.88, 0.92, 0.5), portraits=None, labeller="dlib", calibrated_on="928 faces",
    probabilities={"female": 0.2, "male": 0.8},
)  # fmt: skip


@pytest.mark.parametrize(
    ("measured", "beats"),
    [
        (quality(0.51, 0.64, 0.5), True),
        (quality(0.49, 0.64, 0.5), False),  # the interval holds chance
        (quality(0.37, 0.49, 0.5), False),  # clearly worse is not better
        (quality(0.5, 0.6, 0.5), False),
        (quality(2.6, 4.9, 5.0, "years"), True),
        (quality(2.6, 5.5, 5.0, "years"), False),
        (quality(5.6, 6.7, 4.9, "%"), False),
    ],
)
def test_a_probe_tells_where_its_whole_interval_lies_on_the_better_side_of_chance(measured, beats):
    assert measured.beats_chance is beats
    assert replace(READOUT, portraits=measured).tells is beats


def test_the_generated_faces_do_not_make_a_probe_tell():
    assert READOUT.test is not None
    assert READOUT.test.beats_chance
    assert READOUT.tells is None, "nobody measured it on photographs"


def test_where_all_faces_are_of_one_class_nothing_beats_always_naming_it():
    stored = quality(0.96, 1.0, None, measure="recognised, all being none").model_dump()
    measured = MetricValue.model_validate(stored | {"chance": None})  # as files of earlier versions have it
    assert (measured.chance, measured.of_one_class, measured.beats_chance) == (1.0, True, False)
    assert measured.words().endswith("chance 1.00)")


def test_chance_is_that_of_the_photographs_and_not_the_share_of_a_class():
    assert READOUT.chance == 0.5
    assert replace(READOUT, portraits=quality(0.1, 0.2, 0.14)).chance == 0.14
    assert replace(READOUT, test=None).chance is None
    assert READOUT.presence() == ("male", 0.8, 0.4)

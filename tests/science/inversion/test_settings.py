"""Settings of an earlier version do what they did, whatever the default is now."""

from __future__ import annotations

import itertools

import pytest

from explorer.science.inversion.settings import InversionSettings

LATER = {"tolerance": 0.0, "coarse": 0, "lead": 0.0}


@pytest.mark.parametrize(
    "absent", [names for size in (1, 2, 3) for names in itertools.combinations(LATER, size)], ids="-".join
)
def test_settings_from_before_there_was_a_choice_are_without_it(absent: tuple[str, ...]) -> None:
    now = InversionSettings(steps=7, tolerance=1.5, coarse=9, lead=0.4)
    before = now.model_dump(exclude=set(absent))
    assert InversionSettings.model_validate(before) == now.model_copy(update={name: LATER[name] for name in absent})
    assert InversionSettings.model_validate(now.model_dump()) == now


def test_settings_that_leave_other_things_out_too_take_todays_defaults() -> None:
    assert InversionSettings.model_validate({"steps": 7}) == InversionSettings(steps=7)
    assert InversionSettings.model_validate({}) == InversionSettings()

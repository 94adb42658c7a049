"""Settings of an earlier version do what they did, whatever the default is now."""

from __future__ import annotations

import itertools

import pytest
from pydantic import BaseModel, ValidationError

from explorer.science.inversion.settings import InversionSettings, RecordedSettings, recorded_settings

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


class _Record(BaseModel):
    settings: RecordedSettings


def test_a_record_may_name_a_generator_that_is_not_here_and_a_choice_may_not() -> None:
    given = {**InversionSettings().model_dump(), "generator": "of-a-colleague"}
    record = _Record.model_validate({"settings": given})
    assert record.settings == recorded_settings(given)
    assert record.settings.generator == "of-a-colleague"
    assert _Record.model_validate_json(record.model_dump_json()) == record
    with pytest.raises(ValidationError, match="no generator called 'of-a-colleague'"):
        InversionSettings.model_validate(given)
    with pytest.raises(ValidationError):
        _Record.model_validate({"settings": {**given, "steps": 0}})
    # Reading one leaves no door open.
    with pytest.raises(ValidationError, match="no generator called 'of-a-colleague'"):
        InversionSettings(generator="of-a-colleague")


@pytest.mark.parametrize("name", ["", "../up", "a\nb", "a" * 101, " mine"])
def test_what_is_no_name_of_a_generator_is_refused_in_records_too(name: str) -> None:
    with pytest.raises(ValidationError, match="no generator called"):
        recorded_settings({"generator": name})

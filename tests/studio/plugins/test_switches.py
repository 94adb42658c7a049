"""Switches are off at first, kept for their owner alone, and what cannot be read switches nothing on."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from explorer.studio.errors import UserError
from explorer.studio.plugins import switches as switching
from explorer.studio.plugins.switches import FILE, LARGEST, PluginSwitches, Switch, switched_on

ONE, OTHER = (Switch(distribution="parts", group="terms", name=name) for name in ("one", "other"))


def opened(folder: Path) -> PluginSwitches:
    switches = PluginSwitches()
    assert switches.persist_in(folder) is None
    return switches


def test_all_are_off_at_first_and_what_is_switched_is_kept_in_its_order(tmp_path: Path) -> None:
    switches = opened(tmp_path / "config")
    assert switches.on == ()
    heard: list[tuple[Switch, ...]] = []
    switches.changed.connect(heard.append)
    switches.set(OTHER, True)
    switches.set(ONE, True)
    switches.set(ONE, True)
    assert heard == [(OTHER,), (OTHER, ONE)]
    assert opened(tmp_path / "config").on == (OTHER, ONE)
    switches.set(OTHER, False)
    assert switched_on(tmp_path / "config") == ((ONE,), None)


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    opened(tmp_path / "config").set(ONE, True)
    assert stat.S_IMODE((tmp_path / "config" / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "config").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"on": [{"distribution": "a", "group": "gears", "name": "b"}]}', '{"version": 2}', "x" * (LARGEST + 1)],
    ids=["empty", "list", "unknown group", "newer", "too large"],
)
def test_a_file_that_cannot_be_read_switches_nothing_on_and_is_told_of(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    on, trouble = switched_on(tmp_path)
    assert on == ()
    assert trouble is not None
    assert str(tmp_path / FILE) in trouble
    assert trouble.endswith("all are off")


def test_there_is_an_end_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switching, "MOST", 3)
    switches = opened(tmp_path)
    for number in range(3):
        switches.set(Switch(distribution="parts", group="terms", name=str(number)), True)
    with pytest.raises(UserError, match="switched on already"):
        switches.set(ONE, True)
    assert len(opened(tmp_path).on) == 3


@pytest.mark.parametrize("name", ["", "x" * 101])
def test_a_part_without_a_name_that_can_be_kept_has_no_switch(name: str) -> None:
    assert Switch.of("parts", "terms", name) is None
    assert Switch.of(name, "terms", "part") is None

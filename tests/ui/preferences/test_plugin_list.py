"""Preferences list what is installed, by its metadata alone, and switch it from the next start on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.studio.plugins.switches import PluginSwitches, Switch
from explorer.studio.session.state import NOTIFICATIONS
from explorer.ui.preferences import plugin_list
from explorer.ui.preferences.dialog import PreferencesDialog
from explorer.ui.preferences.plugin_list import KINDS, NONE, PluginList
from explorer.ui.preferences.service import PreferencesService
from tests.studio.plugins.plugin_kit import TERM, Site, open_site
from tests.ui.stage import Stage


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with open_site(tmp_path, monkeypatch) as opened:
        yield opened


def listed(stage: Stage, site: Site) -> PluginList:
    stage.window.service(PreferencesService).persist_in(site.config)
    stage.window.actions_by_name["preferences"].trigger()
    (dialog,) = stage.window.findChildren(PreferencesDialog)
    return dialog.plugins


def kept(site: Site) -> tuple[Switch, ...]:
    switches = PluginSwitches()
    switches.persist_in(site.config)
    return switches.on


@pytest.mark.slow
def test_every_part_has_its_switch_and_nothing_is_imported(stage: Stage, site: Site) -> None:
    switches = [site.install(group, "raise SystemExit", name=group) for group in KINDS]
    page = listed(stage, site)
    assert [switch for switch in page.boxes if switch.distribution == "made-up-parts"] == switches
    for switch in switches:
        assert not page.boxes[switch].isChecked()
        assert page.notes[switch].text() == KINDS[switch.group]
        page.boxes[switch].setChecked(True)
        assert page.notes[switch].text() == f"{KINDS[switch.group]}; on from the next start"
    assert kept(site) == tuple(switches)
    assert site.imported() == []
    page.boxes[switches[0]].setChecked(False)
    assert kept(site) == tuple(switches[1:])
    assert page.notes[switches[0]].text() == "encoder"


@pytest.mark.slow
def test_a_broken_part_says_why_it_is_left_out_and_one_that_is_gone_can_be_switched_off(
    stage: Stage, site: Site
) -> None:
    broken = site.install("terms", "raise RuntimeError('no')")
    gone = broken.model_copy(update={"distribution": "made-up-gone"})
    site.switch(broken)
    site.switch(gone)
    site.load()
    page = listed(stage, site)
    assert page.notes[broken].text() == "loss term; RuntimeError: no"
    assert page.notes[gone].text() == "loss term; made-up-gone is not installed"
    page.boxes[gone].setChecked(False)
    assert page.notes[gone].text() == "loss term; off from the next start"
    assert kept(site) == (broken,)


@pytest.mark.slow
def test_a_change_elsewhere_is_shown_and_a_switch_that_cannot_be_kept_is_told_of(stage: Stage, site: Site) -> None:
    switch = site.install("terms", TERM)
    page = listed(stage, site)
    service = stage.window.service(PreferencesService)
    service.switch_plugin(switch, True)
    assert page.boxes[switch].isChecked()
    (site.config / "plugins.json").unlink()
    site.config.rmdir()
    site.config.write_text("a file")
    page.boxes[switch].setChecked(False)
    assert stage.session[NOTIFICATIONS][-1].title == "The preferences are not kept"
    site.config.unlink()
    site.config.mkdir()


@pytest.mark.slow
def test_where_none_is_installed_the_page_says_what_one_is(
    stage: Stage, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugin_list, "installed_plugins", list)
    page = listed(stage, site)
    assert page.boxes == {}
    assert [label.text() for label in page.findChildren(type(plugin_list._words("")))] == [NONE]


@pytest.mark.slow
def test_a_file_of_switches_that_cannot_be_read_is_told_of(stage: Stage, site: Site) -> None:
    (site.config / "plugins.json").write_text("{")
    stage.window.service(PreferencesService).persist_in(site.config)
    assert stage.session[NOTIFICATIONS][-1].title == "A plug-in is left out"

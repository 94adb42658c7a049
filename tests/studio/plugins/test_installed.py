"""What is installed is listed by metadata alone."""

from __future__ import annotations

import sys

import pytest

from explorer.science.remarks import remarks_heard_by
from explorer.studio.origins import GROUPS, Origin
from explorer.studio.plugins.installed import canonical_name, entry_point, installed_plugins
from explorer.studio.plugins.switches import Switch
from tests.studio.plugins.plugin_kit import Site

ENDS_IT = "raise SystemExit('imported')"


def ours(site: Site) -> list[Switch]:
    return [plugin.switch for plugin in installed_plugins() if plugin.switch.distribution.startswith("made-up")]


def test_parts_of_every_group_are_listed_and_nothing_of_them_is_imported(site: Site) -> None:
    switches = [site.install(group, ENDS_IT) for group in reversed(GROUPS)]
    assert ours(site) == sorted(switches, key=Switch.place)
    assert [switch.group for switch in ours(site)] == list(GROUPS)
    assert site.imported() == []


def test_what_a_package_says_of_itself_is_told(site: Site) -> None:
    switch = site.install("terms", ENDS_IT, name="flat")
    (found,) = [plugin for plugin in installed_plugins() if plugin.switch == switch]
    assert (found.origin, found.summary) == (Origin("made-up-parts", "1.2"), "parts")
    assert found.value == "made_up_parts_terms_flat:PART"


def test_a_name_is_the_same_in_all_its_spellings(site: Site) -> None:
    assert canonical_name("Made_Up..Parts") == "made-up-parts"
    site.install("terms", ENDS_IT, package="Made_Up.Parts")
    assert [switch.distribution for switch in ours(site)] == ["made-up-parts"]
    assert entry_point(ours(site)[0])[1] == Origin("Made_Up.Parts", "1.2")


def test_of_a_package_that_lies_in_two_places_the_first_is_meant(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    switch = site.install("terms", ENDS_IT, version="2")
    (tmp_path / "behind").mkdir()
    behind = Site(tmp_path / "behind")
    behind.install("terms", ENDS_IT, version="1")
    monkeypatch.setattr(sys, "path", [*sys.path, str(behind.path)])
    (found,) = [plugin for plugin in installed_plugins() if plugin.switch == switch]
    assert found.origin.version == entry_point(switch)[1].version == "2"


def test_odd_and_damaged_metadata_hides_no_other_plug_in(site: Site) -> None:
    switch = site.install("terms", ENDS_IT)
    bare = site.path / "bare-1.dist-info"
    bare.mkdir()
    (bare / "entry_points.txt").write_text("[likeness.terms]\nx = y:Z\n")  # of nobody: it has no name
    bytes_ = site.path / "bytes-1.dist-info"
    bytes_.mkdir()
    (bytes_ / "METADATA").write_bytes(b"Name: bytes\nVersion: 1\nSummary: \x1b[31mred\n")
    (bytes_ / "entry_points.txt").write_text("[likeness.terms]\nno value\n[likeness.nothing]\nx = y\n= z\n")
    heard: list[str] = []
    with remarks_heard_by(heard.append):
        assert ours(site) == [switch]


def test_what_is_not_installed_is_said(site: Site) -> None:
    switch = site.install("terms", ENDS_IT)
    with pytest.raises(LookupError, match=r"^made-up-parts 1\.2 has no other among its terms$"):
        entry_point(switch.model_copy(update={"name": "other"}))
    with pytest.raises(LookupError, match=r"^made-up-gone is not installed$"):
        entry_point(switch.model_copy(update={"distribution": "made-up-gone"}))

"""`likeness plugins`: what is installed, switched on and off; and every command uses what is on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.science.inversion.terms import TERMS
from explorer.studio.app import cli
from tests.studio.plugins.plugin_kit import TERM, Site, open_site


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with open_site(tmp_path, monkeypatch) as opened:
        yield opened


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert cli.main(["plugins", *arguments]) == code
    streams = capsys.readouterr()
    assert "Traceback" not in streams.err
    return streams.out + streams.err


def test_a_part_is_listed_switched_on_and_off(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("terms", TERM)
    site.install("panels", "raise SystemExit", name="view")
    listed = said(capsys, "list")
    assert "made-up-parts 1.2: parts\n  off  terms:part (made_up_parts_terms_part:PART)\n  off  panels:view" in listed
    assert site.imported() == []
    assert said(capsys, "enable", "Made_Up-parts", "part") == "terms:part of made-up-parts is on\n"
    assert "flat" in TERMS.names()
    assert "  on   terms:part" in said(capsys, "list")
    rows = {row["name"]: row for row in json.loads(said(capsys, "list", "--json")) if row["distribution"][:4] == "made"}
    assert (rows["part"]["on"], rows["view"]["on"], rows["part"]["version"]) == (True, False, "1.2")
    assert said(capsys, "disable", "made-up-parts") == "terms:part of made-up-parts is off\n"
    assert "  off  terms:part" in said(capsys, "list")


def test_a_broken_part_is_told_of_at_once_and_by_every_command(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("terms", "raise RuntimeError('no')")
    line = "note: the plug-in part (terms of made-up-parts) is left out: RuntimeError: no"
    assert line in said(capsys, "enable", "made-up-parts", "terms:part")
    site.switch(site.install("encoders", "import nowhere"))
    assert cli.main(["generators", "list"]) == 0
    streams = capsys.readouterr()
    assert "mobilestylegan-ffhq" in streams.out
    assert "note: the plug-in part (encoders of made-up-parts) is left out: ModuleNotFoundError" in streams.err


def test_a_name_that_nobody_has_is_refused(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no plug-in of a package called nobody is installed" in said(capsys, "enable", "nobody", code=2)
    site.install("terms", TERM)
    refused = said(capsys, "enable", "made-up-parts", "panels:part", code=2)
    assert "made-up-parts has no part called panels:part that is installed; there are terms:part" in refused
    assert "is switched on; there is none" in said(capsys, "disable", "made-up-parts", code=2)


def test_what_is_gone_can_be_switched_off(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    switch = site.install("terms", TERM)
    site.switch(switch.model_copy(update={"distribution": "made-up-gone"}))
    assert "made-up-gone: terms:part is switched on, and is not installed" in said(capsys, "list")
    assert "is off" in said(capsys, "disable", "made-up-gone")
    assert "made-up-gone" not in said(capsys, "list")


def test_a_damaged_file_of_switches_is_one_line(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    (site.config / "plugins.json").write_text("{")
    assert said(capsys, "list", code=2).count("\n") == 1

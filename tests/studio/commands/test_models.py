"""`likeness models`: what it prints is what the catalogue and the cache say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from explorer.studio import catalogue, places
from explorer.studio.app import cli


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with nothing in it, and no way to fetch."""
    monkeypatch.setenv(places.CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> object:
    assert cli.main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_list_tells_source_terms_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    listed = printed(capsys, "models", "list")
    assert isinstance(listed, list)
    assert [one["id"] for one in listed] == [entry.id for entry in catalogue.catalogue().entries()]
    sface = next(one for one in listed if one["id"] == "sface")
    assert sface["commercial"] is True
    assert sface["licence"] == "Apache-2.0"
    assert sface["archive"]["version"] == "0.1.1"
    assert sface["present"] is True
    assert sface["path"] == str(catalogue.path("sface"))


def test_list_as_text_shows_every_licence(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "list"]) == 0
    out = capsys.readouterr().out
    for entry in catalogue.catalogue().entries():
        assert f"{entry.id}: " in out
        assert entry.licence in out


def test_path_and_verify_agree_with_the_store(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "models", "path", "sface") == {
        "id": "sface",
        "path": str(catalogue.path("sface")),
        "sha256": catalogue.sha256("sface"),
    }
    assert printed(capsys, "models", "verify", "sface") == {"sface": "present"}


def test_fetching_what_is_here_fetches_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "models", "fetch", "sface") == {"fetched": [], "present": ["sface"]}


def test_several_groups_are_fetched_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    both = [entry.id for entry in catalogue.catalogue().entries() if entry.group in ("default", "people")]
    groups = ["--group", "people", "--group", "default"]
    assert printed(capsys, "models", "fetch", *groups) == {"fetched": [], "present": both}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["path", "sface"], "likeness models fetch sface"),
        (["verify"], "not right: arcface-mbf"),
        (["fetch", "sface"], "Without a network, put that file at"),
        (["fetch", "sfac"], "no network named 'sfac'"),
        (["fetch", "--group", "other"], "no group 'other'"),
        (["fetch", "--group", "default", "--group", "other"], "no group 'other'"),
        (["fetch", "sface", "--group", "all"], "not both"),
    ],
)
def test_a_mistake_is_2(empty_cache: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert cli.main(["models", *arguments]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.strip().count("\n") == 0


def test_an_absent_evaluation_set_is_no_mistake_unless_it_is_named(
    empty_cache: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        catalogue,
        "verify",
        lambda ids: {id: "missing" if id == "openpeople" else "present" for id in ids or ["sface", "openpeople"]},
    )
    assert cli.main(["models", "verify"]) == 0
    assert cli.main(["models", "verify", "openpeople"]) == 2

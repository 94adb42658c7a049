"""Folders for results: private, and gone again where nothing came into them."""

from __future__ import annotations

import json
import logging
import os
import pwd
from pathlib import Path

import pytest

from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.places import output_folder


def test_a_folder_that_was_filled_stays_for_its_owner_only(tmp_path):
    with output_folder(tmp_path / "out" / "run") as folder:
        (folder / "result").touch()
    assert (tmp_path / "out" / "run" / "result").exists()
    assert {(tmp_path / place).stat().st_mode & 0o777 for place in ("out", "out/run")} == {0o700}


def test_what_was_made_for_work_that_failed_is_removed(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(KeyboardInterrupt), output_folder(tmp_path / "mine" / "out" / "run"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == [tmp_path / "mine"], "a folder that was there before stays, empty as it is"
    assert list((tmp_path / "mine").iterdir()) == []


def test_a_folder_with_earlier_results_is_left_alone(tmp_path):
    with output_folder(tmp_path / "out" / "first") as folder:
        (folder / "result").touch()
    with pytest.raises(ValueError, match="no face"), output_folder(tmp_path / "out" / "second"):
        raise ValueError("no face")
    assert [place.name for place in (tmp_path / "out").iterdir()] == ["first"]


FOLDERS = [
    (places.cache, places.CACHE_VARIABLE),
    (places.state, places.STATE_VARIABLE),
    (places.config, places.CONFIG_VARIABLE),
]


@pytest.fixture
def homeless(monkeypatch):
    """A user who is a bare number, as in a container."""

    def nobody(_):
        raise KeyError("getpwuid(): uid not found: 12345")

    for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", *(one for _, one in FOLDERS)):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)


@pytest.mark.parametrize(("place", "variable"), FOLDERS)
def test_without_a_home_folder_the_variable_to_set_is_named_and_enough(
    homeless, monkeypatch, tmp_path, place, variable
):
    with pytest.raises(places.NoHomeError, match=variable):
        place()
    monkeypatch.setenv(variable, str(tmp_path))
    assert place() == tmp_path


def test_a_home_folder_that_cannot_be_resolved_is_no_folder_called_tilde(homeless, monkeypatch):
    monkeypatch.setenv(places.CACHE_VARIABLE, "~/cache")
    with pytest.raises(places.NoHomeError):
        places.cache()


@pytest.mark.parametrize("arguments", [["models", "list"], ["models", "fetch"], ["faces", "me.jpg"]])
def test_commands_without_a_home_folder_say_so_in_one_line(homeless, capsys, arguments):
    assert cli.main(arguments) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert places.CACHE_VARIABLE in said


def test_the_doctor_reports_a_missing_home_folder(homeless, capsys):
    assert cli.main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert places.CACHE_VARIABLE in report["troubles"][0]


def read_only(monkeypatch, *folders):
    """As if these could not be written to, which the superuser always can."""
    real = os.access

    def access(path, mode, **more):
        return real(path, mode, **more) and not (mode & os.W_OK and any(Path(path) == one for one in folders))

    monkeypatch.setattr(os, "access", access)


def test_matplotlib_keeps_to_the_users_folders_where_it_can(monkeypatch, tmp_path):
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    places.lend_matplotlib_a_folder()
    assert "MPLCONFIGDIR" not in os.environ


def test_matplotlib_is_lent_a_folder_where_the_users_is_read_only(monkeypatch, tmp_path):
    monkeypatch.setenv("MPLCONFIGDIR", "")
    for name in ("config", "cache"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(places.CACHE_VARIABLE, str(tmp_path / "mine"))
    read_only(monkeypatch, tmp_path / "config")
    places.lend_matplotlib_a_folder()
    assert os.environ["MPLCONFIGDIR"] == str(tmp_path / "mine" / "matplotlib")


def test_where_nothing_can_be_written_matplotlib_says_nothing(homeless, monkeypatch):
    logger = logging.getLogger("matplotlib")
    monkeypatch.setattr(logger, "level", logger.level)
    places.lend_matplotlib_a_folder()
    assert not logger.isEnabledFor(logging.WARNING)
    assert "MPLCONFIGDIR" not in os.environ

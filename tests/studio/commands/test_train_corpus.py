"""`likeness train corpus`: what it refuses, before it starts any work."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.science.leakage.labels import NETWORKS
from explorer.studio import catalogue
from explorer.studio.app import cli
from explorer.studio.places import CACHE_VARIABLE


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command says in its one line."""
    assert cli.main(["train", "corpus", *arguments]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    return err


def test_missing_networks_are_all_named_with_the_command_that_fetches_them(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "empty"))
    err = refused(capsys, "--work", str(tmp_path / "corpus"))
    assert f"likeness models fetch {' '.join(catalogue.catalogue().group('default'))}".split()[3] in err
    assert all(network in err for network in NETWORKS)
    assert not (tmp_path / "corpus").exists()


def test_a_count_that_fills_no_file_is_refused(tmp_path, capsys):
    assert "multiple" in refused(capsys, "--work", str(tmp_path / "corpus"), "--faces", "150")
    assert not (tmp_path / "corpus").exists()


def test_edits_of_too_few_faces_are_refused(tmp_path, capsys):
    assert "--edits 0" in refused(capsys, "--work", str(tmp_path / "corpus"), "--faces", "200")


def test_a_folder_with_other_things_is_refused(tmp_path: Path, capsys):
    (tmp_path / "holiday.jpg").write_bytes(b"")
    assert "choose an empty or a new folder" in refused(capsys, "--work", str(tmp_path))

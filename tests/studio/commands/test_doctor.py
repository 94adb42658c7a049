"""`likeness doctor`: one report that is true of this machine and safe to send."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
from pathlib import Path

import pytest
import torch

from explorer import __version__
from explorer.studio import catalogue, places
from explorer.studio.app import cli
from explorer.studio.commands import doctor


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    assert cli.main(["doctor", "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


def test_it_describes_this_machine(report: dict[str, dict[str, object]]) -> None:
    assert report["likeness"]["version"] == __version__
    assert report["machine"]["cores"] == len(os.sched_getaffinity(0))
    assert report["device"]["chosen"] == ("cuda:0" if torch.cuda.is_available() else "cpu")
    assert report["device"]["threads"] == torch.get_num_threads()
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert report["machine"]["memory_gb"] == pytest.approx(pages / 1e9, abs=0.06)


@pytest.mark.slow
def test_it_knows_every_network_and_dependency(report: dict[str, dict[str, object]]) -> None:
    assert report["networks"] == catalogue.verify()
    assert report["dependencies"]["torch"] == importlib.metadata.version("torch")
    assert "missing" not in report["dependencies"].values()
    # The optional tools of the tests are not the program's dependencies.
    assert "pytest" not in report["dependencies"]


INSTALLED = [
    "torch>=2",
    "absent-library; extra == 'gui'",
    "packaging; extra == 'gui'",
    "absent-rays; (platform_machine == 'none') and extra == '3d'",
    "likeness[gui]; extra == 'dev'",
]
IN_THE_TREE = """
[project]
dependencies = ["torch>=2"]
[project.optional-dependencies]
gui = ["absent-library", "packaging"]
3d = ["absent-rays; platform_machine == 'none'"]
train = []
blackbox = []
render = []
scale = []
cluster = []
dev = ["likeness[gui]"]
"""


@pytest.mark.parametrize("installed", [True, False])
def test_an_extra_that_is_not_installed_is_told_and_no_trouble(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, installed: bool
) -> None:
    def requires(_: str) -> list[str]:
        if not installed:
            raise importlib.metadata.PackageNotFoundError
        return INSTALLED

    (tmp_path / "pyproject.toml").write_text(IN_THE_TREE)
    monkeypatch.setattr(places, "models", lambda: tmp_path / "models")
    monkeypatch.setattr(importlib.metadata, "requires", requires)
    assert doctor.extras() == {
        "gui": "without absent-library: pip install 'likeness[gui]'",
        "3d": "installed",
        "blackbox": "installed",
        "train": "installed",
        "render": "installed",
        "scale": "installed",
        "cluster": "installed",
    }
    assert list(doctor.dependency_versions()) == ["torch", "packaging"]


def test_what_qt_needs_is_here_where_the_tests_run(report: dict[str, dict[str, object]]) -> None:
    assert report["system libraries"]["missing"] == []


@pytest.mark.slow
def test_the_text_says_the_same(capsys: pytest.CaptureFixture[str], report: dict[str, dict[str, object]]) -> None:
    assert cli.main(["doctor"]) == 0
    out = capsys.readouterr().out
    for title in report:
        assert f"{title}\n" in out
    assert str(report["machine"]["processor"]) in out


def test_a_missing_network_is_a_trouble_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(places.CACHE_VARIABLE, str(tmp_path / "new"))
    assert cli.main(["doctor"]) == 0
    assert "networks missing or damaged: arcface-mbf" in capsys.readouterr().err
    assert not (tmp_path / "new").exists(), "looking must not write"


def test_it_names_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "a-person"
    shutil.copytree(catalogue.folder(), home / "cache" / "networks", copy_function=os.symlink)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv(places.CACHE_VARIABLE, str(home / "cache"))
    assert cli.main(["doctor", "--json"]) == 0
    out = capsys.readouterr().out
    assert "a-person" not in out
    assert "~/cache" in out

"""The geometry benchmark's results are made part by part, and one part leaves the others' figures alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import common, geometry
from benchmarks.common import Part
from benchmarks.geometry import FIGURES, PARTS


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(common, "RESULTS", tmp_path)
    return tmp_path / "geometry.json"


def test_parts_come_together_and_each_says_of_which_commit_it_is(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(PARTS, "times", lambda: Part({"rest_ms": 120.0, "fit_ms": 9.5}, {"threads": 2}))
    monkeypatch.setitem(PARTS, "fits", lambda: Part({"pose_error_degrees_mean": 1.25}, {"fits": {"ours": 1}}))
    for parts in (["times"], ["fits"]):
        monkeypatch.setattr(sys, "argv", ["geometry", *parts])
        geometry.main()
    monkeypatch.setitem(PARTS, "fits", lambda: Part({"pose_error_degrees_mean": 1.5}, {"fits": {"ours": 2}}))
    geometry.main()
    found = json.loads(results.read_text())
    assert found["headline"] == {"pose_error_degrees_mean": 1.5, "fit_ms": 9.5, "rest_ms": 120}
    assert list(found["headline"]) == ["pose_error_degrees_mean", "fit_ms", "rest_ms"]  # in the order of FIGURES
    assert set(found["measured_at"]) == {"times", "fits"}
    assert (found["threads"], found["fits"]) == (2, {"ours": 2})
    assert len(FIGURES) == len(set(FIGURES))
    capsys.readouterr()


def test_an_unknown_part_is_refused(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["geometry", "luck"])
    with pytest.raises(SystemExit):
        geometry.main()
    assert not results.exists()

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import common


@pytest.fixture
def results(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setattr(common, "RESULTS", tmp_path / "benchmarks" / "results")
    return tmp_path / "benchmarks" / "results"


def test_results_carry_the_machine_and_the_headline_is_printed(results: Path, capsys):
    path = common.write_results("speed", {"steps_per_second_256": 4.56789, "faces": 20.0}, runs=[1, 2])
    written = json.loads(path.read_text())
    assert path == results / "speed.json"
    assert {"machine", "versions", "commit", "headline", "runs"} == set(written)
    assert {"cpu", "cores", "memory_gb", "os", "python"} <= set(written["machine"])
    assert written["headline"] == {"steps_per_second_256": 4.568, "faces": 20}
    first = capsys.readouterr().out
    common.print_headlines(results)
    assert capsys.readouterr().out == first
    assert "steps_per_second_256" in first
    assert "4.568" in first


def test_results_with_a_folder_of_this_machine_are_refused(results: Path):
    with pytest.raises(ValueError, match="stay out"):
        common.write_results("speed", {}, log=str(Path.home() / "face.jpg"))
    assert not results.exists()


def test_a_headline_that_is_no_number_is_refused(results: Path):
    with pytest.raises(ValueError, match="faces of speed is nan"):
        common.write_results("speed", {"faces": float("nan")})

from __future__ import annotations

import json
import subprocess
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


def test_a_result_that_was_written_before_is_no_change_of_what_is_measured(results: Path):
    def git(*words: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", *who, *words], cwd=results.parent, check=True, capture_output=True)

    results.mkdir(parents=True)
    measured, result = results.parent / "speed.py", results / "speed.json"
    measured.write_text("1")
    result.write_text("1")
    git("init")
    git("add", ".")
    git("commit", "-m", "all")
    clean = common.commit()
    assert len(clean) == 12
    result.write_text("2")
    assert common.commit() == clean
    measured.write_text("2")
    assert common.commit() == f"{clean}-dirty"

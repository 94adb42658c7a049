"""Nothing in a file of strangers runs, and whatever is wrong with one is said in a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.hostile import Evil, Hostile, files, marks, tried, watching


@pytest.mark.slow
def test_no_hostile_file_is_executed_and_each_is_refused_in_one_line(tmp_path: Path) -> None:
    outcomes = [tried(one, tmp_path) for one in files(tmp_path)]
    assert len(outcomes) > 50
    assert [one.name for one in outcomes if one.ran] == []
    assert [(one.name, one.fault) for one in outcomes if one.fault] == []
    assert [one.name for one in outcomes if one.line is not None and "\n" in one.line] == []


def test_the_watch_would_see_what_runs(tmp_path: Path) -> None:
    import pickle
    import subprocess

    (tmp_path / "secret.bin").write_bytes(b"x")
    evil = tmp_path / "evil.pkl"
    evil.write_bytes(pickle.dumps(Evil(marks(tmp_path) / "made")))
    assert tried(Hostile("pickle", evil, lambda path: pickle.loads(path.read_bytes())), tmp_path).ran
    assert tried(Hostile("secret", evil, lambda path: (tmp_path / "secret.bin").read_bytes()), tmp_path).ran
    assert tried(Hostile("shell", evil, lambda path: subprocess.run(["true"], check=True)), tmp_path).ran
    assert not tried(Hostile("bytes", evil, Path.read_bytes), tmp_path).ran


@pytest.mark.parametrize("event", ["before", "after"])
def test_nothing_is_watched_outside_of_a_trial(tmp_path: Path, event: str) -> None:
    with watching(tmp_path) as seen:
        pass
    assert seen == []

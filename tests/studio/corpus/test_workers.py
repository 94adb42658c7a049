"""Worker processes: every job once, errors in words, nothing left behind."""

from __future__ import annotations

import multiprocessing
import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from explorer.studio.corpus.workers import distribute
from explorer.studio.errors import UserError


@dataclass(frozen=True)
class Notes:
    """Writes a file for each job and does to some of them what their name says."""

    folder: Path

    def load(self) -> int:
        return os.getpid()

    def run(self, loaded, job, tell) -> None:
        if job == "mistake":
            raise UserError("the user's mistake")
        if job == "failure":
            raise ZeroDivisionError("ours")
        if job == "death":
            os._exit(9)
        tell()
        tell()
        (self.folder / job).write_text(str(loaded))


def test_every_job_is_done_once_and_told_of(tmp_path):
    jobs = [f"job {number}" for number in range(5)]
    steps = list(distribute(Notes(tmp_path), jobs, 2))
    assert sorted(step.job for step in steps if step.finished) == jobs
    assert sum(not step.finished for step in steps) == 10
    assert {file.name for file in tmp_path.iterdir()} == set(jobs)
    assert str(os.getpid()) not in {file.read_text() for file in tmp_path.iterdir()}


def test_no_job_needs_no_process(tmp_path):
    assert list(distribute(Notes(tmp_path), [], 2)) == []


@pytest.mark.parametrize(
    ("job", "error", "said"),
    [
        ("mistake", UserError, "the user's mistake"),
        ("failure", RuntimeError, "ZeroDivisionError: ours"),
        ("death", RuntimeError, "killed"),
    ],
)
def test_what_goes_wrong_in_a_process_is_said_here(tmp_path, job, error, said):
    with pytest.raises(error, match=said):
        list(distribute(Notes(tmp_path), ["job 1", job, "job 2"], 1))
    assert multiprocessing.active_children() == []
    assert {file.name for file in tmp_path.iterdir()} == {"job 1"}


def test_stopping_half_way_ends_the_processes(tmp_path):
    with closing(distribute(Notes(tmp_path), [f"job {number}" for number in range(50)], 2)) as steps:
        next(steps)
        assert len(multiprocessing.active_children()) == 2
    assert multiprocessing.active_children() == []

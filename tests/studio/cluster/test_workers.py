"""Workers: every job once whoever is lost, errors in words, nothing left behind, nobody without the certificate."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from explorer.studio import places
from explorer.studio.cluster import access
from explorer.studio.cluster.asked import Cluster, Here, Local, asked_cluster
from explorer.studio.cluster.certificates import make_certificates
from explorer.studio.cluster.distributing import distribute
from explorer.studio.errors import UserError
from tests.command_lines import ROOT

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Notes:
    """Writes what follows from each job's name, notes that it did, and does to some what their name says."""

    folder: Path

    def load(self) -> int:
        return torch.get_num_threads()

    def run(self, loaded, job, tell):
        with (self.folder / "begun").open("a") as file:
            file.write(f"{job}\n")
        tell()
        if job == "mistake":
            raise UserError("the user's mistake")
        if job == "failure":
            raise ZeroDivisionError("ours")
        if job == "death" or (job == "first death" and not (self.folder / "dead").exists()):
            (self.folder / "dead").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        tell()
        numbers = torch.randn(100, generator=torch.Generator().manual_seed(len(job))).exp().cumsum(0)
        (self.folder / f"{job}.made").write_bytes(numbers.numpy().tobytes())
        return f"{job}: {loaded} thread, {os.environ.get('OMP_NUM_THREADS')} of OpenMP"


JOBS = ["one", "three", "first death", "eleven", "seventeen"]


def made(folder: Path, cluster: Cluster, jobs: list[str]) -> dict[str, object]:
    """What comes of jobs: bytes by file, units by job, what each handed back, and how often each was begun."""
    folder.mkdir()
    units, results = dict.fromkeys(jobs, 0), {}
    for step in distribute(Notes(folder), jobs, cluster):
        if step.finished:
            results[step.job] = step.result
        else:
            units[step.job] += 1
    begun = (folder / "begun").read_text().split("\n")[:-1]
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.made"))}
    return {"files": files, "units": units, "results": results, "begun": {job: begun.count(job) for job in jobs}}


def test_a_lost_worker_changes_nothing_and_what_was_finished_is_not_made_again(tmp_path: Path) -> None:
    before = dict(os.environ)
    one = made(tmp_path / "one", Local(1), JOBS)
    two = made(tmp_path / "two", Local(2), JOBS)
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "dead").touch()
    with_one_thread = {job: f"{job}: 1 thread, 1 of OpenMP" for job in JOBS}
    for found in (one, two):
        assert found["units"] == dict.fromkeys(JOBS, 2)
        assert found["results"] == with_one_thread
    assert one["begun"] == dict.fromkeys(JOBS, 1) | {"first death": 2}
    others = [job for job in JOBS if job != "first death"]  # and nothing is lost in this process
    here = made(tmp_path / "alone", Here(), others)
    assert one["files"] == two["files"]
    assert {name: one["files"][name] for name in here["files"]} == here["files"]
    assert multiprocessing.active_children() == []
    assert dict(os.environ) == before
    assert list(places.cache().glob(".likeness-dask-*")) == []


@pytest.mark.parametrize(
    ("job", "error", "said"),
    [
        ("mistake", UserError, "^the user's mistake$"),
        ("failure", RuntimeError, "ZeroDivisionError: ours"),
        ("death", RuntimeError, "every process that made death was killed"),
    ],
)
def test_what_goes_wrong_on_a_worker_is_said_here(tmp_path, monkeypatch, job, error, said) -> None:
    monkeypatch.setattr(access, "ALLOWED_LOSSES", 0)
    with pytest.raises(error, match=said):
        made(tmp_path / "notes", Local(1), ["job", job, "another"])
    assert multiprocessing.active_children() == []
    assert {file.name for file in (tmp_path / "notes").glob("*.made")} == {"job.made"}


def test_stopping_half_way_ends_the_processes(tmp_path) -> None:
    with closing(distribute(Notes(tmp_path), [f"job {number}" for number in range(50)], Local(1))) as steps:
        next(steps)
        assert len(multiprocessing.active_children()) == 1
    assert multiprocessing.active_children() == []


@contextmanager
def serving(*words: str) -> Iterator[str]:
    """A process of the command line that has said that it is ready; afterwards it is ended."""
    line = [sys.executable, str(ROOT / "run_explorer.py"), "cluster", *words]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stderr is not None
            yield process.stderr.readline()
        finally:
            process.terminate()
            process.stderr.read()
    assert process.returncode == 128 + signal.SIGTERM


def test_peers_of_a_run_work_for_each_other_and_strangers_are_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        where = f"127.0.0.1:{free.getsockname()[1]}"
    peers, strangers = (str(make_certificates(tmp_path / name, where)) for name in ("peers", "strangers"))
    with serving("scheduler", peers) as said:
        assert re.search(f"listens at tls://{where}", said)
        with serving("worker", peers) as working:
            assert "1 worker works for" in working
            found = made(tmp_path / "notes", asked_cluster(peers), JOBS)
            assert found["units"] == dict.fromkeys(JOBS, 2)
            assert found["results"] == {job: f"{job}: 1 thread, 1 of OpenMP" for job in JOBS}
            with pytest.raises(UserError, match="no scheduler that takes this certificate"):
                made(tmp_path / "strange", asked_cluster(strangers), JOBS)
            assert not (tmp_path / "strange" / "begun").exists()

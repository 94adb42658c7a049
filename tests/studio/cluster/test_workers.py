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
from pathlib import Path
from typing import Any

import pytest

from explorer.studio import places
from explorer.studio.cluster import access, client
from explorer.studio.cluster.asked import Cluster, Here, Local, asked_cluster
from explorer.studio.cluster.certificates import make_certificates
from explorer.studio.cluster.distributing import distribute
from explorer.studio.errors import UserError
from tests.studio.cluster.notes_kit import Notes

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


JOBS = ["one", "three", "victim", "eleven", "seventeen"]


def made(folder: Path, cluster: Cluster, jobs: list[str]) -> dict[str, Any]:
    """What comes of jobs: bytes by file, units by job, what each handed back, and how often each was begun.

    The worker of the victim is killed when the victim has told of its second unit, once.
    """
    folder.mkdir()
    units, results = dict.fromkeys(jobs, 0), {}
    for step in distribute(Notes(folder), jobs, cluster):
        if step.finished:
            results[step.job] = step.result
        else:
            units[step.job] += 1
            if (step.job, units[step.job]) == ("victim", 2):
                os.kill(int((folder / "victim").read_text()), signal.SIGKILL)
    begun = (folder / "begun").read_text().split("\n")[:-1]
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.made"))}
    return {"files": files, "units": units, "results": results, "begun": {job: begun.count(job) for job in jobs}}


def test_a_lost_worker_changes_nothing_and_what_was_finished_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(places.CACHE_VARIABLE, str(tmp_path / "cache"))
    before = dict(os.environ)
    two = made(tmp_path / "two", Local(2), JOBS)
    assert two["units"] == dict.fromkeys(JOBS, 2)
    assert two["results"] == {job: f"{job}, threads: 1" for job in JOBS}
    assert two["begun"] == dict.fromkeys(JOBS, 1) | {"victim": 2}
    others = [job for job in JOBS if job != "victim"]
    for name, cluster in (("one", Local(1)), ("here", Here())):
        found = made(tmp_path / name, cluster, others)
        assert found["files"] == {file: data for file, data in two["files"].items() if file != "victim.made"}
        assert found["begun"] == dict.fromkeys(others, 1)
    assert multiprocessing.active_children() == []
    assert dict(os.environ) == before
    assert list((tmp_path / "cache").iterdir()) == []


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
            assert found["results"] == {job: f"{job}, threads: 1" for job in JOBS}
            with pytest.raises(UserError, match="no scheduler that takes this certificate"):
                made(tmp_path / "strange", asked_cluster(strangers), JOBS)
            assert not (tmp_path / "strange" / "begun").exists()


def test_work_does_not_wait_for_workers_of_this_machine_that_are_gone_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def __init__(self, *left: dict[str, int]) -> None:
            self.left = list(left)

        def nthreads(self) -> dict[str, int]:
            return self.left.pop(0)

        def subscribe_topic(self, *given: object) -> None: ...

        def register_plugin(self, *given: object) -> None: ...

    monkeypatch.setattr(client, "_ALONE", 0.0)
    run = client._Run(Gone({"one": 1}, {}), Notes(Path("nowhere")), comes_back=False)  # type: ignore[arg-type]
    run._look_for_workers()
    with pytest.raises(RuntimeError, match="every worker was lost, and none came back"):
        run._look_for_workers()
    others = client._Run(Gone({}, {}), Notes(Path("nowhere")), comes_back=True)  # type: ignore[arg-type]
    others._look_for_workers()
    others._look_for_workers()

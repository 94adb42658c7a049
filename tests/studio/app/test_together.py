"""A training that torchrun starts twice: one speaks and writes, both learn, and a mistake is said once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.distributed import HashStore

from explorer.science.processes import Processes, before_training, tell_training
from explorer.studio.app import cli, together
from explorer.studio.catalogue.metrics import load_metric
from explorer.studio.files import atomic_write
from tests.studio.commands.test_metric import TINY, mnist  # noqa: F401 - a fixture

ROOT = Path(__file__).parents[3]
FIRST, SECOND = Processes(2, 0, 2, 0), Processes(2, 1, 2, 1)


def torchrun(*words: object) -> subprocess.CompletedProcess[str]:
    """The command line by two processes."""
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "run_explorer.py"]
    surroundings = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*start, *map(str, words)], cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=280, check=False
    )


@pytest.mark.slow
def test_two_processes_train_as_one_does_and_one_of_them_speaks(
    tmp_path: Path,
    mnist: Path,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    alone, both = tmp_path / "alone", tmp_path / "both"
    assert cli.main(["train", "metric", str(mnist), "--work", str(alone), *TINY]) == 0
    expected = capsys.readouterr().out.replace("alone", "both")
    made = torchrun("train", "metric", mnist, "--work", both, *TINY)
    assert (made.returncode, made.stdout) == (0, expected), made.stderr
    assert sorted(file.name for file in both.iterdir()) == sorted(file.name for file in alone.iterdir())
    weights = [load_metric(folder / "metric.safetensors")[0].state_dict() for folder in (alone, both)]
    for name, weight in weights[0].items():
        torch.testing.assert_close(weights[1][name], weight, rtol=1e-4, atol=1e-5)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> HashStore:
    shared = HashStore()
    monkeypatch.setattr(together, "_store", lambda these: shared)
    monkeypatch.setattr(together, "_HEARS", 0.1)
    monkeypatch.setattr("explorer.science.processes._hearing", [])
    return shared


def test_whoever_comes_second_waits_for_the_training_and_says_nothing(
    store: HashStore, capsys: pytest.CaptureFixture[str]
) -> None:
    def first(complain: together.Complain) -> int:
        assert not store.check(["training"])
        tell_training()
        assert store.check(["training"])
        return 0

    def second(complain: together.Complain) -> int:
        print("the same again")
        return 0

    assert together.run_together(FIRST, first, cli._fail) == 0
    assert together.run_together(SECOND, second, cli._fail) == 0
    assert capsys.readouterr() == ("", "")


def test_what_trains_nothing_is_the_first_ones_alone(store: HashStore) -> None:
    def never(complain: together.Complain) -> int:
        raise AssertionError("the second process has nothing to do")

    assert together.run_together(FIRST, lambda complain: complain("no such set", 2), lambda line, code: code) == 2
    assert together.run_together(SECOND, never, cli._fail) == 2


def test_a_mistake_is_said_once_by_whoever_makes_it_first(store: HashStore) -> None:
    said: list[str] = []

    def complain(line: str, code: int) -> int:
        said.append(line)
        return code

    store.set("training", "")
    assert together.run_together(SECOND, lambda say: say("no room on this machine", 2), complain) == 2
    assert together.run_together(FIRST, lambda say: say("unexpected: the other is gone", 1), complain) == 2
    assert said == ["no room on this machine"]


def test_whoever_is_asked_to_end_says_nothing_but_the_first(store: HashStore) -> None:
    said: list[str] = []

    def complain(line: str, code: int) -> int:
        said.append(line)
        return code

    store.set("training", "")
    assert together.run_together(SECOND, lambda say: say("ended by SIGTERM", 143), complain) == 143
    assert said == []
    assert together.run_together(FIRST, lambda say: say("stopped", 130), complain) == 130
    assert said == ["stopped"]


def test_only_the_first_process_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    atomic_write(tmp_path / "result", b"of the first")
    for name, value in (("WORLD_SIZE", "2"), ("RANK", "1"), ("LOCAL_RANK", "1")):
        monkeypatch.setenv(name, value)
    assert atomic_write(tmp_path / "result", b"of the second") == tmp_path / "result"
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"of the first"]


def test_every_listener_hears_of_a_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.science.processes._hearing", [])
    heard: list[int] = []
    before_training(lambda: heard.append(1))
    tell_training()
    tell_training()
    assert heard == [1, 1]

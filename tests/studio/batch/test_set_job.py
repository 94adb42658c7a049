"""A data set as a job of the batch: the same files as the command's, and nothing of one that is left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.studio.app import cli
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.batch import set_running
from explorer.studio.batch.handlers import run_set
from explorer.studio.batch.requests import RunSet
from explorer.studio.batch.state import BATCHES, BatchState
from explorer.studio.cluster.asked import Here
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.people.values import PeopleSettings
from explorer.studio.populations.values import SetSettings
from explorer.studio.session.state import NOTIFICATIONS

SETTINGS = SetSettings(layout="casia", people=PeopleSettings(seed=3, count=2, pictures=2, size=32))


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes are costly: the parts are made in this one."""
    monkeypatch.setattr(set_running, "beside_the_window", Here)


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    engine = FakeEngine({RunSet: run_set})
    workbench = Workbench(engine, new_session(), {})
    engine.connect(workbench.handle)
    yield workbench
    workbench.close()


def only(workbench: Workbench) -> BatchState:
    (batch,) = workbench.session[BATCHES]
    return batch


def run(workbench: Workbench, reports: int = 10_000) -> None:
    engine = workbench.engine
    assert isinstance(engine, FakeEngine)
    engine.advance(reports)


def test_the_set_is_that_of_the_command(workbench: Workbench, tmp_path: Path) -> None:
    workbench.batches.add_set(SETTINGS, tmp_path / "window")
    run(workbench)
    batch = only(workbench)
    assert (batch.status, batch.done, batch.total) == ("finished", 4, 4)
    assert workbench.session[NOTIFICATIONS][-1].path == batch.out == tmp_path / "window"
    options = ["--layout", "casia", "--seed", "3", "--count", "2", "--pictures", "2", "--size", "32", "--workers", "1"]
    assert cli.main(["people", "set", "--out", str(tmp_path / "command"), *options]) == 0
    files = {
        where: {path.relative_to(tmp_path / where): path.read_bytes() for path in (tmp_path / where).rglob("*.*")}
        for where in ("window", "command")
    }
    assert files["window"].keys() == files["command"].keys()
    pictures = [name for name in files["window"] if len(name.parts) > 1]
    assert len(pictures) == 4
    labels = Path("labels.jsonl")
    assert all(files["window"][name] == files["command"][name] for name in [*pictures, labels])
    commands = [json.loads((tmp_path / where / "set.json").read_text())["command"] for where in ("window", "command")]
    assert set(commands[0]) == set(commands[1]) - {"--no-maps", "--no-labelled"}


def test_a_set_that_is_cancelled_leaves_nothing_and_can_be_begun_anew(workbench: Workbench, tmp_path: Path) -> None:
    workbench.batches.add_set(SETTINGS, tmp_path / "set")
    key = only(workbench).key
    while only(workbench).done < 2:
        run(workbench, 1)
    workbench.batches.cancel(key)
    run(workbench)
    assert only(workbench).status == "cancelled"
    assert list(tmp_path.iterdir()) == []
    workbench.batches.resume(key)
    run(workbench)
    assert only(workbench).status == "finished"
    assert (tmp_path / "set" / "card.md").is_file()


def test_the_queue_outlives_the_program(workbench: Workbench, tmp_path: Path) -> None:
    workbench.batches.persist_in(tmp_path / "queue.json")
    workbench.batches.add_set(SETTINGS, tmp_path / "set")
    later = Workbench(FakeEngine({RunSet: run_set}), new_session(), {})
    later.batches.persist_in(tmp_path / "queue.json")
    assert (only(later).status, only(later).job) == ("interrupted", only(workbench).job)
    assert only(later).job.words() == "2 people × 2 pictures (casia)"
    later.close()

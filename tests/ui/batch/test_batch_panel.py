"""The Batch dock on a fake engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QProgressBar, QPushButton

from explorer.science.faces.face import FaceError
from explorer.studio.batch.handlers import BatchHandlers
from explorer.studio.batch.job import Kind
from explorer.studio.batch.requests import RunBatch
from explorer.studio.batch.state import BATCHES
from explorer.studio.session.state import NOTIFICATIONS
from explorer.ui.batch.form import time_words
from explorer.ui.batch.panel import BatchPanel
from tests.ui.stage import Stage

READ = {
    "smiling": "smiling",
    "smiling_probability": 0.6,
    "smiling_tells": True,
    "gender": "male",
    "gender_probability": 0.9,
    "gender_tells": False,
    "smiling_reconstruction": "smiling",
    "smiling_reconstruction_probability": 0.8,
    "smiling_reconstruction_low": 0.5,
    "smiling_reconstruction_high": 0.95,
    "smiling_reconstruction_tells": True,
}


class NoDevice:
    def networks(self, control):
        return None


def work_of(job, networks):
    def work(path, folder):
        yield "reading"
        yield "embedding"
        if "bad" in path.name:
            raise FaceError(f"no face found in {path.name}")
        (folder / "result").write_text("x")
        return {"norm": 1.0} if job.kind == "embed" else READ

    return work


@pytest.fixture
def panel(stage: Stage) -> BatchPanel:
    stage.engine._handlers[RunBatch] = BatchHandlers(NoDevice(), work_of).run
    dock = stage.window.docks["batch"]
    dock.show()
    dock.raise_()
    panel = stage.window.panel(BatchPanel)
    stage.until(panel.isVisible)
    return panel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "portraits"
    made.mkdir()
    for name in ("a.jpg", "bad.jpg", "c.png"):
        (made / name).write_bytes(name.encode())
    return made


def queued(stage: Stage, panel: BatchPanel, folder: Path, out: Path, monkeypatch, kind: Kind = "embed") -> None:
    chosen = iter((str(folder), str(out)))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: next(chosen))
    for title in ("Choose the folder of photographs", "Choose where results go"):
        stage.click(next(one for one in panel.findChildren(QPushButton) if one.toolTip() == title))
    panel.form.kind.setCurrentIndex(panel.form.kind.findData(kind))
    stage.click(panel.form.add)


@pytest.mark.slow
def test_a_folder_is_chosen_worked_on_and_its_failures_listed(stage, panel, folder, tmp_path, monkeypatch) -> None:
    assert panel.invitation.isVisible()
    queued(stage, panel, folder, tmp_path / "out", monkeypatch)
    stage.advance(3)
    stage.until(lambda: panel.list.topLevelItemCount() == 1)
    stage.until(panel.pause.isEnabled)
    assert not panel.remove.isEnabled()
    stage.settle()
    item = panel.list.topLevelItem(0)
    stage.until(lambda: item.text(2) == "finished, 3 of 3")
    bar = panel.list.itemWidget(item, 3)
    assert isinstance(bar, QProgressBar)
    assert bar.value() == bar.maximum() == 3
    assert [item.child(0).text(0), item.child(0).text(4)] == ["bad.jpg", "no face found in bad.jpg"]
    assert (tmp_path / "out" / "table.parquet").exists()
    assert panel.retry.isEnabled()
    stage.click(panel.remove)
    stage.until(lambda: panel.list.topLevelItemCount() == 0)


@pytest.mark.slow
def test_it_rests_and_goes_on_and_can_be_left(stage, panel, folder, tmp_path, monkeypatch) -> None:
    queued(stage, panel, folder, tmp_path / "out", monkeypatch)
    stage.advance(3)
    stage.until(panel.pause.isEnabled)
    stage.click(panel.pause)
    stage.settle()
    stage.until(lambda: panel.list.topLevelItem(0).text(2).startswith("paused"))
    stage.click(panel.resume)
    stage.advance(1)
    stage.until(panel.cancel.isEnabled)
    stage.click(panel.cancel)
    stage.settle()
    stage.until(lambda: panel.list.topLevelItem(0).text(2).startswith("cancelled"))
    stage.click(panel.resume)
    stage.settle()
    stage.until(lambda: panel.list.topLevelItem(0).text(2).startswith("finished"))


@pytest.mark.slow
def test_files_are_listed_as_they_are_done_and_failures_are_named(stage, panel, folder, tmp_path, monkeypatch) -> None:
    queued(stage, panel, folder, tmp_path / "out", monkeypatch)
    stage.until(lambda: panel.list.topLevelItemCount() == 1)
    # The panel draws a moment after the session knows: go no further than the first file.
    while not stage.session[BATCHES][0].done:
        stage.advance(1)
    stage.until(lambda: panel.list.topLevelItem(0).childCount() > 0)
    item = panel.list.topLevelItem(0)
    first = item.child(0)
    assert [first.text(0), first.text(4)] == ["a.jpg", "norm 1"]
    assert first.text(2).startswith("done, ")
    assert item.isExpanded()
    assert not item.text(2).startswith("finished"), "two files are still to come"
    stage.settle()
    stage.until(lambda: item.text(2).startswith("finished"))
    # What failed comes first, then the newest.
    assert [item.child(row).text(0) for row in range(item.childCount())] == ["bad.jpg", "c.png", "a.jpg"]
    assert item.text(4) == "3 files, 1 failed: bad.jpg"
    assert stage.session[NOTIFICATIONS][-1].text == "3 files of portraits, 1 failed: bad.jpg"
    assert item.child(0).toolTip(4) == "no face found in bad.jpg"
    assert panel.says.text() == "3 files, 1 failed: bad.jpg"
    panel.list.setCurrentItem(item.child(0))
    assert panel.says.text() == "no face found in bad.jpg", "in full, however narrow the column is"
    stage.click(panel.retry)
    stage.settle()
    stage.until(lambda: item.text(2).startswith("finished"))
    assert [item.child(row).text(0) for row in range(item.childCount())] == ["bad.jpg", "c.png", "a.jpg"]


@pytest.mark.slow
def test_a_missing_folder_is_said(stage, panel) -> None:
    stage.click(panel.form.add)
    assert stage.session[NOTIFICATIONS][-1].text == "choose a folder of photographs first"


@pytest.mark.slow
def test_how_embeddings_are_read_is_asked_where_they_are_read(stage, panel) -> None:
    form = panel.form
    for kind in ("invert", "embed", "fit"):
        form.kind.setCurrentIndex(form.kind.findData(kind))
        assert not form.by.isVisible()
        assert not form.runs.isVisible()
    form.kind.setCurrentIndex(form.kind.findData("probe"))
    assert form.by.isVisible()
    assert not form.runs.isVisible(), "the probe alone needs no run"
    assert not form.time.isVisible()
    form.by.setCurrentIndex(form.by.findData("reconstruction"))
    assert form.runs.isVisible()
    assert form.time.text() == "1 inversion a file; the first one shows how long it takes"
    form.runs.setValue(3)
    assert form.time.text() == "3 inversions a file; the first one shows how long it takes"


@pytest.mark.slow
def test_probe_and_reconstruction_of_a_file_stand_beside_each_other(
    stage, panel, folder, tmp_path, monkeypatch
) -> None:
    panel.form.by.setCurrentIndex(panel.form.by.findData("reconstruction"))
    panel.form.runs.setValue(3)
    queued(stage, panel, folder, tmp_path / "out", monkeypatch, "probe")
    stage.settle()
    stage.until(lambda: panel.list.topLevelItemCount() == 1)
    item = panel.list.topLevelItem(0)
    stage.until(lambda: item.text(2).startswith("finished"))
    job = stage.session[BATCHES][0].job
    assert (job.by, job.runs) == ("reconstruction", 3)
    assert item.text(1) == f"probe, 3 runs ({job.encoder})"
    assert not panel.readings.isVisible(), "no file is chosen"
    panel.list.setCurrentItem(item.child(1))
    assert panel.readings.isVisible()
    assert not panel.says.isVisible()
    assert panel.readings.text().splitlines() == [
        "Attribute\tVector probe\tReconstruction\tPhotograph",
        "Smile\tsmiling 60 %\tsmiling 80 % (50 to 95)\t–",
        "Gender\tcannot tell\t–\t–",
    ]
    assert panel.readings.isColumnHidden(3), "no photograph was read"
    stage.until(lambda: "about a second" in panel.form.time.text())
    panel.list.setCurrentItem(item.child(0))
    assert not panel.readings.isVisible(), "nothing was read of a file that failed"


@pytest.mark.parametrize(
    ("inversions", "seconds", "words"),
    [
        (0, None, ""),
        (0, 0.3, "A file: about a second"),
        (1, 38.0, "1 inversion a file: about 38 s"),
        (8, 400.0, "8 inversions a file: about 6.7 min"),
    ],
)
def test_the_time_of_a_file_is_told_in_words(inversions, seconds, words) -> None:
    assert time_words(inversions, seconds) == words

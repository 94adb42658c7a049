"""The log lists what was done with its time; names stay in the window and go with their face."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from explorer.studio.faces.state import SELECTED
from explorer.ui.help.log_panel import LogPanel
from tests.ui.stage import Stage


def text(stage: Stage) -> str:
    return stage.window.panel(LogPanel).text.toPlainText()


@pytest.mark.slow
def test_it_says_what_was_opened_run_and_written(stage: Stage, photograph: Path, tmp_path: Path) -> None:
    log = stage.window.panel(LogPanel)
    assert text(stage) == ""
    assert "Nothing was opened" in log.text.placeholderText()
    stage.open(photograph)
    stage.workbench.settings.change("steps", 8)
    stage.workbench.inversion.start()
    stage.settle()
    stage.workbench.faces.export_embedding(tmp_path / "person.npy")
    stage.settle()
    lines = text(stage).splitlines()
    assert all(re.match(r"\d\d:\d\d:\d\d  \w+ ", line) for line in lines)
    bodies = [line[10:] for line in lines]
    assert bodies[0] == "done     opened person.png: 1 face"
    assert bodies[1].startswith("done     started person.png: run 1 under arcface-mbf")
    assert bodies[2].startswith("done     finished person.png: run 1: arcface-mbf cosine 0.910 after 8 steps")
    assert bodies[3] == f"done     The embedding is written: {tmp_path / 'person.npy'}"


@pytest.mark.slow
def test_what_is_copied_holds_no_name(stage: Stage, photograph: Path, tmp_path: Path) -> None:
    stage.open(photograph)
    stage.workbench.faces.rename(stage.session[SELECTED], "Ada Lovelace")
    stage.workbench.inversion.start()
    stage.settle()
    stage.workbench.faces.export_embedding(tmp_path / "lovelace.npy")
    stage.settle()
    log = stage.window.panel(LogPanel)
    stage.click(log.copy)
    copied = QGuiApplication.clipboard().text()
    assert copied.count("\n") == text(stage).count("\n")
    for name in ("person", "ovelace"):
        assert name not in copied
    assert "opened a face or file: 1 face" in copied


@pytest.mark.slow
def test_a_forgotten_face_leaves_the_log(stage: Stage, photograph: Path, tmp_path: Path) -> None:
    stage.open(photograph)
    stage.workbench.inversion.start()
    stage.settle()
    stage.workbench.faces.export_embedding(tmp_path / "person.npy")
    stage.settle()
    stage.workbench.notify("info", "Something else", "stays")
    assert "person" in text(stage)
    stage.workbench.faces.remove_face(stage.session[SELECTED])
    stage.settle()
    assert "person" not in text(stage)
    assert "person" not in stage.window.panel(LogPanel).report()
    assert "Something else" in text(stage)


@pytest.mark.slow
def test_what_was_done_can_be_looked_at_alone(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    stage.workbench.notify("warning", "A warning", "about nothing")
    log = stage.window.panel(LogPanel)
    log.level.setCurrentText("What was done")
    assert "A warning" not in text(stage)
    assert "opened person.png" in text(stage)

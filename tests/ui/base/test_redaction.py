"""The log holds no name of a file that may be called after a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.ui.base.redaction import without_names
from explorer.ui.help.log_panel import LogPanel
from tests.ui.stage import Stage


@pytest.mark.parametrize(
    "text",
    [
        "Ann Example.jpg was not opened: it is no picture",
        "No face was found: ann example.PNG: place the five points by hand",
        "The figure is not written: /media/ann/example.svg: the disk is full",
        "opened ann.example.npy and example.json",
        f"File {Path.home()}/ann/example.jpeg",
    ],
)
def test_no_name_is_left(text: str) -> None:
    cleaned = without_names(text).lower()
    assert "example" not in cleaned
    assert "a file" in cleaned


def test_the_rest_of_a_message_stays() -> None:
    text = (
        "12:00:00  error  The device ran out of memory: choose a smaller resolution\nFile task.py, line 110, in advance"
    )
    assert without_names(text) == text


def test_the_toast_names_the_file_and_the_log_does_not(stage: Stage, tmp_path: Path) -> None:
    wrong = tmp_path / "Ann Example.jpg"
    wrong.write_text("no picture")
    stage.open(wrong)
    assert "Ann Example.jpg" in stage.window.toasts.shown[0].details()
    assert "Ann" not in stage.window.panel(LogPanel).text.toPlainText()
    assert "warning  a file was not opened" in stage.window.panel(LogPanel).text.toPlainText()

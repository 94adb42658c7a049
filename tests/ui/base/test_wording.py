"""Texts fit on screen whatever a file is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.ui.base.wording import breakable, duration, sentence, shortened
from explorer.ui.faces.panel import FacesPanel
from tests.ui.stage import Stage, save_picture


def test_a_message_begins_with_a_capital_and_a_file_keeps_its_name() -> None:
    assert sentence("it is no picture") == "It is no picture"
    assert sentence("photo.jpg was not opened") == "photo.jpg was not opened"
    assert sentence("b: 3 files") == "b: 3 files", "a folder keeps its name, too"
    assert sentence("not enough memory: choose less") == "Not enough memory: choose less"


def test_a_long_name_keeps_its_ends() -> None:
    name = "a" * 60 + "-17.jpg"
    assert len(shortened(name)) <= 31
    assert shortened(name).startswith("aaa")
    assert shortened(name).endswith("-17.jpg")
    assert shortened("short.jpg") == "short.jpg"


def test_breaking_changes_nothing_that_is_seen() -> None:
    text = "x" * 100 + " was not opened"
    assert breakable(text).replace("\u200b", "") == text
    assert max(map(len, breakable(text).replace("\u200b", " ").split())) <= 30


@pytest.mark.slow
def test_a_very_long_file_name_does_not_widen_the_window(stage: Stage, tmp_path: Path) -> None:
    stage.open(save_picture(tmp_path / "x.png", 2))
    stage.until(lambda: stage.window.panel(FacesPanel).caption.text() != "")
    before = stage.window.minimumSizeHint().width()
    stage.open(save_picture(tmp_path / ("x" * 120 + ".png"), 1))
    wrong = tmp_path / ("y" * 120 + ".jpg")
    wrong.write_text("no picture")
    stage.open(wrong)
    stage.until(lambda: "…" in stage.window.panel(FacesPanel).caption.text())
    assert stage.window.minimumSizeHint().width() == before
    (toast,) = stage.window.toasts.shown
    assert toast.width() == 380


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0 s"), (12.4, "12 s"), (99.4, "99 s"), (204, "3.4 min"), (5969, "99.5 min"), (9000, "2.5 h")],
)
def test_a_duration_is_told_in_the_unit_that_fits(seconds: float, words: str) -> None:
    assert duration(seconds) == words

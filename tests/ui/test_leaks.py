"""The watch over leaks sees what it is there to see; each test here mends its own leak before the watch over itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from explorer.ui.throttle import Throttle
from tests.ui.leaks import Watch


@contextmanager
def nothing_left_behind(patience: float = 10.0) -> Iterator[None]:
    watch = Watch(patience)
    yield
    watch.finish()


def test_a_thread_that_goes_on_is_a_leak() -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait, name="forgotten-worker")
    with pytest.raises(pytest.fail.Exception, match="thread forgotten-worker"), nothing_left_behind(patience=0):
        thread.start()
    release.set()
    thread.join()


def test_a_thread_that_is_about_to_end_is_none() -> None:
    with nothing_left_behind():
        threading.Timer(0.05, lambda: None).start()


def test_a_widget_that_is_kept_is_a_leak() -> None:
    kept: list[QWidget] = []
    with pytest.raises(pytest.fail.Exception, match="widget QLabel 'forgotten'"), nothing_left_behind():
        kept.append(QLabel("a label", objectName="forgotten"))
    kept.clear()


def test_a_widget_that_waits_for_its_deletion_is_none() -> None:
    kept = []
    with nothing_left_behind():
        kept.append(QLabel("a label"))
        kept[0].deleteLater()


def test_a_widget_in_a_ring_of_objects_is_none() -> None:
    with nothing_left_behind():
        ring = QLabel("a label")
        ring.itself = ring  # type: ignore[attr-defined]
        del ring


def test_a_timer_that_runs_is_a_leak() -> None:
    owner = QObject(QApplication.instance())
    with pytest.raises(pytest.fail.Exception, match="running timer of QObject, every 70000 ms"), nothing_left_behind():
        QTimer(owner, interval=70_000).start()
    owner.deleteLater()


def test_a_throttle_that_waits_is_a_leak_until_its_owner_goes() -> None:
    owner = QObject()
    with pytest.raises(pytest.fail.Exception, match="running timer of Throttle"), nothing_left_behind():
        Throttle(lambda: None, 70_000, owner).poke()
    with nothing_left_behind():
        owner.deleteLater()


def test_a_file_that_stays_open_is_a_leak(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    with pytest.raises(pytest.fail.Exception, match=r"open file .*log\.txt"), nothing_left_behind():
        file = path.open("w")
    file.close()


def test_what_was_there_before_is_none_and_neither_is_what_was_closed(tmp_path: Path) -> None:
    label = QLabel("a label")
    with (tmp_path / "before.txt").open("w"), nothing_left_behind():
        (tmp_path / "during.txt").write_text("closed again")
        label.setText("another text")
    label.deleteLater()


def test_every_test_of_the_window_is_watched(request: pytest.FixtureRequest) -> None:
    assert "no_leak" in request.fixturenames

"""The watch over leaks sees what it is there to see; each test here mends its own leak before the watch over itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from explorer.ui.base.throttle import Throttle
from tests.ui.leaks import Watch, watched


def left_by(leak: Callable[[], object], patience: float = 10.0) -> list[str]:
    watch = Watch(patience)
    leak()
    return watch.finish()


def test_a_thread_that_goes_on_is_a_leak() -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait, name="forgotten-worker")
    assert left_by(thread.start, patience=0) == ["thread forgotten-worker"]
    release.set()
    thread.join()


def test_a_thread_that_is_about_to_end_is_none() -> None:
    assert left_by(threading.Timer(0.05, lambda: None).start) == []


def test_a_widget_that_is_kept_is_a_leak() -> None:
    kept: list[QWidget] = []
    assert left_by(lambda: kept.append(QLabel(objectName="forgotten"))) == ["widget QLabel 'forgotten'"]
    kept.clear()


def test_a_widget_that_waits_for_its_deletion_is_none() -> None:
    kept: list[QWidget] = []

    def leak() -> None:
        kept.append(QLabel())
        kept[0].deleteLater()

    assert left_by(leak) == []


def test_a_widget_in_a_ring_of_objects_is_none() -> None:
    def leak() -> None:
        ring = QLabel()
        ring.itself = ring  # type: ignore[attr-defined]

    assert left_by(leak) == []


def test_a_timer_that_runs_is_a_leak() -> None:
    owner = QObject(QApplication.instance())
    assert left_by(QTimer(owner, interval=70_000).start) == []  # it was there before
    assert left_by(lambda: QTimer(owner, interval=70_000).start()) == ["running timer of QObject, every 70000 ms"]
    owner.deleteLater()


def test_a_throttle_that_waits_is_a_leak_until_its_owner_goes() -> None:
    owner = QObject()
    assert left_by(lambda: Throttle(lambda: None, 70_000, owner).poke()) == [
        "running timer of Throttle, every 70000 ms"
    ]

    def leak() -> None:
        Throttle(lambda: None, 70_000, owner).poke()
        owner.deleteLater()

    assert left_by(leak) == []


def test_a_file_that_stays_open_is_a_leak(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    kept = []
    assert left_by(lambda: kept.append(path.open("w"))) == [f"open file {path}"]
    kept[0].close()


def test_what_was_there_before_is_none_and_neither_is_what_was_closed(tmp_path: Path) -> None:
    label = QLabel()
    with (tmp_path / "before.txt").open("w"):
        assert left_by(lambda: label.setText(str((tmp_path / "during.txt").write_text("closed again")))) == []
    label.deleteLater()


def test_every_test_of_the_window_is_watched(request: pytest.FixtureRequest) -> None:
    assert "no_leak" in request.fixturenames


def test_a_test_that_leaks_fails(request: pytest.FixtureRequest) -> None:
    watching = watched(request)
    next(watching)
    kept = QLabel(objectName="forgotten")
    with pytest.raises(pytest.fail.Exception, match="left behind: widget QLabel 'forgotten'"):
        next(watching)
    kept.deleteLater()


def test_one_that_has_failed_already_is_not_blamed_twice(request: pytest.FixtureRequest, monkeypatch) -> None:
    watching = watched(request)
    next(watching)
    monkeypatch.setattr(request.session, "testsfailed", request.session.testsfailed + 1)
    kept = QLabel()
    assert list(watching) == []
    kept.deleteLater()

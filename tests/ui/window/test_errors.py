"""Whatever goes wrong is said in a toast and in the log; the window and what it showed stay."""

from __future__ import annotations

import sys
import threading
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from explorer.studio.downloads.state import NETWORKS_MISSING
from explorer.studio.faces.state import EMBEDDINGS
from explorer.studio.inversion.requests import Invert
from explorer.studio.inversion.state import RUN
from explorer.ui.base.guard import guarded, guarded_as
from explorer.ui.help.log_panel import LogPanel
from explorer.ui.inversion.panel import InversionPanel
from explorer.ui.window.app import Excepthook
from tests.ui.canned import HANDLERS, invert
from tests.ui.stage import Stage


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """An inversion that fails after three steps."""

    def failing(request, control):
        steps = invert(request, control)
        for _ in range(4):
            yield next(steps)
        raise MemoryError("no room for the gradients")

    monkeypatch.setitem(HANDLERS, Invert, failing)


@pytest.mark.usefixtures("broken")
class TestAFailingRun:
    @pytest.fixture
    def failed(self, request: pytest.FixtureRequest, broken: None) -> Stage:
        stage: Stage = request.getfixturevalue("stage")
        stage.open(request.getfixturevalue("photograph"))
        stage.workbench.inversion.start()
        stage.settle()
        return stage

    def test_shows_a_toast_and_keeps_what_was_there(self, failed: Stage) -> None:
        run = failed.session[RUN]
        assert run.status == "failed"
        assert len(run.steps) == 3
        assert len(failed.window.toasts.shown) == 1
        panel = failed.window.panel(InversionPanel)
        failed.until(lambda: panel.current.view.image() is not None)
        failed.until(panel.transport.start.isEnabled)
        assert len(failed.session[EMBEDDINGS]) == 1

    def test_a_click_on_the_toast_copies_the_details(self, failed: Stage) -> None:
        (toast,) = failed.window.toasts.shown
        failed.qtbot.mouseClick(toast, Qt.MouseButton.LeftButton)
        copied = QGuiApplication.clipboard().text()
        assert toast.notification.title in copied
        assert toast.notification.details in copied

    def test_the_log_has_it_and_the_toast_can_be_dismissed(self, failed: Stage) -> None:
        (toast,) = failed.window.toasts.shown
        toast.dismiss()
        assert failed.window.toasts.shown == []
        assert toast.notification.text in failed.window.panel(LogPanel).text.toPlainText()


@pytest.mark.slow
def test_the_same_error_is_not_stacked(stage: Stage) -> None:
    for _ in range(3):
        stage.workbench.notify("error", "One thing", "went wrong")
    assert len(stage.window.toasts.shown) == 1
    assert stage.window.panel(LogPanel).text.toPlainText().count("One thing") == 3


@pytest.mark.slow
def test_toasts_lie_inside_the_window_above_the_status_bar(stage: Stage) -> None:
    for number in range(6):
        stage.workbench.notify("error", f"Error {number}", "a sentence that is long enough to be wrapped " * 3)
    shown = stage.window.toasts.shown
    assert [toast.notification.title for toast in shown] == ["Error 2", "Error 3", "Error 4", "Error 5"]
    bar = stage.window.busy.geometry()
    for toast in shown:
        assert stage.window.rect().contains(toast.geometry())
        assert not toast.geometry().intersects(bar)
    for upper, lower in pairwise(shown):
        assert upper.geometry().bottom() < lower.geometry().top()


@pytest.mark.slow
def test_an_uncaught_error_of_a_thread_reaches_the_window(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    Excepthook(stage.window).install()
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    stage.until(lambda: len(stage.window.toasts.shown) == 1)
    assert "ZeroDivisionError" in stage.window.toasts.shown[0].details()


def test_an_error_in_a_virtual_method_does_not_end_the_program(qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    caught: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: caught.append(kind.__name__))

    class Careless(QWidget):
        @guarded
        def mousePressEvent(self, event):  # noqa: N802
            len(event)  # a TypeError raised by C code, which ends the process where nobody catches it

        @guarded_as(False)
        def event(self, event):
            return super().event(event)

    widget = Careless()
    qtbot.addWidget(widget)
    widget.show()
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)
    assert caught == ["TypeError"]


def test_a_missing_network_is_said_across_the_window_until_it_is_fetched(stage: Stage) -> None:
    assert not stage.window.banner.isVisible()
    stage.session[NETWORKS_MISSING] = "3 networks are missing"
    assert stage.window.banner.isVisible()
    stage.click(stage.window.banner.button)
    stage.settle()
    assert not stage.window.banner.isVisible()


def test_nothing_to_invert_is_said(stage: Stage, photograph: Path) -> None:
    assert not stage.window.actions_by_name["start"].isEnabled()
    stage.workbench.inversion.start()
    assert len(stage.window.toasts.shown) == 1

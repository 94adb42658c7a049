"""The window opens before anything slow is loaded, and closes with nothing left running."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from PySide6.QtCore import QThread

from explorer.science.inversion.terms import default_weights
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.engine.engine import Engine
from explorer.studio.engine.protocol import Control
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.faces.state import EMBEDDINGS, ENCODER
from explorer.studio.inversion.requests import Invert
from explorer.studio.inversion.state import RUN
from explorer.studio.session.state import ACTIVITIES
from explorer.ui.faces.opening import OpenService
from explorer.ui.inversion.objective_panel import ObjectivePanel
from explorer.ui.inversion.runs_panel import RunsPanel
from explorer.ui.window.main_window import MainWindow
from tests.ui.canned import HANDLERS, invert
from tests.ui.stage import PATIENCE_MS

SLOW = ("torch", "cv2", "matplotlib", "scipy", "onnx", "trimesh", "imageio", "pyqtgraph", "qtpy", "rapidfuzz")


@pytest.mark.slow
def test_the_window_is_painted_before_anything_slow_is_imported() -> None:
    script = f"""
import sys
from explorer.ui.base import theme
from explorer.ui.window import app
from PySide6.QtWidgets import QApplication
application = QApplication([])
theme.install(application)
window = app.MainWindow(app.new_session())
window.painted.connect(application.quit)
window.show()
application.exec()
print([name for name in {SLOW!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"


def test_what_the_first_paint_does_without_is_made_when_it_is_asked_for_and_at_the_latest_behind_it(qtbot) -> None:
    window = MainWindow(new_session())
    qtbot.addWidget(window)
    assert "runs" not in window.docking.panels
    window.bring("runs")
    assert window.docking.panels["runs"] is window.panel(RunsPanel)
    assert "wipe" not in window.docking.panels
    window.complete()
    assert set(window.docking.panels) == set(window.docks)
    assert window.middle.count() == 2
    window.close()


def unending(request: Invert, control: Control) -> Iterator[Report]:
    """A run that waits behind its tenth step: on a slow machine the window could see its last step with its first."""
    yield from islice(invert(request, control), 12)
    while True:
        threading.Event().wait(0.01)
        yield Progress("waiting")


@pytest.mark.slow
def test_closing_while_a_run_goes_on_leaves_no_thread(qtbot, photograph: Path) -> None:
    before = set(threading.enumerate())
    session = new_session()
    engine = Engine({**HANDLERS, Invert: unending})
    window = MainWindow(session)
    qtbot.addWidget(window)
    window.show()
    window.complete()
    window.attach(Workbench(engine, session, default_weights()))
    window.service(OpenService).paths([photograph])
    qtbot.waitUntil(lambda: bool(session[EMBEDDINGS]), timeout=PATIENCE_MS)
    window.actions_by_name["start"].trigger()
    qtbot.waitUntil(lambda: session[RUN] is not None and len(session[RUN].steps) > 5, timeout=PATIENCE_MS)
    assert session[RUN].active
    window.close()
    assert set(threading.enumerate()) == before


def test_events_are_handled_on_the_windows_thread(qtbot, photograph: Path) -> None:
    session = new_session()
    engine = Engine(HANDLERS)
    window = MainWindow(session)
    qtbot.addWidget(window)
    threads: set[QThread] = set()
    session.changed(ACTIVITIES).connect(lambda: threads.add(QThread.currentThread()))
    window.complete()
    window.attach(Workbench(engine, session, default_weights()))
    window.service(OpenService).paths([photograph])
    qtbot.waitUntil(lambda: bool(session[EMBEDDINGS]) and not session[ACTIVITIES], timeout=PATIENCE_MS)
    window.close()
    assert threads == {window.thread()}


def test_nothing_is_drawn_after_the_window_was_closed(qtbot, photograph: Path) -> None:
    session = new_session()
    window = MainWindow(session)
    qtbot.addWidget(window)
    window.show()
    window.close()
    session[ENCODER] = "sface"
    assert window.panel(ObjectivePanel).encoder.currentData() != "sface"

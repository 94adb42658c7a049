"""A real window on a fake engine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.science.inversion.terms import default_weights
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.engine.fake import FakeEngine
from explorer.ui.base import theme
from explorer.ui.session.service import SessionFileService
from explorer.ui.window.main_window import MainWindow
from tests.ui.canned import HANDLERS
from tests.ui.leaks import watched
from tests.ui.stage import PATIENCE_MS, Stage, save_picture

# A desktop's own display must not be used: windows would open on it, and Wayland places them differently.
os.environ["QT_QPA_PLATFORM"] = "xcb"


@pytest.fixture(scope="session")
def qapp_cls():
    """Style the application once, as `app.main` does."""

    class Styled(QApplication):
        def __init__(self, arguments: list[str]) -> None:
            super().__init__(arguments)
            theme.install(self)

    return Styled


@pytest.fixture(autouse=True)
def no_leak(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[None]:
    """Every test of the window gives back its threads, widgets, timers and files."""
    yield from watched(request)


@pytest.fixture
def whole() -> bool:
    """Whether all panels are there from the start; else those that a test opens or asks for."""
    return False


@pytest.fixture
def stage(qtbot: QtBot, whole: bool) -> Iterator[Stage]:
    """A window with a workbench on a fake engine."""
    session = new_session()
    engine = FakeEngine(HANDLERS)
    window = MainWindow(session)
    qtbot.addWidget(window)
    workbench = Workbench(engine, session, default_weights())
    with qtbot.waitExposed(window, timeout=PATIENCE_MS):
        window.show()
    if whole:
        window.complete()
    window.attach(workbench)
    window.service(SessionFileService).ask = lambda keeping: "discard"  # a question would wait for an answer
    yield Stage(window, session, workbench, engine, qtbot)
    window.close()


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """A picture file whose face the canned detector finds."""
    return save_picture(tmp_path / "person.png", 1)

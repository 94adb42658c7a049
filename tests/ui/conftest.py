"""A real window on a fake engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from canned import HANDLERS
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from explorer.science.inversion.terms import default_weights
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.session.state import Session
from explorer.studio.workbench import Workbench
from explorer.ui import theme
from explorer.ui.main_window import MainWindow

# A desktop's own display must not be used: windows would open on it, and Wayland places them differently.
os.environ["QT_QPA_PLATFORM"] = "xcb"


@dataclass
class Stage:
    """A window on screen, what it draws and what serves it."""

    window: MainWindow
    session: Session
    workbench: Workbench
    engine: FakeEngine
    qtbot: QtBot

    def settle(self) -> None:
        """Let the engine do all there is to do, what follows from it included."""
        while self.engine.run():
            self.listen()

    def advance(self, reports: int) -> None:
        """Let the engine make so many reports, and the window hear of them."""
        self.engine.advance(reports)
        self.listen()

    def listen(self) -> None:
        """Deliver what waits in the event queue."""
        QApplication.processEvents()

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for something that a throttle brings a moment later."""
        self.qtbot.waitUntil(true, timeout=5000)

    def open(self, *paths: Path) -> None:
        """Open files and embed their faces."""
        self.workbench.open_paths(paths)
        self.settle()

    def click(self, widget: QWidget) -> None:
        """Click the middle of a widget."""
        self.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)
        self.listen()


@pytest.fixture(scope="session")
def qapp_cls():
    """Style the application once, as `app.main` does."""

    class Styled(QApplication):
        def __init__(self, arguments: list[str]) -> None:
            super().__init__(arguments)
            theme.install(self)

    return Styled


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    """A window with a workbench on a fake engine."""
    session = Session()
    engine = FakeEngine(HANDLERS)
    window = MainWindow(session)
    qtbot.addWidget(window)
    workbench = Workbench(engine, session, default_weights())
    window.show()
    qtbot.waitExposed(window)
    window.attach(workbench)
    window.files.ask = lambda keeping: "discard"  # a question would wait for somebody to answer it
    yield Stage(window, session, workbench, engine, qtbot)
    window.close()


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """A picture file whose face the canned detector finds."""
    return save_picture(tmp_path / "person.png", 1)


def save_picture(path: Path, seed: int, size: tuple[int, int] = (200, 240)) -> Path:
    """Write a picture of smooth noise."""
    pixels = np.random.default_rng(seed).integers(0, 255, (6, 5, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC).save(path)
    return path

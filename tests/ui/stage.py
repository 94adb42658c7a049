"""What tests of the window hold in their hands: a real window on a fake engine, and pictures to open in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from explorer.studio.app.workbench import Workbench
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.session.state import Session
from explorer.ui.window.main_window import MainWindow

PATIENCE_MS = 60_000


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
        """Wait for something that a throttle brings a moment later, on a machine that others keep busy too."""
        self.qtbot.waitUntil(true, timeout=PATIENCE_MS)

    def open(self, *paths: Path) -> None:
        """Open files and embed their faces."""
        self.workbench.faces.open_paths(paths)
        self.settle()

    def click(self, widget: QWidget) -> None:
        """Click the middle of a widget."""
        self.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)
        self.listen()


def save_picture(path: Path, seed: int, size: tuple[int, int] = (200, 240)) -> Path:
    """Write a picture of smooth noise."""
    pixels = np.random.default_rng(seed).integers(0, 255, (6, 5, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC).save(path)
    return path

"""What is dropped on the window: files from elsewhere are opened, the window's own pictures are not."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from explorer.studio.faces.state import FACES, PHOTOGRAPHS
from explorer.studio.inversion.state import RUN
from explorer.studio.session.state import NOTIFICATIONS
from explorer.ui.base import imaging
from explorer.ui.inversion.panel import InversionPanel
from tests.ui.stage import Stage, save_picture


def drop(stage: Stage, mime: QMimeData) -> tuple[bool, bool]:
    """Hold something over the window and let it go; whether each was accepted."""
    arguments = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Qt means that only Qt makes them
        enter = QDragEnterEvent(QPoint(300, 300), *arguments)
    QApplication.sendEvent(stage.window, enter)
    shown = stage.window.drops._overlay.isVisible()
    assert shown == enter.isAccepted(), "the window says that it takes what it takes, and nothing else"
    let_go = QDropEvent(QPointF(300, 300), *arguments)
    let_go.ignore()
    QApplication.sendEvent(stage.window, let_go)
    stage.settle()
    assert not stage.window.drops._overlay.isVisible()
    return enter.isAccepted(), let_go.isAccepted()


def files(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


@pytest.mark.slow
def test_a_photograph_from_elsewhere_is_opened(stage: Stage, photograph: Path) -> None:
    assert drop(stage, files(photograph)) == (True, True)
    assert len(stage.session[FACES]) == 1


@pytest.mark.slow
@pytest.mark.parametrize("which", ["target", "best"])
def test_a_picture_of_the_window_that_is_dropped_on_it_opens_and_asks_nothing(
    stage: Stage, photograph: Path, which: str
) -> None:
    stage.open(photograph)
    stage.workbench.inversion.start()
    stage.settle()
    view = getattr(stage.window.panel(InversionPanel), which).view
    stage.until(lambda: view.image() is not None)
    mime = imaging.DragFolder.mime(view.image(), view.title, view.record())
    before = (dict(stage.session[FACES]), dict(stage.session[PHOTOGRAPHS]), stage.session[RUN])
    told = len(stage.session[NOTIFICATIONS])
    assert drop(stage, mime) == (False, False)
    assert (dict(stage.session[FACES]), dict(stage.session[PHOTOGRAPHS]), stage.session[RUN]) == before
    assert len(stage.session[NOTIFICATIONS]) == told
    assert QApplication.activeModalWidget() is None


@pytest.mark.slow
def test_a_file_of_the_same_name_from_elsewhere_is_opened_all_the_same(stage: Stage, tmp_path: Path) -> None:
    image = imaging.to_qimage(np.zeros((8, 8, 3), np.uint8))
    imaging.DragFolder.mime(image, "Best", {})
    assert drop(stage, files(save_picture(tmp_path / "best.png", 3))) == (True, True)
    assert len(stage.session[FACES]) == 1

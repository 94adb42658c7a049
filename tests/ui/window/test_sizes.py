"""The window stays on a small screen whichever docks are open: panels shrink before it grows."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from explorer.science.faces.face import FaceError
from explorer.studio.engine.protocol import Control
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.geometry.requests import FitFrame
from explorer.ui.base import icons
from explorer.ui.geometry.panel import ViewportPanel
from explorer.ui.inversion.panel import InversionPanel
from explorer.ui.widgets.button_row import ButtonRow
from tests.ui.canned import HANDLERS
from tests.ui.canned_probes import PROBE_HANDLERS
from tests.ui.stage import PATIENCE_MS, Stage


def unfitted(request: FitFrame, control: Control) -> Generator[Report, None, None]:
    """No face fits."""
    yield Progress("fitting")
    raise FaceError("no landmarks were found")


@pytest.fixture(autouse=True)
def handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Docks ask for readings and fits as they come into view."""
    for request, handler in {**PROBE_HANDLERS, FitFrame: unfitted}.items():
        monkeypatch.setitem(HANDLERS, request, handler)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1440, 900), (1280, 800)])
def test_no_dock_makes_the_window_larger(handlers: None, stage: Stage, photograph: Path, size: tuple[int, int]) -> None:
    window = stage.window
    stage.open(photograph)
    window.actions_by_name["start"].trigger()
    stage.settle()
    stage.until(window.panel(InversionPanel).scores.table.isVisible)
    for dock_id in window.docks:
        window.reset_layout()
        window.resize(*size)
        stage.listen()
        window.bring(dock_id)
        stage.settle()
        stage.listen()
        assert window.size().toTuple() == size, dock_id
        below = window.panel(InversionPanel)
        assert below.scores.isVisible() or below.curves.isVisible(), dock_id


@pytest.mark.slow
def test_textures_can_be_read_beside_the_middle_of_the_window(handlers: None, stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    stage.window.bring("3d_face")
    stage.settle()
    stage.listen()
    for picture in stage.window.panel(ViewportPanel).textures.pictures:
        assert min(picture.view.width(), picture.view.height()) >= 100
    assert stage.window.docks["3d_face"].height() == 440


def test_buttons_show_words_where_there_is_room_and_are_named_all_the_same(qtbot: QtBot) -> None:
    push, tool = QPushButton("Try failed again"), QToolButton()
    tool.setText("Over photo")
    icons.attach(push, "reset")
    icons.attach(tool, "image")
    place, row = QWidget(), ButtonRow([push, tool], spacing=6)
    row.setParent(place)  # of a window of its own Qt would keep the width
    for button in (push, tool):
        row.row.addWidget(button)
    row.row.addStretch()
    qtbot.addWidget(place)
    with qtbot.waitExposed(place, timeout=PATIENCE_MS):
        place.show()
    QApplication.processEvents()
    wide, narrow = row.sizeHint().width(), row.minimumSizeHint().width()
    assert narrow < wide
    for width, words in ((wide + 20, True), (narrow, False), (wide + 20, True)):
        row.resize(width, row.sizeHint().height())
        QApplication.processEvents()
        assert bool(push.text()) is words
        assert tool.toolButtonStyle().name == ("ToolButtonTextOnly" if words else "ToolButtonIconOnly")
        assert row.minimumSizeHint().width() == pytest.approx(narrow, abs=2)  # Qt rounds
    assert (push.accessibleName(), tool.accessibleName()) == ("Try failed again", "Over photo")

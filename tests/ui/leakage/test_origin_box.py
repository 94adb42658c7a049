"""What is read stands in the Probe panel, with whose word that is, and is said otherwise there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from explorer.studio.faces.state import ORIGINS, SELECTED
from explorer.studio.leakage.state import PROBING
from explorer.ui.leakage.origin_box import OriginBox
from explorer.ui.leakage.panel import ProbePanel
from tests.ui.stage import Stage


@pytest.fixture
def opened(canned: None, stage: Stage, photograph: Path) -> Iterator[Stage]:
    stage.open(photograph)
    dock = stage.window.docks["probe"]
    dock.show()
    dock.raise_()
    stage.listen()
    stage.settle()
    stage.listen()
    return stage


def box_of(stage: Stage) -> OriginBox:
    return stage.window.panel(ProbePanel).origin


@pytest.mark.slow
def test_what_is_read_can_be_said_and_is_taken_back(opened: Stage) -> None:
    box = box_of(opened)
    opened.until(lambda: "does not say that Likeness drew it" in box.toolTip())
    assert box.currentText() == "Photograph"
    box.setFocus()
    opened.qtbot.keyClick(box, Qt.Key.Key_Down)
    opened.settle()
    assert opened.session[ORIGINS] == {opened.session[SELECTED]: "generated"}
    assert opened.session[PROBING].face.origin == "generated"
    opened.until(lambda: "This was your choice" in box.toolTip())
    opened.workbench.undo()
    opened.settle()
    opened.until(lambda: box.currentText() == "Photograph")
    assert opened.session[PROBING].face.origin == "photograph"


@pytest.mark.slow
def test_nothing_is_to_be_said_where_nothing_is_selected(opened: Stage) -> None:
    box = box_of(opened)
    opened.until(box.isEnabled)
    opened.workbench.faces.select_face(None)
    opened.until(lambda: not box.isEnabled())

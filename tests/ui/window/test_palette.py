"""The palette by keyboard: open, type, choose, do."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from explorer.studio.inversion.state import RUN
from explorer.ui.window.palette import Palette
from tests.ui.stage import Stage


def opened(stage: Stage) -> Palette:
    stage.window.activateWindow()
    stage.window.actions_by_name["palette"].trigger()
    stage.listen()
    return stage.window.palette_of_actions


def names(palette: Palette) -> list[str]:
    return [entry.spec.name for entry in palette.shown()]


@pytest.mark.slow
def test_it_lists_every_action_with_nothing_typed(stage: Stage) -> None:
    palette = opened(stage)
    assert palette.isVisible()
    everything = {name for name, entry in stage.window.registry.entries.items() if not entry.spec.head}
    assert set(names(palette)) == everything - {"palette"}


@pytest.mark.slow
def test_return_carries_out_the_first_found(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    palette = opened(stage)
    stage.qtbot.keyClicks(palette.field, "start")
    assert names(palette)[0] == "start"
    stage.qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    stage.advance(5)
    assert not palette.isVisible()
    assert stage.session[RUN] is not None


@pytest.mark.slow
def test_the_arrows_move_and_what_was_used_comes_first_the_next_time(stage: Stage) -> None:
    palette = opened(stage)
    stage.qtbot.keyClicks(palette.field, "log")
    second = names(palette)[1]
    stage.qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentRow() == 1
    stage.qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    stage.qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.list.currentRow() == 0
    stage.qtbot.keyClick(palette.field, Qt.Key.Key_PageDown)
    assert palette.list.currentRow() == min(12, palette.list.count() - 1)
    palette.field.setText(stage.window.registry.entries["dock_log"].spec.text)
    stage.qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert second != "dock_log"
    assert names(opened(stage))[0] == "dock_log"


@pytest.mark.slow
def test_what_cannot_be_done_is_listed_with_its_reason_and_not_done(stage: Stage) -> None:
    palette = opened(stage)
    stage.qtbot.keyClicks(palette.field, "export figure")
    entry = palette.shown()[0]
    assert entry.spec.name == "export_figure"
    assert entry.reason == "no run has been finished"
    assert "no run has been finished" in palette.foot.text()
    stage.qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible(), "it stays, so that the reason can be read"
    assert palette.recent == ()


@pytest.mark.slow
def test_what_can_be_done_comes_before_what_cannot(stage: Stage) -> None:
    palette = opened(stage)
    for typed in ("", "e", "st", "open", "export"):
        palette.field.setText(typed)
        first = palette.shown()[0]
        possible = [one for one in palette.shown() if not one.reason]
        assert not first.reason or not possible or len(typed) > 2, typed
    assert stage.window.registry.entries["stop"].reason
    palette.field.setText("s")
    reasons = [bool(one.reason) for one in palette.shown()]
    assert reasons.index(True) > 0
    assert reasons == sorted(reasons), "all of these begin with the letter"


@pytest.mark.slow
def test_escape_closes_it_and_cancels_nothing(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    stage.window.actions_by_name["start"].trigger()
    stage.advance(4)
    palette = opened(stage)
    stage.qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    stage.listen()
    assert not palette.isVisible()
    assert stage.session[RUN] is not None
    assert stage.session[RUN].active


@pytest.mark.slow
def test_nothing_found_is_said(stage: Stage) -> None:
    palette = opened(stage)
    stage.qtbot.keyClicks(palette.field, "qqxxzz")
    assert palette.shown() == []
    assert palette.foot.text() == "No action is called so."
    stage.qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    stage.qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.isVisible()

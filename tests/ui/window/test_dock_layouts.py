"""Docks in named layouts, on whatever screens there are."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QInputDialog

from explorer.studio.config.layouts import FILE
from explorer.studio.session.state import NOTIFICATIONS
from explorer.ui.window.layouts import SHIPPED, available, clamped
from tests.ui.stage import Stage

SIZES = st.integers(100, 4000)
PLACES = st.integers(-6000, 6000)
SCREENS = st.lists(st.builds(QRect, PLACES, PLACES, SIZES, SIZES), min_size=1, max_size=3)


@given(wanted=st.builds(QRect, PLACES, PLACES, SIZES, SIZES), screens=SCREENS)
def test_a_clamped_place_lies_on_a_screen_and_is_as_large_as_it_was_or_as_the_screen(
    wanted: QRect, screens: list[QRect]
) -> None:
    got = clamped(wanted, screens)
    (screen, *_) = [one for one in screens if one.contains(got)]
    sizes = {(min(wanted.width(), one.width()), min(wanted.height(), one.height())) for one in screens}
    assert (got.width(), got.height()) in sizes
    assert screen.contains(got)


@given(screens=SCREENS)
def test_what_fits_stays_where_it_is(screens: list[QRect]) -> None:
    inside = screens[0].adjusted(10, 10, -10, -10)
    assert clamped(inside, screens[:1]) == inside


def test_a_window_of_a_screen_that_is_gone_comes_to_the_nearest() -> None:
    left, right = QRect(0, 0, 1000, 800), QRect(1000, 0, 1000, 800)
    assert clamped(QRect(2600, 100, 500, 400), [left, right]) == QRect(1500, 100, 500, 400)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_layout_brings_exactly_its_docks_into_view(stage: Stage, name: str) -> None:
    stage.window.actions_by_name[f"layout_{name.lower()}"].trigger()
    fronts = {group[0] for groups in SHIPPED[name].groups().values() for group in groups}
    known = {dock_id for dock_id in fronts if dock_id in stage.window.docks}
    stage.until(lambda: {dock_id for dock_id in stage.window.docks if stage.window.in_view(dock_id)} == known)


def test_a_layout_of_ones_own_comes_back_and_can_be_deleted(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = stage.window
    window.layouts.persist_in(tmp_path)
    assert window.registry.entries["delete_layout"].reason
    window.actions_by_name["layout_inversion"].trigger()
    stage.until(lambda: window.in_view("runs"))
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("my desk", True))
    window.actions_by_name["save_layout"].trigger()
    assert (tmp_path / FILE).exists()
    window.actions_by_name["reset_layout"].trigger()
    stage.until(lambda: not window.in_view("runs") and window.in_view("embedding"))
    window.actions_by_name["layout_own_my desk"].trigger()
    stage.until(lambda: window.in_view("runs") and not window.in_view("embedding"))
    monkeypatch.setattr(QInputDialog, "getItem", lambda *_: ("my desk", True))
    window.actions_by_name["delete_layout"].trigger()
    assert "layout_own_my desk" not in window.registry.by_name
    assert window.registry.entries["delete_layout"].reason


def test_a_floating_dock_of_a_screen_that_is_gone_comes_back_into_reach(stage: Stage) -> None:
    window, dock = stage.window, stage.window.docks["faces"]
    dock.setFloating(True)
    dock.setGeometry(QRect(9000, 9000, 300, 300))
    state = bytes(window.saveState().data())
    dock.setFloating(False)
    window.layouts.restore(state)
    stage.listen()
    assert dock.isFloating()
    assert any(screen.contains(dock.geometry()) for screen in available())


def test_the_window_begins_as_it_was_closed(stage: Stage, tmp_path: Path) -> None:
    window = stage.window
    window.layouts.persist_in(tmp_path)
    window.actions_by_name["layout_inversion"].trigger()
    stage.until(lambda: window.in_view("runs") and not window.in_view("embedding"))
    window.layouts.leave()
    window.reset_layout()
    stage.until(lambda: window.in_view("embedding"))
    window.layouts.persist_in(tmp_path)
    window.layouts.restore_last()
    stage.until(lambda: window.in_view("runs") and not window.in_view("embedding"))


def test_a_file_of_layouts_that_cannot_be_read_is_said(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("no layouts")
    stage.window.layouts.persist_in(tmp_path)
    assert stage.session[NOTIFICATIONS][-1].title == "The layouts could not be read"

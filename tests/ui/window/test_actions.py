"""One registration feeds menus, shortcuts, buttons and the palette; what cannot be done now says why."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QScrollBar,
    QTextEdit,
    QToolButton,
    QWidget,
)

from explorer.ui.actions.registry import ActionSpec
from tests.ui.stage import Stage

INTERACTIVE = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
)


def leaves(menu: QMenu) -> list[QAction]:
    found: list[QAction] = []
    for action in menu.actions():
        submenu = action.menu()
        if isinstance(submenu, QMenu):
            found.extend(leaves(submenu))
        elif not action.isSeparator():
            found.append(action)
    return found


def test_every_action_has_a_name_and_a_tip_and_can_be_carried_out(stage: Stage) -> None:
    for entry in stage.window.registry.entries.values():
        spec = entry.spec
        assert spec.text, spec.name
        assert len(spec.tooltip) > 5, spec.name
        assert not spec.tooltip.endswith("."), spec.name
        assert spec.head or (spec.callback is None) != (spec.on_toggled is None), spec.name


def test_what_the_menus_hold_is_registered_and_every_menu_is_filled(stage: Stage) -> None:
    registered = set(map(id, stage.window.registry.by_name.values()))
    shown: list[QAction] = []
    for above in stage.window.menuBar().actions():
        menu = above.menu()
        assert isinstance(menu, QMenu)
        shown.extend(leaves(menu))
    assert all(id(action) in registered for action in shown)
    in_menus = {
        name for name, entry in stage.window.registry.entries.items() if entry.spec.menu and not entry.spec.head
    }
    assert {action.objectName() for action in shown} == in_menus


def test_no_shortcut_means_two_things(stage: Stage) -> None:
    keys = Counter(
        shortcut.toString() for entry in stage.window.registry.entries.values() for shortcut in entry.action.shortcuts()
    )
    assert [key for key, count in keys.items() if count > 1] == []
    assert "" not in keys, "a shortcut that Qt cannot read"


@pytest.mark.slow
def test_an_action_that_cannot_be_carried_out_says_why(stage: Stage, photograph: Path) -> None:
    entries = stage.window.registry.entries
    assert entries["start"].reason == "no face and no embedding is selected"
    assert "Not now: no face" in entries["start"].action.toolTip()
    stage.open(photograph)
    assert entries["start"].reason == ""
    assert entries["start"].action.isEnabled()
    assert "Not now" not in entries["start"].action.toolTip()
    stage.window.actions_by_name["start"].trigger()
    stage.advance(6)
    assert entries["start"].reason == "a run is under way"
    assert entries["pause"].action.isEnabled()


@pytest.mark.slow
def test_disabled_and_reason_go_together_whatever_the_session(stage: Stage, photograph: Path) -> None:
    def check() -> None:
        for entry in stage.window.registry.entries.values():
            assert entry.action.isEnabled() == (not entry.reason), entry.spec.name

    check()
    stage.open(photograph)
    check()
    stage.window.actions_by_name["start"].trigger()
    stage.settle()
    check()


def test_an_action_that_came_later_is_in_its_menu_until_it_goes(stage: Stage) -> None:
    done: list[str] = []
    registry = stage.window.registry
    spec = ActionSpec("later", "Later", "Do it later", lambda _: done.append("later"), menu="Run", group="run")
    registry.add(spec).trigger()
    assert done == ["later"]
    assert "later" in [action.objectName() for action in registry.menus["Run"].actions()]
    with pytest.raises(ValueError, match="later"):
        registry.add(spec)
    registry.remove("later")
    assert "later" not in [action.objectName() for action in registry.menus["Run"].actions()]
    assert "later" not in registry.by_name


def test_a_dock_is_ticked_while_it_can_be_seen(stage: Stage) -> None:
    runs, variation = (stage.window.actions_by_name[name] for name in ("dock_runs", "dock_variation"))
    assert not runs.isChecked()
    runs.trigger()
    stage.until(runs.isChecked)
    variation.trigger()
    stage.until(lambda: variation.isChecked() and not runs.isChecked())  # it is behind the other's tab
    runs.trigger()
    stage.until(lambda: runs.isChecked() and not variation.isChecked())
    runs.trigger()
    stage.until(lambda: not stage.window.docks["runs"].isVisible())


def test_every_widget_that_can_be_used_has_an_accessible_name(stage: Stage) -> None:
    nameless = []
    for widget in stage.window.findChildren(QWidget):
        internal = isinstance(widget, QScrollBar) or widget.objectName().startswith("qt_") or _part_of(widget)
        if not isinstance(widget, INTERACTIVE) or internal:
            continue
        interface = QAccessible.queryAccessibleInterface(widget)
        if not interface.text(QAccessible.Text.Name).strip():
            nameless.append(f"{_panel(widget)}: {type(widget).__name__} {widget.objectName()}")
    assert nameless == []


def test_every_button_can_be_reached_by_key_or_palette(stage: Stage) -> None:
    """A button either takes the focus, or carries out a registered action."""
    registered = set(map(id, stage.window.registry.by_name.values()))
    unreachable = []
    for widget in stage.window.findChildren(QWidget):
        if not isinstance(widget, QAbstractButton) or _part_of(widget) or widget.objectName().startswith("qt_"):
            continue
        by_palette = isinstance(widget, QToolButton) and id(widget.defaultAction()) in registered
        if not by_palette and not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            unreachable.append(f"{_panel(widget)}: {widget.accessibleName() or widget.text()}")
    assert unreachable == []


def _part_of(widget: QWidget) -> bool:
    """Whether it is a part of a widget of Qt's own: the field in a spin box, the list of a combo box, a tab's arrow."""
    above = widget.parentWidget()
    while above is not None:
        kind = type(above).__name__
        if isinstance(above, (QAbstractSpinBox, QComboBox, QAbstractItemView, QLineEdit)) or kind in (
            "QTabBar",
            "QMenuBar",
            "QComboBoxPrivateContainer",
        ):
            return True
        if kind == "QToolBar" and type(widget).__name__ == "QToolBarExtension":
            return True
        above = above.parentWidget()
    return False


def _panel(widget: QWidget) -> str:
    above: QWidget | None = widget
    while above is not None and not type(above).__module__.startswith("explorer.ui.panels"):
        above = above.parentWidget()
    return "window" if above is None else type(above).__name__

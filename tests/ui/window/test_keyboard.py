"""Where the keyboard is and goes, and what the wheel may turn."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QAction, QGuiApplication, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QPushButton,
    QScrollBar,
    QVBoxLayout,
    QWidget,
)

from explorer.studio.inversion.state import RUN, WEIGHTS
from explorer.ui.actions.button import bind_button
from explorer.ui.inversion.objective_panel import ObjectivePanel
from explorer.ui.inversion.panel import InversionPanel
from explorer.ui.widgets.quiet import QuietComboBox, QuietSlider
from tests.ui.stage import PATIENCE_MS, Stage


def turn_wheel(widget: QWidget) -> None:
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle, QPointF(widget.mapToGlobal(middle.toPoint())), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def value(widget: QWidget) -> object:
    if isinstance(widget, QAbstractSlider):
        return widget.value()
    return widget.currentIndex() if isinstance(widget, QComboBox) else widget.text()


def test_the_wheel_over_what_is_not_chosen_changes_nothing(stage: Stage) -> None:
    stage.window.activateWindow()
    stage.window.middle.setFocus()
    widgets = [
        one
        for kind in (QAbstractSlider, QAbstractSpinBox, QComboBox)
        for one in stage.window.findChildren(kind)
        if not isinstance(one, QScrollBar)
    ]
    assert len(widgets) > 40
    for one in widgets:
        before = value(one)
        turn_wheel(one)
        assert value(one) == before, one.accessibleName()
        # Qt gives the keyboard to what has this policy as the wheel passes, and then lets the wheel turn it.
        assert one.focusPolicy() is not Qt.FocusPolicy.WheelFocus, one.accessibleName()


def test_the_wheel_turns_what_is_chosen(qtbot) -> None:
    place = QWidget()
    qtbot.addWidget(place)
    column = QVBoxLayout(place)
    slider, box = QuietSlider(), QuietComboBox()
    slider.setValue(50)
    box.addItems(["one", "two"])
    box.setCurrentIndex(1)
    for one in (slider, box):
        column.addWidget(one)
    with qtbot.waitActive(place, timeout=PATIENCE_MS):
        place.show()
        place.activateWindow()
    for one in (slider, box):
        one.setFocus()
        before = value(one)
        turn_wheel(one)
        assert value(one) != before


def test_a_weight_stays_while_its_panel_is_scrolled(stage: Stage) -> None:
    before = dict(stage.session[WEIGHTS])
    for slider in stage.window.panel(ObjectivePanel).sliders.values():
        turn_wheel(slider.slider)
        turn_wheel(slider.field)
    assert dict(stage.session[WEIGHTS]) == before


def test_the_next_panel_is_every_panel_in_turn_and_then_the_first_again(stage: Stage) -> None:
    stage.window.activateWindow()
    stage.until(stage.window.isActiveWindow)
    stage.window.bring("log")
    stage.listen()
    shown = [dock_id for dock_id in stage.window.docks if stage.window.in_view(dock_id)]
    assert "embedding" in shown, "it has nothing to stop at before a face is chosen"

    def here() -> str:
        return stage.window.docking.in_focus() or "middle"

    stage.window.middle.setFocus()
    for action, order in (("next_panel", shown), ("previous_panel", shown[::-1])):
        passed = []
        for _ in range(len(shown) + 1):
            stage.window.actions_by_name[action].trigger()
            stage.listen()
            passed.append(here())
        assert passed == [*order, "middle"]


def test_a_panel_that_floats_is_passed_too(stage: Stage) -> None:
    stage.window.docks["faces"].setFloating(True)
    stage.listen()
    stage.window.activateWindow()
    stage.window.middle.setFocus()
    stage.window.actions_by_name["next_panel"].trigger()
    stage.until(lambda: stage.window.docking.in_focus() == "faces")
    stage.window.actions_by_name["next_panel"].trigger()
    stage.until(lambda: stage.window.docking.in_focus() == "embedding")


def test_tab_reaches_the_sliders_of_the_loss_where_they_stand(stage: Stage) -> None:
    panel = stage.window.panel(ObjectivePanel)
    order, one = [], panel.preset.nextInFocusChain()
    while one is not panel.reset:
        order.append(one)
        one = one.nextInFocusChain()
        assert one is not panel.preset, "the chain goes round without the button below the sliders"
    sliders = [part for slider in panel.sliders.values() for part in (slider.slider, slider.field)]
    assert [one for one in order if one in sliders] == sliders


def test_the_stops_of_a_panel_follow_each_other(stage: Stage) -> None:
    """The Tab key leaves a panel once, when it has been through it."""
    of = {one: dock_id for dock_id, panel in stage.window.docking.panels.items() for one in panel.findChildren(QWidget)}
    passed: list[str] = []
    one = stage.window.nextInFocusChain()
    while one is not stage.window:
        if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one in of and passed[-1:] != [of[one]]:
            passed.append(of[one])
        one = one.nextInFocusChain()
    assert sorted(passed) == sorted(set(passed))


@pytest.mark.slow
def test_the_keyboard_stays_on_start(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    stage.window.activateWindow()
    start = stage.window.panel(InversionPanel).transport.start
    start.setFocus()
    stage.qtbot.keyClick(start, Qt.Key.Key_Space)
    stage.advance(5)
    assert stage.window.focusWidget() is start
    run = stage.session[RUN]
    assert run is not None
    steps = len(run.steps)
    stage.qtbot.keyClick(start, Qt.Key.Key_Space)  # neither Step nor anything else is pressed by it
    assert len(run.steps) == steps
    stage.settle()
    assert stage.window.focusWidget() is start
    assert start.isEnabled()


def test_a_button_whose_action_cannot_be_done_waits_for_the_keyboard_to_leave(qtbot) -> None:
    place = QWidget()
    qtbot.addWidget(place)
    action, done = QAction("Do", place), []
    action.triggered.connect(lambda: done.append(1))
    button, other = QPushButton("Do"), QPushButton("Other")
    column = QVBoxLayout(place)
    column.addWidget(button)
    column.addWidget(other)
    bind_button(button, action)
    with qtbot.waitActive(place, timeout=PATIENCE_MS):
        place.show()
        place.activateWindow()
    button.setFocus()
    action.setEnabled(False)
    assert button.hasFocus()
    assert button.property("resting")
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert done == []
    other.setFocus()
    assert not button.isEnabled()
    assert not button.property("resting")
    action.setEnabled(True)
    assert button.isEnabled()


@pytest.mark.parametrize("again", ["restored", "started"])
def test_a_floating_dock_comes_back_before_the_window(stage: Stage, again: str) -> None:
    window, dock = stage.window, stage.window.docks["faces"]
    dock.setFloating(True)
    dock.setGeometry(QRect(window.geometry().center(), dock.size()).translated(-80, -80))
    stage.listen()
    state = bytes(window.saveState().data())
    dock.setFloating(False)
    if again == "started":
        window.hide()
        window.layouts.restore(state)
        window._painted = False
        window.show()
    else:
        window.layouts.restore(state)
    stage.until(lambda: dock.isFloating() and dock.isVisible())
    middle = dock.geometry().center()
    stage.until(lambda: QGuiApplication.topLevelAt(middle) is dock.windowHandle())

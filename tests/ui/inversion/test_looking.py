"""Target, Current and Best looked at together: one lens, one at full size, two by turns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from explorer.studio.inversion.state import RUN
from explorer.ui.inversion.blinker import RATES
from explorer.ui.inversion.looking import Looking
from explorer.ui.inversion.panel import InversionPanel
from explorer.ui.widgets.zoom_view import ZoomView
from tests.ui.stage import Stage

pytestmark = pytest.mark.slow  # a whole window each


@pytest.fixture
def ran(stage: Stage, photograph: Path) -> Stage:
    """A window in which a run goes on, with all three of its pictures in view."""
    stage.open(photograph)
    stage.workbench.inversion.start()
    stage.advance(12)
    stage.until(lambda: all(view.image() is not None for view in views(stage)))
    return stage


def looking(stage: Stage) -> Looking:
    return stage.window.panel(InversionPanel).looking


def views(stage: Stage) -> list[ZoomView]:
    here = looking(stage)
    return [picture.view for picture in (here.target, here.current, here.best)]


def roll(widget: QWidget, place: QPointF, notches: int) -> None:
    """Turn the wheel over a place of a widget."""
    event = QWheelEvent(
        place, widget.mapToGlobal(place), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def press(stage: Stage, widget: QWidget, key: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    stage.qtbot.keyClick(widget, key, modifier)
    stage.listen()


def middle_of(view: ZoomView) -> np.ndarray:
    """The colours in the middle of what is drawn."""
    centre = view.grab().toImage().pixelColor(view.width() // 2, view.height() // 2)
    return np.array(centre.getRgb()[:3], int)


def test_the_wheel_zooms_all_three_at_the_pointer_and_a_double_click_shows_all(ran: Stage) -> None:
    target, *others = views(ran)
    pointer = target.frame().topLeft() + QPointF(30, 20)
    under = target.place(pointer)
    roll(target, pointer, 3)
    assert (target.place(pointer) - under).manhattanLength() < 1e-6, "what is under the pointer stays there"
    for view in (target, *others):
        assert view.area().width() / view.frame().width() == pytest.approx(1.25**3)
        assert (view.place(view.frame().center()) - target.place(target.frame().center())).manhattanLength() < 1e-6
    ran.qtbot.mouseDClick(others[1], Qt.MouseButton.LeftButton)
    assert all(view.area() == view.frame() for view in (target, *others))


def test_a_drag_pans_all_three(ran: Stage) -> None:
    target, current, best = views(ran)
    looking(ran).lens.zoom_by(4.0, QPointF(0.5, 0.5))
    before = best.place(best.frame().center())
    start = current.frame().center().toPoint()
    ran.qtbot.mousePress(current, Qt.MouseButton.LeftButton, pos=start)
    ran.qtbot.mouseMove(current, start + QPoint(24, -16))
    ran.qtbot.mouseRelease(current, Qt.MouseButton.LeftButton, pos=start + QPoint(24, -16))
    moved = before - best.place(best.frame().center())
    side = current.area().width()
    assert moved.x() == pytest.approx(24 / side, abs=1.5 / side)
    assert moved.y() == pytest.approx(-16 / side, abs=1.5 / side)
    assert target.place(target.frame().center()) == best.place(best.frame().center())


def test_keys_zoom_pan_and_reset_the_picture_that_has_the_keyboard(ran: Stage) -> None:
    best = views(ran)[2]
    lens = looking(ran).lens
    press(ran, best, Qt.Key.Key_Plus)
    assert lens.zoom == pytest.approx(1.25)
    left = lens.part.left()
    press(ran, best, Qt.Key.Key_Right)
    assert lens.part.left() > left
    press(ran, best, Qt.Key.Key_0)
    assert lens.zoom == 1


def test_one_picture_fills_the_window_and_escape_leads_back_and_cancels_nothing(ran: Stage) -> None:
    here, current = looking(ran), views(ran)[1]
    current.setFocus()
    press(ran, current, Qt.Key.Key_Return)
    full = here.full
    assert full is not None
    assert full.view.title == "Current"
    assert ran.window.focusWidget() is full.view
    assert full.width() == ran.window.width()
    assert full.view.height() > 0.7 * ran.window.height()
    ran.until(lambda: full.view.image() is not None)
    assert full.view.lens is here.lens
    assert ran.window.actions_by_name["cancel"].isEnabled()
    press(ran, full.view, Qt.Key.Key_Escape)
    assert here.full is None
    assert ran.window.focusWidget() is current
    ran.settle()
    assert ran.session[RUN].status == "finished", "Esc has not cancelled the run"


def test_at_full_size_the_run_goes_on_and_keys_choose_the_picture(ran: Stage) -> None:
    here = looking(ran)
    here.enlarge(1)
    full = here.full
    for key, title in ((Qt.Key.Key_1, "Target"), (Qt.Key.Key_3, "Best"), (Qt.Key.Key_2, "Current")):
        press(ran, full.view, key)
        assert full.view.title == title
        assert full.choices.checkedButton().text() == title
    before = full.detail.text()
    ran.advance(10)
    ran.until(lambda: full.detail.text() not in ("", before))
    assert full.detail.text() == here.current.detail.text()
    ran.window.resize(1500, 950)
    ran.until(lambda: full.width() == 1500)
    seen = set()
    for _ in range(12):
        press(ran, ran.window.focusWidget(), Qt.Key.Key_Tab)
        focused = ran.window.focusWidget()
        assert full.isAncestorOf(focused), "what lies below cannot be seen"
        seen.add(focused)
    assert full.close_button in seen
    ran.click(full.close_button)
    assert here.full is None


def test_at_full_size_nothing_of_a_forgotten_face_stays(ran: Stage) -> None:
    ran.settle()
    here = looking(ran)
    here.enlarge(0)
    full = here.full
    ran.until(lambda: full.view.image() is not None)
    ran.workbench.gallery.forget([ran.session[RUN].target.key])
    ran.settle()
    ran.until(lambda: here.full is None or full.view.image() is None)
    ran.until(lambda: all(view._shrunk == {} for view in views(ran)))


def test_the_target_is_in_the_place_of_the_result_while_a_key_is_held(ran: Stage) -> None:
    target, current, best = views(ran)
    red, blue = (np.full((64, 64, 3), colour, np.uint8) for colour in ((250, 0, 0), (0, 0, 250)))
    ran.session[RUN] = replace(ran.session[RUN], target_frame=red, image=blue, best_image=blue)
    ran.until(lambda: np.allclose(middle_of(best), (0, 0, 250), atol=12))
    ran.until(lambda: np.allclose(middle_of(target), (250, 0, 0), atol=12))
    assert np.allclose(middle_of(best), (0, 0, 250), atol=12)
    ran.qtbot.keyPress(best, Qt.Key.Key_B)
    assert np.allclose(middle_of(best), (250, 0, 0), atol=12)
    assert np.allclose(middle_of(current), (250, 0, 0), atol=12)
    assert best.image().pixelColor(32, 32).blue() > 200, "what is copied and saved stays its own"
    ran.qtbot.keyRelease(best, Qt.Key.Key_B)
    assert np.allclose(middle_of(best), (0, 0, 250), atol=12)
    ran.qtbot.keyPress(best, Qt.Key.Key_B)
    QApplication.sendEvent(best, QFocusEvent(QEvent.Type.FocusOut))
    assert not looking(ran).blinker.swapped, "a key that is released elsewhere is released"
    ran.qtbot.mousePress(best.swap, Qt.MouseButton.LeftButton)
    assert looking(ran).blinker.swapped
    ran.qtbot.mouseRelease(best.swap, Qt.MouseButton.LeftButton)
    assert not looking(ran).blinker.swapped


def test_a_stand_in_carries_its_name_and_not_the_mark_of_a_reconstruction(ran: Stage) -> None:
    target, _, best = views(ran)
    plain = np.full((64, 64, 3), 120, np.uint8)
    ran.session[RUN] = replace(ran.session[RUN], target_frame=plain, image=plain, best_image=plain)
    for view in (target, best):
        ran.until(lambda view=view: np.allclose(middle_of(view), 120, atol=9))
    best.set_mark(True)
    side = best.frame().toRect()
    corner = QPoint(side.right() - 3, side.bottom() - 4)
    ran.until(lambda: best.grab().toImage().pixelColor(corner).red() != 120)
    best.show_instead(target)
    assert abs(best.grab().toImage().pixelColor(corner).red() - 120) < 9, "the mark belongs to the result"


def test_target_and_result_blink_at_a_rate_that_can_be_set_and_rest_when_nobody_looks(ran: Stage) -> None:
    ran.settle()
    blinker = looking(ran).blinker
    blink = ran.window.actions_by_name["picture_blink"]
    blink.trigger()
    assert (blinker.blinking, blinker.swapped, blink.isChecked()) == (True, True, True)
    turns = []
    for _ in range(4):
        blinker._timer.timeout.emit()
        turns.append(blinker.swapped)
    assert turns == [False, True, False, True]
    ran.window.actions_by_name["picture_quicker"].trigger()
    assert blinker._timer.interval() == round(1000 / blinker.rate)
    assert blinker.rate == 2.0
    blink.trigger()
    assert (blinker.blinking, blinker.swapped) == (False, False)
    press(ran, views(ran)[2], Qt.Key.Key_B, Qt.KeyboardModifier.ShiftModifier)
    assert blinker.blinking
    ran.window.panel(InversionPanel).hide()
    assert (blinker.blinking, blinker.swapped) == (False, False)


def test_no_rate_flashes_more_than_three_times_a_second() -> None:
    assert max(RATES) / 2 <= 3  # WCAG 2.3.1: a flash is there and back


def test_the_palette_offers_to_look_and_says_why_not(stage: Stage, photograph: Path) -> None:
    names = [name for name in stage.window.registry.entries if name.startswith("picture_")]
    assert {"picture_full", "picture_swap", "picture_blink", "picture_in", "picture_out", "picture_all"} <= set(names)
    stage.window.registry.refresh()
    assert "no run has made a picture yet" in stage.window.actions_by_name["picture_full"].toolTip()
    stage.open(photograph)
    stage.workbench.inversion.start()
    stage.settle()
    stage.window.actions_by_name["picture_full"].trigger()
    assert looking(stage).full is not None
    assert stage.window.actions_by_name["picture_full"].isChecked()
    stage.window.actions_by_name["picture_in"].trigger()
    assert looking(stage).lens.zoom == pytest.approx(1.25)
    stage.window.actions_by_name["picture_full"].trigger()
    assert looking(stage).full is None

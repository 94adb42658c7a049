"""The People dock on a fake engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMenu, QMessageBox, QScrollBar, QToolButton

from explorer.studio.faces.state import FACES, PHOTOGRAPHS
from explorer.studio.people.state import PEOPLE_SHOWN, PERSON, TRUTHS
from explorer.ui.leakage.panel import ProbePanel
from explorer.ui.people.panel import PeoplePanel
from explorer.ui.people.person_page import SeedPage
from explorer.ui.people.picture_pages import ExpressionPage, PosePage
from tests.studio.people.people_kit import UNITS, colour_of
from tests.ui.stage import Stage


@pytest.fixture
def ready(stage: Stage) -> Stage:
    stage.window.bring("people")
    stage.settle()
    panel = stage.window.panel(PeoplePanel)
    stage.until(lambda: panel.picture.view.image() is not None)
    return stage


def test_a_person_is_drawn_by_keys_alone_and_becomes_a_face_with_the_truth(ready: Stage) -> None:
    panel, session = ready.window.panel(PeoplePanel), ready.session
    assert not session[PERSON].touched, "who only looks has changed nothing"
    assert panel.picture.title.text() == "Person 0"
    seeds = panel.seeds
    seeds.after.setFocus()
    QTest.keyClick(seeds.after, Qt.Key.Key_Space)
    ready.until(lambda: panel.picture.title.text() == "Person 1")
    seeds.seed.setFocus()
    QTest.keyClick(seeds.seed, Qt.Key.Key_Up)
    ready.settle()
    ready.until(lambda: panel.picture.title.text() == "Person 2")
    pose = panel.pages["pose"]
    assert isinstance(pose, PosePage)
    pose.yaw.slider.setFocus()
    QTest.keyClick(pose.yaw.slider, Qt.Key.Key_Home)
    scene = session[PERSON].scene
    assert scene is not None
    assert scene.yaw == -90
    assert not ready.window.actions_by_name["person_to_faces"].isEnabled(), "its picture is still being drawn"
    ready.settle()
    ready.click(panel.send)
    ready.settle()
    (photograph,) = session[PHOTOGRAPHS].values()
    assert np.array_equal(photograph.photograph.pixels, colour_of(scene, 256))
    assert photograph.photograph.name == "person 2"
    assert len(session[FACES]) == 1
    assert session[TRUTHS][photograph.key].scene == scene
    ready.until(lambda: panel.picture.detail.text().startswith("is a face now"))
    ready.workbench.undo()
    ready.workbench.undo()
    assert session[PERSON].scene is not None
    assert session[PERSON].scene.yaw != -90


def test_every_control_has_a_name_and_can_be_reached_by_keys(ready: Stage) -> None:
    panel = ready.window.panel(PeoplePanel)
    for fold in panel.folds.values():
        fold.set_open(True)
    ready.listen()
    buttons = panel.findChildren(QToolButton)
    own = [one for one in buttons if not isinstance(one.parent(), QLineEdit | QMenu | QScrollBar)]
    assert [one.toolTip() for one in own if not (one.accessibleName() or one.text())] == []
    assert isinstance(panel.seeds, SeedPage)
    fields = (panel.seeds.seed, panel.seeds.number, panel.drawn_by.renderer, panel.drawn_by.side)
    assert all(one.accessibleName() and one.focusPolicy() & Qt.FocusPolicy.TabFocus for one in fields)


def test_the_search_finds_units_of_expression_and_keeps_those_in_use(ready: Stage) -> None:
    panel = ready.window.panel(PeoplePanel)
    page = panel.pages["expression"]
    assert isinstance(page, ExpressionPage)
    panel.folds["expression"].set_open(True)
    ready.until(lambda: set(page.sliders) == set(UNITS))
    ready.listen()
    assert not page.sliders["tongueOut"].isVisible()
    page.search.setText("tongue")
    assert [name for name, slider in page.sliders.items() if slider.isVisible()] == ["tongueOut"]
    page.sliders["tongueOut"].field.setValue(0.5)
    page.search.clear()
    ready.until(page.sliders["tongueOut"].isVisible)
    page.search.setText("nobody calls it so")
    assert page.none.isVisible()


def test_the_traced_picture_takes_the_place_of_the_raster_one_and_can_be_stopped(ready: Stage) -> None:
    panel, session = ready.window.panel(PeoplePanel), ready.session
    ready.workbench.history.clear()
    from explorer.studio.people.person_controller import PersonController

    person = ready.workbench.controller(PersonController)
    person.set_rendering(renderer="path", samples=3, size=64)
    scene = session[PERSON].scene
    assert scene is not None
    ready.until(lambda: session[PEOPLE_SHOWN].tracing == (1, 3) or bool(ready.advance(1)))
    ready.until(lambda: panel.progress.isVisible() and panel.traced.text() == "1 of 3 samples")
    assert (
        ready.window.actions_by_name["person_to_faces"].toolTip().endswith("the path-traced picture is still to come")
    )
    ready.click(panel.stop)
    ready.settle()
    ready.until(lambda: panel.trace.isVisible() and not panel.progress.isVisible())
    in_view = session[PEOPLE_SHOWN].in_view
    assert in_view is not None
    assert np.array_equal(in_view.pixels, colour_of(scene, 64))
    ready.click(panel.trace)
    ready.settle()
    in_view = session[PEOPLE_SHOWN].in_view
    assert in_view is not None
    assert np.array_equal(in_view.pixels, colour_of(scene, 64, "traced"))
    ready.until(lambda: "path-traced, 3 samples, 64 px" in panel.picture.detail.text())


def test_several_people_stand_side_by_side_and_a_click_takes_one(ready: Stage) -> None:
    panel = ready.window.panel(PeoplePanel)
    ready.click(panel.several)
    ready.settle()
    ready.until(lambda: len(panel.tiles.tiles) == 12)
    ready.click(panel.tiles.tiles[5])
    ready.settle()
    assert ready.session[PERSON].seed == 5
    ready.until(lambda: panel.tiles.tiles[5].isChecked() and not panel.tiles.tiles[0].isChecked())


def test_scene_and_picture_are_written_where_the_user_says(
    ready: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = ready.session[PERSON].scene
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "one.json"), ""))
    ready.window.actions_by_name["save_scene"].trigger()
    ready.settle()
    ready.click(ready.window.panel(PeoplePanel).seeds.after)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "one.json"), ""))
    ready.window.actions_by_name["open_scene"].trigger()
    ready.settle()
    assert ready.session[PERSON].scene == scene

    def answered(question: QMessageBox) -> int:
        next(one for one in question.buttons() if one.text() == "Picture and maps").click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answered)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "one.png"), ""))
    ready.window.actions_by_name["export_person"].trigger()
    ready.settle()
    assert (tmp_path / "one.png").read_bytes() == b"maps"


def test_the_probe_panel_has_a_place_for_what_is_true(ready: Stage) -> None:
    ready.click(ready.window.panel(PeoplePanel).send)
    ready.settle()
    panel = ready.window.panel(ProbePanel)
    row = panel.readouts._row("yaw")
    row.show_truth("12.0°")
    assert row.truth.text() == "true: 12.0°"
    row.show_truth("")
    assert not row.truth.isVisibleTo(row)

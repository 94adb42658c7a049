"""The five points: found ones are drawn and can be moved, missing ones placed, by mouse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from explorer.studio.faces.state import EMBEDDINGS, FACES, SELECTED
from explorer.ui.faces.panel import FacesPanel
from explorer.ui.faces.points_dialog import NAMES, PointsDialog
from tests.ui.stage import Stage, save_picture

PLACES = np.array([[60.0, 80], [140, 82], [100, 120], [70, 160], [130, 161]])


def dialog_of(stage: Stage) -> PointsDialog:
    stage.click(stage.window.panel(FacesPanel).place)
    (dialog,) = stage.window.findChildren(PointsDialog)
    stage.qtbot.waitExposed(dialog)
    return dialog


def on_screen(dialog: PointsDialog, point: np.ndarray) -> QPoint:
    return dialog.view.mapFromScene(QPointF(*point))


@pytest.mark.slow
def test_points_are_placed_by_mouse_where_no_face_was_found(stage: Stage, tmp_path: Path) -> None:
    stage.open(save_picture(tmp_path / "none.png", 1))
    assert not stage.session[FACES]
    stage.until(stage.window.panel(FacesPanel).place.isEnabled)
    dialog = dialog_of(stage)
    for name, point in zip(NAMES, PLACES, strict=True):
        assert name in dialog.prompt.text()
        assert not dialog.use.isEnabled()
        stage.qtbot.mouseClick(dialog.view.viewport(), Qt.MouseButton.LeftButton, pos=on_screen(dialog, point))
    pixel = 1 / dialog.view.transform().m11()
    stage.click(dialog.use)
    stage.settle()
    (face,) = stage.session[FACES].values()
    assert face.face.by_hand
    np.testing.assert_allclose(face.face.points, PLACES, atol=pixel)
    assert stage.session[SELECTED] == face.key
    assert face.key in stage.session[EMBEDDINGS]


@pytest.mark.slow
def test_a_found_point_is_dragged(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    (face,) = stage.session[FACES].values()
    stage.until(stage.window.panel(FacesPanel).place.isEnabled)
    dialog = dialog_of(stage)
    viewport, left = dialog.view.viewport(), Qt.MouseButton.LeftButton
    start = on_screen(dialog, face.face.points[2])
    stage.qtbot.mousePress(viewport, left, pos=start)
    QTest.mouseMove(viewport, start + QPoint(15, 10))
    QTest.mouseMove(viewport, start + QPoint(30, 20))
    stage.qtbot.mouseRelease(viewport, left, pos=start + QPoint(30, 20))
    moved = dialog.view.points()
    scale = dialog.view.transform().m11()
    np.testing.assert_allclose(moved[2] - face.face.points[2], [30 / scale, 20 / scale], atol=2 / scale)
    np.testing.assert_allclose(np.delete(moved, 2, 0), np.delete(face.face.points, 2, 0))
    stage.click(dialog.use)
    stage.settle()
    (again,) = stage.session[FACES].values()
    assert again.key == face.key
    np.testing.assert_allclose(again.face.points, moved)


@pytest.mark.slow
def test_a_click_picks_one_of_two_faces(stage: Stage, tmp_path: Path) -> None:
    stage.open(save_picture(tmp_path / "two.png", 3, (400, 240)))
    first, second = stage.session[FACES].values()
    assert stage.session[SELECTED] == first.key
    view = stage.window.panel(FacesPanel).view
    stage.until(lambda: view.face_at(view.box(second).center()) is second or bool(view.image()))
    shown = next(face for face in stage.session[FACES].values() if face.key == second.key)
    stage.until(lambda: view.face_at(view.box(shown).center()) is not None)
    stage.qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.box(shown).center().toPoint())
    assert stage.session[SELECTED] == second.key


@pytest.mark.slow
def test_faces_of_one_photograph_are_told_apart(stage: Stage, tmp_path: Path) -> None:
    stage.open(save_picture(tmp_path / "two.png", 3, (400, 240)))
    faces = stage.window.panel(FacesPanel).list
    stage.until(lambda: faces.count() == 2)
    assert [faces.item(row).text() for row in range(2)] == ["two", "two, face 2"]


@pytest.mark.slow
def test_points_stay_inside_the_photograph(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    stage.until(stage.window.panel(FacesPanel).place.isEnabled)
    dialog = dialog_of(stage)
    viewport, left = dialog.view.viewport(), Qt.MouseButton.LeftButton
    start = on_screen(dialog, dialog.view.points()[0])
    outside = on_screen(dialog, np.array([-400.0, -400.0]))
    stage.qtbot.mousePress(viewport, left, pos=start)
    QTest.mouseMove(viewport, outside)
    stage.qtbot.mouseRelease(viewport, left, pos=outside)
    assert dialog.view.points()[0] == pytest.approx([0, 0], abs=1e-6)

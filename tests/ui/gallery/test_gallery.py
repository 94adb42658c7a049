"""Many faces in a real window: the grid, searching, choosing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from explorer.studio.faces.state import FACES, SELECTED
from explorer.studio.gallery.browsing import BROWSING
from explorer.studio.gallery.state import BLOCK, GALLERY
from explorer.ui.gallery.thumbnails import BUDGET, Thumbnails
from tests.studio.gallery.gallery_kit import made_up_gallery
from tests.ui.gallery.people_kit import key, many, panel
from tests.ui.stage import Stage

__all__ = ["many"]


def shown(stage: Stage) -> list[str]:
    model = panel(stage).grid.faces
    return [model.cell(row)[0] for row in range(model.rowCount())]


def click_face(stage: Stage, name: str, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    grid = panel(stage).grid
    index = grid.faces.index(shown(stage).index(name))
    place = grid.visualRect(index).center()
    stage.qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, modifier, place)
    stage.settle()


@pytest.mark.slow
def test_a_dropped_folder_fills_the_gallery_and_brings_it_into_view(many: Stage) -> None:
    assert many.window.in_view("gallery")
    assert shown(many)[0] == "Ada 1.png"
    assert "9 faces" in panel(many).facts.text()
    assert "3 people, one person a folder" in panel(many).facts.text()
    grid = panel(many).grid
    many.until(lambda: grid.pictures.get(key(many, "Ada 1.png"), grid.faces.cell(0)[3], 1.0) is not None)


@pytest.mark.slow
def test_searching_and_sorting_by_hand(many: Stage) -> None:
    panel(many).search.setText("bob")
    many.until(lambda: shown(many) == ["Bob 1.png", "Bob 2.png", "Bob 3.png"])
    panel(many).search.clear()
    many.until(lambda: len(shown(many)) == 9)
    click_face(many, "Cleo 2.png")
    many.window.actions_by_name["gallery_nearest"].trigger()
    many.until(lambda: shown(many)[0] == "Cleo 2.png")
    assert {name.split()[0] for name in shown(many)[:3]} == {"Cleo"}
    assert panel(many).grid.faces.cell(0)[2] == "1.000"
    assert "nearest to Cleo 2.png under arcface-mbf" in panel(many).facts.text()


@pytest.mark.slow
def test_faces_are_chosen_in_the_order_of_the_clicks(many: Stage) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    click_face(many, "Cleo 1.png")
    click_face(many, "Ada 1.png", control)
    click_face(many, "Bob 1.png", control)
    names = dict(zip(many.session[BROWSING].listing.keys, many.session[BROWSING].listing.names, strict=True))
    assert [names[one] for one in many.session[BROWSING].chosen] == ["Cleo 1.png", "Ada 1.png", "Bob 1.png"]
    click_face(many, "Ada 1.png", control)
    assert [names[one] for one in many.session[BROWSING].chosen] == ["Cleo 1.png", "Bob 1.png"]


@pytest.mark.slow
def test_delete_removes_and_undo_brings_back(many: Stage) -> None:
    click_face(many, "Ada 1.png")
    many.qtbot.keyClick(panel(many).grid, Qt.Key.Key_Delete)
    many.until(lambda: "Ada 1.png" not in shown(many))
    many.window.actions_by_name["undo"].trigger()
    many.until(lambda: "Ada 1.png" in shown(many))


@pytest.mark.slow
def test_the_grid_shrinks_while_thumbnails_arrive(many: Stage, photograph: Path) -> None:
    grid = panel(many).grid
    many.open(photograph)
    many.until(lambda: grid.faces.rowCount() == 10)
    many.until(lambda: not panel(many)._refresh._timer.isActive())
    drawn: list[list[str]] = []

    def paint() -> None:
        drawn.append([grid.faces.cell(row)[0] for row in range(grid.faces.rowCount())])

    grid.faces.modelReset.connect(paint)
    grid.faces.modelReset.connect(grid.pictures.arrived)
    many.workbench.faces.close_face(many.session[SELECTED] or "")
    many.until(lambda: grid.faces.rowCount() == 9)
    grid.viewport().repaint()
    assert drawn
    assert all(names == shown(many) for names in drawn)


@pytest.mark.slow
def test_enter_brings_a_face_into_the_session(many: Stage) -> None:
    click_face(many, "Bob 2.png")
    many.qtbot.keyClick(panel(many).grid, Qt.Key.Key_Return)
    many.settle()
    assert [face.name for face in many.session[FACES].values()] == ["Bob 2.png"]


@pytest.mark.slow
def test_photographs_that_were_not_used_are_listed(many: Stage, tmp_path: Path) -> None:
    (tmp_path / "people" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    many.workbench.gallery.add_folders([tmp_path / "people"])
    many.settle()
    many.until(panel(many).refused.isVisible)
    assert panel(many).refused.text() == "1 not used"


@pytest.mark.slow
def test_of_ten_thousand_faces_only_those_in_view_are_touched(stage: Stage, monkeypatch) -> None:
    stage.window.bring("gallery")
    stage.session[GALLERY] = made_up_gallery(10_000, people=200)
    grid = panel(stage).grid
    stage.until(lambda: grid.faces.rowCount() == 10_000)
    stage.listen()
    touched: set[int] = set()
    cell = grid.faces.cell
    monkeypatch.setattr(grid.faces, "cell", lambda row: touched.add(row) or cell(row))
    bar = grid.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    grid.viewport().repaint()
    assert touched
    assert min(touched) > 3000
    assert max(touched) < 7000
    assert len(touched) < 400


def test_a_face_that_comes_leaves_the_view_where_it_was(stage: Stage) -> None:
    stage.window.bring("gallery")
    gallery = made_up_gallery(20 * BLOCK)
    stage.session[GALLERY] = replace(gallery, blocks=gallery.blocks[:-1])
    grid = panel(stage).grid
    stage.until(lambda: grid.faces.rowCount() == 19 * BLOCK)
    grid.verticalScrollBar().setValue(500)
    stage.session[GALLERY] = gallery
    stage.until(lambda: grid.faces.rowCount() == 20 * BLOCK)
    stage.listen()
    assert grid.verticalScrollBar().value() == 500


def test_thumbnails_stay_within_their_budget_and_go_with_their_faces(qtbot) -> None:
    pictures = Thumbnails(1000)
    jpegs = {f"face {number}": np.zeros((8, 8, 3), np.uint8) for number in range(60)}
    for name, pixels in jpegs.items():
        pictures.get(name, pixels, 1.0)
    qtbot.waitUntil(lambda: not pictures._timer.isActive(), timeout=10_000)
    assert 0 < pictures._held <= BUDGET
    pictures.keep_only(frozenset({"face 59"}))
    assert pictures._held == 4_000_000
    assert pictures.get("face 58", jpegs["face 58"], 1.0) is None

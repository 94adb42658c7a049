"""Many faces in a real window: grid, search, map, comparison, wipe."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QApplication

from explorer.studio.faces.state import FACES, SELECTED
from explorer.studio.gallery.browsing import BROWSING
from explorer.studio.gallery.state import BLOCK, GALLERY
from explorer.studio.inversion.state import RUN
from explorer.ui.base import theme
from explorer.ui.faces.opening import OpenService
from explorer.ui.gallery.compare_panel import ComparePanel
from explorer.ui.gallery.map_faces import MOST, SIDES, fitting_side
from explorer.ui.gallery.map_panel import MapPanel
from explorer.ui.gallery.panel import GalleryPanel
from explorer.ui.gallery.scatter import Scatter, brushes_of, next_towards
from explorer.ui.gallery.thumbnails import BUDGET, Thumbnails
from explorer.ui.gallery.wipe_panel import WipePanel
from explorer.ui.gallery.wipe_view import WipeView
from explorer.ui.widgets.lens import LARGEST, Lens
from explorer.ui.widgets.zoom_view import ZoomView
from tests.studio.gallery.gallery_kit import folder_of_people, made_up_gallery
from tests.ui.stage import Stage


@pytest.fixture
def many(stage: Stage, tmp_path: Path) -> Stage:
    """A folder of three people, three photographs each, dropped on the window."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(folder_of_people(tmp_path / "people")))])
    assert stage.window.service(OpenService).mime(mime)
    stage.settle()
    stage.until(lambda: panel(stage).grid.faces.rowCount() == 9)
    return stage


def panel(stage: Stage) -> GalleryPanel:
    return stage.window.panel(GalleryPanel)


def shown(stage: Stage) -> list[str]:
    model = panel(stage).grid.faces
    return [model.cell(row)[0] for row in range(model.rowCount())]


def key(stage: Stage, name: str) -> str:
    listing = stage.session[BROWSING].listing
    return listing.keys[listing.names.index(name)]


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


# The map.


@pytest.fixture
def mapped(many: Stage) -> Stage:
    many.window.bring("map")
    many.settle()
    many.until(lambda: len(many.window.panel(MapPanel).scatter._points) == 9)
    many.settle()
    many.listen()
    return many


@pytest.mark.slow
def test_a_click_on_a_point_chooses_its_face(mapped: Stage) -> None:
    scatter = mapped.window.panel(MapPanel).scatter
    row = mapped.session[BROWSING].plane.keys.index(key(mapped, "Bob 3.png"))
    place = scatter._plot.mapFrom(scatter, scatter.place_of(row))
    mapped.qtbot.mouseClick(scatter._plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    (chosen,) = mapped.session[BROWSING].chosen
    assert chosen.partition("/")[0] in {face.sha256 for face in mapped.session[GALLERY].faces() if face.folder == "Bob"}


@pytest.mark.slow
def test_the_face_under_the_pointer_is_shown(mapped: Stage) -> None:
    scatter = mapped.window.panel(MapPanel).scatter
    place = QPointF(scatter._plot.mapFrom(scatter, scatter.place_of(4)))
    move = QMouseEvent(
        QEvent.Type.MouseMove, place, scatter._plot.viewport().mapToGlobal(place), Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(scatter._plot.viewport(), move)
    assert scatter._peek.isVisible()
    assert scatter._under is not None
    QApplication.sendEvent(scatter._plot.viewport(), QEvent(QEvent.Type.Leave))
    assert not scatter._peek.isVisible()


def grid_of(count: int) -> tuple[Scatter, np.ndarray]:
    """A map in which faces lie on a square grid, one unit apart."""
    side = int(np.ceil(np.sqrt(count)))
    points = np.array([(number % side, number // side) for number in range(count)], np.float32)
    scatter = Scatter()
    scatter.resize(900, 700)
    names = tuple(f"face {number}" for number in range(count))
    pictures = tuple(face.thumbnail for face in made_up_gallery(count, pictures=2).faces())
    scatter.set_faces(names, names, ("Ada", "Bob") * (count // 2) + ("",) * (count % 2), pictures)
    return scatter, points


def test_faces_are_pictures_where_few_are_in_view_and_points_where_many_are(qtbot) -> None:
    scatter, points = grid_of(400)
    qtbot.addWidget(scatter)
    scatter.show()
    qtbot.waitExposed(scatter)
    scatter.set_points(points, fit=True)
    assert not scatter._in_view.isVisible()
    scatter._box.setRange(xRange=(3.5, 6.5), yRange=(3.5, 6.5), padding=0)
    across, up = (scatter._box.viewRange()[axis] for axis in (0, 1))
    inside = [row for row, (x, y) in enumerate(points.tolist()) if across[0] <= x <= across[1] and up[0] <= y <= up[1]]
    assert 0 < len(inside) <= MOST
    assert sorted(face.row for face in scatter._in_view.faces) == inside
    qtbot.waitUntil(lambda: all(face.picture is not None for face in scatter._in_view.faces))
    for face in scatter._in_view.faces:  # anywhere on a picture is that face
        corner = face.place + QPointF(scatter._in_view.side / 2 - 2, 2 - scatter._in_view.side / 2)
        assert scatter.row_near(corner) == face.row
    scatter._fit()
    assert not scatter._in_view.isVisible()


def test_chosen_faces_are_in_front_and_every_face_of_a_small_map_is_wholly_in_view(qtbot) -> None:
    scatter, points = grid_of(20)
    qtbot.addWidget(scatter)
    scatter.show()
    qtbot.waitExposed(scatter)
    points[7] = points[6] + 0.01
    scatter.set_points(points, fit=True)
    shown = scatter._in_view
    assert len(shown.faces) == 20
    assert all(shown.rect().toRectF().contains(shown._box(face)) for face in shown.faces)
    for row in (6, 7):
        scatter.choose([row])
        assert shown.faces[-1].row == row
        assert shown.row_at(shown.faces[-1].place) == row


def test_the_map_lies_on_the_colour_of_its_panel_in_every_theme(qtbot) -> None:
    scatter, points = grid_of(70)
    qtbot.addWidget(scatter)
    scatter.set_points(points, fit=True)
    before = theme.themes.choice
    for choice in ("light", "dark"):
        theme.choose(choice)
        image = scatter.grab().toImage()
        seen = Counter(image.pixelColor(x, y).name() for x in range(0, 900, 9) for y in range(0, 700, 7))
        found, wanted = QColor(seen.most_common(1)[0][0]), theme.current().colour("panel")
        apart = [abs(one - two) for one, two in zip(found.getRgb(), wanted.getRgb(), strict=True)]
        assert max(apart) < 8, "as near as a screen of 16 bits can come"
    theme.choose(before)


def test_pictures_are_as_large_as_their_places_allow() -> None:
    grid = np.stack(np.meshgrid(np.arange(4.0), np.arange(3.0)), -1).reshape(-1, 2)
    assert fitting_side(grid[:1]) == fitting_side(grid * 500) == SIDES[0]
    assert [fitting_side(grid * side) for side in SIDES] == list(SIDES)
    assert fitting_side(grid * 3) == SIDES[-1]


def test_arrow_keys_go_from_point_to_point() -> None:
    points = np.array([[0, 0], [1, 0.2], [3, 0], [0, 2], [-5, 1]], np.float32)
    assert next_towards(points, 0, (1.0, 0.0)) == 1
    assert next_towards(points, 1, (1.0, 0.0)) == 2
    assert next_towards(points, 2, (1.0, 0.0)) is None
    assert next_towards(points, 0, (0.0, 1.0)) == 3
    assert next_towards(points, 0, (-1.0, 0.0)) == 4
    assert next_towards(points, None, (1.0, 0.0)) == 0


def test_each_person_has_a_colour_of_its_own_and_nobody_is_faint() -> None:
    brushes = brushes_of(["Ada", "", "Bob", "Ada", *(f"person {number}" for number in range(40))])
    colours = [brush.color().name() for person, brush in brushes.items() if person]
    assert len(set(colours)) == len(colours) == 42
    assert brushes[""].color().name() not in colours


@pytest.mark.slow
def test_the_map_says_how_much_of_the_variance_it_shows(mapped: Stage) -> None:
    assert "of the variance" in mapped.window.panel(MapPanel).facts.text()


# Side by side, and under the wipe.


@pytest.mark.slow
def test_chosen_faces_stand_side_by_side_with_their_scores(many: Stage) -> None:
    many.window.bring("compare")
    many.workbench.gallery.choose([key(many, name) for name in ("Ada 1.png", "Ada 2.png", "Bob 1.png")])
    many.settle()
    compare = many.window.panel(ComparePanel)
    many.until(lambda: compare.table.rowCount() == 3 and compare.table.columnCount() == 5)
    assert [picture.isVisibleTo(compare) for picture in compare.pictures] == [True, True, True, False]
    many.until(lambda: compare.pictures[0].view.image() is not None)
    assert compare.pictures[2].detail.text() == "Bob"
    compare.lens.zoom_by(2.0, QPointF(0.5, 0.5))
    areas = [picture.view.area().width() / picture.view.frame().width() for picture in compare.pictures[:3]]
    assert areas == pytest.approx([2.0, 2.0, 2.0])


@pytest.mark.slow
def test_photograph_and_result_lie_under_a_line_and_their_difference_beside(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    stage.window.bring("wipe")
    stage.workbench.inversion.start()
    stage.settle()
    wipe = stage.window.panel(WipePanel)
    stage.until(lambda: wipe.wipe.image() is not None)
    stage.settle()
    stage.until(lambda: stage.engine.run() == 0 and wipe.map.image() is not None)
    difference = stage.session[BROWSING].difference
    assert difference.one is stage.session[RUN].target_frame
    assert wipe.difference.detail.text() == f"mean ΔE {difference.mean:.1f}"
    assert wipe.scale.numbers()[-1].endswith("ΔE")
    stage.workbench.faces.remove_face(stage.session[SELECTED])
    assert stage.session[BROWSING].difference is None
    stage.until(lambda: wipe.map.image() is None)


def test_the_line_is_dragged_and_moved_by_keys(qtbot) -> None:
    view = WipeView("pair", "", Lens())
    qtbot.addWidget(view)
    view.resize(300, 300)
    view.show()
    pixels = np.zeros((64, 64, 3), np.uint8)
    view.set_pair(pixels, pixels + np.uint8(9), ("one", "other"))
    qtbot.waitUntil(lambda: view.image() is not None)
    start = QPoint(round(view.line_x()), 150)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(view, QPoint(75, 150))
    view.mouseMoveEvent(
        QMouseEvent(
            QEvent.Type.MouseMove, QPointF(75, 150), QPointF(75, 150), Qt.MouseButton.LeftButton,
            Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        )
    )  # fmt: skip
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(75, 150))
    assert view.line == pytest.approx(0.25, abs=0.01)
    qtbot.keyClick(view, Qt.Key.Key_BracketRight)
    assert view.line == pytest.approx(0.27, abs=0.01)
    view.set_line(7.0)
    assert view.line == 1.0


def test_zooming_keeps_the_point_under_the_pointer_and_never_leaves_the_picture() -> None:
    lens = Lens()
    view = ZoomView("one", "", lens)
    view.resize(200, 200)
    view.set_pixels(np.zeros((64, 64, 3), np.uint8))
    pointer = QPointF(50, 120)
    before = view.place(pointer)
    lens.zoom_by(2.5, before)
    assert (view.place(pointer) - before).manhattanLength() < 1e-9
    lens.pan(QPointF(-9, 9))
    part = lens.part
    assert part.left() == pytest.approx(0.0)
    assert part.bottom() == pytest.approx(1.0)
    lens.zoom_by(1e9, QPointF(0.5, 0.5))
    assert lens.zoom == LARGEST
    lens.zoom_by(1e-9, QPointF(0.2, 0.2))
    assert (lens.zoom, lens.part.left()) == (1.0, 0.0)

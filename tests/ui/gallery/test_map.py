"""The map of many faces in a real window."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QApplication

from explorer.studio.gallery.browsing import BROWSING
from explorer.studio.gallery.state import GALLERY
from explorer.ui.base import theme
from explorer.ui.gallery.map_faces import MOST, SIDES, fitting_side
from explorer.ui.gallery.map_panel import MapPanel
from explorer.ui.gallery.scatter import Scatter, brushes_of, next_towards
from tests.studio.gallery.gallery_kit import made_up_gallery
from tests.ui.gallery.people_kit import key, many
from tests.ui.stage import Stage

__all__ = ["many"]


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

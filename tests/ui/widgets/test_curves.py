"""Curves: thresholds, marks, a falling axis, a logarithmic one, and what came before step 0."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.ui.base import theme
from explorer.ui.widgets.curve_marks import gathered
from explorer.ui.widgets.curves import Curves, Mark, Series
from explorer.ui.widgets.plots import logarithmic_ticks


@pytest.fixture
def curves(qtbot: QtBot) -> Curves:
    made = Curves("Nearness", at_least=(0.0, 1.0), logarithmic=True)
    qtbot.addWidget(made)
    made.resize(640, 240)
    made.show()
    qtbot.waitExposed(made)
    return made


def range_of(box) -> tuple[list[float], list[float]]:
    across, up = box.viewRange()
    return across, up


def test_steps_before_the_run_are_drawn_and_its_beginning_is_marked(curves: Curves) -> None:
    curves.set_series([Series("sface", "sface", 0)])
    curves.set_values({"sface": (range(-24, 60), np.linspace(0, 0.8, 84))}, 300)
    across, _ = range_of(curves._plot.getViewBox())
    assert across[0] < -24
    assert across[1] > 300
    assert curves._zero.isVisible()
    assert curves._zero.value() == 0
    curves.set_marker(-10, live=False)
    assert curves.value("sface") == f"{np.linspace(0, 0.8, 84)[14]:.4f}"
    assert curves.csv().split("\n")[1].startswith("-24,")
    curves.set_values({"sface": (range(60), np.zeros(60))}, 300)
    assert not curves._zero.isVisible()
    assert -15 < range_of(curves._plot.getViewBox())[0][0] < 0


def test_a_click_left_of_the_beginning_picks_the_step_there(curves: Curves, qtbot: QtBot) -> None:
    curves.set_series([Series("sface", "sface", 0)])
    curves.set_values({"sface": (range(-50, 50), np.zeros(100))}, 50)
    box = curves._plot.getViewBox()
    picked: list[int] = []
    curves.picked.connect(picked.append)
    place = curves._plot.mapFromScene(box.mapViewToScene(point(-30, 0.5)))
    qtbot.mouseClick(curves._plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert picked
    assert abs(picked[0] + 30) <= 1


def point(x: float, y: float) -> QPointF:
    return QPointF(x, y)


def test_thresholds_are_level_lines_in_the_colour_of_their_curve(curves: Curves) -> None:
    series = [Series("one", "one", 0, threshold=0.31), Series("two", "two", 1), Series("far", "far", 2, threshold=0.6)]
    curves.set_series(series)
    curves.set_values({"one": ([0, 1], [0.1, 0.2]), "two": ([0, 1], [0.1, 0.2])}, 10)
    (level,) = curves._marks._levels
    box, line = level
    assert line.value() == pytest.approx(0.31), "of a curve that is not there, no threshold is drawn"
    assert box is curves._plot.getViewBox()
    assert line.pen.color() == series[0].paint()
    before = theme.themes.choice
    theme.choose("light")
    assert curves._marks._levels[0][1].pen.color() == series[0].paint(), "it follows the theme"
    theme.choose(before)


def test_distances_have_an_axis_of_their_own_on_which_nearer_is_higher(curves: Curves) -> None:
    assert not curves._plot.getAxis("right").isVisible()
    curves.set_series([Series("sface", "sface", 0), Series("dlib", "dlib", 1, falls=True, threshold=0.6)])
    curves.set_values({"sface": ([0, 10], [0.0, 0.5]), "dlib": ([0, 10], [1.8, 0.4])}, 10)
    assert curves._plot.getAxis("right").isVisible()
    assert range_of(curves._plot.getViewBox())[1][1] < 1.2, "a distance does not stretch the axis of cosines"
    low, high = range_of(curves._right)[1]
    assert low < 0.1
    assert high >= 1.8
    nearer, farther = (curves._right.mapViewToScene(point(5, value)).y() for value in (0.4, 1.8))
    assert nearer < farther
    assert [line.value() for box, line in curves._marks._levels if box is curves._right] == [0.6]
    curves.set_series([Series("sface", "sface", 0)])
    assert not curves._plot.getAxis("right").isVisible()
    assert not [item for item in curves._right.addedItems if hasattr(item, "getData")]


def test_a_logarithmic_axis_keeps_the_numbers_and_bears_zeros(curves: Curves, qtbot: QtBot) -> None:
    curves.set_series([Series("prior", "prior", 0), Series("total", "total", -1)])
    values = {"prior": ([0, 1, 2], [0.0, 1e-3, 1e-2]), "total": ([0, 1, 2], [10.0, 1.0, 0.1])}
    curves.set_values(values, 2)
    csv = curves.csv()
    curves.log.setFocus()
    qtbot.keyClick(curves.log, Qt.Key.Key_Space)
    assert curves.log.isChecked()
    _, drawn = curves._curves["total"].item.getData()
    np.testing.assert_allclose(drawn, [1.0, 0.0, -1.0])
    _, drawn = curves._curves["prior"].item.getData()
    assert drawn[0] == pytest.approx(-3), "nothing is drawn at the bottom, not at minus infinity"
    assert curves.csv() == csv
    curves.set_marker(1, live=True)
    assert curves.value("prior") == "0.0010"
    curves.log.click()
    np.testing.assert_allclose(curves._curves["total"].item.getData()[1], [10.0, 1.0, 0.1])


@pytest.mark.parametrize(("low", "high"), [(-4, 1), (-0.5, 0.2), (0.31, 0.38), (2, 2.000001)])
def test_a_logarithmic_axis_always_has_a_number(low: float, high: float) -> None:
    ticks = logarithmic_ticks(low, high)
    assert ticks
    for place, text in ticks:
        assert low <= place <= high
        assert float(text) == pytest.approx(10**place, rel=0.01)


@pytest.mark.parametrize("logarithmic", [True, False])
def test_labels_of_a_low_plot_do_not_touch(curves: Curves, logarithmic: bool) -> None:
    curves.set_series([Series("total", "total", 0)])
    curves.set_values({"total": (range(9), [10.0**-place for place in range(9)])}, 300)
    curves.set_log(logarithmic)
    curves.resize(320, 100)
    QApplication.processEvents()
    image = QImage(400, 400, QImage.Format.Format_ARGB32)
    painter = QPainter(image)
    for side in ("left", "bottom"):
        _, _, labels = curves._plot.getAxis(side).generateDrawSpecs(painter)
        places = [place for place, *_ in labels]
        assert places
        assert not any(one.intersects(other) for one, other in combinations(places, 2))
    painter.end()


def test_a_slider_s_way_is_one_mark_of_where_it_came_to_rest() -> None:
    way = [(40, "prior", 0.1), (41, "prior", 0.2), (42, "prior", 0.3), (43, "identity", 2.0), (90, "prior", 0.02)]
    assert gathered(way) == [Mark(40, "prior 0.3"), Mark(43, "identity 2"), Mark(90, "prior 0.02")]


def test_few_marks_are_named_where_there_is_room_and_all_are_said(curves: Curves, qtbot: QtBot) -> None:
    curves.set_series([Series("sface", "sface", 0)])
    curves.set_values({"sface": ([0, 200], [0.0, 0.5])}, 200)
    curves.set_marks([Mark(20, "prior 0.2"), Mark(170, "512 px")])
    early, late = curves._marks._names
    assert (early.anchor.x(), late.anchor.x()) == (0, 1), "each lies on the side where there is room"
    assert curves._plot.toolTip() == "step 20: prior 0.2\nstep 170: 512 px"
    assert early.isVisible()
    curves.resize(640, 100)
    qtbot.waitUntil(lambda: not early.isVisible() and not late.isVisible())
    curves.set_marks([Mark(step, "prior 1") for step in range(0, 90, 10)])
    assert curves._marks._names == []
    assert len(curves._marks._lines) == 9
    curves.set_marks(())
    assert curves._plot.toolTip() == ""


def test_a_long_legend_is_scrolled_and_asks_for_no_height(curves: Curves) -> None:
    few = curves.minimumSizeHint()
    curves.set_series([Series(f"run {number}", f"run {number}", number) for number in range(20)])
    assert curves.minimumSizeHint() == few

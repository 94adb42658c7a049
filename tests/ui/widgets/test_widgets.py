"""The window's parts on their own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QImage
from PySide6.QtWidgets import QFrame
from pytestqt.qtbot import QtBot

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import bare_record, read_provenance
from explorer.studio.inversion.values import Overlay
from explorer.ui.base import imaging, theme
from explorer.ui.base.throttle import Throttle
from explorer.ui.faces.vector_view import VectorView
from explorer.ui.inversion.weight_slider import WeightSlider
from explorer.ui.widgets.curves import Curves, Series
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.image_view import ImageView
from explorer.ui.widgets.settings_form import SettingsForm
from explorer.ui.widgets.table import Cell, CopyableTable

RECORD = bare_record(kind="picture", picture="Best image")


def gradient(height: int = 40, width: int = 60) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 4, y * 6, np.full_like(x, 77)], -1).astype(np.uint8)


def test_a_picture_keeps_its_pixels_after_the_array_is_gone() -> None:
    pixels = gradient()[:, ::2]  # not contiguous
    expected = pixels.copy()
    image = imaging.to_qimage(pixels)
    pixels[:] = 0
    del pixels
    np.testing.assert_array_equal(pixels_of(image), expected)


def test_places_in_a_view_and_in_its_picture_map_onto_each_other(qtbot: QtBot) -> None:
    view = ImageView("Picture")
    qtbot.addWidget(view)
    view.resize(300, 100)
    view.set_pixels(gradient())
    assert view.area().width() == pytest.approx(150)
    for point in (QPointF(0, 0), QPointF(60, 40), QPointF(12.5, 31)):
        back = view.to_image(view.from_image(point))
        assert (back - point).manhattanLength() < 1e-9
    assert view.from_image(QPointF(30, 20)) == QPointF(150, 50)


def test_the_mark_lies_in_the_same_corner_on_screen_and_in_the_picture_that_leaves(qtbot: QtBot) -> None:
    view = ImageView("Best", reconstruction=True)
    qtbot.addWidget(view)
    view.resize(300, 300)
    view.set_pixels(np.full((512, 512, 3), 200, np.uint8))
    for look in (lambda: view.grab().toImage(), view.image):
        view.set_mark(False)
        plain = pixels_of(look())
        view.set_mark(True)
        rows, columns = np.nonzero((pixels_of(look()) != plain).any(-1))
        side = len(plain)
        assert (rows.max(), columns.max()) == (side - 1, side - 1)
        assert rows.min() > 0.9 * side
        assert columns.min() > 0.3 * side


def pixels_of(image: QImage) -> np.ndarray:
    read = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(read.constBits(), np.uint8).reshape(read.height(), read.bytesPerLine())
    return rows[:, : read.width() * 3].reshape(read.height(), read.width(), 3).copy()


def test_a_dragged_picture_is_a_file_with_the_same_pixels(qtbot: QtBot) -> None:
    image = imaging.to_qimage(gradient())
    mime = imaging.DragFolder.mime(image, "Best image", RECORD)
    (url,) = mime.urls()
    path = Path(url.toLocalFile())
    assert path.name == "best-image.png"
    assert path.stat().st_mode & 0o077 == 0, "a face is for its owner's eyes only"
    assert path.parent.stat().st_mode & 0o077 == 0
    assert QImage(str(path)).convertToFormat(image.format()) == image


def test_saving_where_it_cannot_be_done_says_so(tmp_path: Path, qtbot: QtBot) -> None:
    for place in ("picture.xyz", "missing/picture.png"):
        with pytest.raises(UserError, match=place):
            imaging.write(imaging.to_qimage(gradient()), tmp_path / place, RECORD)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_a_saved_picture_is_whole_and_its_owners_alone(tmp_path: Path, qtbot: QtBot, suffix: str) -> None:
    path = tmp_path / f"picture.{suffix}"
    imaging.write(imaging.to_qimage(gradient()), path, RECORD)
    assert path.stat().st_mode & 0o077 == 0
    assert read_provenance(path) == RECORD
    np.testing.assert_allclose(pixels_of(QImage(str(path))).astype(int), gradient(), atol=0 if suffix == "png" else 20)


def test_a_throttle_lets_calls_fall_together(qtbot: QtBot) -> None:
    calls: list[int] = []
    throttle = Throttle(lambda: calls.append(len(calls)), 30, QGuiApplication.instance())
    for _ in range(100):
        throttle.poke()
    assert calls == [0], "the first is at once"
    qtbot.waitUntil(lambda: len(calls) == 2)
    assert calls == [0, 1], "the last is never lost"
    throttle.deleteLater()


@pytest.mark.parametrize(("dimension", "x", "y", "index"), [(512, 0, 0, 0), (512, 639, 51, 511), (128, 15, 30, 65)])
def test_the_strip_reads_the_coordinate_under_the_pointer(
    qtbot: QtBot, dimension: int, x: int, y: int, index: int
) -> None:
    view = VectorView("strip")
    qtbot.addWidget(view)
    view.resize(640, 52)
    view.set_vector(np.arange(dimension, dtype=np.float32))
    assert view.coordinate(x, y) == index


def test_strip_and_bars_colour_by_sign(qtbot: QtBot) -> None:
    colours = theme.current()
    for form in ("strip", "bars"):
        view = VectorView(form)
        qtbot.addWidget(view)
        view.resize(640, 52)
        view.set_vector(np.repeat(np.array([1.0, -1.0], np.float32), 32))
        shot = view.grab().toImage()
        for x, y, role in ((160, 10, "accent"), (480, 40, "negative")):
            drawn, meant = shot.pixelColor(x, y), colours.colour(role)
            # A virtual display may have but 16 bits a pixel.
            assert np.allclose(drawn.getRgb(), meant.getRgb(), atol=8), (form, role)


def test_a_copied_vector_can_be_read_back(qtbot: QtBot) -> None:
    view = VectorView("bars")
    qtbot.addWidget(view)
    vector = np.random.default_rng(0).standard_normal(128).astype(np.float32)
    view.set_vector(vector)
    view.copy()
    copied = np.array(json.loads(QGuiApplication.clipboard().text()), np.float32)
    np.testing.assert_array_equal(copied, vector, "to the last bit")


def test_the_form_takes_bounds_units_and_words_from_the_model(qtbot: QtBot) -> None:
    form = SettingsForm(InversionSettings, ["steps", "rate", "space", "resolution", "patience", "regressor"])
    qtbot.addWidget(form)
    form.show_values(InversionSettings())
    steps, rate = form.editor("steps").field, form.editor("rate").field
    assert (steps.minimum(), steps.maximum(), steps.value()) == (1, 5000, InversionSettings().steps)
    assert rate.minimum() > 0
    assert rate.maximum() == 10
    assert form.editor("resolution").box.currentText() == "256 px"
    assert form.editor("patience").field.suffix() == " steps"
    assert "optimiser steps" in form.editor("steps").toolTip()
    assert "propose" in form.editor("regressor").toolTip()
    space = form.editor("space").box
    assert [space.itemText(i) for i in range(space.count())] == ["Z", "W", "W+"]


def test_showing_values_tells_nobody(qtbot: QtBot) -> None:
    form = SettingsForm(InversionSettings, ["steps", "rate", "space", "stop_cosine", "regressor"])
    qtbot.addWidget(form)
    heard: list[object] = []
    form.changed.connect(lambda name, value: heard.append((name, value)))
    form.show_values(InversionSettings(steps=7, rate=0.5, space="Z", stop_cosine=0.8, regressor=False))
    assert heard == []
    assert form.editor("stop_cosine").field.value() == 0.8
    assert not form.editor("regressor").box.isChecked()
    form.editor("regressor").box.click()
    assert heard == [("regressor", True)]


def test_a_slider_reaches_zero_and_its_limit(qtbot: QtBot) -> None:
    slider = WeightSlider("Identity", "", 1.0, 4.0)
    qtbot.addWidget(slider)
    heard: list[float] = []
    slider.moved.connect(heard.append)
    qtbot.keyClick(slider.slider, Qt.Key.Key_End)
    qtbot.keyClick(slider.slider, Qt.Key.Key_Home)
    assert heard == [4.0, 0.0]


def test_copied_cells_are_tab_separated(qtbot: QtBot) -> None:
    table = CopyableTable(["Encoder", "Score"])
    qtbot.addWidget(table)
    table.set_rows([[Cell("sface"), Cell("0.9", figure=True)], [Cell("", copied="a and b"), Cell("0.1", figure=True)]])
    table.selectAll()
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "sface\t0.9\na and b\t0.1"
    assert table.text().startswith("Encoder\tScore\n")


def test_the_legend_reads_the_last_value_known_at_a_step(qtbot: QtBot) -> None:
    curves = Curves("Nearness")
    qtbot.addWidget(curves)
    curves.set_series([Series("sface", "sface", 0), Series("edgeface-s", "edgeface-s", 1)])
    curves.set_values({"sface": ([0, 10, 20], [0.1, 0.2, 0.3]), "edgeface-s": ([10], [0.5])}, 30)
    curves.set_marker(15, live=False)
    assert (curves.value("sface"), curves.value("edgeface-s")) == ("0.2000", "0.5000")
    curves.set_marker(5, live=False)
    assert curves.value("edgeface-s") == "–"
    assert curves.csv().split("\n") == ["step,sface,edgeface-s", "0,0.1,", "10,0.2,0.5", "20,0.3,"]


def test_figures_have_one_width() -> None:
    metrics = QFontMetricsF(theme.ui_font())
    assert len({round(metrics.horizontalAdvance(digit * 10), 3) for digit in "0123456789"}) == 1


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("surface", ["window", "panel", "raised", "field"])
def test_text_is_legible_on_every_surface(name: str, surface: str) -> None:
    """WCAG 2.1: contrast at least 4.5 for text, 3 for hints."""
    colours = theme.load(name)
    for role, least in (("text", 7), ("muted", 4.5), ("faint", 3), ("good", 4.5), ("bad", 4.5), ("accent", 4.5)):
        assert contrast(colours.colour(role), colours.colour(surface)) >= least, role
    assert contrast(colours.colour("accent_text"), colours.colour("accent")) >= 4.5


def contrast(one, other) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour) -> float:
    parts = np.array([colour.redF(), colour.greenF(), colour.blueF()])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


OVERLAY = Overlay(
    landmarks=np.full((68, 2), 0.25, np.float32),
    wanted_landmarks=np.full((68, 2), 0.5, np.float32),
    histogram=np.full((3, 10), 0.1, np.float32),
    wanted_histogram=np.full((3, 10), 0.05, np.float32),
)


def painted(view: ImageView) -> np.ndarray:
    """The widget's pixels, without its margins."""
    return pixels_of(view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)).astype(int)


@pytest.mark.parametrize(("landmarks", "histograms"), [(True, False), (False, True), (False, False)])
def test_landmarks_and_histograms_are_drawn_onto_the_picture_and_stay_in_the_window(
    qtbot: QtBot, landmarks: bool, histograms: bool
) -> None:
    view = ImageView("Picture")
    qtbot.addWidget(view)
    view.resize(200, 200)
    view.show_overlay(landmarks=landmarks, histograms=histograms)
    view.set_pixels(np.full((64, 64, 3), 128, np.uint8))
    qtbot.waitUntil(lambda: view.image() is not None)
    before = painted(view)
    view.set_overlay(OVERLAY)
    after = painted(view)
    changed = (before != after).any(-1)
    assert changed[100, 98:103].any() == landmarks, "the ring where a landmark is sought"
    assert changed[50, 50] == landmarks, "the dot where the picture has it"
    assert changed[180, 20] == histograms, "the histograms' box"
    assert not changed[:40].any()
    assert pixels_of(view.image()).tolist() == np.full((64, 64, 3), 128).tolist()
    view.set_overlay(None)
    np.testing.assert_array_equal(painted(view), before)


def test_widgets_that_find_no_room_on_a_line_stand_on_the_next(qtbot: QtBot) -> None:
    holder = QFrame()
    qtbot.addWidget(holder)
    flow = FlowLayout(8)
    holder.setLayout(flow)
    parts = [QFrame() for _ in range(3)]
    for one in parts:
        one.setFixedSize(100, 50)
        flow.addWidget(one)
    holder.resize(400, 300)
    holder.show()
    assert [one.pos().toTuple() for one in parts] == [(0, 0), (108, 0), (216, 0)]
    assert (flow.sizeHint().toTuple(), flow.minimumSize().toTuple()) == ((316, 50), (100, 50))
    holder.resize(210, 300)
    flow.activate()
    assert [one.pos().toTuple() for one in parts] == [(0, 0), (108, 0), (0, 58)]
    assert (flow.heightForWidth(210), flow.heightForWidth(20)) == (108, 166)
    parts[0].hide()
    flow.activate()
    assert [one.pos().toTuple() for one in parts[1:]] == [(0, 0), (108, 0)]
    assert flow.sizeHint().width() == 208

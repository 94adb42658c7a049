"""The probe panel as a user works with it: read, hide, blur, add noise, invert, export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QFileDialog

from explorer.science.evaluation.score import verdict
from explorer.studio.faces.state import EDITS, EMBEDDINGS, ENCODER, SELECTED, edits_of
from explorer.studio.faces.vectors import write_vector
from explorer.studio.inversion.requests import Invert
from explorer.studio.leakage.requests import ExportReadings, ReadFace
from explorer.studio.leakage.state import PROBING
from explorer.studio.session.state import NOTIFICATIONS
from explorer.ui.base import theme
from explorer.ui.composer.exporting import ExportService
from explorer.ui.inversion.panel import InversionPanel
from explorer.ui.leakage.panel import ProbePanel
from explorer.ui.widgets.shrinking import Shrinking
from tests.ui.canned_probes import WITHOUT_PROBES, quality, smile_of
from tests.ui.stage import Stage, save_picture

NARROW = 286  # pixels that the dock has by itself in a window of 930 x 580, half a screen of 1920 at 200 %


@pytest.fixture
def opened(canned: None, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A face is loaded and its readings are on screen."""
    stage: Stage = request.getfixturevalue("stage")
    stage.open(request.getfixturevalue("photograph"))
    show(stage)
    return stage


def show(stage: Stage) -> None:
    dock = stage.window.docks["probe"]
    dock.show()
    dock.raise_()
    stage.listen()
    stage.settle()
    stage.listen()


def asked(stage: Stage) -> int:
    return sum(isinstance(ticket.request, ReadFace) for ticket in stage.engine.submitted)


def said(stage: Stage, probe: str = "smiling") -> str:
    return stage.window.panel(ProbePanel).readouts.rows[probe].answer.text()


def until_said(stage: Stage, text: str, probe: str = "smiling") -> None:
    stage.until(lambda: probe in stage.window.panel(ProbePanel).readouts.rows and said(stage, probe) == text)


def smile(stage: Stage, vector: np.ndarray | None = None) -> str:
    session = stage.session
    own = session[EMBEDDINGS][session[SELECTED]][session[ENCODER]] if vector is None else vector
    return f"smiling {100 * smile_of(own):.0f} %"


def drag(stage: Stage, *places: tuple[float, float]) -> None:
    """Drag over the photograph; places in units of its side."""
    view = stage.window.panel(ProbePanel).photograph.cover
    area = view.area()
    points = [QPoint(round(area.left() + x * area.width()), round(area.top() + y * area.height())) for x, y in places]
    stage.qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=points[0])
    for point in points[1:]:
        stage.qtbot.mouseMove(view, point)
    stage.qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=points[-1])
    stage.listen()


@pytest.mark.slow
def test_nothing_is_read_before_anybody_looks(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    assert asked(stage) == 0
    show(stage)
    assert asked(stage) == 1


def test_a_low_dock_scrolls_the_panel_down_and_never_sideways(opened: Stage) -> None:
    """The bar beside what is higher than the dock takes room from the width, too."""
    panel = opened.window.panel(ProbePanel)
    panel.altering.set_open(True)
    panel.busy.setText("reading…")
    opened.settle()
    area = panel.parentWidget()
    while not isinstance(area, Shrinking):
        area = area.parentWidget()
    bar = area.verticalScrollBar().sizeHint().width()
    for encoder in range(panel.encoder.count()):
        panel.encoder.setCurrentIndex(encoder)
        wanted = max(panel.minimumSizeHint().width(), panel.minimumWidth())
        assert wanted + bar <= NARROW, panel.encoder.currentText()


@pytest.mark.slow
def test_every_readout_stands_beside_chance_and_both_figures(opened: Stage) -> None:
    until_said(opened, smile(opened))
    rows = opened.window.panel(ProbePanel).readouts.rows
    assert rows["smiling"].quality.text() == "photographs 0.71 (0.61 to 0.81), chance 0.50 · generated 0.86"
    assert rows["age"].quality.text() == "photographs not measured · generated 6.4 years, chance 11.0 years"
    assert "smiling, 40 % of the calibration faces" in rows["smiling"].bar.toolTip()
    assert "always answering the commonest label" in rows["smiling"].quality.toolTip()
    assert rows["age"].answer.text() == "40 years"
    assert opened.window.panel(ProbePanel).readouts.landmarks.figures[0].text() == "5.5 % off"


@pytest.mark.slow
def test_landmarks_lie_on_the_photograph_in_the_common_frame(opened: Stage) -> None:
    until_said(opened, smile(opened))
    overlay = opened.window.panel(ProbePanel).photograph.view._overlay
    assert overlay is not None
    np.testing.assert_allclose(overlay.wanted_landmarks, 0.5)
    np.testing.assert_allclose(overlay.landmarks, 0.25)


@pytest.mark.slow
def test_another_recogniser_is_read_when_it_is_chosen(opened: Stage) -> None:
    until_said(opened, smile(opened))
    box = opened.window.panel(ProbePanel).encoder
    box.setFocus()
    opened.qtbot.keyClick(box, Qt.Key.Key_Down)
    opened.settle()
    assert opened.session[ENCODER] == "sface"
    until_said(opened, smile(opened))
    assert opened.session[PROBING].face.encoder == "sface"


@pytest.mark.slow
def test_without_probes_the_commands_that_make_them_are_given(opened: Stage) -> None:
    opened.workbench.settings.select_encoder(WITHOUT_PROBES)
    opened.settle()
    empty = opened.window.panel(ProbePanel).empty
    opened.until(lambda: empty.isVisible() and "edgeface-s" in empty.text.text())
    assert empty.text.text().startswith("There are no probes for edgeface-s. The photograph")
    assert "safetensors" not in empty.text.text()
    assert not opened.window.panel(ProbePanel).export.isEnabled()
    opened.click(empty.copy)
    assert f"likeness train probes --work DIR --encoder {WITHOUT_PROBES}" in QGuiApplication.clipboard().text()
    before = asked(opened)
    opened.click(empty.again)
    assert asked(opened) == before + 1


@pytest.mark.slow
def test_without_a_face_it_says_what_to_do(stage: Stage) -> None:
    show(stage)
    stage.until(lambda: stage.window.panel(ProbePanel).empty.text.text().startswith("Select a face"))
    assert not stage.window.panel(ProbePanel).tools.isEnabled()


@pytest.mark.slow
def test_a_rectangle_is_hidden_where_it_is_drawn_and_the_readouts_move(opened: Stage) -> None:
    until_said(opened, smile(opened))
    opened.click(opened.window.panel(ProbePanel).tools.tools["rectangle"])
    drag(opened, (0.25, 0.4), (0.5, 0.5), (0.75, 0.6))
    (patch,) = edits_of(opened.session[EDITS], opened.session[SELECTED]).picture.hidden
    np.testing.assert_allclose(patch.points[0], (0.25, 0.4), atol=0.02)
    np.testing.assert_allclose(patch.points[2], (0.75, 0.6), atol=0.02)
    own = opened.session[EMBEDDINGS][opened.session[SELECTED]][opened.session[ENCODER]]
    opened.settle()
    until_said(opened, smile(opened, own + 1))
    assert opened.window.panel(ProbePanel).photograph.detail.text() == "edited"
    opened.click(opened.window.panel(ProbePanel).tools.undo)
    opened.settle()
    until_said(opened, smile(opened, own))


@pytest.mark.slow
def test_a_brush_follows_the_mouse(opened: Stage) -> None:
    until_said(opened, smile(opened))
    opened.click(opened.window.panel(ProbePanel).tools.tools["rectangle"])
    opened.click(opened.window.panel(ProbePanel).tools.tools["brush"])
    assert not opened.window.panel(ProbePanel).tools.tools["rectangle"].isChecked()
    drag(opened, (0.2, 0.2), (0.4, 0.2), (0.4, 0.6))
    (patch,) = edits_of(opened.session[EDITS], opened.session[SELECTED]).picture.hidden
    assert patch.width > 0
    np.testing.assert_allclose(patch.points, [(0.2, 0.2), (0.4, 0.2), (0.4, 0.6)], atol=0.02)


@pytest.mark.slow
def test_while_it_is_read_the_panel_says_so_and_only_the_newest_edit_lands(opened: Stage) -> None:
    until_said(opened, smile(opened))
    blur = opened.window.panel(ProbePanel).tools.picture["blur"].slider
    blur.setFocus()
    for _ in range(3):
        opened.qtbot.keyClick(blur, Qt.Key.Key_Right)
    opened.until(lambda: opened.window.panel(ProbePanel).busy.text() == "reading…")
    opened.settle()
    own = opened.session[EMBEDDINGS][opened.session[SELECTED]][opened.session[ENCODER]]
    until_said(opened, smile(opened, own + 1.75))
    assert opened.session[PROBING].face.edits.picture.blur == 0.75
    opened.until(lambda: opened.window.panel(ProbePanel).busy.text() == "")


@pytest.mark.slow
def test_the_vector_is_altered_and_judged_against_itself(opened: Stage) -> None:
    until_said(opened, smile(opened))
    tools = opened.window.panel(ProbePanel).tools
    tools.setCurrentIndex(1)
    noise = tools.vector["noise"].slider
    noise.setFocus()
    opened.qtbot.keyClick(noise, Qt.Key.Key_End)
    opened.settle()
    now = opened.session[PROBING].face.now
    until_said(opened, smile(opened, now.vector))
    assert (
        tools.nearness.text()
        == f"cosine to the unaltered {now.nearness.score:.2f}, {verdict(now.nearness.measure, now.nearness.passes)}"
    )
    first = now.vector
    opened.click(tools.another)
    opened.settle()
    assert (opened.session[PROBING].face.now.vector != first).any()
    opened.click(tools.reset_vector)
    opened.settle()
    assert opened.session[PROBING].face.now is opened.session[PROBING].face.before


@pytest.mark.slow
def test_start_inverts_the_altered_vector_where_that_is_asked_for(opened: Stage) -> None:
    until_said(opened, smile(opened))
    opened.workbench.probes.edit_vector("bits", 2)
    opened.settle()
    box = opened.window.panel(ProbePanel).as_target
    opened.until(box.isEnabled)
    opened.qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    opened.click(opened.window.panel(InversionPanel).transport.start)
    (request,) = [t.request for t in opened.engine.submitted if isinstance(t.request, Invert)]
    assert len(np.unique(request.target.vector)) <= 4
    assert request.target.record.vector_edit.bits == 2
    originals = opened.session[EMBEDDINGS][opened.session[SELECTED]]
    assert request.target.held_out["sface"] is originals["sface"]
    opened.until(lambda: opened.window.panel(InversionPanel).target.detail.text() == "arcface-mbf, altered")


@pytest.mark.slow
def test_the_inversion_is_read_beside_the_photograph(opened: Stage) -> None:
    until_said(opened, smile(opened))
    opened.click(opened.window.panel(InversionPanel).transport.start)
    opened.advance(8)
    panel = opened.window.panel(ProbePanel)
    opened.until(lambda: "ends or pauses" in panel.inversion.view.hint)
    opened.settle()
    row = panel.readouts.rows["smiling"]
    expected = f"{100 * smile_of(np.full(8, 0.2)):.0f} %"
    opened.until(lambda: row.inversion.text() == expected)
    assert panel.inversion.detail.text().startswith("cosine ")


@pytest.mark.slow
def test_what_was_read_goes_when_the_face_is_forgotten(opened: Stage) -> None:
    until_said(opened, smile(opened))
    opened.workbench.probes.edit_vector("bits", 2)
    opened.settle()
    opened.workbench.faces.remove_face(opened.session[SELECTED])
    opened.settle()
    assert opened.session[PROBING].face is None
    assert opened.session[EDITS] == {}


@pytest.mark.slow
def test_the_tools_open_for_a_face_that_is_altered_and_stay_as_the_hand_leaves_them(opened: Stage) -> None:
    panel = opened.window.panel(ProbePanel)
    panel.altering.set_open(False)
    assert not panel.tools.isVisible()
    opened.workbench.probes.edit_vector("bits", 2)
    opened.settle()
    opened.listen()
    opened.until(panel.tools.isVisible)
    panel.altering.set_open(False)
    opened.workbench.probes.edit_vector("bits", 3)
    opened.settle()
    opened.listen()
    assert not panel.tools.isVisible()


@pytest.mark.slow
def test_closing_the_tools_puts_the_brush_away(opened: Stage) -> None:
    panel = opened.window.panel(ProbePanel)
    panel.altering.set_open(True)
    panel.tools.tools["brush"].setChecked(True)
    panel.altering.set_open(False)
    assert not panel.tools.tools["brush"].isChecked()


@pytest.mark.slow
def test_a_bare_embedding_has_no_photograph_to_edit(opened: Stage, tmp_path: Path) -> None:
    opened.open(write_vector(tmp_path / "bare.json", np.linspace(-1, 1, 512, dtype=np.float32), "arcface-mbf"))
    until_said(opened, smile(opened, np.linspace(-1, 1, 512)))
    opened.window.panel(ProbePanel).altering.set_open(True)
    assert opened.window.panel(ProbePanel).tools.bare.isVisible()
    assert not opened.window.panel(ProbePanel).encoder.isEnabled()


@pytest.mark.slow
@pytest.mark.parametrize("table", [True, False])
def test_readouts_are_exported(opened: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: bool) -> None:
    until_said(opened, smile(opened))
    path = tmp_path / ("out.csv" if table else "out.svg")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    monkeypatch.setattr(ExportService, "with_photograph", lambda *_: True)
    (opened.window.panel(ProbePanel).export_table if table else opened.window.panel(ProbePanel).export_figure).trigger()
    opened.settle()
    (request,) = [t.request for t in opened.engine.submitted if isinstance(t.request, ExportReadings)]
    assert request.with_source == (not table)
    assert path.read_text() == f"person.png {not table}"
    assert opened.session[NOTIFICATIONS][-1].title == "The readouts are written"


@pytest.mark.slow
def test_the_panel_lays_itself_side_by_side_where_there_is_room(opened: Stage) -> None:
    dock, panel = opened.window.docks["probe"], opened.window.panel(ProbePanel)
    dock.setFloating(True)
    dock.resize(900, 700)
    opened.until(lambda: panel.readouts.mapTo(panel, QPoint(0, 0)).x() > panel.width() // 3)
    dock.resize(360, 800)
    opened.until(lambda: panel.readouts.mapTo(panel, QPoint(0, 0)).x() < 30)


@pytest.mark.slow
def test_each_face_keeps_its_own_edits(opened: Stage, tmp_path: Path) -> None:
    first = opened.session[SELECTED]
    opened.workbench.probes.edit_picture("blur", 1.0)
    opened.settle()
    opened.open(save_picture(tmp_path / "other.png", 2))
    opened.until(lambda: opened.window.panel(ProbePanel).tools.picture["blur"].value() == 0)
    opened.workbench.faces.select_face(first)
    opened.settle()
    opened.until(lambda: opened.window.panel(ProbePanel).tools.picture["blur"].value() == 1.0)


@pytest.mark.slow
def test_what_is_not_clearly_better_than_chance_is_grey_and_says_so(opened: Stage) -> None:
    """The interval of the photographs holds chance, although the generated faces' does not."""
    until_said(opened, smile(opened))
    readouts = opened.window.panel(ProbePanel).readouts
    vague = quality("balanced accuracy", 0.55, 0.5)
    read = opened.session[PROBING].face
    assert read is not None
    said = tuple(replace(one, portraits=vague) for one in read.now.readouts)
    for reading, words in ((replace(read.now, readouts=said), "cannot tell"), (read.now, smile(opened))):
        readouts.draw(replace(read, before=reading, now=reading), None)
        row = readouts.rows["smiling"]
        assert row.answer.text() == words
        told = words != "cannot tell"
        assert [row.title.isEnabled(), row.answer.isEnabled(), readouts.landmarks.title.isEnabled()] == [told] * 3
    readouts.draw(replace(read, now=replace(read.now, readouts=said)), None)
    assert readouts.landmarks.title.text() == "Landmarks: cannot tell"
    opened.listen()
    opened.click(readouts.folded.line)
    opened.listen()
    row = readouts.rows["smiling"]
    assert "does not lie clear of chance; it says" in row.answer.toolTip()
    assert "smiling" in row.answer.toolTip(), "what it would say is there all the same"
    assert "does not lie clear of chance" in row.quality.toolTip()
    grey, text = (theme.current().colour(role).rgb() for role in ("faint", "text"))
    words = row.answer.grab().toImage()
    drawn = [words.pixelColor(x, y).lightness() for x in range(words.width()) for y in range(words.height())]
    # Strokes of small text may be thinner than a pixel: the strongest pixel comes near its colour, and never beyond.
    backdrop, strongest = drawn[0], max(drawn, key=lambda one: abs(one - drawn[0]))
    assert 0 < abs(strongest - backdrop) <= abs(QColor(grey).lightness() - backdrop) + 2
    assert abs(QColor(text).lightness() - backdrop) > abs(QColor(grey).lightness() - backdrop) + 20
    picture = row.bar.grab().toImage()
    assert grey in {picture.pixel(x, 9) for x in range(2, picture.width() - 2)}
    accent = theme.current().colour("accent").rgb()
    assert accent not in {picture.pixel(x, 9) for x in range(picture.width())}


@pytest.mark.slow
def test_what_does_not_beat_the_base_rate_of_photographs_shows_no_bar(opened: Stage) -> None:
    """A calibration on photographs says which one it is, and draws no probability that it cannot stand for."""
    until_said(opened, smile(opened))
    readouts = opened.window.panel(ProbePanel).readouts
    read = opened.session[PROBING].face
    assert read is not None
    accent, pictures = theme.current().colour("accent").rgb(), []
    for low in (0.1, -0.1):
        skill = quality("Brier skill", low + 0.1, 0.0)
        said = tuple(
            replace(one, origin="photograph", skill=skill, calibrated_on="600 photographs")
            if one.probabilities
            else one
            for one in read.now.readouts
        )
        now = replace(read.now, readouts=said)
        readouts.draw(replace(read, before=now, now=now), None)
        assert "Smile: calibrated for photographs on 600 photographs." in readouts.note.text()
        row = readouts.rows["smiling"]
        opened.listen()
        picture = row.bar.grab().toImage()
        pictures.append({picture.pixel(x, 9) for x in range(picture.width())})
        assert row.quality.text().startswith("photographs ")
    assert accent in pictures[0]
    assert row.answer.text() == "cannot tell"
    assert {theme.current().colour(role).rgb() for role in ("accent", "faint")}.isdisjoint(pictures[1])
    assert row.quality.text().startswith("photographs 0 % better than the base rate (-10 to 10 %)")


@pytest.mark.slow
def test_an_edited_photograph_shows_the_cosine_to_the_original(opened: Stage) -> None:
    until_said(opened, smile(opened))
    tools = opened.window.panel(ProbePanel).tools
    assert not tools.picture_nearness.isVisibleTo(tools)
    opened.workbench.probes.edit_picture("blur", 2.0)
    opened.settle()
    opened.until(lambda: tools.picture_nearness.isVisibleTo(tools))
    assert tools.picture_nearness.text().startswith("cosine to the unaltered ")
    assert tools.picture_nearness.text().endswith((", above threshold", ", below threshold"))

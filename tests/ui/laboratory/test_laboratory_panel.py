"""The Laboratory dock on a fake engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox

from explorer.studio.app.picture_records import picture_record
from explorer.studio.faces.state import FACES, SELECTED, VECTORS
from explorer.studio.inversion.state import RUN
from explorer.studio.laboratory.controller import LaboratoryController
from explorer.studio.laboratory.state import LAB, LAB_ROWS
from explorer.ui.laboratory.panel import LaboratoryPanel
from explorer.ui.laboratory.row_card import RowCard, difference_of
from tests.studio.laboratory.lab_kit import score_of
from tests.ui.stage import Stage, save_picture

pytestmark = pytest.mark.slow


class Shown:
    """The dock in view, two faces open."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage = stage
        stage.open(save_picture(folder / "one.png", 1), save_picture(folder / "other.png", 2))
        stage.window.bring("laboratory")
        self.panel = stage.window.panel(LaboratoryPanel)
        self.settle()

    def settle(self) -> None:
        self.stage.until(self._through)

    def _through(self) -> bool:
        self.stage.settle()
        self.stage.listen()
        session, panel = self.stage.session, self.panel
        rows = session[LAB_ROWS].rows
        drawn = {row.key for row in rows} == set(panel.cards) and not panel._pending
        return drawn and all(panel.cards[row.key]._row is row for row in rows) and not session[LAB_ROWS].busy

    @property
    def card(self) -> RowCard:
        (card,) = self.panel.cards.values()
        return card

    def choose(self, operation: str) -> None:
        box = self.panel.operation
        box.setCurrentIndex(box.findData(operation))
        box.activated.emit(box.currentIndex())
        self.settle()

    def order(self) -> list[str]:
        """Keys of the rows from top to bottom."""
        cards = self.panel.cards
        return sorted(cards, key=lambda key: self.panel._rows.indexOf(cards[key]))

    @property
    def choice(self):
        return self.stage.session[LAB]


@pytest.fixture
def lab(stage: Stage, tmp_path: Path) -> Shown:
    return Shown(stage, tmp_path)


def test_the_empty_dock_says_what_to_do(stage: Stage) -> None:
    stage.window.actions_by_name["dock_laboratory"].trigger()
    stage.listen()
    panel = stage.window.panel(LaboratoryPanel)
    stage.until(lambda: not panel.faces.isVisible())
    assert panel.invitation.isVisible()
    assert "Open a photograph" in panel.invitation.text()
    assert not panel.again.isEnabled()
    assert not stage.window.actions_by_name["export_laboratory_table"].isEnabled()


def test_the_selected_face_has_a_row_with_everything_in_it(lab: Shown) -> None:
    card = lab.card
    key = lab.stage.session[SELECTED]
    assert list(lab.panel.cards) == [key]
    assert "rotated-30" in card.title.text()
    assert card.facts.text() == "alter rotated-30"
    assert card.length.text() == "length 2.000", "the canned embedding is turned round"
    lines = [line.split("\t") for line in card.scores.text().splitlines()]
    assert lines[0] == ["Encoder", "To itself", "Threshold", "Verdict"]
    assert lines[1] == ["arcface-mbf", "0.200", "≥ 0.400", "below"]
    assert ["sface", "0.900", "≥ 0.400", "above"] in lines
    assert ["dlib-resnet", "0.100", "≤ 0.500", "within"] in lines
    assert card.probes.text().splitlines()[1] == "Smile\tsmiling 90 %\tsmiling 20 %"
    assert "likeness train decoder" in card.before.view.hint
    assert not card.after.isVisible()
    lab.stage.until(lambda: card.cover.image() is not None)


def test_a_slider_makes_the_row_anew_and_the_newest_place_wins(lab: Shown) -> None:
    slider = lab.panel.alter.sliders["rotation"]
    for angle in (-10, 10, 45):
        slider.field.setValue(angle)
    lab.settle()
    assert lab.choice.alter.rotation == 45
    assert lab.card.facts.text() == "alter rotated-45"
    assert slider.value() == 45


def test_rows_that_are_to_come_are_counted_and_can_be_left(lab: Shown) -> None:
    stage, panel = lab.stage, lab.panel
    for key in stage.session[FACES]:
        stage.workbench.controller(LaboratoryController).tick(key, True)
    lab.settle()
    assert not panel.stop.isEnabled()
    stage.workbench.controller(LaboratoryController).change("alter", rotation=80)
    stage.until(lambda: panel.says.text() == "2 rows are to come…")
    stage.advance(3)
    stage.until(lambda: panel.says.text() == "A row is being made…")
    stage.click(panel.stop)
    lab.settle()
    stage.until(lambda: panel.says.text().startswith("Stopped"))
    stage.click(panel.again)
    lab.settle()
    stage.until(lambda: not panel.says.isVisible())
    assert {card.facts.text() for card in panel.cards.values()} == {"alter rotated-80"}


def test_faces_are_ticked_beside_the_selected_one(lab: Shown) -> None:
    session, panel = lab.stage.session, lab.panel
    selected = session[SELECTED]
    other = next(key for key in session[FACES] if key != selected)
    assert [key for key, one in panel.faces.buttons.items() if one.isChecked()] == [selected]
    lab.stage.click(panel.faces.buttons[other])
    lab.settle()
    assert set(lab.choice.faces) == {selected, other}
    assert lab.order() == list(session[FACES])
    lab.stage.click(panel.faces.buttons[selected])
    lab.settle()
    assert list(panel.cards) == [other]


def test_every_operation_has_its_page(lab: Shown) -> None:
    for operation, page in lab.panel.pages.items():
        lab.choose(operation)
        assert lab.choice.operation == operation
        assert page.isVisible()
        assert sum(one.isVisible() for one in lab.panel.pages.values()) == 1
        assert not lab.card.change.isHidden() if operation == "attack" else lab.card.change.isHidden()


def test_regions_are_ticked_and_parts_drawn_on_the_photograph(lab: Shown) -> None:
    lab.choose("occlusion")
    page, card = lab.panel.occlusion, lab.card
    page.regions["mouth"].setChecked(True)
    lab.settle()
    assert lab.choice.occlusion.regions == ("eyes", "mouth")
    assert "eyes, mouth hidden" in card.title.text()
    lab.stage.click(page.tools["rectangle"])
    lab.stage.until(lambda: card.cover.tool == "rectangle" and card.cover.image() is not None)
    lab.panel.area.ensureWidgetVisible(card.cover)
    middle, side = card.cover.rect().center(), card.cover.width() // 4
    bot = lab.stage.qtbot
    bot.mousePress(card.cover, Qt.MouseButton.LeftButton, pos=middle)
    bot.mouseMove(card.cover, middle + QPoint(side, side))
    bot.mouseRelease(card.cover, Qt.MouseButton.LeftButton, pos=middle + QPoint(side, side))
    lab.settle()
    assert len(lab.choice.occlusion.patches) == 1
    assert page.drawn.text() == "1 drawn"
    lab.stage.click(page.undo)
    lab.settle()
    assert lab.choice.occlusion.patches == ()
    lab.choose("alter")
    assert card.cover.tool is None


def test_what_covers_is_chosen_by_name_and_another_colour_is_shown(lab: Shown) -> None:
    lab.choose("occlusion")
    cover = lab.panel.occlusion.cover
    cover.setCurrentIndex(cover.findText("Blur"))
    cover.activated.emit(cover.currentIndex())
    lab.settle()
    assert lab.choice.occlusion.fill == "blur"
    lab.stage.workbench.controller(LaboratoryController).change("occlusion", fill="colour", colour=(1, 2, 3))
    lab.settle()
    assert cover.currentText() == "#010203"


def test_an_attack_goes_towards_another_open_face(lab: Shown) -> None:
    lab.choose("attack")
    page, session = lab.panel.attack, lab.stage.session
    assert not page.steps.isEnabled()
    other = next(key for key in session[FACES] if key != session[SELECTED])
    page.towards.setCurrentIndex(page.towards.findData(other))
    page.towards.activated.emit(page.towards.currentIndex())
    page.method.setCurrentIndex(page.method.findData("bim"))
    page.method.activated.emit(page.method.currentIndex())
    lab.settle()
    assert (lab.choice.attack.method, lab.choice.attack.towards) == ("bim", other)
    assert page.steps.isEnabled()
    assert page.steps.value() == 10
    assert lab.card.scores.text().splitlines()[0].endswith("To the aim")
    assert "0.100 → 0.700" in lab.card.scores.text()


def test_rows_are_exported_once_the_user_agrees_to_the_photograph(
    lab: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposed = []

    def save(parent, title, name, kinds):
        proposed.append(Path(name).name)
        return str(tmp_path / Path(name).name), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", save)
    monkeypatch.setattr(QMessageBox, "exec", lambda box: box.buttons()[0].click())
    lab.stage.window.actions_by_name["export_laboratory_figure"].trigger()
    lab.stage.settle()
    lab.card._ask("table")
    lab.stage.settle()
    assert [name.endswith(("arcface-mbf-alter.png", "arcface-mbf-alter.csv")) for name in proposed] == [True, True]
    assert [(tmp_path / name).read_text() for name in proposed] == ["rows 1 alter"] * 2
    monkeypatch.setattr(QMessageBox, "exec", lambda box: box.buttons()[1].click())
    lab.card._ask("figure")
    assert len(proposed) == 2


def test_the_command_is_copied(lab: Shown) -> None:
    lab.stage.window.actions_by_name["copy_laboratory_command"].trigger()
    assert QGuiApplication.clipboard().text().startswith("likeness lab alter ")


def test_a_picture_of_a_row_says_whose_it_is_and_what_was_done(lab: Shown) -> None:
    (row,) = lab.stage.session[LAB_ROWS].rows
    record = picture_record(lab.stage.session, row.picture, "Altered photograph", mark=False)
    assert record["source"]["sha256"] == row.whose.photograph.sha256
    assert record["laboratory"]["operation"] == "alter"


def test_decodes_and_maps_stand_in_the_row_where_there_are_some(lab: Shown) -> None:
    session = lab.stage.session
    (row,) = session[LAB_ROWS].rows
    drawn = np.full((32, 32, 3), 70, np.uint8)
    scores = (replace(row.scores[0], mapped=score_of(row.encoder, 0.8)), *row.scores[1:])
    decoded = replace(row, decoded=(drawn, drawn, None), undecoded="", scores=scores)
    session[LAB_ROWS] = replace(session[LAB_ROWS], rows=(decoded,))
    lab.settle()
    card = lab.card
    assert [one.isVisible() for one in (card.before, card.after, card.mapped)] == [True, True, False]
    assert card.before.title.text() == "Decode before"
    assert card.scores.text().splitlines()[0].endswith("Mapped")
    assert card.scores.text().splitlines()[1].endswith("0.800")
    lab.stage.window.mark.setChecked(False)
    assert not card.before.view._mark
    session[LAB_ROWS] = replace(session[LAB_ROWS], rows=(replace(decoded, remark="no face is found"),))
    lab.settle()
    assert card.remark.text() == "No face is found"


def test_a_changed_embedding_is_inverted_beside_its_row(lab: Shown) -> None:
    session, stage = lab.stage.session, lab.stage
    (row,) = session[LAB_ROWS].rows
    card = lab.card
    assert not card.invert_mapped.isVisible()
    mapped = np.ones_like(row.after)
    session[LAB_ROWS] = replace(session[LAB_ROWS], rows=(replace(row, mapped=mapped),))
    lab.settle()
    stage.until(card.invert_mapped.isVisible)
    for button, vector in ((card.invert, row.after), (card.invert_mapped, mapped)):
        stage.click(button)
        lab.settle()
        assert np.array_equal(session[RUN].target.vector, vector)
        assert session[SELECTED] in session[VECTORS]
        assert list(lab.panel.cards) == [row.key], "the row stays beside"
    assert len(session[VECTORS]) == 2
    while session[VECTORS]:
        assert stage.window.actions_by_name["undo"].isEnabled()
        stage.window.actions_by_name["undo"].trigger()
        stage.listen()
    assert session[RUN] is None


def test_of_a_row_that_is_to_come_nothing_is_inverted(lab: Shown) -> None:
    card = lab.card
    assert card.invert.isEnabled()
    lab.stage.workbench.controller(LaboratoryController).change("alter", rotation=80)
    lab.stage.until(lambda: not card.invert.isEnabled())
    lab.settle()
    lab.stage.until(card.invert.isEnabled)


def test_a_dock_that_cannot_be_seen_makes_no_rows(lab: Shown) -> None:
    lab.stage.window.docks["laboratory"].close()
    lab.stage.listen()
    assert not lab.stage.session[LAB_ROWS].watched
    before = lab.stage.session[LAB_ROWS].rows
    lab.stage.workbench.controller(LaboratoryController).change("alter", rotation=70)
    lab.stage.settle()
    assert lab.stage.session[LAB_ROWS].rows == before


@pytest.mark.parametrize("seen", [True, False])
def test_a_face_that_is_forgotten_leaves_the_dock_seen_or_not(lab: Shown, seen: bool) -> None:
    session = lab.stage.session
    if not seen:
        lab.stage.window.docks["laboratory"].close()
        lab.stage.listen()
    for key in list(session[FACES]):
        lab.stage.workbench.faces.remove_face(key)
    lab.settle()
    assert lab.panel.cards == {}
    assert lab.panel.faces.buttons == {}
    assert lab.panel.invitation.isVisible() is seen


def test_the_difference_is_of_embeddings_of_length_one() -> None:
    one, other = np.array([3.0, 0.0], np.float32), np.array([0.0, 5.0], np.float32)
    assert difference_of(one, other) == pytest.approx([-1.0, 1.0])
    assert difference_of(one, None) is None


def test_rows_stand_below_the_controls_where_there_is_no_room_beside(lab: Shown) -> None:
    panel = lab.panel
    panel.resize(900, 500)
    panel.layout().activate()
    assert panel.area.x() >= panel._controls.geometry().right()
    panel.resize(430, 900)
    panel.layout().activate()
    assert panel.area.y() >= panel._controls.geometry().bottom()
    assert panel.area.width() > 380
    assert panel.minimumSizeHint().width() <= 430
    for card in panel.cards.values():
        assert card.minimumSizeHint().width() <= 380, "pictures that find no room beside each other stand in two lines"

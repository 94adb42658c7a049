"""Deep Face Decoder's figures in the composer's dialog, chosen by mouse."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QListWidget

from explorer.studio.composer.handlers import ComposeHandlers
from explorer.studio.composer.state import COMPOSING
from explorer.studio.export.provenance import read_provenance
from explorer.studio.faces.state import FACES, SELECTED
from explorer.ui.composer.dialog import Composer
from explorer.ui.composer.exporting import ExportService
from tests.studio.laboratory.test_figures import Noise, shipped  # noqa: F401 - a fixture
from tests.ui.stage import Stage, save_picture

pytestmark = pytest.mark.slow


@pytest.fixture
def composer(stage: Stage, tmp_path: Path, shipped) -> Composer:  # noqa: F811
    stage.engine._handlers.update(ComposeHandlers(SimpleNamespace(networks=lambda control: Noise())).table())
    stage.open(*(save_picture(tmp_path / f"{seed}.png", seed) for seed in range(3)))
    stage.window.actions_by_name["compose"].trigger()
    opened = stage.window.service(ExportService)._composer
    assert opened is not None
    stage.qtbot.waitExposed(opened)
    opened.layouts.setCurrentIndex(opened.layouts.findData("laboratory"))
    click_row(stage, opened.laboratory.encoders, "sface")
    stage.qtbot.mouseClick(opened.without, Qt.MouseButton.LeftButton, pos=QPoint(8, opened.without.height() // 2))
    return opened


def click_row(stage: Stage, ticks: QListWidget, text: str) -> None:
    (item,) = ticks.findItems(text, Qt.MatchFlag.MatchExactly)
    ticks.scrollToItem(item)
    place = ticks.visualItemRect(item)
    inside = QPoint(place.left() + 10, place.center().y())
    stage.qtbot.mouseClick(ticks.viewport(), Qt.MouseButton.LeftButton, pos=inside)


def choose(composer: Composer, number: str) -> None:
    composer.laboratory.figure.setCurrentIndex(composer.laboratory.figure.findData(number))


def settled(stage: Stage, composer: Composer) -> None:
    stage.until(lambda: not composer._timer.isActive())
    stage.settle()


def test_ticked_faces_are_previewed_and_written_with_their_numbers(stage, composer, tmp_path, monkeypatch) -> None:
    settled(stage, composer)
    faces = composer.laboratory.choice().faces
    assert faces == (stage.session[SELECTED],), "at first the selected face is ticked"
    for row in range(composer.laboratory.faces.count()):
        item = composer.laboratory.faces.item(row)
        if item.checkState() is Qt.CheckState.Unchecked:
            click_row(stage, composer.laboratory.faces, item.text())
    stage.until(lambda: len(composer.laboratory.choice().faces) == 3)
    settled(stage, composer)
    stage.until(lambda: composer.view.image() is not None and composer.export.isEnabled())
    assert not composer.draw.isVisible()
    for button, name in ((composer.export, "figure.png"), (composer.numbers, "numbers.csv")):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, name=name: (str(tmp_path / name), ""))
        stage.click(button)
        stage.settle()
        record = read_provenance(tmp_path / name)
        assert (record["kind"], record["figure"]) == ("decoded faces", "figure 1")
        assert len(record["sources"]) == 3


def test_each_figure_asks_for_what_it_follows_from(stage, composer) -> None:
    form = composer.laboratory
    shown = {
        number: {name for name, one in form.forms.items() if one.isVisible()}
        for number in ("1", "12", "14", "15")
        if not choose(composer, number)
    }
    assert shown == {"1": set(), "12": {"12"}, "14": {"14"}, "15": {"15"}}
    choose(composer, "5")
    assert form.layer.isVisible()
    assert not form.attribute.isVisible()
    choose(composer, "17")
    assert form.attribute.isVisible()
    assert form.attribute.count() > 1
    form.forms["12"].editor("budget").field.setValue(16)
    choose(composer, "12")
    assert form.choice().settings.budget == 16
    settled(stage, composer)
    assert composer.draw.isVisible()
    assert not composer.draw.isEnabled(), "it takes two faces"
    assert "figure 12 takes 2 faces" in composer.says.text()


def test_a_forgotten_face_is_gone_from_list_and_preview(stage, composer) -> None:
    settled(stage, composer)
    stage.until(lambda: composer.view.image() is not None)
    stage.workbench.faces.remove_face(stage.session[SELECTED])
    assert stage.session[COMPOSING].preview is None
    settled(stage, composer)
    assert composer.laboratory.faces.count() == len(stage.session[FACES]) == 2
    stage.until(lambda: "0 are ticked" in composer.says.text())
    assert composer.view.image() is None

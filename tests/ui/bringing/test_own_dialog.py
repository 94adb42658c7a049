"""What was imported is listed with its terms, hash and size, shown as its card says, and removed after a question."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.studio import places
from explorer.studio.bringing.state import OWN_ENCODERS
from explorer.studio.catalogue import brought_encoders as brought
from explorer.studio.catalogue.image_encoders import image_encoders, keep_image_encoder
from explorer.studio.faces.state import ENCODER
from explorer.studio.generators.state import BROUGHT
from explorer.studio.session.state import NOTIFICATIONS
from explorer.ui.bringing.own_dialog import OwnPartsDialog
from explorer.ui.inversion.objective_panel import ObjectivePanel
from tests.science.generation import test_image_encoder as layouts
from tests.science.recognition.imported.published import Drawn
from tests.studio.bringing.network_kit import kept_tiny
from tests.studio.bringing.slice_samples import card
from tests.studio.bringing.test_controller import CANNED
from tests.studio.generators.slice_samples import card as generator_card
from tests.ui.stage import Stage


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "state"))
    yield tmp_path / "state" / "networks"
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "nothing"))
    brought.register_brought_encoders()


def opened(stage: Stage) -> OwnPartsDialog:
    stage.window.actions_by_name["own_parts"].trigger()
    (dialog,) = stage.window.findChildren(OwnPartsDialog)
    return dialog


def row(dialog: OwnPartsDialog, number: int) -> list[str]:
    return [dialog.table.item(number, column).text() for column in range(dialog.table.columnCount())]


def test_each_is_listed_with_kind_threshold_licence_size_and_hash(stage: Stage) -> None:
    dialog = opened(stage)
    assert dialog.invitation.isVisible()
    assert not dialog.remove.isVisible()
    stage.session[OWN_ENCODERS] = (card(licence="MIT"),)
    stage.session[BROUGHT] = (generator_card("faces", previews={256: 31.2}),)
    assert row(dialog, 0) == ["mine", "encoder", "0.300 (cosine)", "MIT", "14.0 MB", "", "5e" * 6]
    assert row(dialog, 1) == ["faces", "generator", "–", "for tests", "120.0 MB", "", "12" * 6]
    dialog.table.setCurrentCell(1, 0)
    assert "256 px (31 dB)" in dialog.page.toPlainText()
    assert "cannot be made again without it" in dialog.depends.text()
    dialog.close()


def test_an_encoder_is_shown_and_removed_and_leaves_no_trace(stage: Stage, tmp_path: Path, own_folder: Path) -> None:
    kept = kept_tiny(tmp_path / "Tiny.onnx", "mine")
    stage.workbench.bringing.look()
    stage.workbench.settings.select_encoder("mine")
    assert stage.window.panel(ObjectivePanel).encoder.currentData() == "mine"
    dialog = opened(stage)
    assert dialog.chosen is not None
    assert dialog.chosen.since is not None
    assert "mine: an encoder of your own" in dialog.page.toPlainText()
    assert "another is chosen instead" in dialog.depends.text()
    asked = []
    dialog.ask = lambda question, goes: bool(asked.append(question))
    stage.click(dialog.remove)
    assert kept.place.exists()
    dialog.ask = lambda question, goes: True
    stage.click(dialog.remove)
    assert asked == ["Remove mine?"]
    assert dialog.chosen is None
    assert {one.name for one in own_folder.rglob("*") if one.is_file()} <= {"lock"}
    assert stage.session[ENCODER] == "arcface-mbf"
    assert stage.window.panel(ObjectivePanel).encoder.currentData() == "arcface-mbf"
    assert stage.session[NOTIFICATIONS][-1].title == "mine is removed"
    dialog.close()


def test_an_image_encoder_is_listed_with_its_latents_and_removed(stage: Stage, tmp_path: Path) -> None:
    drawn = Drawn()
    layouts.published(drawn, layouts.picture(), True, False, True)
    keep_image_encoder(layouts.checkpoint(tmp_path / "psp.pt", drawn, {}), "MIT")
    dialog = opened(stage)
    assert row(dialog, 0)[:4] == ["psp", "image encoder", "–", "MIT"]
    assert "W+ 9 x 12" in dialog.page.toPlainText()
    dialog.ask = lambda question, goes: True
    stage.click(dialog.remove)
    assert dialog.chosen is None
    assert image_encoders() == []
    dialog.close()


def test_one_that_may_be_asked_for_stays(stage: Stage, tmp_path: Path) -> None:
    stage.engine._handlers |= CANNED
    kept = kept_tiny(tmp_path / "Tiny.onnx", "mine")
    stage.workbench.bringing.look()
    stage.workbench.bringing.try_network(tmp_path / "Tiny.onnx")
    stage.workbench.bringing.remove("mine")
    assert kept.place.exists()
    assert stage.session[NOTIFICATIONS][-1].title == "mine stays for now"
    stage.workbench.bringing.stop()
    stage.settle()

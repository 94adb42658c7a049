"""Generators are imported, listed and removed in the window, and chosen at once in the Objective panel."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from explorer.studio import places
from explorer.studio.catalogue.generators import import_generator, register_brought
from explorer.studio.generators.handlers import FILE_HANDLERS
from explorer.studio.generators.state import BROUGHT
from explorer.studio.inversion.state import SETTINGS
from explorer.ui.bringing.own_dialog import OwnPartsDialog
from explorer.ui.generators import actions
from explorer.ui.generators.import_dialog import ImportGeneratorDialog
from explorer.ui.inversion.objective_panel import ObjectivePanel
from tests.science.generation import brought_kit as kit
from tests.ui.stage import Stage


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "state"))
    yield
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "nothing"))
    register_brought()


@pytest.fixture
def pickled(tmp_path: Path) -> Path:
    torch.manual_seed(1)
    path = tmp_path / "My FFHQ 32.pkl"
    path.write_bytes(kit.nvidia_pickle(kit.stylegan2(z=5)))
    return path


def chosen_file(monkeypatch: pytest.MonkeyPatch, path: Path | None) -> None:
    monkeypatch.setattr(actions, "ask_open", lambda window, kind, title, kinds: path)


def offered(stage: Stage) -> list[str]:
    box = stage.window.panel(ObjectivePanel).generator.box
    return [box.itemData(index) for index in range(box.count())]


@pytest.mark.slow
def test_a_file_becomes_a_choice_at_once_and_goes_again(
    stage: Stage, pickled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.engine._handlers |= FILE_HANDLERS
    chosen_file(monkeypatch, pickled)
    stage.window.actions_by_name["own_parts"].trigger()
    (listed,) = stage.window.findChildren(OwnPartsDialog)
    listed.ask = lambda asked, goes: asked == "Remove my-ffhq-32?" and "cannot be made again without it" in goes
    assert listed.invitation.isVisible()
    stage.click(listed.invitation.buttons[1])
    (dialog,) = stage.window.findChildren(ImportGeneratorDialog)
    assert dialog.name.text() == "my-ffhq-32"
    assert not dialog.accept_button.isEnabled()
    assert "nder which terms" in dialog.missing.text()
    dialog.licence.setText("for tests")
    assert dialog.accept_button.isEnabled()
    assert not dialog.missing.text()
    dialog.points.setChecked(False)
    stage.click(dialog.accept_button)
    stage.settle()
    assert stage.window.toasts.shown[-1].notification.title == "my-ffhq-32 is imported"
    chooser = stage.window.panel(ObjectivePanel).generator
    assert offered(stage) == ["mobilestylegan-ffhq", "my-ffhq-32"]
    assert not chooser.isHidden()
    assert listed.chosen is not None
    assert listed.chosen.id == "my-ffhq-32"
    stage.click(listed.remove)
    assert listed.chosen is None
    assert offered(stage) == ["mobilestylegan-ffhq"]
    assert chooser.isHidden()
    listed.close()


@pytest.mark.slow
def test_a_wrong_file_is_one_line_in_a_toast(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.engine._handlers |= FILE_HANDLERS
    (tmp_path / "a.pkl").write_bytes(b"not a pickle")
    chosen_file(monkeypatch, tmp_path / "a.pkl")
    stage.window.actions_by_name["import_generator"].trigger()
    (dialog,) = stage.window.findChildren(ImportGeneratorDialog)
    dialog.licence.setText("for tests")
    stage.click(dialog.accept_button)
    stage.settle()
    note = stage.window.toasts.shown[-1].notification
    assert "a.pkl is no generator that can be brought" in note.text
    assert "\n" not in note.text
    assert stage.session[BROUGHT] == ()


def test_a_name_that_is_taken_is_said_in_the_dialog(stage: Stage, tmp_path: Path) -> None:
    dialog = ImportGeneratorDialog(tmp_path / "sface.pkl", stage.window)
    dialog.licence.setText("for tests")
    assert "already" in dialog.missing.text()
    assert not dialog.accept_button.isEnabled()
    dialog.name.setText("Two Words")
    assert "cannot be called" in dialog.missing.text()
    dialog.name.setText("two-words")
    assert dialog.accept_button.isEnabled()
    dialog.close()
    dialog.deleteLater()
    stage.listen()


def test_nothing_chosen_opens_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen_file(monkeypatch, None)
    stage.window.actions_by_name["import_generator"].trigger()
    assert not stage.window.findChildren(ImportGeneratorDialog)


def test_one_that_a_session_names_and_that_is_not_here_stands_in_the_chooser(stage: Stage) -> None:
    stage.session[SETTINGS] = stage.session[SETTINGS].model_copy(update={"generator": "of-a-colleague"})
    chooser = stage.window.panel(ObjectivePanel).generator
    assert not chooser.isHidden()
    assert offered(stage) == ["mobilestylegan-ffhq", "of-a-colleague"]
    assert chooser.box.currentText() == "of-a-colleague"
    assert chooser.note.text() == "of-a-colleague is not on this machine: import it, or choose another."
    chooser.box.setCurrentIndex(0)
    chooser.box.activated.emit(0)
    stage.settle()
    assert stage.session[SETTINGS].generator == "mobilestylegan-ffhq"
    assert offered(stage) == ["mobilestylegan-ffhq"]
    assert chooser.isHidden()


def test_one_imported_by_the_command_line_is_there_at_the_next_start(pickled: Path, request) -> None:
    import_generator(pickled, "for tests", "mine")
    stage: Stage = request.getfixturevalue("stage")
    assert offered(stage) == ["mobilestylegan-ffhq", "mine"]

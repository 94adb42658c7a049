"""What is preferred holds at once, and at the next start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox

from explorer.studio.config.preferences import FILE, Preferences
from explorer.studio.session.state import NOTIFICATIONS
from explorer.ui.base import theme
from explorer.ui.preferences.dialog import SECTIONS, PreferencesDialog
from explorer.ui.preferences.service import PreferencesService
from explorer.ui.widgets.number_field import NumberField
from tests.ui.stage import Stage


@pytest.fixture(autouse=True)
def _as_before(qapp: QApplication) -> Iterator[None]:
    yield
    theme.scale_text(1.0)
    theme.choose("system")


@pytest.fixture
def dialog(stage: Stage, tmp_path: Path) -> PreferencesDialog:
    stage.window.service(PreferencesService).persist_in(tmp_path)
    stage.window.actions_by_name["preferences"].trigger()
    (found,) = stage.window.findChildren(PreferencesDialog)
    return found


def editor(dialog: PreferencesDialog, name: str, kind: type):
    (form,) = [form for form in dialog.forms if name in form.names()]
    return form.editor(name).findChild(kind)


def test_every_preference_is_in_the_dialog_once() -> None:
    assert sorted(name for fields in SECTIONS.values() for name in fields) == sorted(Preferences.model_fields)


@pytest.mark.slow
def test_bounds_and_units_are_those_of_the_model(dialog: PreferencesDialog) -> None:
    field = editor(dialog, "note_seconds", NumberField)
    assert (field.minimum(), field.maximum(), field.suffix()) == (2, 60, " s")


@pytest.mark.slow
def test_a_theme_holds_at_once_and_is_kept(stage: Stage, dialog: PreferencesDialog, tmp_path: Path) -> None:
    box = editor(dialog, "theme", QComboBox)
    box.setCurrentIndex(box.findData("light"))
    box.activated.emit(box.currentIndex())
    assert theme.current().name == "light"
    assert '"theme": "light"' in (tmp_path / FILE).read_text()
    stage.window.actions_by_name["theme_dark"].trigger()
    assert theme.current().name == "dark"
    assert box.currentData() == "dark", "dialog and menu say the same"


@pytest.mark.slow
def test_switches_of_the_menus_are_preferences(stage: Stage, dialog: PreferencesDialog) -> None:
    editor(dialog, "mark", QCheckBox).setChecked(False)
    assert not stage.window.mark.isChecked()
    stage.window.actions_by_name["draw_landmarks"].setChecked(False)
    assert not stage.window.service(PreferencesService).now.landmarks
    assert not editor(dialog, "landmarks", QCheckBox).isChecked()
    stage.click(dialog.reset)
    assert stage.window.mark.isChecked()
    assert stage.window.service(PreferencesService).now == Preferences()


@pytest.mark.slow
def test_text_grows(dialog: PreferencesDialog) -> None:
    before = QApplication.font().pointSizeF()
    editor(dialog, "text_size", NumberField).setValue(150)
    assert QApplication.font().pointSizeF() == pytest.approx(1.5 * before)


@pytest.mark.slow
def test_a_bad_file_gives_defaults_and_a_toast(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"preferences": {"theme": "pink"}}')
    stage.window.service(PreferencesService).persist_in(tmp_path)
    assert stage.window.service(PreferencesService).now == Preferences()
    assert stage.window.toasts.shown[-1].notification.title == "The preferences could not be read"


@pytest.mark.slow
def test_what_cannot_be_kept_is_said(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    stage.window.service(PreferencesService).persist_in(tmp_path / "file")
    stage.window.service(PreferencesService).set("theme", "light")
    assert stage.session[NOTIFICATIONS][-1].title == "The preferences are not kept"
    assert theme.current().name == "light", "it holds all the same"

"""A toast of a file that was written shows it in its folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from explorer.studio.faces.state import SELECTED
from explorer.ui.base.showing import show_in_folder
from explorer.ui.widgets.toasts import Toast
from tests.ui.stage import Stage


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Folders that the system was asked to show."""
    seen: list[Path] = []

    def open_url(url: QUrl) -> bool:
        seen.append(Path(url.toLocalFile()))
        return "unwanted" not in url.toLocalFile()

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    monkeypatch.setattr("sys.platform", "linux")
    return seen


def written(stage: Stage, path: Path) -> Toast:
    stage.workbench.notify("info", "The figure is written", path.name, path=path)
    return stage.window.toasts.shown[-1]


def test_a_file_that_was_written_is_shown_in_its_folder(stage: Stage, tmp_path: Path, asked: list[Path]) -> None:
    toast = written(stage, tmp_path / "figure.svg")
    assert toast.show_file is not None
    stage.click(toast.show_file)
    assert asked == [tmp_path]
    assert toast.rect().contains(toast.show_file.geometry())


def test_a_folder_that_was_written_is_shown_itself(tmp_path: Path, asked: list[Path]) -> None:
    assert show_in_folder(tmp_path)
    assert show_in_folder(tmp_path / "gone" / "with it" / "figure.svg")
    assert asked == [tmp_path, tmp_path]


def test_without_a_file_manager_the_path_is_copied(stage: Stage, tmp_path: Path, asked: list[Path]) -> None:
    folder = tmp_path / "unwanted"
    folder.mkdir()
    toast = written(stage, folder / "figure.svg")
    stage.click(toast.show_file)
    assert QGuiApplication.clipboard().text() == str(folder / "figure.svg")
    stage.until(toast.foot.isVisible)
    assert toast.rect().contains(toast.foot.geometry())


def test_other_toasts_have_no_such_button(stage: Stage) -> None:
    stage.workbench.notify("info", "The faces are grouped", "two groups")
    assert stage.window.toasts.shown[-1].show_file is None


@pytest.mark.slow
def test_a_toast_about_a_forgotten_face_goes_with_it(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    key = stage.session[SELECTED]
    stage.workbench.notify("error", "Not read", "person.png is odd", about=(key,))
    stage.workbench.notify("error", "Another", "of nobody")
    stage.workbench.faces.remove_face(key)
    stage.settle()
    assert "Not read" not in [toast.notification.title for toast in stage.window.toasts.shown]
    assert "Another" in [toast.notification.title for toast in stage.window.toasts.shown]

"""File > Open recent: what was opened and saved, until it is cleared or forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from explorer.studio.faces.state import FACES, SELECTED
from explorer.studio.session.state import DOCUMENT
from explorer.ui.base.recent import RecentFiles
from explorer.ui.session.forgetting import ForgetService
from explorer.ui.session.recent import MENU, RecentSessions
from tests.ui.stage import Stage, save_picture

pytestmark = pytest.mark.slow  # a whole window each


def saved(stage: Stage, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    stage.workbench.files.save(path)
    stage.settle()
    return path


def entries(stage: Stage) -> list[str]:
    return [action.text() for action in stage.window.registry.menus[MENU].actions() if not action.isSeparator()]


@pytest.fixture
def opened(stage: Stage, photograph: Path) -> Stage:
    stage.open(photograph)
    return stage


def test_a_session_that_was_saved_can_be_opened_again(opened: Stage, tmp_path: Path) -> None:
    actions = opened.window.actions_by_name
    assert not actions["recent"].isEnabled()
    for name in ("one", "two"):
        saved(opened, tmp_path / f"{name}.likeness")
    assert entries(opened) == ["two", "one", "Clear this list"]
    assert actions["recent"].isEnabled()
    actions["new_session"].trigger()
    assert not opened.session[FACES]
    actions["recent_1"].trigger()
    opened.settle()
    assert opened.session[DOCUMENT].path == tmp_path / "one.likeness"
    assert len(opened.session[FACES]) == 1
    assert entries(opened)[0] == "one"


def test_two_of_one_name_are_told_apart(opened: Stage, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        saved(opened, tmp_path / folder / "R&D.likeness")
    assert entries(opened)[:2] == ["R&&D (b)", "R&&D (a)"]


def test_a_file_that_is_gone_is_grey_and_says_so(opened: Stage, tmp_path: Path) -> None:
    saved(opened, tmp_path / "work.likeness").unlink()
    action = opened.window.actions_by_name["recent_0"]
    opened.window.registry.menus[MENU].aboutToShow.emit()
    assert not action.isEnabled()
    assert "not there any more" in action.toolTip()
    saved(opened, tmp_path / "work.likeness")
    opened.window.registry.menus[MENU].aboutToShow.emit()
    assert opened.window.actions_by_name["recent_0"].isEnabled()


def test_the_list_is_there_at_the_next_start_and_can_be_cleared(opened: Stage, tmp_path: Path) -> None:
    files = opened.window.service(RecentFiles)
    files.persist_in(tmp_path / "state")
    saved(opened, tmp_path / "work.likeness")
    assert "work.likeness" in (tmp_path / "state" / "recent.json").read_text()
    opened.window.actions_by_name["recent_clear"].trigger()
    opened.workbench.settings.change("steps", 12)
    opened.settle()
    assert entries(opened) == ["Clear this list"], "a change of the session is no reason to list it again"
    assert "work" not in (tmp_path / "state" / "recent.json").read_text()


def test_forgetting_a_face_forgets_sessions_called_after_it_and_all_folders(opened: Stage, tmp_path: Path) -> None:
    files = opened.window.service(RecentFiles)
    files.persist_in(tmp_path / "state")
    opened.workbench.faces.rename(opened.session[SELECTED], "Ada Lovelace")
    for name in ("ada lovelace", "person 3", "work"):
        saved(opened, tmp_path / f"{name}.likeness")
    files.remember("photographs", tmp_path)
    opened.window.service(ForgetService).ask = lambda asked, goes: True
    opened.window.actions_by_name["forget"].trigger()
    opened.settle()
    assert entries(opened) == ["work", "Clear this list"], "the photograph was person.png, and the face Ada Lovelace"
    kept = (tmp_path / "state" / "recent.json").read_text()
    assert "lovelace" not in kept
    assert "person" not in kept
    assert files.start("photographs") == ""


def test_what_cannot_be_read_or_kept_is_said_once(opened: Stage, tmp_path: Path) -> None:
    (tmp_path / "recent.json").write_text("{")
    files = opened.window.service(RecentFiles)
    files.persist_in(tmp_path)
    assert "recent files" in opened.window.toasts.shown[-1].details()
    blocked = tmp_path / "blocked"
    blocked.write_text("a file")
    files.persist_in(blocked)
    count = len(opened.window.toasts.shown)
    for kind in ("exports", "gallery"):
        files.remember(kind, tmp_path)
    assert len(opened.window.toasts.shown) <= count + 1


def test_the_empty_window_offers_the_newest_sessions(opened: Stage, tmp_path: Path) -> None:
    welcome = opened.window.welcome
    opened.window.actions_by_name["new_session"].trigger()
    assert not welcome._sessions.isVisible()
    opened.open(save_picture(tmp_path / "again.png", 3))
    for name in "abcd":
        saved(opened, tmp_path / f"{name}.likeness")
    opened.window.actions_by_name["new_session"].trigger()
    opened.until(welcome._sessions.isVisible)
    shown: list[QPushButton] = [button for button in welcome.sessions if button.isVisible()]
    assert [button.text() for button in shown] == ["d", "c", "b"]
    opened.qtbot.mouseClick(shown[1], Qt.MouseButton.LeftButton)
    opened.settle()
    assert opened.session[DOCUMENT].path == tmp_path / "c.likeness"


def test_the_list_lets_go_of_the_session_with_the_window(stage: Stage) -> None:
    service = stage.window.service(RecentSessions)
    stage.window.close()
    assert service.observer._links == []

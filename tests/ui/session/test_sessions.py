"""The session as a file, undo and the tree of runs, in the window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl

from explorer.science.inversion.terms import default_weights
from explorer.studio.app.features import codecs, new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.faces.state import FACES, SELECTED
from explorer.studio.inversion.state import COMPARED, RUN, RUNS, SETTINGS
from explorer.studio.session.saving.archive import read_session
from explorer.studio.session.saving.generations import abandoned
from explorer.studio.session.state import DOCUMENT, NOTIFICATIONS
from explorer.ui.faces.opening import OpenService
from explorer.ui.inversion.runs_panel import RunsPanel
from explorer.ui.session.service import SessionFileService, ago
from explorer.ui.window.main_window import MainWindow
from tests.ui.canned import HANDLERS
from tests.ui.stage import Stage


@pytest.fixture
def opened(stage: Stage, photograph: Path) -> Stage:
    stage.open(photograph)
    return stage


@pytest.mark.slow
def test_the_title_says_name_and_changes_and_saving_settles_them(opened: Stage, tmp_path: Path) -> None:
    window = opened.window
    assert window.windowTitle() == "Untitled[*] – Likeness"
    assert window.isWindowModified()
    opened.workbench.files.save(tmp_path / "work.likeness")
    opened.settle()
    assert window.windowTitle() == "work[*] – Likeness"
    assert not window.isWindowModified()
    opened.workbench.settings.change("steps", 12)
    assert window.isWindowModified()
    window.actions_by_name["undo"].trigger()
    assert not window.isWindowModified()


@pytest.mark.slow
def test_a_session_dropped_on_the_window_is_opened(opened: Stage, tmp_path: Path) -> None:
    session, window = opened.session, opened.window
    window.actions_by_name["start"].trigger()
    opened.settle()
    path = tmp_path / "work.likeness"
    opened.workbench.files.save(path)
    opened.settle()
    run, face = session[RUN], session[SELECTED]
    window.actions_by_name["new_session"].trigger()
    assert (session[FACES], session[RUN], session[RUNS], session[DOCUMENT].path) == ({}, None, {}, None)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    assert window.service(OpenService).mime(mime)
    opened.settle()
    assert session[RUN].steps == run.steps
    assert session[SELECTED] == face
    assert session[DOCUMENT].path == path
    assert not window.isWindowModified()


def test_a_session_that_cannot_be_opened_leaves_what_was_there(opened: Stage, tmp_path: Path) -> None:
    (tmp_path / "bad.likeness").write_bytes(b"no session")
    opened.window.service(SessionFileService).open(tmp_path / "bad.likeness")
    opened.settle()
    assert len(opened.session[FACES]) == 1
    assert "bad.likeness" in opened.session[NOTIFICATIONS][-1].text


def test_edit_menu_names_what_undo_takes_back(opened: Stage) -> None:
    undo, redo = (opened.window.actions_by_name[name] for name in ("undo", "redo"))
    assert (undo.text(), undo.isEnabled(), redo.isEnabled()) == ("Undo: open person.png", True, False)
    undo.trigger()
    assert opened.session[FACES] == {}
    assert (undo.text(), redo.text()) == ("Undo", "Redo: open person.png")
    redo.trigger()
    opened.settle()
    assert len(opened.session[FACES]) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "closes", "kept"), [("cancel", False, 1), ("keep", True, 1), ("discard", True, 0), ("save", True, 0)]
)
def test_closing_asks_what_becomes_of_changes(
    opened: Stage, tmp_path: Path, answer: str, closes: bool, kept: int
) -> None:
    root, path = tmp_path / "state", tmp_path / "work.likeness"
    window, files = opened.window, opened.window.service(SessionFileService)
    files.persist_in(root)
    opened.settle()
    opened.workbench.files.tick()
    opened.settle()
    opened.session[DOCUMENT] = type(opened.session[DOCUMENT])(path, modified=True)
    files.ask = lambda keeping: answer
    assert window.close() is closes
    if closes:
        left = abandoned(root)
        assert len(left) == kept
        for one in left:
            one.discard()
    assert path.exists() is (answer == "save")
    if answer == "save":
        assert len(read_session(path, codecs())[FACES]) == 1
    files.ask = lambda keeping: "discard"


@pytest.mark.slow
def test_what_a_crash_left_is_offered_and_restored(opened: Stage, tmp_path: Path, qtbot) -> None:
    root = tmp_path / "state"
    opened.window.service(SessionFileService).persist_in(root)
    opened.window.actions_by_name["start"].trigger()
    opened.settle()
    opened.workbench.files.tick()
    opened.settle()
    opened.workbench.files._generations._lock.release()  # as when the program is killed
    session = new_session()
    engine = FakeEngine(HANDLERS)
    window = MainWindow(session)
    qtbot.addWidget(window)
    window.attach(Workbench(engine, session, default_weights()))
    next_start = Stage(window, session, window.dispatcher.workbench, engine, qtbot)
    window.show()
    window.service(SessionFileService).persist_in(root)
    next_start.settle()
    assert window.service(SessionFileService).banner.isVisible()
    next_start.click(window.service(SessionFileService).banner.button)
    next_start.settle()
    assert not window.service(SessionFileService).banner.isVisible()
    assert [face.name for face in session[FACES].values()] == ["person.png"]
    assert session[RUN].steps == opened.session[RUN].steps
    assert window.isWindowModified()
    # The restored session is kept by the new program, and the old folder is gone.
    assert len([folder for folder in root.iterdir() if any(folder.glob("session-*.json"))]) == 1
    window.service(SessionFileService).ask = lambda keeping: "discard"
    window.close()
    opened.workbench.files._generations = None


@pytest.mark.slow
def test_the_tree_of_runs_shows_branches_and_lays_them_side_by_side(opened: Stage) -> None:
    window, session = opened.window, opened.session
    window.actions_by_name["start"].trigger()
    opened.settle()
    opened.workbench.inversion.show_step(10)
    window.actions_by_name["branch"].trigger()
    opened.settle()
    panel = window.panel(RunsPanel)
    opened.until(lambda: len(panel._items) == 2)
    first, second = (panel._items[key] for key in session[RUNS])
    assert second.parent() is first
    opened.until(lambda: second.text(2) == "run 1, step 10")
    for item in (first, second):
        item.setCheckState(0, Qt.CheckState.Checked)
    assert session[COMPARED] == tuple(session[RUNS])
    opened.until(lambda: all(one.isVisibleTo(panel) for one in panel.pictures[:2]))
    assert not panel.pictures[2].isVisibleTo(panel)
    steps = panel.nearness._curves[session[RUN].key].steps
    assert (steps[0], steps[-1]) == (10, 10 + session[SETTINGS].steps)
    panel.list.setCurrentItem(first)
    assert session[RUN].number == 1
    opened.click(panel.remove)
    opened.until(lambda: len(panel._items) == 1)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "a moment ago"), (1, "1 minute ago"), (59, "59 minutes ago"), (150, "2 hours ago"), (2900, "2 days ago")],
)
def test_time_past_is_said_in_its_largest_unit(minutes: int, words: str) -> None:
    now = datetime(2026, 1, 9, tzinfo=UTC)
    assert ago(now - timedelta(minutes=minutes), now) == words

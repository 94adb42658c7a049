"""Forgetting in the window: a question first, which keeps the face unless it is told otherwise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from explorer.studio.faces.state import EMBEDDINGS, FACES, PHOTOGRAPHS, SELECTED, VECTORS, LoadedVector
from explorer.studio.gallery.browsing import BROWSING
from explorer.studio.session.state import DOCUMENT
from explorer.ui.base.imaging import DragFolder
from explorer.ui.faces.panel import FacesPanel
from explorer.ui.session.forgetting import ForgetService
from tests.studio.gallery.gallery_kit import folder_of_people
from tests.ui.stage import Stage, save_picture


def answer(stage: Stage, agreed: bool) -> list[str]:
    """Answer whatever is asked from now on; return what was asked."""
    asked: list[str] = []

    def ask(question: str, goes: str) -> bool:
        asked.extend((question, goes))
        return agreed

    stage.window.service(ForgetService).ask = ask
    return asked


def forget(stage: Stage, name: str = "forget") -> None:
    stage.window.actions_by_name[name].trigger()
    stage.settle()


@pytest.mark.slow
def test_a_face_is_forgotten_once_that_is_confirmed(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    view = stage.window.panel(FacesPanel).view
    stage.until(lambda: view.image() is not None)
    dragged = Path(DragFolder.mime(view.image(), view.title, view.record()).urls()[0].toLocalFile())
    assert dragged.exists()
    asked = answer(stage, True)
    forget(stage)
    assert asked[0] == "Forget person.png for good?"
    assert "its photograph" in asked[1]
    assert "cannot be undone" in asked[1]
    assert not stage.session[FACES]
    assert not stage.session[PHOTOGRAPHS]
    assert not stage.session[EMBEDDINGS]
    assert not dragged.exists(), "every trace goes"
    stage.until(lambda: stage.window.panel(FacesPanel).list.count() == 0)
    stage.until(lambda: stage.window.panel(FacesPanel).view.image() is None)


def test_a_face_stays_where_it_is_not_confirmed(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    before, undo = stage.session[FACES], stage.session[DOCUMENT].undo
    answer(stage, False)
    forget(stage)
    assert stage.session[FACES] is before
    assert stage.session[DOCUMENT].undo == undo
    assert stage.session[EMBEDDINGS]


def test_one_of_two_faces_leaves_the_photograph(stage: Stage, tmp_path: Path) -> None:
    stage.open(save_picture(tmp_path / "two.png", 3, (400, 240)))
    asked = answer(stage, True)
    forget(stage)
    assert "photograph" not in asked[1]
    assert len(stage.session[FACES]) == len(stage.session[PHOTOGRAPHS]) == 1


@pytest.mark.parametrize("agreed", [False, True])
def test_a_photograph_without_a_face(stage: Stage, tmp_path: Path, agreed: bool) -> None:
    stage.open(save_picture(tmp_path / "none.png", 1))
    asked = answer(stage, agreed)
    forget(stage)
    assert asked[0] == "Forget none.png for good?"
    assert bool(stage.session[PHOTOGRAPHS]) is not agreed
    if agreed:
        stage.until(lambda: stage.window.panel(FacesPanel).view.image() is None)


@pytest.mark.parametrize("agreed", [False, True])
def test_a_bare_embedding(stage: Stage, agreed: bool) -> None:
    vector = LoadedVector("v", "template.npy", "0" * 64, "arcface-mbf", np.eye(1, 512, dtype=np.float32)[0])
    stage.session[VECTORS] = {"v": vector}
    stage.session[SELECTED] = "v"
    asked = answer(stage, agreed)
    forget(stage)
    assert asked[0] == "Forget template.npy for good?"
    assert bool(stage.session[VECTORS]) is not agreed


@pytest.mark.parametrize("agreed", [False, True])
def test_faces_of_the_gallery(stage: Stage, tmp_path: Path, agreed: bool) -> None:
    stage.workbench.gallery.add_folders([folder_of_people(tmp_path / "people")])
    stage.settle()
    keys = stage.session[BROWSING].listing.keys
    asked = answer(stage, agreed)
    for chosen, words in ((keys[:1], "Forget Ada 1.png for good?"), (keys[1:3], "Forget 2 faces for good?")):
        stage.workbench.gallery.choose(chosen)
        forget(stage, "gallery_forget")
        assert asked[-2] == words
        assert set(stage.session[BROWSING].listing.keys).isdisjoint(chosen) is agreed


def test_removing_asks_nothing_since_undo_brings_back(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    asked = answer(stage, False)
    forget(stage, "remove")
    assert not stage.session[FACES]
    assert not asked
    forget(stage, "undo")
    assert len(stage.session[FACES]) == 1


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_return_and_escape_keep_the_face(stage: Stage, photograph: Path, key: Qt.Key) -> None:
    stage.open(photograph)
    QTimer.singleShot(0, lambda: stage.qtbot.keyClick(question(), key))
    forget(stage)
    assert stage.session[FACES]


def test_the_other_button_forgets_it(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    QTimer.singleShot(0, lambda: next(one for one in question().buttons() if one.text() == "Forget").click())
    forget(stage)
    assert not stage.session[FACES]


def question() -> QMessageBox:
    (box,) = (one for one in QApplication.topLevelWidgets() if isinstance(one, QMessageBox) and one.isVisible())
    return box

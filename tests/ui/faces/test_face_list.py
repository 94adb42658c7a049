"""The list of faces: what is opened, what can be done with a face, what is known of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QHelpEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog, QToolTip

from explorer.studio.engine.reports import Progress
from explorer.studio.faces.plausibility import LEAST_NORM
from explorer.studio.faces.state import EMBEDDINGS, FACES, PHOTOGRAPHS, SELECTED, VECTORS, LoadedVector
from explorer.studio.gallery.browsing import BROWSING
from explorer.studio.geometry.requests import FitFrame
from explorer.studio.inversion.state import RUN
from explorer.ui.faces.face_list import KEY, FaceList
from explorer.ui.faces.panel import FacesPanel
from explorer.ui.session.forgetting import ForgetService
from tests.ui.stage import Stage, save_picture

pytestmark = pytest.mark.slow  # a whole window each


def panel(stage: Stage) -> FacesPanel:
    return stage.window.panel(FacesPanel)


def rows(stage: Stage) -> list[str]:
    faces = panel(stage).list
    return [faces.item(row).text() for row in range(faces.count())]


def current(faces: FaceList) -> str | None:
    return None if faces.currentItem() is None else faces.currentItem().data(KEY)


def listed(stage: Stage, count: int) -> FaceList:
    stage.until(lambda: panel(stage).list.count() == count)
    return panel(stage).list


def menu_of(stage: Stage, row: int) -> dict[str, object]:
    faces = panel(stage).list
    faces.setCurrentRow(row)
    stage.listen()
    menu = faces.menu(faces.item(row))
    return {action.objectName(): action for action in menu.actions() if not action.isSeparator()}


@dataclass
class Shown:
    """In place of a menu: one on screen would wait for the user."""

    seen: list[str]
    name: str

    def exec(self, place: QPoint) -> None:
        self.seen.append(self.name)


@pytest.fixture
def two(stage: Stage, tmp_path: Path) -> Stage:
    for seed, name in enumerate(("ann.png", "bob.png")):
        stage.open(save_picture(tmp_path / name, seed))
    listed(stage, 2)
    return stage


def test_a_photograph_has_its_row_while_it_is_being_opened(stage: Stage, photograph: Path) -> None:
    stage.workbench.faces.open_paths([photograph])
    faces = listed(stage, 1)
    assert rows(stage) == ["person"]
    assert faces.item(0).flags() == Qt.ItemFlag.NoItemFlags
    assert "being opened" in faces.tip(faces.item(0))
    stage.until(lambda: "Opening person.png" in panel(stage).view.hint)
    stage.settle()
    stage.until(lambda: bool(faces.item(0).data(KEY)))
    assert faces.count() == 1
    stage.until(lambda: current(faces) == stage.session[SELECTED])


def test_a_file_that_is_refused_leaves_no_row(stage: Stage, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.jpg"
    wrong.write_text("no picture")
    stage.workbench.faces.open_paths([wrong])
    listed(stage, 1)
    stage.settle()
    listed(stage, 0)


def test_the_face_that_was_opened_last_is_selected_in_the_list_and_in_view(two: Stage) -> None:
    faces = panel(two).list
    _, bob = two.session[FACES]
    assert two.session[SELECTED] == bob
    two.until(lambda: current(faces) == bob)
    assert panel(two).photograph_key == two.session[FACES][bob].photograph_key


def test_a_photograph_without_a_face_leaves_the_face_before_selected_and_in_view(two: Stage, tmp_path: Path) -> None:
    before = two.session[SELECTED]
    two.open(save_picture(tmp_path / "none.png", 9))
    faces = listed(two, 3)
    assert two.session[SELECTED] == before
    two.until(lambda: current(faces) == before)
    assert panel(two).photograph_key == two.session[FACES][before].photograph_key
    faces.setCurrentRow(0)  # the user turns to it
    assert two.session[SELECTED] is None
    two.until(lambda: panel(two).photograph_key == faces.item(0).data(KEY))
    two.until(lambda: current(faces) == faces.item(0).data(KEY))


def test_a_photograph_without_a_face_beside_a_vector_can_be_turned_to(stage: Stage, tmp_path: Path) -> None:
    vector = LoadedVector("v", "template.npy", "0" * 64, "arcface-mbf", np.eye(1, 512, dtype=np.float32)[0])
    stage.session[VECTORS] = {"v": vector}
    stage.session[SELECTED] = "v"
    stage.open(save_picture(tmp_path / "none.png", 9))
    faces = listed(stage, 2)
    stage.until(lambda: current(faces) == "v")
    faces.setCurrentRow(0)
    stage.until(panel(stage).place.isEnabled)


def test_points_that_are_placed_select_their_face(two: Stage, tmp_path: Path) -> None:
    two.open(save_picture(tmp_path / "none.png", 9))
    faces = listed(two, 3)
    faces.setCurrentRow(0)
    photograph = faces.item(0).data(KEY)
    points = np.array([[60.0, 80], [140, 82], [100, 120], [70, 160], [130, 161]])
    key = two.workbench.faces.place_points(photograph, points)
    two.settle()
    assert two.session[SELECTED] == key
    two.until(lambda: current(faces) == key)
    assert panel(two).photograph_key == photograph
    assert sorted(rows(two)) == ["ann", "bob", "none"]


def test_a_photograph_without_a_face_is_removed_by_key(stage: Stage, tmp_path: Path) -> None:
    stage.open(save_picture(tmp_path / "none.png", 9))
    listed(stage, 1)
    stage.window.actions_by_name["remove"].trigger()
    assert stage.session[PHOTOGRAPHS] == {}


def test_the_menu_of_a_face_offers_what_can_be_done_with_it(two: Stage) -> None:
    offered = menu_of(two, 0)
    assert list(offered) == [
        "start", "face_3d", "face_compare", "export_embedding", "edit_points", "rename", "remove", "forget",
    ]  # fmt: skip
    assert all(action.isEnabled() for action in offered.values())
    ann = next(iter(two.session[FACES]))
    offered["start"].trigger()
    assert two.session[RUN].target.key == ann
    again = menu_of(two, 0)
    assert not again["start"].isEnabled()
    assert "a run is under way" in again["start"].toolTip()


def test_the_menu_compares_the_face_with_the_others(two: Stage) -> None:
    ann, bob = two.session[FACES]
    menu_of(two, 0)["face_compare"].trigger()
    two.settle()
    assert two.session[BROWSING].chosen == (ann, bob)
    two.until(lambda: two.window.in_view("compare"))


def test_one_face_alone_is_compared_with_nobody(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    listed(stage, 1)
    assert not menu_of(stage, 0)["face_compare"].isEnabled()


def test_the_menu_shows_the_face_in_3d(two: Stage) -> None:
    def unfitted(request: FitFrame, control: object) -> Iterator[Progress]:
        yield Progress("fitting")

    two.engine._handlers[FitFrame] = unfitted
    menu_of(two, 0)["face_3d"].trigger()
    two.until(lambda: two.window.in_view("3d_face"))


def test_a_face_is_renamed_in_the_list(two: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(*_: object, text: str) -> tuple[str, bool]:
        asked.append(text)
        return "Ada", True

    monkeypatch.setattr(QInputDialog, "getText", answer)
    menu_of(two, 0)["rename"].trigger()
    assert asked == ["ann.png"]
    two.until(lambda: rows(two) == ["Ada", "bob"])
    two.window.actions_by_name["undo"].trigger()
    two.until(lambda: rows(two) == ["ann", "bob"])


def test_the_menu_writes_the_embedding_under_the_faces_name(
    two: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposed: list[str] = []

    def answer(_parent: object, _title: str, name: str, kinds: str) -> tuple[str, str]:
        proposed.append(Path(name).name)
        return str(tmp_path / "written"), kinds.split(";;", maxsplit=1)[0]

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    menu_of(two, 0)["export_embedding"].trigger()
    two.settle()
    assert proposed == ["ann-arcface-mbf.npy"]
    ann = next(iter(two.session[FACES]))
    np.testing.assert_array_equal(np.load(tmp_path / "written.npy"), two.session[EMBEDDINGS][ann]["arcface-mbf"])


def test_the_menu_forgets_the_face(two: Stage) -> None:
    two.window.service(ForgetService).ask = lambda asked, goes: True
    _, bob = two.session[FACES]
    menu_of(two, 0)["forget"].trigger()
    two.settle()
    assert list(two.session[FACES]) == [bob]


def test_a_vector_is_not_offered_what_needs_a_picture(stage: Stage) -> None:
    vector = LoadedVector("v", "template.npy", "0" * 64, "arcface-mbf", np.eye(1, 512, dtype=np.float32)[0])
    stage.session[VECTORS] = {"v": vector}
    listed(stage, 1)
    assert list(menu_of(stage, 0)) == ["start", "face_compare", "export_embedding", "rename", "remove", "forget"]


def test_the_menu_comes_by_key_too(two: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    faces = panel(two).list
    monkeypatch.setattr(faces, "menu", lambda item: Shown(shown, item.text()))
    two.until(lambda: current(faces) is not None)
    far = QPoint(faces.viewport().width() - 1, faces.viewport().height() - 1)
    for reason, names in ((QContextMenuEvent.Reason.Mouse, []), (QContextMenuEvent.Reason.Keyboard, ["bob"])):
        QApplication.sendEvent(faces.viewport(), QContextMenuEvent(reason, far, faces.viewport().mapToGlobal(far)))
        assert shown == names


def test_the_picture_offers_the_menu_of_the_face_under_the_pointer(two: Stage, monkeypatch) -> None:
    shown: list[str] = []
    view = panel(two).view
    offered = [action.text() for action in view.face_menu().actions()]
    assert (offered[0], offered[-1]) == ("Invert", "Save image…")
    for name in ("face_menu", "menu"):
        monkeypatch.setattr(view, name, lambda name=name: Shown(shown, name))
    two.until(lambda: view.face_at(view.box(view._faces[0]).center()) is not None if view._faces else False)
    inside = view.box(view._faces[0]).center().toPoint()
    for place in (inside, QPoint(1, 1)):
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, view.mapToGlobal(place))
        QApplication.sendEvent(view, event)
    assert shown == ["face_menu", "menu"]


def test_the_tip_says_size_score_and_norms(two: Stage) -> None:
    faces = panel(two).list
    place = faces.visualItemRect(faces.item(0)).center()
    event = QHelpEvent(QEvent.Type.ToolTip, place, faces.viewport().mapToGlobal(place))
    QApplication.sendEvent(faces.viewport(), event)
    said = faces.tip(faces.item(0))
    assert said.startswith("ann.png\nphotograph 200 × 240 px, the face ")
    assert "detector score 0.90" in said
    ann = next(iter(two.session[FACES]))
    for encoder, vector in two.session[EMBEDDINGS][ann].items():
        assert f"{encoder}: norm {np.linalg.norm(vector):.2f}" in said
    QToolTip.hideText()


def test_what_is_not_face_like_is_badged_and_said(two: Stage) -> None:
    faces = panel(two).list
    ann = next(iter(two.session[FACES]))
    plain = faces.item(0).icon().pixmap(56, 56).toImage()
    low = {
        encoder: (vector / np.linalg.norm(vector) * LEAST_NORM.get(encoder, 1) / 3).astype(np.float32)
        for encoder, vector in two.session[EMBEDDINGS][ann].items()
    }
    two.session[EMBEDDINGS] = {**two.session[EMBEDDINGS], ann: low}
    two.until(lambda: "not face-like" in faces.item(0).data(Qt.ItemDataRole.AccessibleTextRole))
    assert faces.item(0).icon().pixmap(56, 56).toImage() != plain
    assert "Not face-like: " in faces.tip(faces.item(0))
    faces.setCurrentRow(0)
    two.until(panel(two).remark.isVisible)
    faces.setCurrentRow(1)
    two.until(lambda: not panel(two).remark.isVisible())


def test_an_empty_panel_has_no_empty_lines(stage: Stage, photograph: Path) -> None:
    faces = panel(stage)
    stage.listen()
    assert not faces.caption.isVisible()
    assert not faces.place.isVisible()
    stage.open(photograph)
    stage.until(faces.caption.isVisible)
    assert faces.caption.text() == "person.png"

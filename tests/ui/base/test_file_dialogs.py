"""Dialogs begin where a file of their kind was last, and propose names after face, encoder and run."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget

from explorer.studio.faces.state import SELECTED
from explorer.studio.inversion.state import RUN
from explorer.studio.session.state import NOTIFICATIONS
from explorer.ui.base.file_dialogs import ask_folder, ask_open, ask_open_several, ask_save, with_ending
from explorer.ui.base.proposed import face_part, picture_file, run_file, selected_file
from explorer.ui.base.recent import RecentFiles
from explorer.ui.composer.exporting import ExportService
from tests.ui.stage import Stage

FIGURES = "PNG (*.png);;JPEG (*.jpg *.jpeg);;SVG (*.svg)"


@pytest.mark.parametrize(
    ("name", "picked", "written"),
    [
        ("a.svg", "PNG (*.png)", "a.svg"),
        ("a.JPEG", "PNG (*.png)", "a.JPEG"),
        ("a", "SVG (*.svg)", "a.svg"),
        ("a", "", "a.png"),
        ("anna.2024", "PNG (*.png)", "anna.2024.png"),
        ("a", "JPEG (*.jpg *.jpeg)", "a.jpg"),
    ],
)
def test_a_name_without_an_ending_gets_that_of_the_kind(name: str, picked: str, written: str) -> None:
    assert with_ending(Path(name), FIGURES, picked) == Path(written)


@pytest.mark.slow
def test_each_kind_begins_where_it_was_last(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    places = {name: tmp_path / name for name in ("photographs", "vectors", "exports", "gallery")}
    for place in places.values():
        place.mkdir()

    def several(_parent: QWidget, _title: str, start: str, _kinds: str) -> tuple[list[str], str]:
        begun.append(start)
        return [str(places["photographs"] / "a.png")], ""

    def one(_parent: QWidget, _title: str, start: str, _kinds: str) -> tuple[str, str]:
        begun.append(start)
        return str(places["vectors"] / "a.npy"), ""

    def save(_parent: QWidget, _title: str, start: str, _kinds: str) -> tuple[str, str]:
        begun.append(start)
        return str(places["exports"] / "a.png"), ""

    def folder(_parent: QWidget, _title: str, start: str) -> str:
        begun.append(start)
        return str(places["gallery"])

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", several)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", one)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", save)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", folder)
    inside = stage.window.docks["faces"].widget()
    for _ in range(2):
        ask_open_several(inside, "photographs", "Open", "")
        ask_open(inside, "vectors", "Open", "")
        ask_save(inside, "exports", "Save", "new.png", FIGURES)
        ask_folder(inside, "gallery", "Add")
    assert begun == [
        "", "", "new.png", "",
        str(places["photographs"]), str(places["vectors"]), str(places["exports"] / "new.png"), str(places["gallery"]),
    ]  # fmt: skip
    assert stage.window.service(RecentFiles).start("sessions") == ""


@pytest.mark.slow
def test_a_dialog_that_is_cancelled_remembers_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    assert ask_save(stage.window, "exports", "Save", "new.png", FIGURES) is None
    assert ask_folder(stage.window, "gallery", "Add") is None
    assert stage.window.service(RecentFiles).store.folders == {}


@pytest.mark.slow
def test_what_is_open_is_not_written_onto(
    stage: Stage, photograph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.open(photograph)
    linked = tmp_path / "linked.png"
    linked.symlink_to(photograph)
    for path in (photograph, linked):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, path=path: (str(path), ""))
        assert ask_save(stage.window, "exports", "Save", "new.png", FIGURES) is None
        assert any(str(path) in toast.text and "is open here" in toast.text for toast in stage.session[NOTIFICATIONS])
    other = tmp_path / "other.png"
    other.write_bytes(b"something else")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(other), ""))
    assert ask_save(stage.window, "exports", "Save", "new.png", FIGURES) == other


def test_a_widget_without_a_window_asks_all_the_same(qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = QWidget()
    qtbot.addWidget(alone)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/nowhere/a.png", ""))
    assert ask_save(alone, "exports", "Save", "new.png", FIGURES) == Path("/nowhere/a.png")


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("Ann Example.jpg", "Ann-Example"),
        ("group.jpg, face 2", "group-face-2"),
        ("../../etc/passwd", "etc-passwd"),
        ("名前.png", "名前"),
        ("...", "face"),
        ("x" * 300, "x" * 60),
    ],
)
def test_a_faces_name_becomes_part_of_a_files(name: str, part: str) -> None:
    assert face_part(name) == part


@pytest.mark.slow
def test_names_say_face_encoder_and_run(stage: Stage, photograph: Path) -> None:
    session = stage.session
    assert selected_file(session, ".npy") == "likeness-arcface-mbf.npy"
    assert run_file(session, None, ".svg") == "likeness.svg"
    stage.open(photograph)
    stage.workbench.settings.change("steps", 8)
    for _ in range(2):
        stage.workbench.inversion.start()
        stage.settle()
    run = session[RUN]
    assert run_file(session, run, ".svg") == "person-arcface-mbf-run2.svg"
    assert picture_file(session, run.native, "best.png") == "person-arcface-mbf-run2-best.png"
    assert picture_file(session, None, "photograph.png") == "person-photograph.png"
    stage.workbench.faces.rename(session[SELECTED], "Ada")
    assert run_file(session, run, ".svg") == "Ada-arcface-mbf-run2.svg"
    assert selected_file(session, "readouts.csv") == "Ada-arcface-mbf-readouts.csv"


@pytest.mark.slow
def test_the_film_of_the_run_in_view_is_written_from_the_menu(
    stage: Stage, photograph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from explorer.studio.composer.requests import Composed, ComposeOnDevice
    from explorer.studio.engine.reports import Progress

    asked: list[ComposeOnDevice] = []

    def compose(request, control):
        yield Progress("composing")
        asked.append(request)
        return Composed(paths=(request.path,))

    stage.engine._handlers[ComposeOnDevice] = compose
    film = stage.window.actions_by_name["export_film"]
    assert not film.isEnabled()
    stage.open(photograph)
    stage.workbench.settings.change("steps", 8)
    stage.workbench.inversion.start()
    stage.settle()
    proposed: list[str] = []

    def save(_parent: QWidget, _title: str, name: str, _kinds: str) -> tuple[str, str]:
        proposed.append(name)
        return str(tmp_path / "film"), "GIF (*.gif)"

    monkeypatch.setattr(QFileDialog, "getSaveFileName", save)
    service = stage.window.service(ExportService)
    monkeypatch.setattr(service, "with_photograph", lambda *_: False)
    film.trigger()
    stage.settle()
    (request,) = asked
    assert proposed == ["person-arcface-mbf-run1.mp4"]
    assert request.path == tmp_path / "film.gif"
    assert (request.composition.layout, request.composition.source) == ("film", False)
    assert request.composition.mark == stage.window.mark.isChecked()
    assert [run.key for run in request.material.runs] == [stage.session[RUN].key]
    assert request.about == (stage.session[SELECTED],)
    monkeypatch.setattr(service, "with_photograph", lambda *_: None)
    film.trigger()
    stage.settle()
    assert len(asked) == 1, "who thinks better of it writes nothing"

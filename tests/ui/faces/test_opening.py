"""Everything a user can bring in: drop, paste, dialog for embeddings; and what cannot be used changes nothing."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication

from explorer.studio.app.features import new_session
from explorer.studio.faces.state import ENCODER, FACES, PHOTOGRAPHS, SELECTED, SIMILARITY, UNNAMED, VECTORS
from explorer.studio.faces.vectors import write_vector
from explorer.ui.faces.embedding_panel import EmbeddingPanel
from explorer.ui.faces.opening import OpenService
from explorer.ui.faces.panel import FacesPanel
from explorer.ui.faces.vector_dialog import VectorDialog
from explorer.ui.inversion.objective_panel import ObjectivePanel
from explorer.ui.inversion.panel import InversionPanel
from tests.ui.canned import vector_of
from tests.ui.stage import Stage, save_picture


def drop(stage: Stage, mime: QMimeData) -> bool:
    """Hold something over the window and let it go; whether the window took it."""
    action, button, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPointF(300, 300), action, mime, button, keys)
    QApplication.sendEvent(stage.window, enter)
    if not enter.isAccepted():
        return False
    let_go = QDropEvent(QPointF(300, 300), action, mime, button, keys)
    QApplication.sendEvent(stage.window, let_go)
    stage.settle()
    return let_go.isAccepted()


def files(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def questions(stage: Stage) -> list[VectorDialog]:
    return [dialog for dialog in stage.window.findChildren(VectorDialog) if dialog.isVisible()]


def question(stage: Stage) -> VectorDialog:
    """The one question that is asked."""
    (dialog,) = questions(stage)
    return dialog


def choose(dialog: VectorDialog, dimension: int, encoder: str) -> None:
    choice = dialog.encoders[dimension]
    choice.setCurrentIndex(choice.findData(encoder))


@pytest.mark.slow
def test_a_dropped_photograph_is_shown_with_its_face_and_embedding(stage: Stage, photograph: Path) -> None:
    assert drop(stage, files(photograph))
    (face,) = stage.session[FACES].values()
    assert stage.session[SELECTED] == face.key
    stage.until(lambda: stage.window.panel(FacesPanel).list.count() == 1)
    stage.until(lambda: "norm" in stage.window.panel(EmbeddingPanel).facts.text())
    assert "dimension 512" in stage.window.panel(EmbeddingPanel).facts.text()
    stage.until(lambda: stage.window.panel(InversionPanel).target.view.image() is not None)


@pytest.mark.slow
def test_two_dropped_photographs_are_compared_under_every_encoder(stage: Stage, tmp_path: Path) -> None:
    assert drop(stage, files(save_picture(tmp_path / "a.png", 1), save_picture(tmp_path / "b.png", 2)))
    table = stage.window.panel(EmbeddingPanel).table
    stage.until(lambda: table.rowCount() == 1)
    heading, pair = table.text().split("\n")
    assert [name.split()[0] for name in heading.split("\t")] == ["Pair", "arcface", "sface", "edgeface", "dlib"]
    assert pair.split("\t")[0] == "a.png and b.png"
    shown = [float(text) for text in pair.split("\t")[1:]]
    for score, one in zip(shown, stage.session[SIMILARITY].values(), strict=True):
        assert score == pytest.approx(one.matrix[0, 1], abs=5e-4)


def test_the_window_does_not_take_a_drag_of_text(stage: Stage) -> None:
    mime = QMimeData()
    mime.setText("a text")
    assert not drop(stage, mime)


def test_a_dropped_link_is_not_fetched(stage: Stage) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/face.jpg")])
    drop(stage, mime)
    assert stage.engine.submitted == []
    assert "not fetched" in stage.window.toasts.shown[-1].details()


@pytest.mark.slow
def test_a_text_file_called_jpg_is_refused_and_what_was_there_stays(
    stage: Stage, photograph: Path, tmp_path: Path
) -> None:
    stage.open(photograph)
    before = dict(stage.session[FACES])
    wrong = tmp_path / "wrong.jpg"
    wrong.write_text("no picture")
    drop(stage, files(wrong))
    assert dict(stage.session[FACES]) == before
    (toast,) = stage.window.toasts.shown
    assert "wrong.jpg" in toast.details()


@pytest.mark.slow
def test_a_pasted_image_is_opened(stage: Stage) -> None:
    image = QImage(120, 140, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    QGuiApplication.clipboard().setImage(image)
    stage.window.actions_by_name["paste"].trigger()
    stage.settle()
    (loaded,) = stage.session[PHOTOGRAPHS].values()
    assert loaded.photograph.pixels.shape == (140, 120, 3)
    np.testing.assert_array_equal(loaded.photograph.pixels[0, 0], [0, 128, 128])


@pytest.mark.slow
def test_pasting_nothing_says_so(stage: Stage) -> None:
    QGuiApplication.clipboard().clear()
    stage.window.actions_by_name["paste"].trigger()
    stage.listen()
    assert "Nothing to paste" in stage.window.toasts.shown[-1].details()


@pytest.mark.slow
def test_a_dropped_embedding_is_opened_for_the_encoder_the_user_names(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "stolen.npy"
    np.save(path, vector_of("x", 128))
    drop(stage, files(path))
    dialog = question(stage)
    choose(dialog, 128, "sface")
    stage.click(dialog.accept_button)
    stage.settle()
    (vector,) = stage.session[VECTORS].values()
    assert vector.encoder == "sface"
    assert stage.session[ENCODER] == "sface"
    assert stage.window.panel(ObjectivePanel).encoder.currentData() == "sface"
    stage.until(lambda: "sface   dimension 128" in stage.window.panel(EmbeddingPanel).facts.text())


def vector_files(folder: Path) -> list[Path]:
    """Ten embeddings that name their encoder, five of 128 and five of 512 numbers that do not."""
    for number in range(10):
        named = ("sface", "dlib-resnet", "arcface-mbf")[number % 3]
        write_vector(folder / f"named{number}.json", vector_of(f"n{number}", 512 if number % 3 == 2 else 128), named)
        np.save(folder / f"bare{number}.npy", vector_of(f"b{number}", 512 if number % 2 else 128))
    return sorted(folder.iterdir())


@pytest.mark.slow
def test_of_twenty_dropped_embeddings_those_that_do_not_name_their_encoder_are_asked_for_once(
    stage: Stage, tmp_path: Path
) -> None:
    assert drop(stage, files(*vector_files(tmp_path)))
    assert len(stage.session[VECTORS]) == 10
    dialog = question(stage)
    assert "10" in dialog.windowTitle()
    assert sorted(dialog.encoders) == [128, 512]
    choose(dialog, 128, "dlib-resnet")
    choose(dialog, 512, "edgeface-s")
    stage.click(dialog.accept_button)
    stage.settle()
    encoders = {vector.name: vector.encoder for vector in stage.session[VECTORS].values()}
    assert len(encoders) == 20
    assert {encoders[f"bare{number}.npy"] for number in range(0, 10, 2)} == {"dlib-resnet"}
    assert {encoders[f"bare{number}.npy"] for number in range(1, 10, 2)} == {"edgeface-s"}
    assert [encoders[f"named{number}.json"] for number in range(3)] == ["sface", "dlib-resnet", "arcface-mbf"]
    assert stage.session[UNNAMED] == ()
    assert not [toast for toast in stage.window.toasts.shown if "not opened" in toast.details()]


@pytest.mark.slow
def test_embeddings_that_name_their_encoder_are_opened_without_a_question(stage: Stage, tmp_path: Path) -> None:
    assert drop(stage, files(*(path for path in vector_files(tmp_path) if path.suffix == ".json")))
    assert len(stage.session[VECTORS]) == 10
    assert questions(stage) == []


@pytest.mark.slow
def test_embeddings_that_come_while_others_are_asked_for_join_them(stage: Stage, tmp_path: Path) -> None:
    first, second = [path for path in vector_files(tmp_path) if path.suffix == ".npy"][:2]
    drop(stage, files(first))
    drop(stage, files(second))
    assert sorted(question(stage).encoders) == [128, 512]
    question(stage).reject()
    stage.listen()
    assert (stage.session[VECTORS], stage.session[UNNAMED]) == ({}, ())
    assert questions(stage) == []
    drop(stage, files(first))
    assert list(question(stage).encoders) == [128]
    question(stage).reject()


@pytest.mark.slow
def test_bad_embeddings_are_named_in_one_message_and_the_others_are_opened(stage: Stage, tmp_path: Path) -> None:
    good = write_vector(tmp_path / "good.json", vector_of("x", 128), "sface")
    bad = [tmp_path / f"bad{number}.npy" for number in range(3)]
    for path in bad:
        path.write_bytes(b"no array")
    pickled = tmp_path / "face.pkl"
    pickled.write_bytes(b"no pickle")
    drop(stage, files(*bad, good, pickled))
    assert [vector.name for vector in stage.session[VECTORS].values()] == ["good.json"]
    (toast,) = stage.window.toasts.shown
    assert "4 embeddings were not opened" in toast.details()
    assert all(path.name in toast.details() for path in (*bad, pickled))


def test_an_embedding_of_a_changed_length_is_remarked_upon(stage: Stage, tmp_path: Path) -> None:
    vector = vector_of("x", 128)
    path = write_vector(tmp_path / "x.json", vector / np.linalg.norm(vector), "dlib-resnet")
    drop(stage, files(path))
    assert len(stage.session[VECTORS]) == 1
    (toast,) = stage.window.toasts.shown
    assert "its norm is 1, but dlib-resnet gives" in toast.details()
    stage.until(lambda: "128 numbers of dlib-resnet, norm 1" in stage.window.panel(FacesPanel).caption.text())


def test_the_encoder_that_a_length_fits_is_offered_first(stage: Stage, tmp_path: Path) -> None:
    vector = vector_of("x", 128)
    np.save(tmp_path / "x.npy", vector / np.linalg.norm(vector) * 1.4)
    drop(stage, files(tmp_path / "x.npy"))
    assert question(stage).encoders[128].currentData() == "dlib-resnet"
    question(stage).reject()


@pytest.mark.slow
def test_the_samples_menu_opens_a_sample(stage: Stage) -> None:
    menu = stage.window.actions_by_name["samples"].menu()
    menu.actions()[0].trigger()
    stage.settle()
    assert next(iter(stage.session[PHOTOGRAPHS].values())).photograph.name == "astronaut.png"


def test_what_is_opened_before_the_engine_is_there_is_opened_later(qtbot, photograph: Path) -> None:
    from explorer.science.inversion.terms import default_weights
    from explorer.studio.app.workbench import Workbench
    from explorer.studio.engine.fake import FakeEngine
    from explorer.ui.window.main_window import MainWindow
    from tests.ui.canned import HANDLERS

    session, engine = new_session(), FakeEngine(HANDLERS)
    window = MainWindow(session)
    qtbot.addWidget(window)
    window.show()
    window.service(OpenService).paths([photograph])
    assert not session[PHOTOGRAPHS]
    window.attach(Workbench(engine, session, default_weights()))
    engine.run()
    QApplication.processEvents()
    assert len(session[PHOTOGRAPHS]) == 1


def test_a_dropped_photograph_whose_name_is_no_utf8_is_opened(stage: Stage, tmp_path: Path) -> None:
    path = save_picture(tmp_path / "a.png", 1).rename(tmp_path / os.fsdecode(b"caf\xe9\n.png"))
    mime = QMimeData()
    mime.setUrls([QUrl(path.as_uri())])
    assert drop(stage, mime)
    (face,) = stage.session[FACES].values()
    assert face.name == "caf%E9%0A.png"

"""Bringing a network in the window: the table, the choice, the name and the terms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from explorer.science.inversion.terms import default_weights
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.bringing.requests import KeepNetwork, TryNetwork
from explorer.studio.bringing.state import BRINGING
from explorer.studio.bringing.wishes import Wishes
from explorer.studio.engine.fake import FakeEngine
from explorer.ui.bringing.dialog import ImportDialog
from explorer.ui.window.main_window import MainWindow
from tests.studio.bringing.test_controller import CANNED
from tests.ui.canned import HANDLERS
from tests.ui.stage import PATIENCE_MS, Stage


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    session, engine = new_session(), FakeEngine({**HANDLERS, **CANNED})
    window = MainWindow(session)
    qtbot.addWidget(window)
    workbench = Workbench(engine, session, default_weights())
    with qtbot.waitExposed(window, timeout=PATIENCE_MS):
        window.show()
    window.attach(workbench)
    yield Stage(window, session, workbench, engine, qtbot)
    window.close()


def opened(stage: Stage, name: str, monkeypatch: pytest.MonkeyPatch) -> ImportDialog:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(Path(name)), ""))
    stage.window.actions_by_name["import_network"].trigger()
    (dialog,) = stage.window.findChildren(ImportDialog)
    return dialog


def test_it_is_tried_chosen_named_and_kept(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog = opened(stage, "mine.onnx", monkeypatch)
    assert not dialog.accept_button.isEnabled()
    stage.advance(1)
    assert not dialog.bar.isHidden()
    assert dialog.state.text() == "Trying conventions, rough"
    stage.settle()
    assert dialog.table.rowCount() == 2
    assert dialog.table.item(0, 0).text() == "proposed"
    assert dialog.table.item(1, 1).text() == "box x 1.2"
    assert [dialog.layers.itemData(index) for index in range(dialog.layers.count())] == ["y", "hidden"]
    assert not dialog.accept_button.isEnabled()
    dialog.licence.setText("for tests")
    dialog.table.setCurrentCell(1, 0)
    stage.click(dialog.accept_button)
    (_, request), *_ = stage.workbench.pending(KeepNetwork)
    assert (request.line, request.naming.name, request.naming.licence) == (1, "mine", "for tests")
    stage.settle()
    stage.listen()
    assert stage.session[BRINGING] is None
    assert stage.window.findChildren(ImportDialog) == [] or dialog.isHidden()


def test_what_the_user_knows_is_tried_alone(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog = opened(stage, "mine.onnx", monkeypatch)
    stage.settle()
    row = dialog.wishes
    assert not row.again.isEnabled()
    assert not row.boxes["size"].isEnabled(), "it takes one size"
    box = row.boxes["template"]
    box.setCurrentIndex(box.findText("box x 1.2"))
    box.activated.emit(box.currentIndex())
    row.boxes["colours"].setCurrentIndex(2)
    stage.click(row.again)
    (_, request), *_ = stage.workbench.pending(TryNetwork)
    wanted = Wishes(framing="square-box", margin=1.2, colour="BGR")
    assert (request.layer, request.wishes) == ("y", wanted)
    assert not row.isEnabled()
    stage.settle()
    assert (row.wishes, row.again.isEnabled()) == (wanted, False)
    dialog.licence.setText("for tests")
    dialog.threshold.setText("0.36")
    stage.click(dialog.accept_button)
    (_, kept), *_ = stage.workbench.pending(KeepNetwork)
    assert kept.naming.threshold == 0.36
    stage.settle()


def test_what_is_refused_is_said_in_the_dialog(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog = opened(stage, "bad.onnx", monkeypatch)
    stage.settle()
    assert "not nearer than others" in dialog.state.text()
    assert not dialog.accept_button.isEnabled()
    stage.click(dialog.cancel_button)
    assert stage.session[BRINGING] is None


def test_closing_the_dialog_ends_the_trial(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog = opened(stage, "mine.onnx", monkeypatch)
    stage.advance(1)
    dialog.reject()
    stage.settle()
    assert stage.session[BRINGING] is None

"""A morphable model of the user's own in the window: opened, named, steered by its components, and left again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from explorer.science.geometry.model_files.reading import READERS, ModelReader
from explorer.science.geometry.model_files.surrey import read_surrey
from explorer.science.geometry.refinement import RefinementSettings
from explorer.science.inversion.terms import default_weights
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.catalogue.plugged import plug_model, unplug_model
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.geometry.handlers import ViewHandlers
from explorer.studio.geometry.requests import OpenModel
from explorer.studio.geometry.state import VIEWING
from explorer.ui.geometry.model_button import SHIPPED
from explorer.ui.geometry.panel import ViewportPanel
from explorer.ui.window.main_window import MainWindow
from tests.science.geometry.model_writers import EXPRESSION, IDENTITY, geometry, write_surrey
from tests.studio.geometry.viewing_kit import landmarks_of
from tests.ui.canned import HANDLERS
from tests.ui.stage import Stage

pytestmark = pytest.mark.slow

MODEL = load_morphable_model()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    head = geometry(MODEL, seed=1)
    assert head.landmarks is not None
    (tmp_path / "landmarks.json").write_text(json.dumps(head.landmarks.tolist()))
    return write_surrey(tmp_path, head)


@pytest.fixture
def stage(qtbot: QtBot, photograph: Path) -> Iterator[Stage]:
    """A window with the 3D dock open and one face fitted."""
    views = ViewHandlers(lambda frame: landmarks_of(MODEL, len(frame)), RefinementSettings(steps=2))
    session, engine = new_session(), FakeEngine({**HANDLERS, **views.table()})
    window = MainWindow(session)
    qtbot.addWidget(window)
    workbench = Workbench(engine, session, default_weights())
    window.show()
    qtbot.waitExposed(window)
    window.attach(workbench)
    window.docks["3d_face"].toggleViewAction().trigger()
    stage = Stage(window, session, workbench, engine, qtbot)
    stage.listen()
    stage.open(photograph)
    yield stage
    window.close()


def settled(stage: Stage) -> None:
    """Wait until a view is made in full."""

    def still() -> bool:
        stage.engine.run()
        view = stage.session[VIEWING].view
        return view is not None and view.still and view.scene == stage.session[VIEWING].scene

    stage.qtbot.waitUntil(still, timeout=60_000)
    stage.listen()


def test_another_model_is_opened_shown_and_left_again(
    stage: Stage, own: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    panel = stage.window.panel(ViewportPanel)
    settled(stage)
    back = stage.window.actions_by_name["shipped_morphable_model"]
    assert panel.model.text() == SHIPPED
    assert stage.session[VIEWING].scene is not None
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(own), ""))
    stage.window.actions_by_name["open_morphable_model"].trigger()
    stage.engine.run()
    stage.listen()
    settled(stage)
    portrait = panel.portrait()
    assert portrait is not None
    assert portrait.fitted.model.name == "Surrey Face Model"
    assert portrait.origin.model == own
    assert not portrait.field
    assert portrait.relative_error < 0.01
    panel.tabs.setCurrentWidget(panel.shape)
    stage.listen()
    stage.until(lambda: panel.model.text() == "Surrey Face Model")
    stage.until(lambda: len(panel.shape.sliders["identity"]) == IDENTITY)
    assert len(panel.shape.sliders["expression"]) == EXPRESSION
    stage.workbench.views.export_view(tmp_path / "face.obj")
    stage.engine.run()
    stage.listen()
    assert (tmp_path / "face.obj").exists()
    stage.workbench.views.use_shipped_model()
    stage.engine.run()
    settled(stage)
    assert stage.session[VIEWING].model is None
    assert panel.portrait().fitted.model.name == MODEL.name  # type: ignore[union-attr]
    assert "already" in back.toolTip() or not back.isEnabled()


def test_a_file_that_is_no_model_leaves_everything_as_it_was(stage: Stage, tmp_path: Path) -> None:
    settled(stage)
    before = stage.session[VIEWING]
    (tmp_path / "broken.mat").write_bytes(bytes(500))
    stage.workbench.views.open_model(tmp_path / "broken.mat")
    stage.engine.run()
    stage.listen()
    after = stage.session[VIEWING]
    assert (after.model, after.model_name, after.portraits) == (None, "", before.portraits)


def test_the_models_of_plug_ins_are_offered_in_the_dock(stage: Stage, own: Path) -> None:
    button = stage.window.panel(ViewportPanel).model
    button.menu().aboutToShow.emit()
    without = [action.text() for action in button.menu().actions()]
    READERS.register("toy", ModelReader("toy", "Toy (.bin)", lambda path: False, read_surrey))
    plug_model("toy", own)
    try:
        button.menu().aboutToShow.emit()
        (*_, line, offered) = button.menu().actions()
        assert (line.isSeparator(), offered.text(), offered.isChecked()) == (True, "Toy (.bin)", False)
        offered.trigger()
        (_, request), *_ = stage.workbench.pending(OpenModel)
        assert request.path == own
        stage.workbench.cancel()
    finally:
        unplug_model("toy")
        READERS.unregister("toy")
    button.menu().aboutToShow.emit()
    assert [action.text() for action in button.menu().actions()] == without

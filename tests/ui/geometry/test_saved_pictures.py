"""Pictures that leave the window say what they are of."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from explorer.studio.export.provenance import read_provenance
from explorer.studio.faces.state import PHOTOGRAPHS
from explorer.studio.inversion.state import RUN
from explorer.studio.reproducing.runs import read_recorded
from explorer.ui.base import imaging
from explorer.ui.faces.panel import FacesPanel
from explorer.ui.inversion.panel import InversionPanel
from tests.ui.stage import Stage


def finished(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    stage.workbench.settings.change("steps", 20)
    stage.workbench.inversion.start()
    stage.settle()
    assert stage.session[RUN] is not None
    assert stage.session[RUN].result is not None


@pytest.mark.slow
def test_the_result_image_can_be_made_again(stage: Stage, photograph: Path, tmp_path: Path, monkeypatch) -> None:
    finished(stage, photograph)
    stage.until(lambda: stage.window.panel(InversionPanel).best.view.image() is not None)
    path = tmp_path / "result.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    stage.window.actions_by_name["export_image"].trigger()
    recorded = read_recorded(path)
    assert recorded.runs[0].settings == stage.session[RUN].settings
    assert recorded.drawing.kind == "image"
    assert recorded.drawing.step is None
    assert recorded.drawing.mark
    assert read_provenance(path.with_name("result.png.json")) == recorded.record


@pytest.mark.slow
def test_a_picture_of_a_step_names_the_step(stage: Stage, photograph: Path) -> None:
    finished(stage, photograph)
    stage.workbench.inversion.show_step(2)
    stage.settle()
    view = stage.window.panel(InversionPanel).current.view
    stage.until(lambda: view.record().get("drawing", {}).get("step") == 2)


@pytest.mark.slow
def test_a_run_under_way_is_described_as_far_as_it_came(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    stage.workbench.inversion.start()
    while len(stage.session[RUN].steps) <= 2:
        stage.advance(1)
    view = stage.window.panel(InversionPanel).current.view
    stage.until(lambda: view.record().get("unfinished", False))
    record = view.record()
    assert record["stopped_by"] == "user"
    assert record["drawing"]["step"] <= record["steps"] == len(stage.session[RUN].steps) - 1


@pytest.mark.slow
def test_a_photograph_says_whose_it_is_and_holds_no_directory(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    view = stage.window.panel(FacesPanel).view
    stage.until(lambda: view.image() is not None)
    (url,) = imaging.DragFolder.mime(view.image(), view.title, view.record()).urls()
    record = read_provenance(Path(url.toLocalFile()))
    sha256 = next(iter(stage.session[PHOTOGRAPHS]))
    assert record["source"] == {"name": photograph.name, "sha256": sha256}

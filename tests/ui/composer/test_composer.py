"""The figure composer in a real window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog

from explorer.studio.composer.handlers import ComposeHandlers
from explorer.studio.composer.requests import Compose, ComposeOnDevice
from explorer.studio.composer.state import COMPOSING
from explorer.studio.export.provenance import read_provenance
from explorer.studio.reproducing.runs import read_recorded
from explorer.ui.composer.dialog import PANEL, Composer
from explorer.ui.composer.exporting import ExportService
from tests.ui.stage import Stage

pytestmark = pytest.mark.slow


@pytest.fixture
def composer(stage: Stage, photograph: Path) -> Composer:
    stage.engine._handlers.update(ComposeHandlers(device=None).table())
    stage.open(photograph)
    stage.workbench.settings.change("steps", 20)
    for seed in range(2):
        stage.workbench.settings.change("seed", seed)
        stage.workbench.inversion.start()
        stage.settle()
    stage.window.actions_by_name["compose"].trigger()
    opened = stage.window.service(ExportService)._composer
    assert opened is not None
    stage.qtbot.waitExposed(opened)
    return opened


def choose(composer: Composer, layout: str) -> None:
    composer.layouts.setCurrentIndex(composer.layouts.findData(layout))


def shown(stage: Stage, composer: Composer) -> Any:
    stage.until(lambda: not composer._timer.isActive())
    stage.settle()
    stage.until(lambda: composer.view.image() is not None and composer.export.isEnabled())
    return composer.view.image()


def test_a_grid_is_previewed_and_written_at_a_venues_width(stage, composer, tmp_path, monkeypatch) -> None:
    choose(composer, "ablation")
    assert composer.widths.currentText().startswith("IEEE"), "the width at first is a venue's, and is called so"
    composer.widths.setCurrentIndex(composer.widths.findData(88.9))
    shown(stage, composer)
    assert composer.says.text().startswith("88.9 × ")
    assert composer.runs.count() == 2
    path = tmp_path / "grid.svg"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    stage.click(composer.export)
    stage.settle()
    recorded = read_recorded(path)
    assert recorded.drawing.width == 88.9
    assert recorded.drawing.columns == ["photograph", "ID, seed 0", "ID, seed 1"]
    assert not recorded.drawing.source, "the photograph is left out unless it is asked for"


def test_runs_that_are_not_ticked_take_no_part(stage, composer) -> None:
    choose(composer, "rows")
    from PySide6.QtCore import Qt

    composer.runs.item(0).setCheckState(Qt.CheckState.Unchecked)
    composer.without.setChecked(False)
    composition = composer.composition()
    assert len(composition.runs) == 1
    assert composition.source
    stage.until(lambda: not composer._timer.isActive())
    stage.settle()
    requests = [ticket.request for ticket in stage.engine.submitted if type(ticket.request) is Compose]
    assert [run.number for run in requests[-1].material.runs] == [2]


def test_a_layout_that_lacks_something_says_what(stage, composer) -> None:
    choose(composer, "leakage")
    stage.until(lambda: "Probe dock" in composer.says.text())
    assert not composer.export.isEnabled()
    assert not any(isinstance(one.request, ComposeOnDevice) and one.request.path for one in stage.engine.submitted)


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_panel_is_written_as_it_is_seen(stage, composer, tmp_path, monkeypatch, suffix) -> None:
    choose(composer, f"{PANEL}objective")
    stage.until(lambda: "photographs included" in composer.says.text())
    assert not composer.export.isEnabled()
    composer.without.setChecked(False)
    shown(stage, composer)
    path = tmp_path / f"panel.{suffix}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    stage.click(composer.export)
    record = read_provenance(path)
    assert record["panel"] == "Objective"
    assert record["run"]["settings"]["steps"] == 20
    assert path.stat().st_mode & 0o077 == 0


def test_numbers_go_into_a_table(stage, composer, tmp_path, monkeypatch) -> None:
    path = tmp_path / "steps"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), "Parquet (*.parquet)"))
    stage.click(composer.numbers)
    stage.settle()
    assert len(read_provenance(tmp_path / "steps.parquet")["runs"]) == 2


def test_closing_it_leaves_nothing_behind(stage, composer) -> None:
    stage.click(composer.close_button)
    stage.until(lambda: stage.window.service(ExportService)._composer is None)
    assert stage.session[COMPOSING].preview is None

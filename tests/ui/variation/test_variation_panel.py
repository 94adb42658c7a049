"""The Variation dock on a fake engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from explorer.studio.faces.state import SELECTED
from explorer.ui.variation.panel import VariationPanel
from tests.studio.variation.variation_kit import AGREEMENTS
from tests.ui.stage import Stage


@pytest.fixture
def ready(stage: Stage, photograph: Path) -> Stage:
    stage.open(photograph)
    stage.window.actions_by_name["vary"].trigger()
    stage.listen()
    return stage


@pytest.mark.slow
def test_the_dock_is_there_when_it_is_asked_for(stage: Stage) -> None:
    dock, panel = stage.window.docks["variation"], stage.window.panel(VariationPanel)
    assert not dock.isVisible()
    stage.window.actions_by_name["vary"].trigger()
    assert dock.isVisible()
    assert not panel.start.isEnabled(), "nothing is selected"
    assert panel.invitation.isVisible()


@pytest.mark.slow
def test_results_come_one_by_one_and_then_the_comparison(ready: Stage) -> None:
    panel = ready.window.panel(VariationPanel)
    panel.runs.setValue(3)
    ready.click(panel.start)
    ready.until(lambda: panel.now.isVisible() or bool(ready.advance(1)))
    assert panel.results == [], "before the first run has ended there is something to look at"
    assert panel.now.title.text() == "Run 1"
    assert panel.state.text() == "run 1 of 3, step 3 of 10"
    ready.until(lambda: panel.now.view.image() is not None)
    assert panel.table.rowCount() == 0
    ready.until(lambda: len(panel.results) == 2 or bool(ready.advance(1)))
    assert [one.detail.text() for one in panel.results] == ["0.80", "0.81"]
    assert panel.state.text() == "run 3 of 3"
    assert panel.stop.isEnabled()
    assert not ready.window.actions_by_name["vary_start"].isEnabled()
    ready.until(lambda: panel.table.rowCount() > 0 or bool(ready.advance(1)))
    assert panel.table.rowCount() == len(AGREEMENTS)
    assert len(panel.results) == 2, "two results are compared while the third is made"
    ready.until(lambda: panel.mean.view.image() is not None and panel.map.view.image() is not None)
    assert not ready.window.actions_by_name["export_variation"].isEnabled()
    ready.settle()
    assert not panel.now.isVisible()
    assert "3 inversions of one embedding" in panel.state.text()
    assert panel.table.rowCount() == len(AGREEMENTS)
    assert "80 %" in panel.table.text()
    assert panel.scale.numbers() == ["0", "15", "30 ΔE"]
    ready.until(lambda: panel.mean.view.image() is not None and panel.map.view.image() is not None)
    assert panel.start.isEnabled()


@pytest.mark.slow
def test_the_next_comparison_takes_the_place_of_the_last(ready: Stage) -> None:
    panel = ready.window.panel(VariationPanel)
    for runs in (5, 2):
        panel.runs.setValue(runs)
        ready.click(panel.start)
        ready.settle()
        assert len(panel.results) == runs


@pytest.mark.slow
def test_cancel_leaves_the_pictures_and_says_so(ready: Stage) -> None:
    panel = ready.window.panel(VariationPanel)
    ready.click(panel.start)
    ready.until(lambda: len(panel.results) == 1 or bool(ready.advance(1)))
    ready.window.actions_by_name["cancel"].trigger()
    ready.settle()
    assert panel.state.text() == "stopped after 1 of 8 runs"
    assert len(panel.results) == 1
    assert not panel.now.isVisible()
    assert panel.start.isEnabled()
    assert not panel.export.isEnabled(), "one result is nothing to compare"


@pytest.mark.slow
def test_what_was_compared_when_it_was_cancelled_can_be_exported(ready: Stage) -> None:
    panel = ready.window.panel(VariationPanel)
    ready.click(panel.start)
    ready.until(lambda: panel.table.rowCount() > 0 or bool(ready.advance(1)))
    ready.window.actions_by_name["cancel"].trigger()
    ready.settle()
    assert panel.state.text().startswith("stopped after ")
    assert panel.table.rowCount() == len(AGREEMENTS)
    assert panel.export.isEnabled()


@pytest.mark.slow
def test_results_and_mean_carry_the_mark_and_the_map_does_not(ready: Stage) -> None:
    panel = ready.window.panel(VariationPanel)
    ready.click(panel.start)
    ready.settle()
    ready.until(lambda: all(one.view.image() is not None for one in (panel.mean, panel.map, *panel.results)))
    marked = [one.view.image().copy() for one in (panel.mean, panel.results[0])]
    plain = panel.map.view.image().copy()
    ready.window.mark.setChecked(False)
    assert [one.view.image() for one in (panel.mean, panel.results[0])] != marked
    assert panel.map.view.image() == plain


@pytest.mark.slow
@pytest.mark.parametrize(("words", "content"), [("Without", b"without"), ("With", b"with source")])
def test_the_figure_is_written_with_the_photograph_or_without(
    ready: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, content: bytes
) -> None:
    panel, file = ready.window.panel(VariationPanel), tmp_path / "figure"
    assert not panel.export.isEnabled()
    ready.click(panel.start)
    ready.settle()
    chosen = f"{words} photograph"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), "PDF (*.pdf)"))
    monkeypatch.setattr(QMessageBox, "exec", lambda box: next(b.click() for b in box.buttons() if b.text() == chosen))
    ready.click(panel.export)
    ready.settle()
    assert file.with_name("figure.pdf").read_bytes() == content


@pytest.mark.slow
def test_forgetting_the_face_empties_the_dock(ready: Stage) -> None:
    panel = ready.window.panel(VariationPanel)
    ready.click(panel.start)
    ready.settle()
    ready.workbench.faces.remove_face(ready.session[SELECTED])
    ready.settle()
    assert panel.results == []
    assert panel.table.rowCount() == 0
    assert panel.invitation.isVisible()
    ready.until(lambda: panel.mean.view.image() is None)

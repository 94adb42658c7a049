"""The Methods dock on a fake engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from explorer.studio.faces.state import SELECTED
from explorer.studio.inversion.requests import Invert
from explorer.studio.inversion.state import RUN
from explorer.ui.methods.panel import MethodsPanel
from tests.studio.methods.methods_kit import LACKING
from tests.ui.stage import Stage


@pytest.fixture
def ready(stage: Stage, photograph: Path) -> Stage:
    stage.open(photograph)
    stage.window.bring("methods")
    stage.listen()
    return stage


@pytest.mark.slow
def test_ways_come_one_by_one_and_each_starts_the_search(ready: Stage) -> None:
    panel = ready.window.panel(MethodsPanel)
    assert panel.invitation.isVisible()
    assert not panel.strip.isVisible()
    assert not panel.figure.isEnabled()
    ready.click(panel.start)
    ready.until(lambda: len(panel.cards) == 1 or bool(ready.advance(1)))
    assert not panel.cards[0].search.isVisible(), "no search begins with what was looked up"
    ready.until(lambda: panel.now.isVisible() or bool(ready.advance(1)))
    assert panel.now.picture.title.text() == "Decoder"
    assert not ready.window.actions_by_name["methods_start"].isEnabled()
    ready.until(lambda: len(panel.cards) == 2 or bool(ready.advance(1)))
    assert not panel.cards[1].search.isEnabled(), "the device is in use"
    ready.settle()
    assert [card.picture.title.text() for card in panel.cards] == ["Nearest known", "Decoder", "Search"]
    assert panel.lacking.text() == f"Refiner: {LACKING}"
    assert panel.cards[1].text().splitlines() == [
        *("Took 250 ms", "Queries 3", "sface* 0.60", "edgeface-s 0.50", "Rank 1", "Gender female", "Age 33 years"),
    ]
    assert not panel.now.isVisible()
    assert panel.state.text().endswith("3 ways made a face")
    ready.click(panel.cards[1].search)
    request = ready.engine.submitted[-1].request
    assert isinstance(request, Invert)
    assert request.decoded
    assert not panel.cards[1].search.isEnabled(), "a run is under way"
    ready.settle()
    assert ready.session[RUN].status == "finished"
    assert panel.cards[1].search.isEnabled()


@pytest.mark.slow
def test_forgetting_the_face_empties_the_dock_and_cancel_leaves_what_ended(ready: Stage) -> None:
    panel = ready.window.panel(MethodsPanel)
    ready.click(panel.start)
    ready.until(lambda: len(panel.cards) == 2 or bool(ready.advance(1)))
    ready.window.actions_by_name["cancel"].trigger()
    ready.settle()
    assert panel.state.text().endswith("2 ways made a face before it was stopped")
    assert panel.table.isEnabled()
    ready.workbench.faces.remove_face(ready.session[SELECTED])
    ready.settle()
    assert panel.cards == []
    assert panel.lacking.text() == ""
    assert panel.invitation.isVisible()


@pytest.mark.slow
def test_figure_and_table_are_written_and_pictures_carry_the_mark(
    ready: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = ready.window.panel(MethodsPanel)
    ready.click(panel.start)
    ready.settle()
    ready.until(lambda: panel.cards[0].picture.view.image() is not None)
    marked = panel.cards[0].picture.view.image().copy()
    ready.window.mark.setChecked(False)
    assert panel.cards[0].picture.view.image() != marked
    monkeypatch.setattr(QMessageBox, "exec", lambda box: box.buttons()[1].click())
    for button, name, chosen in (
        (panel.figure, "figure.pdf", "PDF (*.pdf)"),
        (panel.table, "table.csv", "CSV (*.csv)"),
    ):
        path = tmp_path / Path(name).stem
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, path=path, chosen=chosen: (str(path), chosen))
        ready.click(button)
        ready.settle()
        assert (tmp_path / name).read_bytes() in (b"with source", b"without")
    assert (tmp_path / "table.csv").read_bytes() == b"without"

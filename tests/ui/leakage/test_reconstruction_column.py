"""The Probe panel's columns: what reconstruction and photograph show beside the vector probe, live and in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QFileDialog

from explorer.studio.faces.state import SELECTED
from explorer.studio.inversion.state import RUN, SETTINGS
from explorer.studio.leakage.pictures_controller import EVERY
from explorer.studio.leakage.reconstructions import Reconstruction
from explorer.studio.leakage.requests import ExportThreeWays, ReadPhotograph, ReadPicture
from explorer.studio.leakage.state import PICTURES, PROBING
from explorer.studio.variation.state import VARIATION, VariationState
from explorer.studio.variation.values import EnsembleResult
from explorer.ui.composer.exporting import ExportService
from explorer.ui.inversion.panel import InversionPanel
from explorer.ui.leakage.panel import ProbePanel
from explorer.ui.leakage.pictures_shown import GUIDED, NO_RUN, PicturesShown, pictures_shown
from tests.studio.variation.variation_kit import made_up_variation
from tests.ui.canned_probes import pictured, quality
from tests.ui.leakage.test_probe_panel import show
from tests.ui.stage import Stage

pytestmark = pytest.mark.slow


@pytest.fixture
def opened(canned: None, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A face is loaded, and the panel is in view."""
    stage: Stage = request.getfixturevalue("stage")
    stage.open(request.getfixturevalue("photograph"))
    show(stage)
    stage.until(lambda: "smiling" in panel(stage).readouts.rows)
    return stage


def panel(stage: Stage) -> ProbePanel:
    return stage.window.panel(ProbePanel)


def asked(stage: Stage, kind: type) -> list:
    return [ticket.request for ticket in stage.engine.submitted if isinstance(ticket.request, kind)]


def cell(stage: Stage, probe: str = "age") -> str:
    return panel(stage).readouts.rows[probe].made.answer.text()


def test_the_photograph_is_read_once_and_stands_beside_the_probe(opened: Stage) -> None:
    rows = panel(opened).readouts.rows
    opened.until(lambda: rows["smiling"].seen.answer.text() == "smiling 91 %")
    assert rows["age"].seen.answer.text() == "31 years"
    assert cell(opened) == "–"
    assert panel(opened).readouts.made.text() == NO_RUN
    assert len(asked(opened, ReadPhotograph)) == 1
    opened.workbench.probes.edit_picture("blur", 1.0)
    opened.settle()
    assert len(asked(opened, ReadPhotograph)) == 1


def test_a_run_is_read_every_few_steps_as_it_converges_and_at_its_end(opened: Stage) -> None:
    opened.session[SETTINGS] = opened.session[SETTINGS].model_copy(update={"steps": 40})
    opened.click(panel_of_run(opened).transport.start)
    opened.settle()
    read = [request.picture for request in asked(opened, ReadPicture)]
    numbers = [int(picture.removeprefix("step ")) for picture in read if picture != "result"]
    assert read[-1] == "result"
    assert read.count("result") == 1
    assert all(later - earlier >= EVERY for earlier, later in pairwise(numbers))
    assert 1 <= len(numbers) <= 40 // EVERY + 1
    opened.until(lambda: cell(opened) == "80 years")
    row = panel(opened).readouts.rows["age"]
    assert row.made.runs.text() == "one run: no interval"
    assert panel(opened).readouts.made.text() == "Reconstruction: run 1, its result."
    assert panel(opened).readouts.landmarks.figures[2].text() == "4.2 %"


def panel_of_run(stage: Stage) -> InversionPanel:
    return stage.window.panel(InversionPanel)


def test_nothing_is_read_while_nobody_looks(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    stage.click(panel_of_run(stage).transport.start)
    stage.settle()
    assert asked(stage, ReadPicture) == asked(stage, ReadPhotograph) == []
    show(stage)
    stage.until(lambda: "age" in panel(stage).readouts.rows and cell(stage) == "80 years")
    assert [request.picture for request in asked(stage, ReadPicture)] == ["result"]


def test_a_run_that_the_photograph_guided_is_not_read(opened: Stage) -> None:
    opened.session[SETTINGS] = opened.session[SETTINGS].model_copy(update={"targets": "photograph"})
    opened.click(panel_of_run(opened).transport.start)
    opened.settle()
    assert asked(opened, ReadPicture) == []
    opened.until(lambda: panel(opened).readouts.made.text() == GUIDED)


def several(stage: Stage, reconstruction: Reconstruction | None) -> VariationState:
    """Three runs of the Variation panel of what is selected."""
    run = stage.session[RUN]
    assert run is not None
    finished = made_up_variation(3)
    result = EnsembleResult("v", finished, finished.mean, np.zeros((256, 3), np.uint8), 20.0, reconstruction)
    return VariationState("v", run.target, 3, False, "finished", (), (), result)


def test_several_runs_of_the_same_vector_serve_and_nothing_is_read_again(opened: Stage) -> None:
    opened.click(panel_of_run(opened).transport.start)
    opened.settle()
    before = len(asked(opened, ReadPicture))
    opened.session[VARIATION] = several(opened, Reconstruction(pictured(7, 3), 3))
    opened.until(lambda: cell(opened) == "37 years")
    row = panel(opened).readouts.rows["age"]
    assert row.made.runs.text() == "3 runs: 27 to 47 years"
    assert panel(opened).readouts.made.text() == "Reconstruction: 3 runs of the Variation panel."
    assert len(asked(opened, ReadPicture)) == before
    opened.session[VARIATION] = several(opened, None)  # as in a session of an earlier version
    opened.until(lambda: cell(opened) == "80 years")


def test_a_run_under_way_goes_before_runs_that_have_ended(opened: Stage) -> None:
    opened.click(panel_of_run(opened).transport.start)
    opened.settle()
    run = opened.session[RUN]
    opened.session[VARIATION] = several(opened, Reconstruction(pictured(7, 3), 3))
    opened.session[RUN] = replace(run, status="running")
    shown = pictures_shown(opened.session, run.settings.encoder)
    assert shown.words == "Reconstruction: run 1, its result."
    opened.session[RUN] = run
    assert "Variation" in pictures_shown(opened.session, run.settings.encoder).words
    assert "choose that recogniser" in pictures_shown(opened.session, "sface").words


def test_those_known_best_come_first_and_those_at_chance_are_folded_under_a_line_that_says_why(opened: Stage) -> None:
    readouts, read = panel(opened).readouts, opened.session[PROBING].face
    assert read is not None
    vague = quality("balanced accuracy", 0.55, 0.5)
    smile, age, *arrays = read.now.readouts
    good = quality("mean absolute error", 8.0, 11.0, "years")
    said = (replace(smile, portraits=vague), replace(age, portraits=good), *arrays)
    now = replace(read.now, readouts=said)
    readouts.draw(replace(read, before=now, now=now), None)
    opened.listen()
    assert readouts.folded.line.text() == "1 at chance"
    assert readouts.folded.why.text().startswith("Smile: on photographs nothing that reads the embedding")
    assert "does not lie clear" in readouts.folded.line.toolTip()
    assert not readouts.rows["smiling"].isVisibleTo(readouts)
    assert readouts.rows["age"].isVisibleTo(readouts)
    opened.click(readouts.folded.line)
    assert readouts.rows["smiling"].isVisibleTo(readouts)
    assert [line.split("\t")[0] for line in readouts.text().splitlines()][:3] == ["Readout", "Age", "Smile"]
    # What the reconstruction may tell is not folded away.
    made = PicturesShown(Reconstruction(pictured(1), 1), "")
    readouts.draw(replace(read, before=now, now=now), None, made)
    assert not readouts.folded.isVisibleTo(readouts)
    assert readouts.rows["smiling"].answer.text() == "cannot tell"
    assert readouts.rows["smiling"].made.answer.text() == "smiling 91 %"
    trusted = PicturesShown(Reconstruction(pictured(1, 3, quality("balanced accuracy", 0.9, 0.5)), 3), "")
    readouts.draw(replace(read, before=now, now=now), None, trusted)
    assert "reconstruction 0.90 (0.80 to 1.00), chance 0.50" in readouts.rows["smiling"].quality.text()
    assert [line.split("\t")[0] for line in readouts.text().splitlines()][1] == "Smile"


def test_columns_stand_below_each_other_where_there_is_no_room(opened: Stage) -> None:
    dock, row = opened.window.docks["probe"], panel(opened).readouts.rows["smiling"]
    dock.setFloating(True)
    for width, beside in ((900, True), (290, False), (420, True)):
        dock.resize(width, 700)
        opened.until(lambda beside=beside: (row.made.mapTo(row, QPoint(0, 0)).x() > 20) is beside)
        assert panel(opened).readouts.heading.isVisible() is beside
        assert row.made.caption.isVisible() is not beside


def test_what_was_seen_goes_when_the_face_is_forgotten(opened: Stage) -> None:
    opened.click(panel_of_run(opened).transport.start)
    opened.settle()
    assert opened.session[PICTURES].photograph is not None
    assert opened.session[PICTURES].made is not None
    opened.workbench.faces.remove_face(opened.session[SELECTED])
    opened.settle()
    seen = opened.session[PICTURES]
    assert (seen.photograph, seen.made, seen.reading) == (None, None, False)


@pytest.mark.parametrize("name", ["out.svg", "out.csv"])
def test_what_the_columns_show_is_exported(
    opened: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    action = opened.window.actions_by_name["export_three_ways"]
    assert not action.isEnabled()
    opened.click(panel_of_run(opened).transport.start)
    opened.settle()
    opened.until(action.isEnabled)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / name), ""))
    monkeypatch.setattr(ExportService, "with_photograph", lambda *_: True)
    action.trigger()
    opened.settle()
    assert (tmp_path / name).read_text() == f"person.png 1 {name == 'out.svg'}"
    (request,) = asked(opened, ExportThreeWays)
    assert request.three.reconstruction.runs == (opened.session[RUN].result,)
    assert request.three.vector is opened.session[PROBING].face.before
    assert {one.probe for one in request.three.photograph} == {"smiling", "age"}

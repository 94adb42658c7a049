"""A figure that is dropped on the window gives its settings back, after asking."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.studio.export.drawings import FigureSpec
from explorer.studio.export.page import Page, save
from explorer.studio.export.provenance import bare_record, png_bytes, write_sidecar
from explorer.studio.export.recognising import is_figure
from explorer.studio.faces.state import ENCODER, FACES, PHOTOGRAPHS, SELECTED
from explorer.studio.inversion.provenance import provenance
from explorer.studio.inversion.record import Branch
from explorer.studio.inversion.state import PLAN, SETTINGS, WEIGHTS
from explorer.ui.faces.opening import OpenService
from explorer.ui.faces.settings_from_figure import AdoptSettingsDialog
from explorer.ui.inversion.objective_panel import ObjectivePanel
from tests.studio.export.made_up import made_up_run
from tests.ui.stage import Stage


def figure(path: Path, sha256: str = "ab" * 32) -> Path:
    run = made_up_run(steps=12)
    weights = {"identity": 2.0, "prior": 0.3}
    settings = run.settings.model_copy(update={"space": "W", "encoder": "sface", "weights": weights})
    run = run.model_copy(update={"settings": settings, "target": run.target.model_copy(update={"sha256": sha256})})
    return save(Page(80, 40, 72).figure, path, provenance(run, drawing=FigureSpec()))


def question(stage: Stage) -> AdoptSettingsDialog:
    stage.until(lambda: bool(stage.window.findChildren(AdoptSettingsDialog)))
    return stage.window.findChildren(AdoptSettingsDialog)[0]


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_its_settings_are_taken_and_undo_brings_back_ones_own(stage: Stage, tmp_path: Path, suffix: str) -> None:
    before = stage.session[SETTINGS]
    stage.window.service(OpenService).paths([figure(tmp_path / f"figure.{suffix}")])
    asked = question(stage)
    assert stage.session[SETTINGS] == before, "nothing is taken before the answer"
    assert "sface, W, 12 steps" in asked.informativeText()
    asked.take.click()
    assert (stage.session[SETTINGS].steps, stage.session[SETTINGS].space) == (12, "W")
    assert stage.session[ENCODER] == "sface"
    assert (stage.session[WEIGHTS]["identity"], stage.session[WEIGHTS]["prior"]) == (2.0, 0.3)
    stage.workbench.undo()
    assert stage.session[SETTINGS].steps == before.steps
    assert stage.session[ENCODER] == before.encoder


def test_what_happened_during_its_run_is_said_taken_and_can_be_left_out(stage: Stage, tmp_path: Path) -> None:
    stage.window.service(OpenService).paths([figure(tmp_path / "figure.png")])
    asked = question(stage)
    changes = stage_changes(asked.informativeText())
    assert changes == ["prior 0.05 from step 25"]
    asked.take.click()
    note = stage.window.panel(ObjectivePanel).plan
    assert not note.isHidden()
    assert note.words.text() == stage.session[PLAN].words == changes[0]
    note.drop.click()
    assert stage.session[PLAN] is None
    assert note.isHidden()
    stage.workbench.undo()
    assert not note.isHidden()


def stage_changes(words: str) -> list[str]:
    """What a question says is done again."""
    (line,) = [line for line in words.split("\n") if line.startswith("Taken, too")]
    return line.partition(": ")[2].rstrip(".").split(", ")


def test_what_of_it_cannot_be_taken_is_said(stage: Stage, tmp_path: Path) -> None:
    run = made_up_run(steps=12)
    earlier = Branch(run="run-1", step=4, settings=run.settings)
    path = save(
        Page(80, 40, 72).figure, tmp_path / "figure.png", provenance(run.model_copy(update={"branch": earlier}))
    )
    stage.window.service(OpenService).paths([path])
    assert "Not taken: that it went on from step 4 of an earlier run" in question(stage).informativeText()


@pytest.mark.slow
def test_its_photograph_is_selected_where_it_is_open(stage: Stage, photograph: Path, tmp_path: Path) -> None:
    stage.open(photograph)
    key = next(iter(stage.session[FACES]))
    stage.workbench.faces.select_face(None)
    stage.window.service(OpenService).paths([figure(tmp_path / "figure.png", stage.session[FACES][key].photograph_key)])
    question(stage).take.click()
    assert stage.session[SELECTED] == key


def test_it_can_be_opened_as_a_photograph_after_all(stage: Stage, tmp_path: Path) -> None:
    pixels = np.full((240, 200, 3), 90, np.uint8)
    path = tmp_path / "result.png"
    path.write_bytes(png_bytes(pixels, provenance(made_up_run())))
    stage.window.service(OpenService).paths([path])
    asked = question(stage)
    assert asked.open_picture is not None
    asked.open_picture.click()
    stage.settle()
    assert stage.session[PHOTOGRAPHS]


@pytest.mark.parametrize("kind", ["readouts", "fit", "view", "leakage table"])
def test_what_holds_no_run_says_so(stage: Stage, tmp_path: Path, kind: str) -> None:
    beside = write_sidecar(tmp_path / "table.csv", bare_record(kind=kind))
    stage.window.service(OpenService).paths([beside])
    asked = question(stage)
    assert not asked.take.isEnabled()
    assert f"({kind}) and has no settings" in asked.informativeText()
    assert ("likeness reproduce" in asked.informativeText()) == (kind != "leakage table")


def test_photographs_and_vectors_are_no_figures(tmp_path: Path) -> None:
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    Image.new("RGB", (9, 9)).save(tmp_path / "a.jpg")
    (tmp_path / "v.json").write_text("[1, 2]")
    (tmp_path / "d.svg").write_text("<svg/>")
    assert not any(is_figure(path) for path in (*tmp_path.iterdir(), tmp_path / "missing.png"))

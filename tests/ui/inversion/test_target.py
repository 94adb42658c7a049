"""A run keeps its own target in view, whatever is selected or opened meanwhile."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.studio.app.picture_records import picture_record
from explorer.studio.faces.state import FACES, SELECTED
from explorer.studio.inversion.state import RUN
from explorer.ui.base import imaging
from explorer.ui.inversion.panel import InversionPanel
from tests.ui.stage import Stage, save_picture


@pytest.fixture
def ran(stage: Stage, photograph: Path) -> Stage:
    """A finished run towards the photograph's face."""
    stage.open(photograph)
    stage.workbench.inversion.start()
    stage.settle()
    return stage


def target_in_view(stage: Stage) -> np.ndarray:
    image = stage.window.panel(InversionPanel).target.view.image()
    assert image is not None
    return imaging.to_pixels(image)


def is_of_run(stage: Stage) -> bool:
    return bool(np.array_equal(target_in_view(stage), stage.session[RUN].target.frame))


@pytest.mark.slow
def test_before_the_first_run_the_target_is_what_is_selected(stage: Stage, photograph: Path, tmp_path: Path) -> None:
    stage.open(photograph)
    other = save_picture(tmp_path / "other.png", 5)
    stage.open(other)
    panel = stage.window.panel(InversionPanel)
    face = stage.session[FACES][stage.session[SELECTED]]
    stage.until(lambda: np.array_equal(target_in_view(stage), face.frame))
    assert panel.transport.next.words == ""


@pytest.mark.slow
@pytest.mark.parametrize("under_way", [True, False])
def test_another_face_that_is_opened_or_selected_is_next_and_not_the_target(
    stage: Stage, photograph: Path, tmp_path: Path, under_way: bool
) -> None:
    stage.open(photograph)
    first = stage.session[SELECTED]
    stage.workbench.inversion.start()
    if under_way:
        stage.advance(12)
    else:
        stage.settle()
    panel = stage.window.panel(InversionPanel)
    stage.until(lambda: is_of_run(stage))
    stage.workbench.faces.open_paths([save_picture(tmp_path / "other.png", 5)])
    stage.settle() if not under_way else stage.advance(6)
    stage.until(lambda: panel.transport.next.words == "next: other.png")
    assert is_of_run(stage)
    assert panel.transport.next.isVisible()
    assert "person.png" in panel.transport.next.toolTip()
    assert "person.png" in panel.target.detail.toolTip()
    stage.workbench.faces.select_face(first)
    stage.until(lambda: panel.transport.next.words == "")
    assert not panel.transport.next.isVisible()
    stage.settle()


@pytest.mark.slow
def test_a_vector_that_is_selected_next_is_named_too(ran: Stage, tmp_path: Path) -> None:
    path = tmp_path / "bare.npy"
    np.save(path, np.ones(512, np.float32))
    ran.workbench.faces.open_vectors([path], "arcface-mbf")
    ran.settle()
    panel = ran.window.panel(InversionPanel)
    ran.until(lambda: panel.transport.next.words == "next: bare.npy")
    assert is_of_run(ran)


@pytest.mark.slow
def test_start_takes_what_was_next(ran: Stage, tmp_path: Path) -> None:
    ran.open(save_picture(tmp_path / "other.png", 5))
    panel = ran.window.panel(InversionPanel)
    ran.until(lambda: panel.transport.next.words != "")
    ran.click(panel.transport.start)
    ran.settle()
    ran.until(lambda: panel.transport.next.words == "")
    assert ran.session[RUN].target.record.name == "other.png"
    ran.until(lambda: is_of_run(ran))


@pytest.mark.slow
def test_after_a_session_was_opened_the_run_has_its_target(ran: Stage, tmp_path: Path) -> None:
    other = save_picture(tmp_path / "other.png", 5)
    ran.open(other)
    file = tmp_path / "work.likeness"
    ran.workbench.files.save(file)
    ran.settle()
    ran.workbench.files.new()
    ran.settle()
    ran.workbench.files.open(file)
    ran.settle()
    panel = ran.window.panel(InversionPanel)
    assert ran.session[FACES][ran.session[SELECTED]].name == "other.png"
    ran.until(lambda: panel.transport.next.words == "next: other.png")
    ran.until(lambda: is_of_run(ran))


@pytest.mark.slow
def test_where_the_runs_face_is_forgotten_the_run_goes_and_the_next_one_is_the_target(
    ran: Stage, tmp_path: Path
) -> None:
    first = ran.session[SELECTED]
    ran.open(save_picture(tmp_path / "other.png", 5))
    panel = ran.window.panel(InversionPanel)
    ran.until(lambda: panel.transport.next.words != "")
    ran.workbench.faces.remove_face(first)
    ran.settle()
    assert ran.session[RUN] is None
    face = ran.session[FACES][ran.session[SELECTED]]
    ran.until(lambda: np.array_equal(target_in_view(ran), face.frame))
    assert panel.transport.next.words == ""
    assert panel.best.view.image() is None


@pytest.mark.slow
def test_a_start_that_leaves_the_window_is_recorded_as_of_the_runs_source(ran: Stage, tmp_path: Path) -> None:
    """Before the first step a picture of the run has no number; the selected face is another by then."""
    from dataclasses import replace

    ran.open(save_picture(tmp_path / "other.png", 5))
    picture = np.full((16, 16, 3), 50, np.uint8)
    ran.session[RUN] = replace(ran.session[RUN], steps=(), native=None, image=picture, best_image=None, best_index=None)
    record = picture_record(ran.session, picture, "Best", mark=True)
    assert record["source"]["name"] == "person.png"

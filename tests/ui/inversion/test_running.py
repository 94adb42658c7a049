"""A run as the user sees and steers it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.terms import default_weights
from explorer.studio.engine.reports import Event
from explorer.studio.faces.state import EMBEDDINGS, FACES
from explorer.studio.inversion.requests import Invert, StartLeads, StepTaken
from explorer.studio.inversion.state import RUN, SETTINGS, WEIGHTS
from explorer.studio.session.state import ACTIVITIES, NOTIFICATIONS
from explorer.ui.inversion.objective_panel import ObjectivePanel
from explorer.ui.inversion.panel import InversionPanel
from tests.ui.stage import Stage, save_picture


@pytest.fixture
def loaded(stage: Stage, photograph: Path) -> Stage:
    stage.open(photograph)
    return stage


def press_start(stage: Stage, reports: int) -> None:
    stage.click(stage.window.panel(InversionPanel).transport.start)
    stage.advance(reports)


def brightness(view) -> int:
    return view.image().pixelColor(2, 2).red()


@pytest.mark.slow
def test_start_before_the_embedding_says_what_it_waits_for_and_the_run_comes(stage: Stage, photograph: Path) -> None:
    stage.workbench.faces.open_paths([photograph])
    while not stage.session[FACES]:
        stage.advance(1)
    panel = stage.window.panel(InversionPanel)
    for _ in range(2):
        stage.click(panel.transport.start)
    assert stage.session[RUN] is None
    assert [one.title for one in stage.session[NOTIFICATIONS]] == ["The run will start"], "said once"
    while stage.session[RUN] is None or not stage.session[ACTIVITIES][-1].message:
        stage.advance(1)
    stage.until(lambda: panel.current.view.hint == f"{stage.session[ACTIVITIES][-1].message.capitalize()}…")
    stage.settle()
    assert stage.session[RUN].result is not None


@pytest.mark.slow
def test_a_run_is_drawn_while_it_goes(loaded: Stage) -> None:
    press_start(loaded, 12)
    run = loaded.session[RUN]
    assert run is not None
    assert run.status == "running"
    panel = loaded.window.panel(InversionPanel)
    last = len(run.steps) - 1
    loaded.until(lambda: panel.current.detail.text().startswith(f"step {last} "))
    loaded.until(lambda: brightness(panel.current.view) == int(run.image[2, 2, 0]))
    assert panel.transport.count.text() == f"step {last} of {run.settings.steps}"
    loaded.until(lambda: panel.curves.nearness.csv().count("\n") == len(run.steps))
    assert panel.curves.losses.csv().startswith("step,total,identity,prior\n0,")


@pytest.mark.slow
def test_while_starts_compete_the_one_ahead_is_looked_at(loaded: Stage) -> None:
    press_start(loaded, 1)
    (ticket,) = [ticket for ticket in loaded.engine.submitted if isinstance(ticket.request, Invert)]
    leads = StartLeads(ticket.request.run_key, np.full((128, 128, 3), 77, np.uint8), 0.4321, 12)
    loaded.window._bridge._arrived.emit(Event(ticket, leads))
    panel = loaded.window.panel(InversionPanel)
    loaded.until(lambda: panel.best.detail.text() == "best start   cosine 0.432")
    loaded.until(lambda: brightness(panel.best.view) == 77)
    loaded.advance(2)
    loaded.until(lambda: panel.current.detail.text().startswith("step "))


@pytest.mark.slow
def test_curves_show_weighted_losses(loaded: Stage) -> None:
    press_start(loaded, 12)
    panel = loaded.window.panel(InversionPanel)
    loaded.until(lambda: panel.curves.losses.csv().count("\n") == len(loaded.session[RUN].steps))
    step, total, identity, prior = map(float, panel.curves.losses.csv().split("\n")[5].split(","))
    assert step == 4
    assert total == pytest.approx(identity + prior, rel=1e-4)
    record = loaded.session[RUN].steps[4]
    assert prior == pytest.approx(record.losses["prior"] * default_weights()["prior"], rel=1e-4)


def test_a_slider_acts_at_the_next_step_of_the_run_under_way(loaded: Stage) -> None:
    press_start(loaded, 10)
    before = len(loaded.session[RUN].steps)
    slider = loaded.window.panel(ObjectivePanel).sliders["prior"]
    slider.slider.setFocus()
    loaded.qtbot.keyClick(slider.slider, Qt.Key.Key_PageUp)
    loaded.advance(3)
    run = loaded.session[RUN]
    default = default_weights()["prior"]
    assert slider.value() > default
    assert run.steps[before - 1].weights["prior"] == default
    assert run.steps[before].weights["prior"] == pytest.approx(slider.value())
    assert [change.term for change in run.changes] == ["prior"]
    assert len({step.index for step in run.steps}) == len(run.steps), "the run was not restarted"


def test_a_typed_weight_reaches_the_workbench(loaded: Stage) -> None:
    slider = loaded.window.panel(ObjectivePanel).sliders["identity"]
    slider.field.selectAll()
    loaded.qtbot.keyClicks(slider.field, "2.5")
    loaded.qtbot.keyClick(slider.field, Qt.Key.Key_Return)
    assert loaded.session[WEIGHTS]["identity"] == 2.5
    assert slider.slider.value() == round((2.5 / slider.high) ** (1 / 3) * 1000)


@pytest.mark.slow
def test_pause_step_and_resume(loaded: Stage) -> None:
    press_start(loaded, 6)
    pause = loaded.window.actions_by_name["pause"]
    pause.trigger()
    loaded.settle()
    at_rest = len(loaded.session[RUN].steps)
    assert pause.text() == "Resume"
    loaded.until(lambda: "paused" in loaded.window.busy.state.text())
    loaded.window.actions_by_name["step"].trigger()
    loaded.settle()
    assert len(loaded.session[RUN].steps) == at_rest + 1
    pause.trigger()
    loaded.settle()
    assert loaded.session[RUN].status == "finished"


@pytest.mark.slow
def test_stop_keeps_the_best_and_scores_it_on_every_encoder(loaded: Stage) -> None:
    press_start(loaded, 10)
    loaded.window.actions_by_name["stop"].trigger()
    loaded.settle()
    assert loaded.session[RUN].result.stopped_by == "user"
    table = loaded.window.panel(InversionPanel).scores.table
    loaded.until(lambda: table.rowCount() == 4)
    rows = [line.split("\t") for line in table.text().split("\n")[1:]]
    assert [row[1] for row in rows] == ["attacked", "held-out", "held-out", "held-out"]
    assert rows[0][:3] == ["arcface-mbf", "attacked", "0.9100"]
    best = loaded.window.panel(InversionPanel).best.view
    loaded.until(lambda: best.image() is not None and best.image().width() == 1024)


@pytest.mark.slow
def test_the_step_slider_shows_earlier_steps_and_comes_back(loaded: Stage) -> None:
    press_start(loaded, 40)
    run, panel = loaded.session[RUN], loaded.window.panel(InversionPanel)
    loaded.until(lambda: panel.transport.slider.maximum() == len(run.steps) - 1)
    newest = brightness(panel.current.view)
    panel.transport.slider.setValue(7)
    loaded.advance(3)
    loaded.until(lambda: panel.current.detail.text().startswith("step 7 "))
    loaded.until(lambda: brightness(panel.current.view) == 30 + 200 * 7 // InversionSettings().steps)
    shown = f"{loaded.session[RUN].steps[7].cosine:.4f}"
    loaded.until(lambda: panel.curves.nearness.value("arcface-mbf") == shown)
    loaded.advance(5)
    assert loaded.session[RUN].shown_index == 7, "new steps do not take the step in view away"
    loaded.click(panel.transport.live)
    loaded.until(lambda: brightness(panel.current.view) >= newest)
    assert loaded.session[RUN].shown_index is None


@pytest.mark.slow
def test_cancel_is_in_view_exactly_while_something_is_under_way(loaded: Stage) -> None:
    busy = loaded.window.busy
    loaded.until(lambda: not busy.cancel.isVisible())
    press_start(loaded, 6)
    loaded.until(busy.cancel.isVisible)
    seen = len(loaded.session[RUN].steps)
    loaded.click(busy.cancel)
    loaded.settle()
    loaded.until(lambda: not busy.cancel.isVisible())
    assert loaded.session[RUN].status == "stopped"
    assert len(loaded.session[RUN].steps) == seen, "the steps already seen stay"


@pytest.mark.slow
def test_an_event_of_an_older_run_changes_nothing(loaded: Stage, tmp_path: Path) -> None:
    press_start(loaded, 6)
    old = next(ticket for ticket in loaded.engine.submitted if isinstance(ticket.request, Invert))
    late = StepTaken(
        old.request.run_key, loaded.session[RUN].steps[-1], loaded.session[RUN].latents[-1],
        np.zeros((8, 8, 3), np.uint8), None, (),
    )  # fmt: skip
    loaded.open(save_picture(tmp_path / "other.png", 5))
    loaded.workbench.inversion.start()
    loaded.advance(4)
    before = loaded.session[RUN]
    loaded.window._bridge._arrived.emit(Event(old, late))
    loaded.listen()
    assert loaded.session[RUN] is before


@pytest.mark.slow
def test_the_mark_of_a_reconstruction_can_be_turned_off(loaded: Stage) -> None:
    press_start(loaded, 8)
    view = loaded.window.panel(InversionPanel).best.view
    loaded.until(lambda: view.image() is not None)
    right, bottom = view.image().width() - 2, view.image().height() - 3
    assert view.image().pixelColor(right, bottom) != view.image().pixelColor(1, 1)
    loaded.window.mark.trigger()
    assert view.image().pixelColor(right, bottom) == view.image().pixelColor(1, 1)
    assert loaded.window.panel(InversionPanel).target.view.image().width() == 512, "a photograph is never marked"


@pytest.mark.slow
def test_the_user_hears_where_a_picture_went_and_why_it_did_not(
    loaded: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    press_start(loaded, 8)
    loaded.until(lambda: loaded.window.panel(InversionPanel).best.view.image() is not None)
    for place, title in (("best.png", "The picture is saved"), ("nowhere/best.png", "The picture was not saved")):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, place=place: (str(tmp_path / place), ""))
        loaded.window.actions_by_name["export_image"].trigger()
        assert loaded.session[NOTIFICATIONS][-1].title == title
    assert [path.name for path in tmp_path.glob("*.png")].count("best.png") == 1


@pytest.mark.slow
def test_the_rank_counts_the_target_among_the_gallery(loaded: Stage) -> None:
    press_start(loaded, 1)
    loaded.settle()
    loaded.until(loaded.window.panel(InversionPanel).scores.table.isVisible)
    assert "1 of 202" in loaded.window.panel(InversionPanel).scores.table.text(), (
        "a gallery of 201 faces and the target"
    )


def test_every_setting_has_its_field(loaded: Stage) -> None:
    shown = sorted(name for form in loaded.window.panel(ObjectivePanel).forms for name in form.names())
    assert shown == sorted(set(InversionSettings.model_fields) - {"encoder", "generator", "weights"})


@pytest.mark.slow
def test_settings_reach_the_next_run(loaded: Stage) -> None:
    forms = {name: form for form in loaded.window.panel(ObjectivePanel).forms for name in form.names()}
    steps = forms["steps"].editor("steps").field
    steps.selectAll()
    loaded.qtbot.keyClicks(steps, "3")
    loaded.qtbot.keyClick(steps, Qt.Key.Key_Return)
    assert loaded.session[SETTINGS].steps == 3
    stop = forms["stop_cosine"].editor("stop_cosine")
    stop.box.click()
    assert loaded.session[SETTINGS].stop_cosine == pytest.approx(0.9)
    stop.box.click()
    assert loaded.session[SETTINGS].stop_cosine is None
    press_start(loaded, 1)
    loaded.settle()
    assert [step.index for step in loaded.session[RUN].steps] == [0, 1, 2, 3]


def test_the_embedding_can_be_copied(loaded: Stage) -> None:
    import json

    loaded.window.actions_by_name["copy_vector"].trigger()
    copied = json.loads(QGuiApplication.clipboard().text())
    vector = next(iter(loaded.session[EMBEDDINGS].values()))["arcface-mbf"]
    np.testing.assert_allclose(copied, vector, atol=1e-6)


@pytest.mark.slow
def test_sliders_of_terms_without_targets_are_disabled(loaded: Stage) -> None:
    sliders = loaded.window.panel(ObjectivePanel).sliders
    assert sliders["identity"].isEnabled()
    assert not sliders["landmarks"].isEnabled()
    assert not sliders["histogram"].isEnabled()
    loaded.workbench.settings.change("targets", "photograph")
    assert sliders["landmarks"].isEnabled()
    press_start(loaded, 8)
    loaded.workbench.settings.change("targets", "none")
    assert sliders["landmarks"].isEnabled(), "the run under way has targets"
    loaded.settle()
    assert not sliders["landmarks"].isEnabled()


def test_a_preset_is_chosen_in_the_objective_panel(loaded: Stage) -> None:
    panel = loaded.window.panel(ObjectivePanel)
    panel.preset.activated.emit(panel.preset.findData("paper"))
    assert loaded.session[WEIGHTS]["landmarks"] == 0.0006
    assert panel.sliders["histogram"].value() == pytest.approx(0.01)
    assert loaded.session[SETTINGS].histogram == "printed"
    loaded.window.actions_by_name["reset"].trigger()
    assert loaded.session[WEIGHTS] == default_weights()
    assert loaded.session[SETTINGS].histogram == "ours"


@pytest.mark.slow
def test_a_run_guided_by_the_photograph_is_badged_on_screen_and_where_it_leaves(loaded: Stage) -> None:
    panel = loaded.window.panel(InversionPanel)
    press_start(loaded, 12)
    loaded.until(lambda: panel.current.view.image() is not None)
    plain = panel.current.view.image()
    assert corner(plain) == plain.pixelColor(2, plain.height() // 2).red(), "nothing lies in the upper left corner"
    loaded.settle()
    loaded.workbench.settings.change("targets", "photograph")
    press_start(loaded, 12)
    loaded.until(lambda: badged(panel.current.view.image()))
    loaded.window.mark.setChecked(False)
    loaded.listen()
    image = panel.current.view.image()
    assert corner(image) != brightness_of_middle(image), "the badge cannot be turned off"
    target = panel.target.view.image()
    loaded.settle()
    assert panel.target.view.image() == target


def corner(image) -> int:
    return image.pixelColor(1, 1).red()


def badged(image) -> bool:
    """Whether a picture is there, and something lies in its upper left corner; a new run begins without one."""
    return image is not None and corner(image) != brightness_of_middle(image)


def brightness_of_middle(image) -> int:
    return image.pixelColor(1, image.height() // 2).red()


@pytest.mark.slow
def test_the_two_cosines_of_a_result_are_told_apart_where_they_stand(loaded: Stage) -> None:
    press_start(loaded, 4)
    loaded.settle()
    panel = loaded.window.panel(InversionPanel)
    result = loaded.session[RUN].result
    loop, saved = result.steps[result.best_index].cosine, result.scores[0].score
    loaded.until(lambda: panel.best.detail.text() == f"loop {loop:.3f}   saved {saved:.3f}")
    said = panel.best.detail.toolTip()
    assert f"cosine {loop:.3f}: of step {result.best_index} in the loop" in said
    assert f"cosine {saved:.3f}: of the saved image" in said


@pytest.mark.slow
def test_a_verdict_says_which_side_of_which_threshold(loaded: Stage) -> None:
    press_start(loaded, 4)
    loaded.settle()
    table = loaded.window.panel(InversionPanel).scores.table
    loaded.until(lambda: table.rowCount() == 4)
    verdicts = [table.item(row, 4) for row in range(4)]
    assert [one.text() for one in verdicts] == ["above threshold"] * 3 + ["within threshold"]
    assert verdicts[0].toolTip().startswith("above threshold at FMR 1e-3 (generated impostors)")
    assert verdicts[3].toolTip().startswith("within threshold at FMR 1e-3 (generated impostors)")
    assert loaded.window.panel(InversionPanel).scores.population.text() == (
        "by generated faces; strangers who pass: 2.6e-5 on ORL, 7.1 % on openpeople"
    )


def test_the_number_of_starts_is_said_where_they_are_set(loaded: Stage) -> None:
    panel = loaded.window.panel(ObjectivePanel)
    assert panel.starts.text() == "In all 27 starts (24 random, 3 proposed) will compete."
    loaded.workbench.settings.change("regressor", False)
    assert panel.starts.text() == "In all 24 random starts will compete."

"""The live curves of a run: thresholds, marks, distances, and ticked runs over them and beside each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from explorer.studio.inversion.state import RUN, RUNS, RunState
from explorer.ui.inversion.overlaid import overlaid
from explorer.ui.inversion.panel import InversionPanel
from explorer.ui.inversion.run_curves import RunCurves
from explorer.ui.inversion.runs_panel import RunsPanel
from tests.ui.stage import Stage

pytestmark = pytest.mark.slow  # a whole window each

LARGE = 60


@pytest.fixture
def two(stage: Stage, photograph: Path) -> Stage:
    """Two runs, the second with another weight, changed again on its way, and with larger pictures at its end."""
    stage.open(photograph)
    stage.workbench.inversion.start()
    stage.settle()
    stage.workbench.settings.set_weight("prior", 0.5)
    stage.workbench.inversion.start()
    stage.advance(20)
    stage.workbench.settings.set_weight("prior", 0.25)
    stage.settle()
    run = stage.session[RUN]
    steps = [step.model_copy(update={"resolution": 512 if step.index >= LARGE else 256}) for step in run.steps]
    stage.session[RUN] = replace(run, steps=tuple(steps))
    return stage


def first(stage: Stage) -> RunState:
    return next(iter(stage.session[RUNS].values()))


def curves(stage: Stage) -> RunCurves:
    return stage.window.panel(InversionPanel).curves


def redrawn(stage: Stage) -> RunCurves:
    """The curves, once they show the run as the test left it."""
    shown = curves(stage)
    shown.draw(None)
    shown.draw(stage.session[RUN], overlaid(stage.session))
    return shown


def choose(box, words: str) -> None:
    place = box.findText(words)
    assert place >= 0, [box.itemText(row) for row in range(box.count())]
    box.setCurrentIndex(place)
    box.activated.emit(place)


def test_changed_weights_and_the_change_to_512_px_are_marked(two: Stage) -> None:
    (change,) = two.session[RUN].changes
    shown = redrawn(two)
    for plot in (shown.losses, shown.nearness):
        assert plot._plot.toolTip().split("\n") == [f"step {change.step}: prior 0.25", f"step {LARGE}: 512 px"]
        assert [line.value() for line in plot._marks._lines] == [change.step, LARGE]


def test_every_encoder_has_its_threshold_and_distances_lie_by_the_axis_at_the_right(two: Stage) -> None:
    shown = redrawn(two).nearness
    known = {score.encoder: score.threshold for score in two.session[RUN].result.scores}
    series = {key: curve.series for key, curve in shown._curves.items()}
    assert {key: one.threshold for key, one in series.items()} == known
    assert {key for key, one in series.items() if one.falls} == {"dlib-resnet"}
    assert series["dlib-resnet"].group == "held-out, right axis"
    levels = sorted(line.value() for _, line in shown._marks._levels)
    assert levels == pytest.approx(sorted(known.values()))


def test_thresholds_are_known_while_the_run_goes_on(stage: Stage, photograph: Path) -> None:
    stage.open(photograph)
    stage.workbench.inversion.start()
    stage.advance(12)
    assert stage.session[RUN].result is None
    shown = redrawn(stage).nearness
    assert all(0 < (curve.series.threshold or 0) < 2 for curve in shown._curves.values())


def test_ticked_runs_lie_over_the_curves_of_the_run_in_view(two: Stage) -> None:
    two.workbench.runs.compare(first(two).key, True)
    two.workbench.runs.compare(two.session[RUN].key, True)
    shown = curves(two).nearness
    two.until(lambda: "run 1" in shown._curves)
    assert list(shown._curves["run 1"].values) == [step.cosine for step in first(two).steps]
    assert "run 2" not in shown._curves, "it is the one in view"
    assert shown._curves["run 1"].series.group == "ticked runs"
    two.workbench.runs.compare(first(two).key, False)
    two.until(lambda: "run 1" not in shown._curves)


def test_losses_of_runs_with_other_weights_are_compared_by_one_unweighted_term(two: Stage) -> None:
    two.workbench.runs.compare(first(two).key, True)
    shown = redrawn(two).losses
    assert "run 1" not in shown._curves, "weighted losses of two runs do not mean the same"
    choose(curves(two).term, "prior, unweighted")
    assert list(shown._curves["prior"].values) == [step.losses["prior"] for step in two.session[RUN].steps]
    assert list(shown._curves["run 1"].values) == [step.losses["prior"] for step in first(two).steps]
    choose(curves(two).term, "all, weighted")
    assert set(shown._curves) == {"total", "identity", "prior"}


def test_what_led_to_a_branch_lies_before_its_beginning(two: Stage) -> None:
    parent = two.session[RUN]
    two.workbench.inversion.show_step(30)
    two.settle()
    two.workbench.runs.branch()
    two.settle()
    two.workbench.runs.compare(parent.key, True)
    (besides,) = overlaid(two.session)
    assert (besides.run.key, besides.shift) == (parent.key, -30)
    shown = redrawn(two).nearness
    assert shown._curves["run 2"].steps[0] == -30
    assert shown._zero.isVisible()


@pytest.fixture
def ticked(two: Stage) -> Stage:
    """Both runs ticked, the Runs dock alone below in a small window."""
    for key in (first(two).key, two.session[RUN].key):
        two.workbench.runs.compare(key, True)
    for dock in two.window.docks.values():
        dock.close()
    two.window.bring("runs")
    two.until(lambda: len(two.window.panel(RunsPanel).nearness._curves) == 2)
    return two


def test_the_total_is_not_offered_where_weights_differ(ticked: Stage) -> None:
    panel = ticked.window.panel(RunsPanel)
    offered = [panel.curves.term.itemText(row) for row in range(panel.curves.term.count())]
    assert offered == ["identity, unweighted", "prior, unweighted"]
    ticked.workbench.runs.compare(ticked.session[RUN].key, False)
    ticked.until(lambda: panel.curves.term.findText("total, weighted") >= 0)


def test_ticked_runs_are_compared_by_a_term_and_an_encoder_of_ones_choice(ticked: Stage) -> None:
    panel, runs = ticked.window.panel(RunsPanel), {one.key: one for one in (first(ticked), ticked.session[RUN])}
    choose(panel.curves.term, "prior, unweighted")
    for key, run in runs.items():
        assert list(panel.losses._curves[key].values) == [step.losses["prior"] for step in run.steps]
    choose(panel.curves.encoder, "sface")
    for key, run in runs.items():
        scored = [step.scores["sface"] for step in run.steps if "sface" in step.scores]
        assert list(panel.nearness._curves[key].values) == scored
    choose(panel.curves.encoder, "dlib-resnet")
    assert all(curve.series.falls for curve in panel.nearness._curves.values())
    assert panel.nearness._plot.getAxis("right").isVisible()


@pytest.mark.parametrize(("width", "height"), [(300, 200), (620, 200), (620, 420), (900, 300), (1180, 200)])
def test_the_plots_of_the_runs_are_wide_enough_to_be_read(ticked: Stage, width: int, height: int) -> None:
    comparison = ticked.window.panel(RunsPanel).comparison
    comparison.setParent(None)
    ticked.qtbot.addWidget(comparison)
    comparison.resize(width, height)
    comparison.show()
    ticked.listen()
    panel = ticked.window.panel(RunsPanel)
    tabs = comparison.tabs
    if tabs.isVisible():
        seen = []
        for _ in range(tabs.count()):
            ticked.listen()
            seen += [plot._plot.width() for plot in (panel.nearness, panel.losses) if plot.isVisible()]
            ticked.qtbot.keyClick(tabs, Qt.Key.Key_Right)
        assert len(seen) == 2, "each has a tab of its own"
    else:
        seen = [plot._plot.width() for plot in (panel.nearness, panel.losses)]
    assert min(seen) >= 150


def test_where_two_plots_would_be_small_one_is_shown_and_a_button_turns_to_the_other(qtbot: QtBot) -> None:
    curves = RunCurves()
    qtbot.addWidget(curves)
    curves.resize(560, 160)
    with qtbot.waitExposed(curves):
        curves.show()
    assert (curves.losses.isVisible(), curves.nearness.isVisible()) == (True, False)
    for shown, hidden in ((curves.nearness, curves.losses), (curves.losses, curves.nearness)):
        button = next(one for one in hidden.findChildren(QToolButton) if one.text().endswith("›"))
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert (shown.isVisible(), hidden.isVisible()) == (True, False)
    curves.resize(1000, 160)
    assert curves.losses.isVisible()
    assert curves.nearness.isVisible()
    curves.resize(400, 400)
    qtbot.waitUntil(lambda: curves.losses.y() < curves.nearness.y())

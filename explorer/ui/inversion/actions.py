"""Steering inversions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.studio.app.workbench import Workbench
from explorer.studio.faces.state import EMBEDDINGS, SELECTED, VECTORS
from explorer.studio.inversion.controller import InversionController
from explorer.studio.inversion.state import RUN, RunState
from explorer.studio.session.state import ACTIVITIES
from explorer.studio.variation.state import VARIATION
from explorer.ui.actions.conditions import nothing_selected
from explorer.ui.actions.registry import ActionSpec
from explorer.ui.base.window import Window

if TYPE_CHECKING:
    from explorer.ui.variation.panel import VariationPanel

STEPPING = ("starting", "running", "paused")


def _run(window: Window) -> RunState | None:
    return window.dispatcher.session[RUN]


def _cannot_start(window: Window) -> str:
    run = _run(window)
    return "a run is under way" if run is not None and run.active else nothing_selected(window)


def _nothing_runs(window: Window) -> str:
    run = _run(window)
    return "" if run is not None and run.status in STEPPING else "no run is under way"


def _cannot_step(window: Window) -> str:
    run = _run(window)
    if run is not None and run.active and run.status not in STEPPING:
        return "the run is finishing"
    return nothing_selected(window)


def _cannot_branch(window: Window) -> str:
    run = _run(window)
    if run is None or not run.steps:
        return "no step has been made"
    return "the run is finishing" if run.status == "finishing" else ""


def _at_the_newest(window: Window) -> str:
    run = _run(window)
    return "" if run is not None and run.shown_index is not None else "the newest step is in view"


def _at_the_first(window: Window) -> str:
    run = _run(window)
    return "" if run is not None and len(run.steps) > 1 else "there is no earlier step"


def _pause_or_resume(window: Window) -> tuple[str, str]:
    run = _run(window)
    return ("Resume", "start") if run is not None and run.status == "paused" else ("Pause", "pause")


def _pause(window: Window) -> None:
    run = _run(window)
    act = InversionController.resume if run is not None and run.status == "paused" else InversionController.pause
    window.dispatcher.send(lambda app: act(app.inversion))


def _branch(window: Window) -> None:
    window.dispatcher.send(lambda app: app.runs.branch())
    window.bring("runs")


def _cannot_start_photograph(window: Window) -> str:
    if window.dispatcher.session[SELECTED] in window.dispatcher.session[VECTORS]:
        return "a bare embedding has no photograph"
    return _cannot_start(window)


def _start_photograph(window: Window) -> None:
    window.dispatcher.send(lambda app: app.inversion.start_photograph())
    window.bring("runs")


def _variation(window: Window) -> VariationPanel:
    from explorer.ui.variation.panel import VariationPanel  # the window paints first

    return window.panel(VariationPanel)


def _cannot_vary(window: Window) -> str:
    session = window.dispatcher.session
    key, state = session[SELECTED] or "", session[VARIATION]
    if key not in session[EMBEDDINGS] and key not in session[VECTORS]:
        return "no embedding is selected"
    return "they are under way" if state is not None and state.active else ""


def _does_not_vary(window: Window) -> str:
    state = window.dispatcher.session[VARIATION]
    return "" if state is not None and state.status == "running" else "none are under way"


def _cannot_remove_run(window: Window) -> str:
    run = _run(window)
    if run is None:
        return "there is no run"
    return "the run is under way" if run.active else ""


def _remove_run(window: Window) -> None:
    run = _run(window)
    if run is not None:
        window.dispatcher.send(lambda app: app.runs.remove(run.key))


def _vary(window: Window) -> None:
    window.bring("variation")
    _variation(window).start.setFocus()


def _look(window: Window, by: int) -> None:
    run = _run(window)
    if run is None or not run.steps:
        return
    last = len(run.steps) - 1
    step = (last if run.shown_index is None else run.shown_index) + by
    window.dispatcher.send(lambda app: app.inversion.show_step(None if step >= last else max(step, 0)))


ACTIONS = (
    ActionSpec(
        "start",
        "Start",
        "Invert the selected embedding",
        lambda window: window.dispatcher.send(lambda app: app.inversion.start()),
        menu="Run",
        group="run",
        icon="start",
        shortcut="F5",
        disabled_reason=_cannot_start,
        tool=True,
    ),
    ActionSpec(
        "pause",
        "Pause",
        "Rest after this step, or go on",
        _pause,
        menu="Run",
        group="run",
        icon="pause",
        shortcut="F6",
        disabled_reason=_nothing_runs,
        dynamic_label=_pause_or_resume,
        tool=True,
    ),
    ActionSpec(
        "step",
        "Step",
        "Take one step and rest",
        lambda window: window.dispatcher.send(lambda app: app.inversion.step_once()),
        menu="Run",
        group="run",
        icon="step",
        shortcut="F7",
        disabled_reason=_cannot_step,
    ),
    ActionSpec(
        "stop",
        "Stop",
        "End the run and keep its best",
        lambda window: window.dispatcher.send(lambda app: app.inversion.stop()),
        menu="Run",
        group="run",
        icon="stop",
        shortcut="F8",
        disabled_reason=_nothing_runs,
        tool=True,
    ),
    ActionSpec(
        "branch",
        "Branch here",
        "Go on from the step in view, as a run of its own",
        _branch,
        menu="Run",
        group="run",
        icon="branch",
        shortcut="Ctrl+B",
        disabled_reason=_cannot_branch,
        tool=True,
    ),
    ActionSpec(
        "start_photograph",
        "Invert photograph",
        "Invert the photograph's face itself, beside its embedding: what that lacks, the vector does not hold",
        _start_photograph,
        menu="Run",
        group="run",
        icon="start",
        shortcut="Shift+F5",
        disabled_reason=_cannot_start_photograph,
    ),
    ActionSpec(
        "vary",
        "Several times…",
        "Invert the selected embedding from several starts",
        _vary,
        menu="Run",
        group="run",
        icon="dice",
        shortcut="F9",
    ),
    ActionSpec(
        "vary_start",
        "Start several",
        "Invert the selected embedding as often as the Variation panel says, each from its own random starts",
        lambda window: _variation(window).begin(),
        menu="Run",
        group="run",
        icon="start",
        shortcut="Shift+F9",
        disabled_reason=_cannot_vary,
    ),
    ActionSpec(
        "vary_stop",
        "Stop several",
        "End after this step and compare the runs that were made",
        lambda window: window.dispatcher.send(lambda app: app.variation.stop()),
        menu="Run",
        group="run",
        icon="stop",
        disabled_reason=_does_not_vary,
    ),
    ActionSpec(
        "remove_run",
        "Remove run",
        "Take the run in view out of the session; undo brings it back",
        _remove_run,
        menu="Run",
        group="run",
        icon="forget",
        disabled_reason=_cannot_remove_run,
    ),
    ActionSpec(
        "cancel",
        "Cancel",
        "Drop what is under way",
        lambda window: window.dispatcher.send(Workbench.cancel),
        menu="Run",
        group="run",
        icon="cancel",
        shortcut="Esc",
        disabled_reason=lambda window: "" if window.dispatcher.session[ACTIVITIES] else "nothing is under way",
    ),
    ActionSpec(
        "back",
        "One step back",
        "Look one step further back",
        lambda window: _look(window, -1),
        menu="Run",
        group="look",
        shortcut="Alt+Left",
        disabled_reason=_at_the_first,
    ),
    ActionSpec(
        "forward",
        "One step forward",
        "Look one step further on",
        lambda window: _look(window, +1),
        menu="Run",
        group="look",
        shortcut="Alt+Right",
        disabled_reason=_at_the_newest,
    ),
    ActionSpec(
        "newest",
        "Newest step",
        "Follow the newest step",
        lambda window: window.dispatcher.send(lambda app: app.inversion.show_step(None)),
        menu="Run",
        group="look",
        icon="live",
        shortcut="Alt+End",
        disabled_reason=_at_the_newest,
    ),
)

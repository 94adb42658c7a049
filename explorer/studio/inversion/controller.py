"""The user's commands around the run in view: start it, pause, step, stop, slide back."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.science.generation.registry import GENERATORS, absence
from explorer.science.inversion.presets import PHOTOGRAPH
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.engine.reports import Event, Failure, Finished, Report
from explorer.studio.engine.requests import Ticket
from explorer.studio.faces.controller import FacesController
from explorer.studio.faces.requests import EmbedFace
from explorer.studio.faces.state import EMBEDDINGS, FACES, SELECTED
from explorer.studio.inversion.plan import MOVES, Plan
from explorer.studio.inversion.record import BranchingPoint
from explorer.studio.inversion.report_handler import RunReports
from explorer.studio.inversion.requests import ExportFigure, Invert, RenderStep
from explorer.studio.inversion.selected_target import run_inputs
from explorer.studio.inversion.state import (
    COMPARED,
    PLAN,
    RUN,
    RUNS,
    RUNS_CHANGE,
    WEIGHTS,
    RunState,
    RunStatus,
    all_runs,
)
from explorer.studio.inversion.values import RunTarget
from explorer.studio.session.services import AppServices, Controller
from explorer.studio.session.slices import Forgotten
from explorer.studio.session.snapshot import Snapshot


class InversionController(Controller):
    """Starts runs and steers the one under way; keeps `session[RUN]` in step with that."""

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        self._runs = RunReports(app)
        self._ticket: Ticket | None = None
        self._count = 0
        self._moves = 0  # of sliders, by the user
        self._once_embedded: tuple[str, bool, bool] | None = None
        self._said_absent = ""  # the key of the run whose generator is not here
        app.controller(FacesController).embedded.connect(self._start_where_awaited)

    def reports(self) -> Mapping[type[Report], Callable[[Ticket, Any], None]]:
        """What is done with reports, by their type."""
        return self._runs.reports()

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """What is done with the results of requests, by their type."""
        return self._runs.results()

    def on_final(self, event: Event) -> None:
        """Take note of a final event: a run holds the device no more, or what a start waited for will not come."""
        request, finished = event.ticket.request, isinstance(event.report, Finished)
        if isinstance(request, Invert):
            if event.ticket == self._ticket:
                self._ticket = None
            run = self._session[RUN]
            if not finished and run is not None and run.key == request.run_key:
                failed = isinstance(event.report, Failure)
                self._runs.end(replace(run, status="failed" if failed else "stopped", remaining=None))
        elif isinstance(request, EmbedFace) and not finished:
            self._once_embedded = None

    def before_forgetting(self, forgotten: Forgotten) -> None:
        """Drop the run under way where it works towards what is forgotten."""
        run = self._session[RUN]
        if run is not None and RUN.without(run, forgotten) is None:
            if self._ticket is not None:
                self._app.engine.cancel(self._ticket)
            self._ticket = None
            self.look_at(None)

    def before_loading(self, snapshot: Snapshot) -> None:
        """Go on with the runs of the session that comes."""
        self._once_embedded = None
        self._ticket = None
        self._count = max((run.number for run in snapshot[RUNS].values()), default=0)
        self.look_at(None)

    # Commands.

    def start(self) -> None:
        """Invert the selected face's or vector's embedding; a run under way is dropped."""
        self._start(single_step=False)

    def start_photograph(self) -> None:
        """Invert the selected face's photograph itself, and lay the run beside the last one of its embedding."""
        self._start(single_step=False, of_photograph=True)

    def pause(self) -> None:
        """Rest after the current step."""
        if self._ticket is not None and self._is("starting", "running"):
            self._app.engine.pause(self._ticket)
            self._set_status("paused")

    def resume(self) -> None:
        """Go on from a pause."""
        if self._ticket is not None and self._is("paused"):
            self._app.engine.resume(self._ticket)
            run = self._session[RUN]
            self._set_status("running" if run is not None and run.steps else "starting")

    def step_once(self) -> None:
        """Take one step and rest. With nothing under way, start a run and rest after its first step."""
        if self._ticket is None:
            self._start(single_step=True)
        elif self._is("starting", "running", "paused"):
            self._app.engine.step(self._ticket)
            self._set_status("paused")

    def stop(self) -> None:
        """End the run after the current step and keep its best: native image, scores, record."""
        if self._ticket is not None and self._is("starting", "running", "paused"):
            self._app.engine.finish(self._ticket)
            self._set_status("finishing")

    def tune(self, term: str, weight: float) -> None:
        """Let the run under way, if any, use a weight from its next step on."""
        if self._ticket is None:
            return
        self._app.engine.tune(self._ticket, term, weight)
        if isinstance(self._ticket.request, Invert) and self._ticket.request.plan is not None:
            self._moves += 1
            self._app.engine.tune(self._ticket, f"{MOVES}{term}", self._moves)

    def show_step(self, index: int | None) -> None:
        """Show a step already made (its picture arrives in `RunState.shown_image`); None follows the newest."""
        run = self._session[RUN]
        if run is None or (index is not None and not 0 <= index < len(run.steps)):
            return
        image = None if index is None else self._runs.pictures.get(index)
        self._session[RUN] = replace(run, shown_index=index, shown_image=image)
        if index is not None and image is None and self._can_be_drawn(run):
            self._app.submit(RenderStep(run.key, index, run.latents[index], run.steps[index].resolution, run.settings))

    # What other controllers ask.

    def begin(
        self,
        target: RunTarget,
        settings: InversionSettings,
        branch: BranchingPoint | None = None,
        single_step: bool = False,
        plan: Plan | None = None,
        decoded: bool = False,
    ) -> None:
        """Begin a run; one under way is dropped, and stays in the list as far as it came.

        Args:
            decoded: whether starts are proposed that look most like the decoder's picture.
        """
        run = self._session[RUN]
        if run is not None and run.active:
            self._runs.end(replace(run, status="stopped", remaining=None))
        self._count += 1
        # A name that no other session has, so that nothing made for a run of one lands on a run of another.
        name = f"run-{secrets.token_hex(6)}"
        status: RunStatus = "paused" if single_step else "starting"
        self._app.history.record("invert" if branch is None else "go on from a step", RUNS_CHANGE, target.key)
        record = None if branch is None else branch.record
        new = RunState(name, target, target.frame, settings, status, number=self._count, branch=record)
        self._runs.begin(new)
        request = Invert(name, target, settings, branch, plan, decoded)
        # What is inverted beside the embedding has weights of its own; the sliders' are of the next run.
        live = {**self._session[WEIGHTS], **settings.weights}
        self._ticket = self._app.submit(request, live, single_step)
        self._app.history.refresh()

    def look_at(self, run: RunState | None) -> None:
        """Bring a run into view."""
        self._runs.look_at(run)

    def wait_no_more(self) -> None:
        """Start nothing once a face is embedded."""
        self._once_embedded = None

    def export_figure(self, path: Path, with_source: bool = False) -> None:
        """Write the finished run's figure to a PNG, SVG or PDF file."""
        run = self._session[RUN]
        if run is None or run.result is None or run.native is None:
            text = "a figure needs a finished run: start one, or stop the one under way"
            self._app.notify("warning", "There is nothing to export yet", text)
            return
        vector = run.target.vector if run.target_frame is None else None
        shown = run.native, run.target_frame, vector, with_source
        self._app.submit(ExportFigure(path, run.result, run.latents, *shown, run.target.key))

    def _start_where_awaited(self, key: str) -> None:
        if self._once_embedded is not None and self._once_embedded[0] == key:
            _, single_step, of_photograph = self._once_embedded
            self._once_embedded = None
            self._start(single_step, of_photograph)

    def _start(self, single_step: bool, of_photograph: bool = False) -> None:
        session = self._session
        key = session[SELECTED]
        if key is None:
            self._app.notify("info", "Nothing to invert yet", "open a photograph or a vector, and select a face")
            return
        if key in session[FACES] and key not in session[EMBEDDINGS]:
            if self._once_embedded is None or self._once_embedded[0] != key:
                self._app.notify("info", "The run will start", "as soon as the face is embedded")
            self._once_embedded = (key, single_step, of_photograph)
            faces = self._app.controller(FacesController)
            if not faces.embedding(key):
                faces.embed(key)
            return
        asked = run_inputs(session, key, self._app.notify)
        if asked is not None and of_photograph:
            self._begin_photograph(*asked)
        elif asked is not None:
            self.begin(*asked, single_step=single_step, plan=session[PLAN])

    def _begin_photograph(self, target: RunTarget, settings: InversionSettings) -> None:
        if target.frame is None:
            text = "a bare embedding has no photograph: open the photograph, and select its face"
            self._app.notify("info", "There is no photograph to invert", text)
            return
        kept = {name: getattr(settings, name) for name in ("encoder", "generator", "precision", "seed")}
        of_vector = [
            run.key
            for run in all_runs(self._session).values()
            if run.target.key == target.key and run.steps and run.settings.targets != "picture"
        ]
        self.begin(target, PHOTOGRAPH.with_choices(kept, {}))
        begun = self._session[RUN]
        if begun is not None and of_vector:
            self._session[COMPARED] = (of_vector[-1], begun.key)

    def _can_be_drawn(self, run: RunState) -> bool:
        """Whether the generator of a run is on this machine; if not, that is said once for the run."""
        if run.settings.generator in GENERATORS:
            return True
        if run.key != self._said_absent:
            self._said_absent = run.key
            text = f"its steps cannot be drawn: {absence(run.settings.generator)}"
            self._app.notify("warning", f"The generator of run {run.number} is not on this machine", text)
        return False

    def _is(self, *status: RunStatus) -> bool:
        run = self._session[RUN]
        return run is not None and run.status in status

    def _set_status(self, status: RunStatus) -> None:
        run = self._session[RUN]
        if run is not None:
            self._session[RUN] = replace(run, status=status)

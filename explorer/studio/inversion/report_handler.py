"""What the engine reports of a run, applied to the session; and the pictures of its steps. On the consumer's thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from explorer.studio.engine.reports import Report
from explorer.studio.engine.requests import Ticket
from explorer.studio.inversion.picture_cache import Pictures
from explorer.studio.inversion.progress import with_leader, with_picture, with_result, with_starts, with_step
from explorer.studio.inversion.requests import (
    Exported,
    Finishing,
    Inverted,
    StartLeads,
    StartsSeen,
    StepRendered,
    StepTaken,
    TargetsFound,
)
from explorer.studio.inversion.state import RUN, RUNS, RunState, all_runs
from explorer.studio.session.services import AppServices


class RunReports:
    """Keeps the run in view and the list of runs in step with the engine.

    Attributes:
        pictures: of the steps of the run in view.
    """

    def __init__(self, app: AppServices) -> None:
        self._app, self._session = app, app.session
        self.pictures = Pictures()

    def begin(self, run: RunState) -> None:
        """Put a new run in the place of the last, which stays in the list."""
        self._session[RUNS] = {**all_runs(self._session), run.key: run}
        self.look_at(run)

    def look_at(self, run: RunState | None) -> None:
        """Bring a run into view; the one before stays in the list as it stands, unless it was taken out of that."""
        before = self._session[RUN]
        if before is not None and before.key in self._session[RUNS]:
            self._session[RUNS] = all_runs(self._session)
        self.pictures = Pictures()
        self._session[RUN] = run

    def end(self, run: RunState) -> None:
        """Keep a run as it ended."""
        self._session[RUN] = run
        self._session[RUNS] = all_runs(self._session)
        self._app.history.refresh()

    def reports(self) -> Mapping[type[Report], Callable[[Ticket, Any], None]]:
        """What is done with reports, by their type."""
        return {
            TargetsFound: self._targets_found,
            StartsSeen: self._starts_seen,
            StartLeads: self._start_leads,
            StepTaken: self._step_taken,
            Finishing: self._finishing,
        }

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """What is done with the results of requests, by their type."""
        return {Inverted: self._inverted, StepRendered: self._step_rendered, Exported: self._exported}

    def _shown(self, key: str) -> RunState | None:
        """The run in view where it is the one meant."""
        run = self._session[RUN]
        return run if run is not None and run.key == key else None

    def _targets_found(self, ticket: Ticket, found: TargetsFound) -> None:
        run = self._shown(found.run_key)
        if run is not None:
            self._session[RUN] = replace(run, target_overlay=found.overlay)

    def _starts_seen(self, ticket: Ticket, seen: StartsSeen) -> None:
        run = self._shown(seen.run_key)
        if run is not None:
            self._session[RUN] = with_starts(run, seen)

    def _start_leads(self, ticket: Ticket, leads: StartLeads) -> None:
        run = self._shown(leads.run_key)
        if run is not None:
            self._session[RUN] = with_leader(run, leads)

    def _step_taken(self, ticket: Ticket, taken: StepTaken) -> None:
        run = self._shown(taken.run_key)
        if run is not None:
            if taken.image is not None:
                self.pictures.put(taken.record.index, taken.image)
            self._session[RUN] = with_step(run, taken)

    def _finishing(self, ticket: Ticket, finishing: Finishing) -> None:
        run = self._shown(finishing.run_key)
        if run is not None and run.active and run.status != "finishing":
            self._session[RUN] = replace(run, status="finishing", remaining=None)

    def _inverted(self, inverted: Inverted) -> None:
        run = self._shown(inverted.run_key)
        if run is not None:
            self.end(with_result(run, inverted))

    def _step_rendered(self, rendered: StepRendered) -> None:
        run = self._shown(rendered.run_key)
        if run is not None:
            self.pictures.put(rendered.index, rendered.image)
            self._session[RUN] = with_picture(run, rendered)

    def _exported(self, exported: Exported) -> None:
        names = ", ".join(str(path) for path in exported.paths)
        self._app.notify("info", "The figure is written", names, path=exported.paths[0])

"""The user's commands around several inversions of one embedding, and the engine's answers to them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.studio.engine.reports import Event, Failure, Finished, Report
from explorer.studio.engine.requests import Ticket
from explorer.studio.faces.state import EMBEDDINGS, FACES, SELECTED
from explorer.studio.inversion.selected_target import run_inputs
from explorer.studio.session.services import AppServices, Controller
from explorer.studio.session.slices import Forgotten
from explorer.studio.variation.requests import ExportVariation, MemberMoved, MemberReport, RunEnsemble, RunsReport
from explorer.studio.variation.state import VARIATION, VariationState, VariationStatus
from explorer.studio.variation.values import EnsembleResult


class VariationController(Controller):
    """Starts and stops the runs, and keeps `session[VARIATION]` in step with them."""

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        self._ticket: Ticket | None = None

    def start(self, runs: int) -> None:
        """Invert the selected embedding so many times; runs under way are dropped."""
        session, key = self._session, self._session[SELECTED]
        if key is None or (key in session[FACES] and key not in session[EMBEDDINGS]):
            text = "open a photograph or a vector, and select a face that has its embedding"
            self._app.notify("info", "Nothing to invert yet", text)
            return
        asked = run_inputs(session, key, self._app.notify)
        if asked is None:
            return
        target, settings = asked
        # A session that is opened brings the keys of its own; counted ones would begin anew and meet them.
        name = f"variation-{secrets.token_hex(6)}"
        session[VARIATION] = VariationState(name, target, runs, settings.shows_photograph)
        self._ticket = self._app.submit(RunEnsemble(name, target, settings, runs))
        self._app.log("started", target.record.name, f"{runs} runs under {settings.encoder}", about=(target.key,))

    def stop(self) -> None:
        """End after the current step and compare the runs that were made."""
        state = self._session[VARIATION]
        if self._ticket is not None and state is not None and state.active:
            self._app.engine.finish(self._ticket)
            self._session[VARIATION] = replace(state, status="finishing")

    def export(self, path: Path, with_source: bool = False, mark: bool = True) -> None:
        """Write the figure to a PNG, SVG or PDF file."""
        state = self._session[VARIATION]
        if state is None or state.result is None:
            text = "the figure compares finished inversions: start some first"
            self._app.notify("warning", "There is nothing to export yet", text)
            return
        source = state.target.vector if state.target.frame is None else state.target.frame
        shown = source if with_source else None
        self._app.submit(ExportVariation(path, state.result.finished, shown, mark, state.target.key))

    def before_forgetting(self, forgotten: Forgotten) -> None:
        """Drop runs towards what is forgotten."""
        state = self._session[VARIATION]
        if state is not None and VARIATION.without(state, forgotten) is None:
            if self._ticket is not None and state.active:
                self._app.engine.cancel(self._ticket)
            self._ticket = None

    def reports(self) -> Mapping[type[Report], Callable[[Ticket, Any], None]]:
        """What is done with reports, by their type."""
        return {MemberReport: self._run_varied, MemberMoved: self._moved, RunsReport: self._compared}

    def _run_varied(self, ticket: Ticket, report: MemberReport) -> None:
        state = self._session[VARIATION]
        if state is not None and state.key == report.key:
            pictures, facts = (*state.pictures, report.picture), (*state.facts, report.facts)
            self._session[VARIATION] = replace(state, pictures=pictures, facts=facts, now=None)

    def _moved(self, ticket: Ticket, report: MemberMoved) -> None:
        state = self._session[VARIATION]
        if state is not None and state.key == report.key and state.active:
            # A picture stays until the next one of the same run.
            old = state.now.picture if state.now is not None and state.now.title == report.now.title else None
            now = report.now if report.now.picture is not None else replace(report.now, picture=old)
            self._session[VARIATION] = replace(state, now=now)

    def _compared(self, ticket: Ticket, report: RunsReport) -> None:
        state = self._session[VARIATION]
        if state is not None and state.key == report.result.key:
            self._session[VARIATION] = replace(state, so_far=report.result)

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """Where the results of requests go, by their type."""
        return {EnsembleResult: self._varied}

    def on_final(self, event: Event) -> None:
        """A request has ended: its runs hold the device no more."""
        state, request = self._session[VARIATION], event.ticket.request
        if not isinstance(request, RunEnsemble) or isinstance(event.report, Finished):
            return
        if state is not None and state.key == request.key:
            failed = isinstance(event.report, Failure)
            words = "several runs failed" if failed else "several runs were stopped"
            self._app.log("ended", state.target.record.name, words, about=(state.target.key,))
            # What was compared by then stays, and can be exported.
            status: VariationStatus = "failed" if failed else "stopped"
            self._session[VARIATION] = replace(state, status=status, result=state.so_far, so_far=None, now=None)

    def _varied(self, varied: EnsembleResult) -> None:
        state = self._session[VARIATION]
        if state is not None and state.key == varied.key:
            self._session[VARIATION] = replace(state, status="finished", result=varied, so_far=None, now=None)
            made = len(varied.finished.results)
            self._app.log("finished", state.target.record.name, f"{made} runs", about=(state.target.key,))

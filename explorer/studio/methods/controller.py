"""The user's commands around the ways back to a face of one vector, and the engine's answers to them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.studio.engine.reports import Event, Failure, Finished, Report
from explorer.studio.engine.requests import Ticket
from explorer.studio.faces.state import EMBEDDINGS, FACES, SELECTED
from explorer.studio.inversion.controller import InversionController
from explorer.studio.inversion.selected_target import generator_is_here, run_inputs
from explorer.studio.methods.made_faces import WAYS
from explorer.studio.methods.requests import CompareWays, ExportWays, WayMoved, WayReport
from explorer.studio.methods.state import METHODS, MethodsState, MethodsStatus
from explorer.studio.methods.values import WaysEnded
from explorer.studio.session.services import AppServices, Controller
from explorer.studio.session.slices import Forgotten


class MethodsController(Controller):
    """Goes the ways and stops them, and keeps `session[METHODS]` in step with them."""

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        self._ticket: Ticket | None = None

    def start(self) -> None:
        """Turn the selected embedding back in every way; ways under way are dropped."""
        session, key = self._session, self._session[SELECTED]
        if key is None or (key in session[FACES] and key not in session[EMBEDDINGS]):
            text = "open a photograph or a vector, and select a face that has its embedding"
            self._app.notify("info", "Nothing to invert yet", text)
            return
        asked = run_inputs(session, key, self._app.notify)
        if asked is None:
            return
        target, settings = asked
        name = f"methods-{secrets.token_hex(6)}"
        session[METHODS] = MethodsState(name, target, settings)
        self._ticket = self._app.submit(CompareWays(name, target, settings))
        self._app.log("started", target.record.name, f"all ways back from {settings.encoder}", about=(target.key,))

    def stop(self) -> None:
        """End the way under way, and keep those that have ended."""
        state = self._session[METHODS]
        if self._ticket is not None and state is not None and state.active:
            self._app.engine.finish(self._ticket)
            self._session[METHODS] = replace(state, status="finishing")

    def search(self, way: str) -> None:
        """Start the search with a way's answer; a run under way is dropped."""
        state = self._session[METHODS]
        begins = WAYS[way].search if way in WAYS else None
        if state is None or begins is None or not generator_is_here(state.settings, self._app.notify):
            return
        settings = state.settings.model_copy(update=dict(begins.changes))
        self._app.controller(InversionController).begin(state.target, settings, decoded=begins.decoded)

    def export(self, path: Path, with_source: bool = False, mark: bool = True) -> None:
        """Write the figure (PNG, SVG or PDF) or the table (CSV or Parquet), by the path's ending."""
        state = self._session[METHODS]
        if state is None or not state.exportable:
            text = "the ways are compared once they were gone: start them first"
            self._app.notify("warning", "There is nothing to export yet", text)
            return
        self._app.submit(ExportWays(path, state.target, state.settings, state.seen, with_source, mark))

    def before_forgetting(self, forgotten: Forgotten) -> None:
        """Drop the ways of what is forgotten."""
        state = self._session[METHODS]
        if state is not None and METHODS.without(state, forgotten) is None:
            if self._ticket is not None and state.active:
                self._app.engine.cancel(self._ticket)
            self._ticket = None

    def reports(self) -> Mapping[type[Report], Callable[[Ticket, Any], None]]:
        """What is done with reports, by their type."""
        return {WayMoved: self._moved, WayReport: self._ended}

    def _moved(self, ticket: Ticket, report: WayMoved) -> None:
        state = self._session[METHODS]
        if state is not None and state.key == report.key and state.active:
            # A picture stays until the next one of the same way.
            old = state.now.picture if state.now is not None and state.now.title == report.now.title else None
            now = report.now if report.now.picture is not None else replace(report.now, picture=old)
            self._session[METHODS] = replace(state, now=now)

    def _ended(self, ticket: Ticket, report: WayReport) -> None:
        state = self._session[METHODS]
        if state is not None and state.key == report.key:
            self._session[METHODS] = replace(state, seen=(*state.seen, report.seen), now=None)

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """Where the results of requests go, by their type."""
        return {WaysEnded: self._compared}

    def on_final(self, event: Event) -> None:
        """A request has ended: its ways hold the device no more."""
        state, request = self._session[METHODS], event.ticket.request
        if not isinstance(request, CompareWays) or isinstance(event.report, Finished):
            return
        if state is not None and state.key == request.key:
            failed = isinstance(event.report, Failure)
            words = "a way failed" if failed else "the ways were stopped"
            self._app.log("ended", state.target.record.name, words, about=(state.target.key,))
            # What had ended by then stays, and can be exported.
            status: MethodsStatus = "failed" if failed else "stopped"
            self._session[METHODS] = replace(state, status=status, now=None)

    def _compared(self, ended: WaysEnded) -> None:
        state = self._session[METHODS]
        if state is not None and state.key == ended.key:
            status: MethodsStatus = "stopped" if state.status == "finishing" else "finished"
            self._session[METHODS] = replace(state, status=status, now=None)
            made = sum(one.picture is not None for one in state.seen)
            self._app.log("finished", state.target.record.name, f"{made} ways", about=(state.target.key,))

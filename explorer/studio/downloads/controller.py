"""The user's commands around networks that are missing, and what waits for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from explorer.studio import catalogue
from explorer.studio.downloads.requests import FetchNetworks
from explorer.studio.downloads.state import NETWORKS_MISSING
from explorer.studio.engine.reports import EncodersMissing, Event, Failure, Finished, Report
from explorer.studio.engine.requests import Request, Ticket
from explorer.studio.session.services import AppServices, Controller
from explorer.studio.session.slices import Forgotten
from explorer.studio.session.snapshot import Snapshot


class DownloadsController(Controller):
    """Keeps `session[NETWORKS_MISSING]`; what lacked a network is submitted again once that is there."""

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        self._waiting: dict[tuple[object, ...], Request] = {}
        self._said_missing = ""

    def fetch_networks(self) -> None:
        """Download the default networks that are missing; what waited for them is then done."""
        self._app.submit(FetchNetworks())

    def check_networks(self) -> None:
        """Look, by size alone, whether all default networks are there; sets `session[NETWORKS_MISSING]`."""
        known = catalogue.catalogue()
        missing = [id for id in known.group("default") if not catalogue.is_present(known.entry(id))]
        what = f"{len(missing)} networks are missing: {', '.join(missing)}. Fetch them to begin"
        self._session[NETWORKS_MISSING] = what if missing else None

    def on_final(self, event: Event) -> None:
        """Take note of a final event: the networks are there, or a request lacks one."""
        request, report = event.ticket.request, event.report
        if isinstance(request, FetchNetworks):
            if isinstance(report, Finished):
                self._session[NETWORKS_MISSING] = None
                self._app.notify("info", "The networks are there", "everything needed is installed and verified")
                waiting, self._waiting = self._waiting, {}
                for waited in waiting.values():
                    self._app.submit(waited)
        elif isinstance(report, Failure) and report.kind == "network":
            self._session[NETWORKS_MISSING] = report.message
            self._wait(request)

    def reports(self) -> Mapping[type[Report], Callable[[Ticket, Any], None]]:
        """What is done with reports, by their type."""
        return {EncodersMissing: self._encoders_missing}

    def wait_no_more(self, key: str) -> None:
        """Submit nothing again of a face that is gone, and do not hold its photograph for that."""
        self._waiting = {lane: request for lane, request in self._waiting.items() if key not in request.about}

    def before_forgetting(self, forgotten: Forgotten) -> None:
        """Hold no photograph of what is forgotten."""
        for request in list(self._waiting.values()):
            for key in filter(forgotten.holds, request.about):
                self.wait_no_more(key)

    def before_loading(self, snapshot: Snapshot) -> None:
        """Submit nothing again of the session that goes: its photographs would be opened in the one that comes."""
        self._waiting = {}

    def _wait(self, request: Request) -> None:
        """Submit this again once the networks are there; of a lane, only what was asked last."""
        if request.again_with_networks:
            self._waiting[request.lane] = request

    def _encoders_missing(self, ticket: Ticket, missing: EncodersMissing) -> None:
        self._session[NETWORKS_MISSING] = missing.message
        if missing.message != self._said_missing:
            self._said_missing = missing.message
            self._app.notify("warning", "Not every encoder is here", missing.message)
        self._wait(ticket.request)

"""The user's commands around networks that are missing, and what waits for them."""

from __future__ import annotations

from explorer.studio import catalogue
from explorer.studio.downloads.requests import FetchNetworks
from explorer.studio.downloads.state import NETWORKS_MISSING
from explorer.studio.engine.reports import Event, Failure, Finished
from explorer.studio.engine.requests import Request
from explorer.studio.session.services import AppServices, Controller


class DownloadsController(Controller):
    """Keeps `session[NETWORKS_MISSING]`; what lacked a network is submitted again once that is there."""

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        self._waiting: list[Request] = []

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
                waiting, self._waiting = self._waiting, []
                for waited in waiting:
                    self._app.submit(waited)
        elif isinstance(report, Failure) and report.kind == "network":
            self._session[NETWORKS_MISSING] = report.message
            if request.again_with_networks:
                self._waiting.append(request)

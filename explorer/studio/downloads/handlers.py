"""The handler for downloads; it runs on the worker `files`, so that nothing waits for the network but itself."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from explorer.studio import catalogue
from explorer.studio.downloads.requests import FetchNetworks
from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request


def fetch_networks(request: FetchNetworks, control: Control) -> Generator[Report, None, None]:
    """Download the networks that are missing; cancelled within a fraction of a second, nothing half-written stays."""

    def tell(progress: catalogue.FetchProgress) -> None:
        control.emit(Progress(f"fetching {progress.archive}", progress.all_done, progress.all_size, "bytes"))

    yield Progress("looking for what is missing")
    catalogue.fetch(None, tell, control.should_stop)


FILE_HANDLERS: Mapping[type[Request], Handler] = {FetchNetworks: fetch_networks}


def handlers(device: Device) -> Mapping[type[Request], Handler]:
    """The handlers by request; none of them needs the device."""
    return FILE_HANDLERS

"""The networks on the engine's device: made on its thread, when the first request needs one."""

from __future__ import annotations

from collections.abc import Callable

from explorer.studio.catalogue.networks import Networks
from explorer.studio.engine.protocol import Control
from explorer.studio.engine.reports import Progress

Open = Callable[[Callable[[str], None]], Networks]


class Device:
    """Holds the `Networks`. Only handlers of the worker `device` may touch it.

    Args:
        open_networks: makes them, given whom to tell the title of a network that is about to be loaded.
    """

    def __init__(self, open_networks: Open) -> None:
        self._open = open_networks
        self._networks: Networks | None = None
        self._asking: Control | None = None

    def networks(self, control: Control) -> Networks:
        """The networks; what they load up to the handler's next report is told as that request's progress."""
        self._asking = control
        if self._networks is None:
            self._networks = self._open(self._loading)
        return self._networks

    def _loading(self, title: str) -> None:
        if self._asking is not None:
            self._asking.emit(Progress(f"loading {title}"))

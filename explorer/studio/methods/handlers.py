"""Handlers for the ways back to a face of one vector."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping

import numpy as np
from numpy.typing import NDArray

from explorer.science.inversion.phases import size_in_words
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import InversionStep, StartsProgress
from explorer.science.iteration import Steps
from explorer.science.leakage.labels import Labellers
from explorer.studio import errors
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.catalogue.networks import Networks
from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.inversion.requests import Exported
from explorer.studio.inversion.running import InversionTarget, Rendering
from explorer.studio.methods.comparing import WayDone, compare_methods
from explorer.studio.methods.made_faces import WAYS, Way
from explorer.studio.methods.requests import CompareWays, ExportWays, WayMoved, WayReport
from explorer.studio.methods.values import WayNow, WaySeen, WaysEnded

PICTURES_PER_SECOND = 4  # of the way under way


def handlers(device: Device) -> Mapping[type[Request], Handler]:
    """The handlers by request."""
    return MethodsHandlers(device).table()


class MethodsHandlers:
    """Goes one way after another, and writes what came of them.

    Args:
        clock: in seconds, which tells when the next picture of a search is due.
    """

    def __init__(self, device: Device, clock: Callable[[], float] = time.monotonic) -> None:
        self._device, self._clock = device, clock

    def table(self) -> Mapping[type[Request], Handler]:
        """The handlers by request."""
        return {CompareWays: self.compare, ExportWays: self.export}

    def compare(self, request: CompareWays, control: Control) -> Generator[Report, None, WaysEnded]:
        """Go the ways in the order of `WAYS`; `finish` keeps those that have ended."""
        yield Progress("loading networks")
        networks = self._device.networks(control)
        target = InversionTarget.of_run(request.target)
        ways = [WAYS[name] for name in WAYS.names()]
        steps = Steps(
            compare_methods(
                networks,
                target,
                request.settings,
                _labellers(networks),
                [way.name for way in ways],
                should_stop=lambda: control.should_finish() or control.should_stop(),
            )
        )
        done, drawn, made = 0, float("-inf"), False
        yield from _told(request.key, ways, 0, "loading networks")
        for event in steps:
            if isinstance(event, WayDone):
                picture = None if event.made is None else event.made.picture
                made, done = made or picture is not None, done + 1
                searches = WAYS[event.row.way].search is not None
                yield WayReport(request.key, WaySeen(event.row, picture, searches))
                yield from _told(request.key, ways, done, "begins")
            else:
                due = self._clock() - drawn >= 1 / PICTURES_PER_SECOND
                drawn = self._clock() if due else drawn
                picture = _picture(event) if due else None
                yield from _told(request.key, ways, done, _words(event, request.settings), picture)
            # Others may have had their turn meanwhile: say again whose progress it is.
            self._device.networks(control)
        if not made:
            raise errors.Cancelled("stopped before a way had made a face")
        return WaysEnded(request.key)

    def export(self, request: ExportWays, control: Control) -> Generator[Report, None, Exported]:
        """Write the figure or the table, and its record."""
        from explorer.studio.methods.export import export_ways  # brings matplotlib

        yield Progress(f"writing {request.path.name}")
        return Exported(
            export_ways(
                request.path,
                request.target,
                request.settings,
                request.seen,
                with_source=request.source,
                mark=request.mark,
            )
        )


def _told(
    key: str, ways: list[Way], done: int, words: str, picture: NDArray[np.uint8] | None = None
) -> Generator[Report, None, None]:
    """Say how far the way under way is, if there is one."""
    if done < len(ways):
        title = ways[done].title
        yield Progress(f"{title}: {words}", done, len(ways), "ways")
        yield WayMoved(key, WayNow(title, words, picture))


def _labellers(networks: Networks) -> Labellers | None:
    try:
        return networks.labellers()
    except MissingNetwork:
        return None  # the faces are judged all the same


def _words(event: object, settings: InversionSettings) -> str:
    if isinstance(event, StartsProgress):
        return event.in_words()
    if isinstance(event, InversionStep):
        size = size_in_words(settings, event.resolution)
        return f"step {event.index} of {settings.steps} ({size}), cosine {event.cosine:.2f}"
    return "drawing and scoring the result" if isinstance(event, Rendering) else "begins"


def _picture(event: object) -> NDArray[np.uint8] | None:
    if isinstance(event, InversionStep):
        return event.image()
    if isinstance(event, StartsProgress) and event.leader is not None:
        return event.leader.image()
    return None

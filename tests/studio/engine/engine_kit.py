"""Requests, handlers and a receiver for the engine's tests. Everything waits on events; nothing sleeps."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import ClassVar

from explorer.studio.engine.protocol import Control, EngineProtocol
from explorer.studio.engine.reports import Event, Report
from explorer.studio.engine.requests import Request, Worker

PATIENCE = 20.0


@dataclass(frozen=True, eq=False)
class Long(Request):
    """A request of many steps."""

    name: str = ""
    steps: int = 1000


@dataclass(frozen=True, eq=False)
class Short(Request):
    """A request that goes before a long one."""

    priority: ClassVar[int] = 10
    name: str = ""


@dataclass(frozen=True, eq=False)
class Light(Request):
    """A request for the light worker."""

    worker: ClassVar[Worker] = "light"


@dataclass(frozen=True, eq=False)
class Stepped(Report):
    """A step of a `Long`."""

    is_step: ClassVar[bool] = True
    name: str
    index: int
    values: dict[str, float]


class Gate:
    """A handler of `Long` that takes a step only when told, and says when it has begun one."""

    def __init__(self) -> None:
        self.allowed = threading.Semaphore(0)
        self.begun: queue.Queue[tuple[str, int]] = queue.Queue()
        self.closed: queue.Queue[str] = queue.Queue()

    def __call__(self, request: Long, control: Control) -> Generator[Report, None, str]:
        try:
            for index in range(request.steps):
                if control.should_finish():
                    break
                values = dict(control.values())
                self.begun.put((request.name, index))
                assert self.allowed.acquire(timeout=PATIENCE)
                yield Stepped(request.name, index, values)
            return f"{request.name} done"
        finally:
            self.closed.put(request.name)


class Receiver:
    """Collects events on the engine's threads; `next` and `until` read them on the test's."""

    def __init__(self, engine: EngineProtocol) -> None:
        self.engine = engine
        self.queue: queue.Queue[Event] = queue.Queue()
        engine.connect(self.queue.put)

    def next(self) -> Event:
        """The next event, stale or not."""
        return self.queue.get(timeout=PATIENCE)

    def until(self, wanted: Callable[[Event], bool]) -> Event:
        """Read on to the first event that is wanted."""
        while not wanted(event := self.next()):
            pass
        return event

    def until_kind(self, kind: type[Report]) -> Event:
        """Read on to the first report of a class."""
        return self.until(lambda event: isinstance(event.report, kind))

    def waiting(self) -> list[Event]:
        """What has arrived and was not read."""
        found = []
        while not self.queue.empty():
            found.append(self.queue.get_nowait())
        return found

"""The engine itself: three threads, one of which owns the device."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final, Self

from explorer.studio.engine.lanes import Lanes
from explorer.studio.engine.protocol import Deliver, Handler
from explorer.studio.engine.reports import Cancelled, Event, Report
from explorer.studio.engine.requests import Request, Ticket
from explorer.studio.engine.requests import Worker as WorkerName
from explorer.studio.engine.task import Task
from explorer.studio.engine.worker import Worker

_LOG: Final = logging.getLogger(__name__)
_AT_EXIT = 60.0


class Engine:
    """Runs requests by handlers found by the request's class. See `EngineProtocol` for the methods' contract.

    Args:
        handlers: by request class. A handler runs wholly on its request's worker thread.
        device: where the handlers run torch, for display; they were made for it.
    """

    def __init__(self, handlers: Mapping[type[Request], Handler], device: str = "cpu") -> None:
        self._handlers = dict(handlers)
        self._device = device
        self._deliver: Deliver | None = None
        self._lanes = Lanes()
        self._lock = threading.Lock()
        self._workers: dict[WorkerName, Worker] = {}
        self._tasks: dict[int, Task] = {}
        self._closed = False
        # A thread must not be inside of torch when the interpreter goes: at exit its step is waited for.
        atexit.register(self.close, _AT_EXIT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def device(self) -> str:
        """Where torch runs."""
        return self._device

    def connect(self, deliver: Deliver) -> None:
        """Say who gets the events, on the engine's threads."""
        self._deliver = deliver

    def submit(
        self, request: Request, values: Mapping[str, float] | None = None, *, single_step: bool = False
    ) -> Ticket:
        """Queue a request in place of an older one in its lane.

        Raises:
            RuntimeError: the engine is closed.
            KeyError: no handler for this kind of request.
        """
        handler = self._handlers[type(request)]
        with self._lock:
            if self._closed:
                raise RuntimeError("the engine is closed; make a new one")
            ticket = self._lanes.issue(request)
            older = [task for task in self._tasks.values() if task.ticket.lane == ticket.lane]
            task = Task(ticket, handler, values or {}, self._emit, rests=single_step)
            self._tasks[ticket.generation] = task
            worker = self._worker(request.worker)
        for replaced in older:
            worker.ask(replaced.drop)
        worker.add(task)
        return ticket

    def admits(self, event: Event) -> bool:
        """Whether an event still counts."""
        return not self._closed and self._lanes.admits(event)

    def cancel(self, ticket: Ticket) -> None:
        """Drop a request at its next step boundary; one that has already ended is left as it ended."""
        with self._lock:
            if ticket.generation in self._tasks:
                self._lanes.cancel(ticket)
        self._ask(ticket, Task.drop)

    def finish(self, ticket: Ticket) -> None:
        """Ask a request to stop early and deliver the result so far."""
        self._ask(ticket, Task.finish)

    def pause(self, ticket: Ticket) -> None:
        """Let a request rest after its current step."""
        self._ask(ticket, Task.pause)

    def resume(self, ticket: Ticket) -> None:
        """Let a paused request go on."""
        self._ask(ticket, Task.resume)

    def step(self, ticket: Ticket) -> None:
        """Let a paused request take one step and rest again."""
        self._ask(ticket, Task.step)

    def tune(self, ticket: Ticket, name: str, value: float) -> None:
        """Change a live value of a request."""
        self._ask(ticket, lambda task: task.tune(name, value))

    def close(self, timeout: float = 5.0) -> bool:
        """Cancel everything, deliver nothing more and join the threads; False if one did not end in time."""
        with self._lock:
            self._closed = True
            workers = list(self._workers.values())
        for worker in workers:
            worker.close()
        deadline = time.monotonic() + timeout
        ended = [worker.join(max(0.0, deadline - time.monotonic())) for worker in workers]
        if all(ended):
            atexit.unregister(self.close)
        return all(ended)

    def _worker(self, name: WorkerName) -> Worker:
        if name not in self._workers:
            self._workers[name] = Worker(name, self._emit)
        return self._workers[name]

    def _ask(self, ticket: Ticket, wish: Callable[[Task], None]) -> None:
        with self._lock:
            task = self._tasks.get(ticket.generation)
            worker = self._workers.get(ticket.request.worker)
        if task is not None and worker is not None:
            worker.ask(lambda: wish(task))

    def _emit(self, ticket: Ticket, report: Report) -> None:
        if report.final:
            with self._lock:
                self._tasks.pop(ticket.generation, None)
                if self._lanes.cancelled(ticket):
                    # It ended while it was being cancelled; its owner waits for the one word that is still
                    # admitted.
                    report = Cancelled()
        event = Event(ticket, report)
        if self._deliver is None or not self.admits(event):
            return
        try:
            self._deliver(event)
        except Exception:
            _LOG.exception("the receiver of %s failed", type(report).__name__)

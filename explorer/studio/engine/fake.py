"""An engine without threads, for tests of the window: nothing happens until `advance` or `run` is called."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext

from explorer.studio.engine.lanes import Lanes
from explorer.studio.engine.protocol import Deliver, Handler
from explorer.studio.engine.reports import Cancelled, Event, Report
from explorer.studio.engine.requests import Request, Ticket, Worker
from explorer.studio.engine.task import Task
from explorer.studio.engine.worker import Schedule, advance


class FakeEngine:
    """Serves requests in the order in which `Engine` would, inline, on the caller's thread.

    Args:
        handlers: by request class; canned ones, or the real ones.

    Attributes:
        submitted: every ticket, in order.
    """

    _ORDER: tuple[Worker, ...] = ("light", "sessions", "files", "gallery", "people", "device")

    def __init__(self, handlers: Mapping[type[Request], Handler], device: str = "cpu") -> None:
        self._handlers = dict(handlers)
        self._device = device
        self._deliver: Deliver | None = None
        self._lanes = Lanes()
        self._schedules = {name: Schedule() for name in self._ORDER}
        self._closed = False
        self.submitted: list[Ticket] = []

    @property
    def device(self) -> str:
        """What `Engine.device` would say."""
        return self._device

    def advance(self, reports: int = 1) -> int:
        """Take the tasks that are due up to so many reports further; the number of reports made."""
        for made in range(reports):
            due = ((schedule, schedule.pick()) for schedule in self._schedules.values())
            schedule, task = next(((one, task) for one, task in due if task is not None), (None, None))
            if schedule is None or task is None:
                return made
            advance(task, schedule, self._emit, nullcontext())
        return reports

    def run(self, limit: int = 10_000) -> int:
        """Advance until nothing is due; the number of reports made.

        Raises:
            RuntimeError: there is still something due after `limit` reports.
        """
        made = self.advance(limit)
        if made == limit:
            raise RuntimeError(f"still not idle after {limit} reports")
        return made

    def connect(self, deliver: Deliver) -> None:
        """Say who gets the events."""
        self._deliver = deliver

    def submit(
        self, request: Request, values: Mapping[str, float] | None = None, *, single_step: bool = False
    ) -> Ticket:
        """Queue a request in place of an older one in its lane."""
        if self._closed:
            raise RuntimeError("the engine is closed; make a new one")
        handler = self._handlers[type(request)]
        ticket = self._lanes.issue(request)
        schedule = self._schedules[request.worker]
        for task in schedule.tasks:
            if task.ticket.lane == ticket.lane:
                task.drop()
        schedule.tasks.append(Task(ticket, handler, values or {}, self._emit, rests=single_step))
        self.submitted.append(ticket)
        return ticket

    def admits(self, event: Event) -> bool:
        """Whether an event still counts."""
        return not self._closed and self._lanes.admits(event)

    def cancel(self, ticket: Ticket) -> None:
        """Drop a request."""
        for task in self._of(ticket):
            self._lanes.cancel(ticket)
            task.drop()

    def finish(self, ticket: Ticket) -> None:
        """Ask a request to stop early and deliver the result so far."""
        for task in self._of(ticket):
            task.finish()

    def pause(self, ticket: Ticket) -> None:
        """Let a request rest after its current step."""
        for task in self._of(ticket):
            task.pause()

    def resume(self, ticket: Ticket) -> None:
        """Let a paused request go on."""
        for task in self._of(ticket):
            task.resume()

    def step(self, ticket: Ticket) -> None:
        """Let a request take one step more and rest."""
        for task in self._of(ticket):
            task.step()

    def tune(self, ticket: Ticket, name: str, value: float) -> None:
        """Change a live value of a request."""
        for task in self._of(ticket):
            task.tune(name, value)

    def close(self, timeout: float = 5.0) -> bool:
        """Let go of every request; True."""
        self._closed = True
        for schedule in self._schedules.values():
            for task in schedule.tasks:
                task.drop()
        self.run()
        return True

    def _of(self, ticket: Ticket) -> list[Task]:
        return [task for task in self._schedules[ticket.request.worker].tasks if task.ticket == ticket]

    def _emit(self, ticket: Ticket, report: Report) -> None:
        if report.final and self._lanes.cancelled(ticket):
            report = Cancelled()
        event = Event(ticket, report)
        if self._deliver is not None and self.admits(event):
            self._deliver(event)

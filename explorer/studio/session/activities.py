"""What is under way and what the user is told: tickets, activities, notifications, the log, and where reports go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from explorer.science.names import shown, shown_lines
from explorer.studio.engine.protocol import EngineProtocol
from explorer.studio.engine.reports import Cancelled, Event, Failure, Finished, Progress, Report, Started
from explorer.studio.engine.requests import Request, Ticket
from explorer.studio.session.services import Controller, R
from explorer.studio.session.state import (
    ACTIVITIES,
    LOG,
    NOTIFICATIONS,
    Activity,
    Level,
    LogEntry,
    Notification,
    Session,
)

_KEPT_NOTIFICATIONS = 500
_KEPT_ENTRIES = 1000


class Activities:
    """Keeps `session[ACTIVITIES]`, `session[NOTIFICATIONS]` and `session[LOG]`, and hands reports and results to the
    controllers.

    Args:
        now: the time of a line of the log.
    """

    def __init__(self, session: Session, engine: EngineProtocol, now: Callable[[], datetime] = datetime.now) -> None:
        self._session, self._engine, self._now = session, engine, now
        self._numbers = count(1)
        self._about: tuple[str, ...] = ()
        self._tickets: dict[int, Ticket] = {}
        self._controllers: tuple[Controller, ...] = ()
        self._reports: dict[type[Report], Callable[[Ticket, Any], None]] = {}
        self._results: dict[type, Callable[[Any], None]] = {}

    def connect(self, controllers: Iterable[Controller]) -> None:
        """Say who takes which reports and results.

        Raises:
            ValueError: two take the same.
        """
        self._controllers = tuple(controllers)
        for controller in self._controllers:
            _merge(self._reports, controller.reports())
            _merge(self._results, controller.results())

    def add(self, ticket: Ticket) -> None:
        """Show a request as an activity in place of an older one of its lane."""
        older = {known.generation for known in self._tickets.values() if known.lane == ticket.lane}
        self._tickets = {generation: known for generation, known in self._tickets.items() if generation not in older}
        self._tickets[ticket.generation] = ticket
        others = tuple(known for known in self._session[ACTIVITIES] if known.generation not in older)
        new = () if ticket.request.hidden else (Activity(ticket.generation, ticket.request.title, "waiting"),)
        self._session[ACTIVITIES] = (*others, *new)

    def pending(self, kind: type[R]) -> list[tuple[Ticket, R]]:
        """The requests of a kind that are under way."""
        return [(ticket, ticket.request) for ticket in self._tickets.values() if isinstance(ticket.request, kind)]

    def cancel(self, generation: int | None, keeping: tuple[type[Request], ...] = ()) -> None:
        """Drop the activity named, or everything under way but for kinds that are kept."""
        for ticket in list(self._tickets.values()):
            named = generation in (None, ticket.generation)
            if named and not ticket.request.hidden and not isinstance(ticket.request, keeping):
                self._engine.cancel(ticket)

    def notify(
        self,
        level: Level,
        title: str,
        text: str,
        details: str = "",
        *,
        path: Path | None = None,
        about: tuple[str, ...] = (),
    ) -> None:
        """Add a notification; the oldest go when there are many."""
        about = (*self._about, *about)
        new = Notification(next(self._numbers), level, shown(title), shown_lines(text), details, path, about)
        self._session[NOTIFICATIONS] = (*self._session[NOTIFICATIONS], new)[-_KEPT_NOTIFICATIONS:]

    def log(self, what: str, name: str = "", text: str = "", about: tuple[str, ...] = ()) -> None:
        """Add a line to the log; the oldest go when there are many."""
        new = LogEntry(next(self._numbers), self._now(), what, shown(name), shown(text), (*self._about, *about))
        self._session[LOG] = (*self._session[LOG], new)[-_KEPT_ENTRIES:]

    def apply(self, event: Event) -> None:
        """Apply an event that counts; what is said meanwhile is of the faces that its request is about."""
        self._about = event.ticket.request.about
        try:
            self._apply(event)
        finally:
            self._about = ()

    def _apply(self, event: Event) -> None:
        final = event.report.final
        if final:
            self._tickets.pop(event.ticket.generation, None)
            for controller in self._controllers:
                controller.on_final(event)
        handled = any(controller.handles(event) for controller in self._controllers)
        if final:
            listed = self._session[ACTIVITIES]
            self._session[ACTIVITIES] = tuple(known for known in listed if known.generation != event.ticket.generation)
        if not handled:
            self._report(event.ticket, event.report)

    def _report(self, ticket: Ticket, report: Report) -> None:
        if isinstance(report, Started):
            self._progress(ticket, Progress(ticket.request.title))
        elif isinstance(report, Progress):
            self._progress(ticket, report)
        elif isinstance(report, Finished) and report.result is not None:
            self._results[type(report.result)](report.result)
        elif isinstance(report, Failure):
            level: Level = "error" if report.kind in ("memory", "disk", "unexpected") else "warning"
            self.notify(level, report.title, report.message, report.details)
        known = self._reports.get(type(report))
        if known is not None:
            known(ticket, report)
        elif not isinstance(report, Started | Progress | Finished | Failure | Cancelled):
            raise LookupError(f"no controller takes {type(report).__name__}")

    def _progress(self, ticket: Ticket, progress: Progress) -> None:
        self._session[ACTIVITIES] = tuple(
            _moved(known, progress) if known.generation == ticket.generation else known
            for known in self._session[ACTIVITIES]
        )


def _merge(table: dict[type, Any], more: Mapping[type, Any]) -> None:
    for kind, receiver in more.items():
        if kind in table:
            raise ValueError(f"{kind.__name__} has two receivers")
        table[kind] = receiver


def _moved(activity: Activity, progress: Progress) -> Activity:
    return replace(
        activity, message=shown(progress.message), done=progress.done, total=progress.total, unit=progress.unit
    )

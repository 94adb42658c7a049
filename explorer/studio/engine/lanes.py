"""Which ticket is the newest of its lane: the reason why a stale result cannot land."""

from __future__ import annotations

import threading
from itertools import count

from explorer.studio.engine.reports import Cancelled, Event
from explorer.studio.engine.requests import Request, Ticket


class Lanes:
    """Hands out tickets and judges events. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._generations = count(1)
        self._newest: dict[tuple[object, ...], int] = {}
        self._cancelled: set[int] = set()

    def issue(self, request: Request) -> Ticket:
        """Make the newest ticket of the request's lane; every older one of it is stale from now on."""
        with self._lock:
            ticket = Ticket(request, next(self._generations))
            self._newest[ticket.lane] = ticket.generation
            return ticket

    def cancelled(self, ticket: Ticket) -> bool:
        """Whether `cancel` was called for the ticket."""
        with self._lock:
            return ticket.generation in self._cancelled

    def cancel(self, ticket: Ticket) -> None:
        """From now on admit of this ticket nothing but its `Cancelled`."""
        with self._lock:
            self._cancelled.add(ticket.generation)

    def admits(self, event: Event) -> bool:
        """Whether an event is of its lane's newest ticket, and not of a cancelled one."""
        with self._lock:
            ticket = event.ticket
            if self._newest.get(ticket.lane) != ticket.generation:
                return False
            return isinstance(event.report, Cancelled) or ticket.generation not in self._cancelled

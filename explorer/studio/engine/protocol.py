"""What the workbench needs of an engine, and what a handler is given. `engine.py` and `fake.py` implement it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any, Protocol

from explorer.studio.engine.reports import Event, Report
from explorer.studio.engine.requests import Request, Ticket

Deliver = Callable[[Event], None]


class Control(Protocol):
    """A running handler's view of what its owner wants meanwhile. Safe to read from the handler's thread."""

    def should_stop(self) -> bool:
        """Whether the request was cancelled or replaced; phases that do not yield ask several times a second."""

    def should_finish(self) -> bool:
        """Whether the owner asked to stop early but keep the result so far."""

    def paused(self) -> bool:
        """Whether the handler will rest at the next step; it then wants its last picture shown."""

    def values(self) -> Mapping[str, float]:
        """The live values (slider positions) as they stand now, by name."""

    def emit(self, report: Report) -> None:
        """Deliver a report from inside a call that cannot yield, such as a download's progress hook."""


Handler = Callable[[Any, Control], Generator[Report, None, object]]


class EngineProtocol(Protocol):
    """Runs requests in the background and delivers events. Every method returns at once, except `close`."""

    @property
    def device(self) -> str:
        """Where torch runs: "cpu", "cuda:0"."""

    def connect(self, deliver: Deliver) -> None:
        """Say who gets the events. Connect before the first `submit`.

        Called from the engine's threads: the consumer hands them to its own thread, and asks `admits` there before it
        acts on one.
        """

    def submit(
        self, request: Request, values: Mapping[str, float] | None = None, *, single_step: bool = False
    ) -> Ticket:
        """Queue a request; an older one in its lane is dropped, and nothing of it is delivered any more.

        Args:
            request: what to do.
            values: the live values it begins with (`tune` changes them).
            single_step: rest after the first step.
        """

    def admits(self, event: Event) -> bool:
        """Whether an event still counts: its ticket is its lane's newest and was not cancelled since."""

    def cancel(self, ticket: Ticket) -> None:
        """Drop a request at its next step boundary.

        From now on only its `Cancelled` is admitted, and that comes, unless the request had ended before.
        """

    def finish(self, ticket: Ticket) -> None:
        """Ask a request to stop early and deliver the result so far. Resumes it where it was paused."""

    def pause(self, ticket: Ticket) -> None:
        """Let a request rest after its current step."""

    def resume(self, ticket: Ticket) -> None:
        """Let a paused request go on."""

    def step(self, ticket: Ticket) -> None:
        """Let a request take one step more and rest."""

    def tune(self, ticket: Ticket, name: str, value: float) -> None:
        """Change a live value of a request; its next step reads it."""

    def close(self, timeout: float = 5.0) -> bool:
        """Cancel everything, deliver nothing more and join the threads. False if one did not end in time."""

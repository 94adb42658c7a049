"""One request on its way through the engine: what its owner wants of it, and its handler as far as it has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from explorer.science.iteration import Steps
from explorer.studio import errors
from explorer.studio.engine.failures import failure
from explorer.studio.engine.protocol import Handler
from explorer.studio.engine.reports import Cancelled, Finished, Report
from explorer.studio.engine.requests import Ticket


class Task:
    """The state of one request; it is also the `Control` that its handler sees.

    The wishes are single attributes, each written by the owner's thread and read by the handler's, and the live values
    are replaced as a whole: no reader can see half a change.
    """

    def __init__(
        self,
        ticket: Ticket,
        handler: Handler,
        values: Mapping[str, float],
        emit: Callable[[Ticket, Report], None],
        rests: bool = False,
    ) -> None:
        self.ticket = ticket
        self.dropped = False
        self.finishing = False
        self.resting = rests
        self.credit = 1 if rests else 0
        self.started = False
        self.turn = 0
        self._values: Mapping[str, float] = MappingProxyType(dict(values))
        self._handler = handler
        self._emit = emit
        self._steps: Steps[Report, object] | None = None

    # What the owner wants.

    def pause(self) -> None:
        """Rest after the current step."""
        self.resting, self.credit = True, 0

    def resume(self) -> None:
        """Go on without resting."""
        self.resting, self.credit = False, 0

    def step(self) -> None:
        """Take one step more, then rest."""
        self.resting, self.credit = True, self.credit + 1

    def drop(self) -> None:
        """Be cancelled or replaced."""
        self.dropped = True

    def finish(self) -> None:
        """Stop early with the result so far."""
        self.finishing = True
        self.resume()

    def tune(self, name: str, value: float) -> None:
        """Change a live value."""
        self._values = MappingProxyType({**self._values, name: value})

    @property
    def ready(self) -> bool:
        """Whether there is something to do now."""
        return self.dropped or not self.resting or self.credit > 0

    # What the handler sees.

    def should_stop(self) -> bool:
        """Whether the request was cancelled or replaced."""
        return self.dropped

    def should_finish(self) -> bool:
        """Whether to stop early with the result so far."""
        return self.finishing

    def paused(self) -> bool:
        """Whether the handler rests at the next step."""
        return self.resting

    def values(self) -> Mapping[str, float]:
        """The live values."""
        return self._values

    def emit(self, report: Report) -> None:
        """Deliver a report from inside a call that cannot yield."""
        self._emit(self.ticket, report)

    # What the engine does with it.

    def advance(self) -> Report:
        """Run the handler up to its next report and return that; a final report ends the task. Never raises."""
        try:
            if self.dropped:
                if self._steps is not None:
                    self._steps.close()
                return Cancelled()
            if self._steps is None:
                self._steps = Steps(self._handler(self.ticket.request, self))
            report = next(self._steps, None)
            if report is not None:
                return report
            return Cancelled() if self.dropped else Finished(self._steps.result)
        except errors.Cancelled:
            return Cancelled()
        except BaseException as error:  # a worker's thread outlives whatever a handler raises
            return Cancelled() if self.dropped else failure(error)

    def account(self, report: Report) -> None:
        """Count a report against the steps that a resting task may still take."""
        if report.is_step and self.credit:
            self.credit -= 1

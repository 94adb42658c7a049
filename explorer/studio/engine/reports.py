"""What the engine tells its consumer about a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from explorer.studio.engine.requests import Ticket

FailureKind = Literal["face", "user", "network", "memory", "disk", "unexpected"]


@dataclass(frozen=True, eq=False)
class Report:
    """Something a handler yields or the engine adds. Subclasses carry the news.

    is_step: whether it ends a step, which is where a paused request rests and a single step stops.
    final: whether nothing follows it.
    """

    is_step: ClassVar[bool] = False
    final: ClassVar[bool] = False


@dataclass(frozen=True, eq=False)
class Started(Report):
    """The request's handler is about to run for the first time."""


@dataclass(frozen=True, eq=False)
class Progress(Report):
    """How far the request has come. `total` is 0 where the end is not known; `unit` is such as "steps" or "bytes"."""

    message: str
    done: float = 0.0
    total: float = 0.0
    unit: str = ""


@dataclass(frozen=True, eq=False)
class EncodersMissing(Report):
    """The work goes on without encoders whose files are not there; `message` says which, and what to do."""

    message: str


@dataclass(frozen=True, eq=False)
class Finished(Report):
    """The handler returned; `result` is what it returned."""

    final: ClassVar[bool] = True
    result: object


@dataclass(frozen=True, eq=False)
class Cancelled(Report):
    """The request was cancelled by its owner and holds no resources any more."""

    final: ClassVar[bool] = True


@dataclass(frozen=True, eq=False)
class Failure(Report):
    """The handler raised.

    message: one or two sentences for the user: what was wrong and what to do.
    details: the traceback, for the log and the copyable report only.
    """

    final: ClassVar[bool] = True
    kind: FailureKind
    title: str
    message: str
    details: str


@dataclass(frozen=True, eq=False)
class Event:
    """One report about one ticket, as handed to the consumer."""

    ticket: Ticket
    report: Report

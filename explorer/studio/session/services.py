"""What a controller is, and what it is given of the application: one protocol for all features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from explorer.studio.engine.protocol import EngineProtocol
from explorer.studio.engine.reports import Event, Report
from explorer.studio.engine.requests import Request, Ticket
from explorer.studio.session.history import History
from explorer.studio.session.slices import Forgotten
from explorer.studio.session.snapshot import Snapshot
from explorer.studio.session.state import Level, Session

C = TypeVar("C", bound="Controller")
R = TypeVar("R", bound=Request)


class AppServices(Protocol):
    """What controllers are given of the application.

    Attributes:
        default_weights: the weight of every loss term to begin with.
    """

    engine: EngineProtocol
    session: Session
    history: History
    default_weights: Mapping[str, float]

    def submit(self, request: Request, values: Mapping[str, float] | None = None, single_step: bool = False) -> Ticket:
        """Hand a request to the engine and show it as an activity in place of an older one of its lane."""
        ...

    def pending(self, kind: type[R]) -> list[tuple[Ticket, R]]:
        """The requests of a kind that are under way."""
        ...

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
        """Add a notification. path: the file or folder that it says was written. about: keys of faces, besides those
        that the request is about whose answer is being dealt with."""
        ...

    def log(self, what: str, name: str = "", text: str = "", about: tuple[str, ...] = ()) -> None:
        """Add a line to the log: "opened", a name, and what there is to say; about as in `notify`."""
        ...

    def controller(self, kind: type[C]) -> C:
        """The application's controller of a class.

        Raises:
            LookupError: no feature of the table has one.
        """
        ...

    def load(self, snapshot: Snapshot) -> None:
        """Put a session in the place of the one there is."""
        ...

    def forget(self, forgotten: Forgotten) -> None:
        """Remove every trace of faces, vectors and photographs: from the session, its history and its autosave."""
        ...


class Controller:
    """A feature's commands as methods, and what the engine's answers do to the session. All on the consumer's thread.

    No method raises for a user's mistake: it becomes a notification, and what was there stays.
    """

    def __init__(self, app: AppServices) -> None:
        self._app = app
        self._session = app.session

    def reports(self) -> Mapping[type[Report], Callable[[Ticket, Any], None]]:
        """What is done with reports, by their type."""
        return {}

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """What is done with the results of requests, by their type."""
        return {}

    def handles(self, event: Event) -> bool:
        """Whether an event is for this controller alone; it is then dealt with."""
        return False

    def on_final(self, event: Event) -> None:
        """Take note of a final event, before its result is applied."""

    def before_forgetting(self, forgotten: Forgotten) -> None:
        """Let go of what is forgotten: cancel what is made from it."""

    def after_forgetting(self, forgotten: Forgotten) -> None:
        """Go on without what was forgotten: remove it from caches, too."""

    def before_loading(self, snapshot: Snapshot) -> None:
        """Let go of the session there is: another takes its place."""

    def after_loading(self) -> None:
        """Go on with the session that has taken the place of the one before."""

"""A workbench on a fake engine that moves when told to."""

from __future__ import annotations

import pytest

from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.engine.protocol import Handler
from explorer.studio.engine.reports import Event
from explorer.studio.engine.requests import Request
from explorer.studio.faces.state import SELECTED
from explorer.studio.inversion.state import RUN, SETTINGS
from explorer.studio.session.state import NOTIFICATIONS
from tests import canned_program as canned

INITIAL = {"identity": 1.0, "prior": 0.02}


class Bench:
    """A workbench on a fake engine whose events are handled at once, or kept where `held` is set."""

    def __init__(self, **replaced: Handler) -> None:
        self.session = new_session()
        self.session[SETTINGS] = canned.short_settings()
        self.engine = FakeEngine(canned.handlers(**replaced))
        self.workbench = Workbench(self.engine, self.session, INITIAL)
        self.held: list[Event] | None = None
        self.engine.connect(self._deliver)

    def _deliver(self, event: Event) -> None:
        if self.held is None:
            self.workbench.handle(event)
        else:
            self.held.append(event)

    def requests(self, kind: type[Request]) -> list[Request]:
        return [ticket.request for ticket in self.engine.submitted if isinstance(ticket.request, kind)]

    def open(self, data: bytes = b"1", name: str = "one.png") -> str:
        """Open a photograph and let everything settle; the selected face."""
        self.workbench.faces.open_bytes(data, name)
        self.engine.run()
        assert self.session[SELECTED] is not None
        return self.session[SELECTED]

    def advance_to_step(self, index: int) -> None:
        while self.session[RUN] is None or len(self.session[RUN].steps) <= index:
            assert self.engine.advance() == 1

    @property
    def run(self):
        assert self.session[RUN] is not None
        return self.session[RUN]

    def titles(self) -> list[str]:
        return [one.title for one in self.session[NOTIFICATIONS]]


@pytest.fixture
def bench() -> Bench:
    return Bench()

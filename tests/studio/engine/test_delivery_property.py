"""Whatever the owner does in whatever order: what lands is current, in order, and ends once."""

from __future__ import annotations

from collections.abc import Generator

from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.studio.engine.fake import FakeEngine
from explorer.studio.engine.protocol import Control
from explorer.studio.engine.reports import Cancelled, Event, Report
from explorer.studio.engine.requests import Request, Ticket
from tests.studio.engine.engine_kit import Long, Short, Stepped

OWNER = ("submit long", "submit short", "cancel", "pause", "resume", "step", "finish", "advance", "handle")


def stepping(request: Request, control: Control) -> Generator[Report, None, str]:
    for index in range(5):
        yield Stepped("", index, {})
        if control.should_finish():
            break
    return "done"


class Owner:
    """Acts on an engine and handles its events late, as a window's thread does."""

    def __init__(self) -> None:
        self.engine = FakeEngine({Long: stepping, Short: stepping})
        self.queue: list[Event] = []
        self.engine.connect(self.queue.append)
        self.newest: dict[type, Ticket] = {}
        self.cancelled: set[int] = set()
        self.landed: dict[int, list[Report]] = {}

    def act(self, what: str, which: bool) -> None:
        kind = Long if which else Short
        if what.startswith("submit"):
            kind = Long if what.endswith("long") else Short
            self.newest[kind] = self.engine.submit(kind())
        elif what == "advance":
            self.engine.advance()
        elif what == "handle":
            self.handle(1)
        elif kind in self.newest:
            getattr(self.engine, what)(self.newest[kind])
            if what == "cancel" and not self.ended(self.newest[kind]):
                self.cancelled.add(self.newest[kind].generation)

    def ended(self, ticket: Ticket) -> bool:
        """Whether the engine had ended it, heard or not."""
        known = [event for event in self.queue if event.ticket == ticket]
        return any(report.final for report in self.landed.get(ticket.generation, [])) or any(
            event.report.final for event in known
        )

    def handle(self, count: int) -> None:
        for event in self.queue[:count]:
            if self.engine.admits(event):
                assert self.newest[type(event.ticket.request)] == event.ticket
                reports = self.landed.setdefault(event.ticket.generation, [])
                assert not any(report.final for report in reports)
                if event.ticket.generation in self.cancelled:
                    assert isinstance(event.report, Cancelled)
                reports.append(event.report)
        del self.queue[:count]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(OWNER), st.booleans()), max_size=60))
def test_only_the_newest_lands_in_order_and_each_ends_exactly_once(deeds: list[tuple[str, bool]]) -> None:
    owner = Owner()
    for what, which in deeds:
        owner.act(what, which)
    for ticket in owner.newest.values():
        owner.engine.resume(ticket)
    owner.engine.run()
    owner.handle(len(owner.queue))
    for reports in owner.landed.values():
        indices = [report.index for report in reports if isinstance(report, Stepped)]
        assert indices == list(range(len(indices)))
    for ticket in owner.newest.values():
        assert [report.final for report in owner.landed[ticket.generation]].count(True) == 1
        assert owner.landed[ticket.generation][-1].final

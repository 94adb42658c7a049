"""Whose turn it is."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar

from explorer.studio.engine.fake import FakeEngine
from explorer.studio.engine.protocol import Control
from explorer.studio.engine.reports import Event, Progress, Report
from explorer.studio.engine.requests import Request
from tests.studio.engine.engine_kit import Long, Short, Stepped


@dataclass(frozen=True, eq=False)
class ByName(Request):
    """Short work with a lane per name."""

    priority: ClassVar[int] = 10
    name: str = ""

    @property
    def lane(self) -> tuple[object, ...]:
        return type(self), self.name


def stepping(request: Long, control: Control) -> Generator[Report, None, None]:
    for index in range(request.steps):
        yield Stepped(request.name, index, {})


def twice(request: Request, control: Control) -> Generator[Report, None, None]:
    yield Progress(f"{request.name} 1")
    yield Progress(f"{request.name} 2")


def heard(engine: FakeEngine) -> list[str]:
    """What handlers report, in order: a step's index or a progress message."""
    found: list[str] = []

    def note(event: Event) -> None:
        if isinstance(event.report, Stepped):
            found.append(str(event.report.index))
        elif isinstance(event.report, Progress):
            found.append(event.report.message)

    engine.connect(note)
    return found


def test_short_work_goes_before_a_step_and_steps_go_on_in_between() -> None:
    engine = FakeEngine({Long: stepping, Short: twice})
    order = heard(engine)
    engine.submit(Long(steps=4))
    engine.advance(1)
    engine.submit(Short("short"))
    engine.run()
    assert order == ["0", "short 1", "short 2", "1", "2", "3"]


def test_a_stream_of_new_short_requests_cannot_starve_the_steps() -> None:
    engine = FakeEngine({Long: stepping, Short: twice})
    order = heard(engine)
    engine.submit(Long(steps=10))
    for number in range(20):
        engine.submit(Short(f"s{number}"))
        # The replaced one lets go, then one report is made.
        engine.advance(2)
    steps = [entry for entry in order if entry.isdigit()]
    assert len(steps) >= 8


def test_many_lanes_of_one_kind_share_one_turn_a_round() -> None:
    engine = FakeEngine({Long: stepping, ByName: twice})
    order = heard(engine)
    engine.submit(Long(steps=8))
    for name in "abc":
        engine.submit(ByName(name))
    engine.advance(6)
    assert order == ["a 1", "0", "b 1", "1", "c 1", "2"]


def test_no_turn_goes_to_a_resting_request() -> None:
    engine = FakeEngine({Long: stepping, Short: twice})
    order = heard(engine)
    ticket = engine.submit(Long(steps=8))
    engine.advance(2)
    engine.pause(ticket)
    assert engine.run() == 0
    engine.step(ticket)
    assert engine.run() == 1
    assert order == ["0", "1", "2"]

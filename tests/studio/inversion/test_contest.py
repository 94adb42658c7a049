"""The contest of starts as the session has it, from the engine's reports to the file."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np
import pytest

from explorer.studio.engine.protocol import Control
from explorer.studio.engine.reports import Event, Report
from explorer.studio.inversion.record import ContestStep
from explorer.studio.inversion.requests import Finishing, Invert, StartLeads, StartsSeen
from explorer.studio.inversion.state import RUN
from explorer.studio.inversion.values import Contest, StartView, starts_in_words
from tests import canned_program as canned
from tests.studio.app.bench_kit import Bench

PICTURE = np.full((8, 8, 3), 40, np.uint8)


def view(number: int, step: int = 0, cosine: float = 0.1) -> StartView:
    return StartView(number, PICTURE, step, cosine)


def ahead(step: int, number: int) -> ContestStep:
    losses = {"identity": 0.9, "prior": 0.5}
    weights = {"identity": 1.0, "prior": 0.02}
    return ContestStep(
        step=step, number=number, competing=3, losses=losses, weights=weights, total=0.91, cosine=0.1, score=0.1
    )


def racing(request: Invert, control: Control) -> Generator[Report, None, object]:
    """Three starts, of which one goes out, before the canned steps."""
    key, of = request.run_key, (3, 1, 2)
    yield StartsSeen(key, (view(0), view(1, cosine=0.3)), (), *of, 2, 5)
    yield StartsSeen(key, (view(2),), (), *of, 3, 5)
    yield StartLeads(key, PICTURE, 0.3, 3, ahead(0, 1))
    yield StartsSeen(key, (view(0, 1), view(1, 1, 0.4)), (2,), *of, 5, 5)
    yield StartLeads(key, PICTURE, 0.4, 2, ahead(1, 1))
    return (yield from canned.invert(request, control))


@pytest.fixture
def bench() -> Bench:
    bench = Bench(Invert=racing)
    bench.open(b"1")
    return bench


def test_starts_are_drawn_fall_and_lead(bench: Bench) -> None:
    seen: list[Contest] = []
    bench.session.changed(RUN).connect(lambda new, old: seen.append(new.contest))
    bench.workbench.inversion.start()
    bench.engine.run()
    contests = [one for one in dict.fromkeys(seen) if one is not None]
    assert [(len(one.seen), one.left, one.leader) for one in contests] == [
        (2, 3, 1),
        (3, 3, 1),
        (3, 3, 1),
        (3, 2, 1),
        (3, 2, 1),
    ]
    assert [(one.done, one.work) for one in contests][-1] == (5, 5)
    assert [step.step for step in bench.run.contest.steps] == [0, 1], "what led to the start stays with the run"
    assert bench.run.contest.seen[2].out


def test_a_start_of_another_run_is_none_of_this_ones(bench: Bench) -> None:
    bench.workbench.inversion.start()
    while bench.session[RUN].contest is None:
        bench.engine.advance()
    before = bench.session[RUN]
    (ticket,) = [one for one in bench.engine.submitted if isinstance(one.request, Invert)]
    bench.workbench.handle(Event(ticket, StartsSeen("another", (view(0),), (), 1, 0, 0, 1, 1)))
    assert bench.session[RUN] is before


@pytest.mark.parametrize("key", ["another", ""])
def test_the_end_of_an_earlier_run_leaves_the_one_in_view_as_it_is(bench: Bench, key: str) -> None:
    bench.workbench.inversion.start()
    bench.advance_to_step(1)
    before = bench.session[RUN]
    (ticket,) = [one for one in bench.engine.submitted if isinstance(one.request, Invert)]
    bench.workbench.handle(Event(ticket, Finishing("drawing the result", run_key=key)))
    assert bench.session[RUN] is before
    bench.engine.run()
    ended = bench.session[RUN]
    bench.workbench._activities.apply(Event(ticket, Finishing("drawing the result", run_key=ended.key)))
    assert bench.session[RUN].status == "finished", "a run that has ended does not begin to end again"


def test_the_same_number_of_starts_is_said_everywhere() -> None:
    assert starts_in_words(24, 3) == "27 starts (24 random, 3 proposed)"
    assert starts_in_words(24, 0) == "24 random starts"
    assert starts_in_words(1, 0) == "1 random start"


def test_who_leads_without_a_contest_is_the_nearest_as_drawn() -> None:
    contest = Contest(3, 0, 0).with_seen((view(0, cosine=0.2), view(1, cosine=0.5), view(2, cosine=0.4)), ())
    assert contest.leader == 1
    assert Contest(3, 0, 0).leader is None
    assert contest.with_seen((), (1,)).leader == 2
    assert replace(contest, steps=(ahead(0, 2),)).leader == 2

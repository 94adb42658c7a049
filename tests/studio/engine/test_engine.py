"""The engine's threads: what lands, what never lands, and what survives."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator

import pytest

from explorer.studio import errors
from explorer.studio.engine.engine import Engine
from explorer.studio.engine.protocol import Control
from explorer.studio.engine.reports import Cancelled, Failure, Finished, Progress, Report, Started
from explorer.studio.engine.requests import Request, Ticket
from tests.studio.engine.engine_kit import PATIENCE, Gate, Light, Long, Receiver, Short, Stepped


def quick(request: Request, control: Control) -> Generator[Report, None, str]:
    yield Progress("working")
    return "quick"


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def engine(gate: Gate) -> Iterator[Engine]:
    with Engine({Long: gate, Short: quick, Light: quick}) as engine:
        yield engine
        for ticket in list(engine._tasks.values()):
            engine.cancel(ticket.ticket)
        gate.allowed.release(100_000)


@pytest.fixture
def receiver(engine: Engine) -> Receiver:
    return Receiver(engine)


def begin(engine: Engine, gate: Gate, name: str, **more: object) -> Ticket:
    """Submit a long request and wait until it is inside its first step."""
    ticket = engine.submit(Long(name), **more)
    assert gate.begun.get(timeout=PATIENCE) == (name, 0)
    return ticket


def test_a_request_reports_its_start_progress_and_result_in_order(engine: Engine, receiver: Receiver) -> None:
    ticket = engine.submit(Short())
    events = [receiver.next() for _ in range(3)]
    assert [type(event.report) for event in events] == [Started, Progress, Finished]
    assert events[2].report.result == "quick"
    assert all(event.ticket is ticket for event in events)


def test_nothing_of_a_replaced_request_is_delivered_any_more(engine: Engine, receiver: Receiver, gate: Gate) -> None:
    begin(engine, gate, "old")
    engine.submit(Long("new", steps=2))
    gate.allowed.release(10)
    receiver.until_kind(Finished)
    assert gate.closed.get(timeout=PATIENCE) == "old"
    delivered = receiver.waiting()
    assert not [event for event in delivered if event.ticket.request.name == "old"]


def test_the_old_handler_is_closed_before_the_new_one_begins(engine: Engine, receiver: Receiver, gate: Gate) -> None:
    begin(engine, gate, "old")
    engine.submit(Long("new"))
    gate.allowed.release()
    assert gate.begun.get(timeout=PATIENCE) == ("new", 0)
    assert gate.closed.get_nowait() == "old"


def test_an_event_already_handed_over_is_refused_once_its_request_is_replaced(
    engine: Engine, receiver: Receiver, gate: Gate
) -> None:
    begin(engine, gate, "old")
    gate.allowed.release()
    step = receiver.until_kind(Stepped)
    assert engine.admits(step)
    engine.submit(Long("new"))
    assert not engine.admits(step)


def test_cancel_takes_effect_within_the_step_that_is_running(engine: Engine, receiver: Receiver, gate: Gate) -> None:
    ticket = begin(engine, gate, "one")
    engine.cancel(ticket)
    gate.allowed.release(10)
    assert isinstance(receiver.until(lambda event: event.report.final).report, Cancelled)
    assert gate.begun.empty()
    assert gate.closed.get(timeout=PATIENCE) == "one"


def test_a_step_in_the_queue_is_refused_after_cancel_and_the_cancellation_is_not(
    engine: Engine, receiver: Receiver, gate: Gate
) -> None:
    ticket = begin(engine, gate, "one")
    gate.allowed.release()
    step = receiver.until_kind(Stepped)
    engine.cancel(ticket)
    gate.allowed.release()
    cancelled = receiver.until_kind(Cancelled)
    assert not engine.admits(step)
    assert engine.admits(cancelled)


def test_a_request_cancelled_and_started_again_delivers_only_the_second(
    engine: Engine, receiver: Receiver, gate: Gate
) -> None:
    first = begin(engine, gate, "first")
    engine.cancel(first)
    second = engine.submit(Long("second", steps=3))
    gate.allowed.release(100)
    finished = receiver.until_kind(Finished)
    assert finished.ticket == second
    assert not engine.admits(type(finished)(first, Cancelled()))


def test_cancelling_what_has_finished_leaves_its_result(engine: Engine, receiver: Receiver) -> None:
    ticket = engine.submit(Short())
    finished = receiver.until_kind(Finished)
    engine.cancel(ticket)
    assert engine.admits(finished)


def test_a_handler_that_ends_although_it_was_cancelled_says_cancelled_and_nothing_else() -> None:
    begun, allowed = threading.Event(), threading.Event()

    def ending(request: Request, control: Control) -> Generator[Report, None, str]:
        begun.set()
        assert allowed.wait(PATIENCE)
        return "too late"
        yield

    with Engine({Long: ending}) as engine:
        receiver = Receiver(engine)
        ticket = engine.submit(Long())
        assert begun.wait(PATIENCE)
        engine.cancel(ticket)
        allowed.set()
        assert [type(receiver.next().report) for _ in range(2)] == [Started, Cancelled]
        assert receiver.waiting() == []


def test_a_pause_rests_after_the_step_and_resume_goes_on(engine: Engine, receiver: Receiver, gate: Gate) -> None:
    ticket = begin(engine, gate, "one")
    engine.pause(ticket)
    gate.allowed.release(10)
    assert receiver.until_kind(Stepped).report.index == 0
    # The device thread is free for others while the long request rests.
    engine.submit(Short())
    receiver.until_kind(Finished)
    assert gate.begun.empty()
    engine.resume(ticket)
    assert receiver.until_kind(Stepped).report.index == 1


def test_single_steps_take_one_step_each(engine: Engine, receiver: Receiver, gate: Gate) -> None:
    gate.allowed.release(10)
    ticket = engine.submit(Long("one"), single_step=True)
    for index in range(3):
        assert receiver.until_kind(Stepped).report.index == index
        engine.submit(Short())
        receiver.until_kind(Finished)
        assert gate.begun.get_nowait() == ("one", index)
        assert gate.begun.empty()
        engine.step(ticket)


def test_finish_ends_a_paused_request_with_its_result(engine: Engine, receiver: Receiver, gate: Gate) -> None:
    gate.allowed.release(10)
    ticket = engine.submit(Long("one"), single_step=True)
    receiver.until_kind(Stepped)
    engine.finish(ticket)
    assert receiver.until_kind(Finished).report.result == "one done"


def test_a_slider_moved_during_a_step_is_used_by_the_next(engine: Engine, receiver: Receiver, gate: Gate) -> None:
    ticket = begin(engine, gate, "one", values={"identity": 1.0, "prior": 0.02})
    engine.tune(ticket, "prior", 0.5)
    gate.allowed.release(2)
    assert receiver.until_kind(Stepped).report.values == {"identity": 1.0, "prior": 0.02}
    assert receiver.until_kind(Stepped).report.values == {"identity": 1.0, "prior": 0.5}


def test_light_work_is_done_while_a_long_step_holds_the_device(engine: Engine, receiver: Receiver, gate: Gate) -> None:
    begin(engine, gate, "one")
    engine.submit(Light())
    assert isinstance(receiver.until_kind(Finished).ticket.request, Light)
    assert gate.closed.empty()


def test_short_work_waits_for_one_step_of_a_long_request_at_most(
    engine: Engine, receiver: Receiver, gate: Gate
) -> None:
    begin(engine, gate, "one")
    engine.submit(Short())
    gate.allowed.release(2)
    before = []
    while not isinstance((event := receiver.next()).report, Finished):
        before.append(event)
    steps = [event for event in before if isinstance(event.report, Stepped)]
    assert [event.report.index for event in steps] in ([0], [0, 1])
    assert isinstance(event.ticket.request, Short)


@pytest.mark.parametrize("when", ["at once", "later"])
def test_a_failing_handler_is_reported_and_the_thread_lives_on(when: str) -> None:
    def failing(request: Request, control: Control) -> Generator[Report, None, None]:
        if when == "later":
            yield Progress("working")
        raise errors.UserError("vector.npy holds 3 numbers, not 512")

    with Engine({Long: failing, Short: quick}) as engine:
        receiver = Receiver(engine)
        engine.submit(Long())
        failed = receiver.until_kind(Failure).report
        assert (failed.kind, failed.message) == ("user", "vector.npy holds 3 numbers, not 512")
        engine.submit(Short())
        assert receiver.until_kind(Finished).report.result == "quick"


def test_what_no_handler_should_raise_does_not_kill_the_thread_either() -> None:
    def leaving(request: Request, control: Control) -> Generator[Report, None, None]:
        yield Progress("working")
        raise SystemExit(3)

    with Engine({Long: leaving, Short: quick}) as engine:
        receiver = Receiver(engine)
        engine.submit(Long())
        assert receiver.until_kind(Failure).report.kind == "unexpected"
        engine.submit(Short())
        receiver.until_kind(Finished)


def test_a_receiver_that_fails_does_not_stop_the_engine() -> None:
    heard: queue.Queue[Report] = queue.Queue()

    def deliver(event: object) -> None:
        heard.put(event.report)
        raise RuntimeError("the window is gone")

    with Engine({Short: quick}) as engine:
        engine.connect(deliver)
        engine.submit(Short())
        kinds = [type(heard.get(timeout=PATIENCE)) for _ in range(3)]
        assert kinds == [Started, Progress, Finished]


def test_a_blocking_phase_hears_of_its_cancellation_and_raises_it() -> None:
    begun = threading.Event()
    asked = threading.Event()

    def fetching(request: Request, control: Control) -> Generator[Report, None, None]:
        control.emit(Progress("fetching", 1, 10, "bytes"))
        begun.set()
        assert asked.wait(PATIENCE)
        if control.should_stop():
            raise errors.Cancelled
        yield Progress("never")

    with Engine({Long: fetching}) as engine:
        receiver = Receiver(engine)
        ticket = engine.submit(Long())
        assert begun.wait(PATIENCE)
        assert receiver.until_kind(Progress).report.unit == "bytes"
        engine.cancel(ticket)
        asked.set()
        assert isinstance(receiver.until(lambda event: event.report.final).report, Cancelled)


def test_close_joins_every_thread_and_delivers_nothing_more(gate: Gate) -> None:
    before = set(threading.enumerate())
    engine = Engine({Long: gate, Short: quick, Light: quick})
    receiver = Receiver(engine)
    engine.submit(Light())
    receiver.until_kind(Finished)
    begin(engine, gate, "one")
    step_events = receiver.waiting()
    gate.allowed.release()
    assert engine.close(timeout=PATIENCE)
    assert set(threading.enumerate()) == before
    assert gate.closed.get_nowait() == "one"
    assert not any(engine.admits(event) for event in step_events)
    with pytest.raises(RuntimeError, match="closed"):
        engine.submit(Short())


def test_close_says_when_a_thread_does_not_end_in_time(gate: Gate) -> None:
    engine = Engine({Long: gate})
    begin(engine, gate, "one")
    assert not engine.close(timeout=0.0)
    gate.allowed.release()
    assert engine.close(timeout=PATIENCE)


def test_a_request_without_a_handler_is_refused_at_the_door() -> None:
    with Engine({}) as engine, pytest.raises(KeyError):
        engine.submit(Short())


def test_a_program_that_forgets_to_close_the_engine_ends_all_the_same() -> None:
    program = """
import threading
from explorer.studio.engine.engine import Engine
from explorer.studio.engine.reports import Progress
from explorer.studio.engine.requests import Request

stepping = threading.Event()

def endless(request, control):
    while True:
        yield Progress("working")
        stepping.set()

engine = Engine({Request: endless})
engine.submit(Request())
assert stepping.wait(20)
raise SystemExit(3)
"""
    ended = subprocess.run([sys.executable, "-c", program], timeout=PATIENCE * 3, capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (3, b"")

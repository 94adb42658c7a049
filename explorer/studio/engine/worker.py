"""One thread of the engine, and the order in which it serves its tasks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count

from explorer.studio.engine.reports import Report, Started
from explorer.studio.engine.requests import Request, Ticket
from explorer.studio.engine.task import Task

Emit = Callable[[Ticket, Report], None]


class Schedule:
    """Whose turn it is among the tasks of one worker. Not thread-safe: the worker's lock guards it.

    Tasks are served in rounds. In a round every kind of request has one turn, the most urgent first, and
    within a kind the task that waited longest; so short work goes before a step of an inversion, and neither
    can starve the other, however fast requests arrive. Dropped tasks go before everything: they only have to
    let go.
    """

    def __init__(self) -> None:
        self.tasks: list[Task] = []
        self._served: set[type[Request]] = set()
        self._turns = count(1)

    def pick(self) -> Task | None:
        """The task to advance next, or None where all rest."""
        ready = [task for task in self.tasks if task.ready]
        dropped = next((task for task in ready if task.dropped), None)
        if dropped is not None or not ready:
            return dropped
        waiting = [task for task in ready if type(task.ticket.request) not in self._served]
        if not waiting:
            self._served.clear()
            waiting = ready
        chosen = max(waiting, key=lambda task: (task.ticket.request.priority, -task.turn, -task.ticket.generation))
        self._served.add(type(chosen.ticket.request))
        chosen.turn = next(self._turns)
        return chosen


def advance(task: Task, schedule: Schedule, emit: Emit, lock: AbstractContextManager[object]) -> None:
    """Take a task of a schedule one report further and send that out."""
    if not task.started and not task.dropped:
        task.started = True
        emit(task.ticket, Started())
    report = task.advance()
    with lock:
        # Before the news goes out: whoever hears it may at once submit, resume or close.
        task.account(report)
        if report.final:
            schedule.tasks.remove(task)
    emit(task.ticket, report)


class Worker:
    """A thread that advances tasks one report at a time and sleeps when there is nothing to do."""

    def __init__(self, name: str, emit: Emit) -> None:
        self._emit = emit
        self._wake = threading.Condition()
        self._schedule = Schedule()
        self._closing = False
        # A daemon, so that a program that fails before it closes the engine still ends; `Engine` joins it at exit.
        self._thread = threading.Thread(target=self._run, name=f"likeness-{name}", daemon=True)
        self._thread.start()

    def add(self, task: Task) -> None:
        """Queue a task."""
        with self._wake:
            self._schedule.tasks.append(task)
            self._wake.notify()

    def ask(self, wish: Callable[[], None]) -> None:
        """Apply a wish to a task of this worker (`task.pause` and so on) and look again whose turn it is."""
        with self._wake:
            wish()
            self._wake.notify()

    def close(self) -> None:
        """Drop every task and let the thread end after the report that it is working on."""
        with self._wake:
            self._closing = True
            for task in self._schedule.tasks:
                task.dropped = True
            self._wake.notify()

    def join(self, timeout: float) -> bool:
        """Wait for the thread's end; whether it came."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (task := self._next()) is not None:
            advance(task, self._schedule, self._emit, self._wake)

    def _next(self) -> Task | None:
        with self._wake:
            while (task := self._schedule.pick()) is None:
                if self._closing:
                    return None
                self._wake.wait()
            return task

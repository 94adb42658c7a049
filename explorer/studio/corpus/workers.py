"""Processes that make a corpus's shards: one a core, each with one thread, which is far faster than many threads.

The parent hands out one shard at a time over a pipe and hears of every face. A worker whose parent is gone meets a
broken pipe and ends; whatever it was writing is then not there, and is made again.
"""

from __future__ import annotations

import multiprocessing
import signal
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, Protocol

from explorer.studio.errors import UserError, explain
from explorer.studio.plugins.loading import load_plugins


class Work(Protocol):
    """What a worker does: loaded once in its process, then called for each job; must be picklable."""

    def load(self) -> Any:
        """Load whatever the jobs need."""

    def run(self, loaded: Any, job: Any, tell: Callable[[], None]) -> None:
        """Do a job, calling `tell` after every unit of it."""


@dataclass(frozen=True)
class Progress:
    """Something a worker did: finished one unit of a job, or the job itself."""

    job: Any
    finished: bool


def distribute(work: Work, jobs: Sequence[Any], workers: int) -> Generator[Progress, None, None]:
    """Do the jobs in that many processes, in order as far as that goes, yielding what is done as it is done.

    Closing the generator, or an error, stops every process at once.

    Raises:
        UserError: a worker met a mistake of the user's.
        RuntimeError: a worker failed or was killed.
    """
    waiting = list(jobs)
    with _processes(work, min(workers, len(waiting))) as connections:
        busy: dict[Connection, Any] = {}
        for connection in connections:
            busy[connection] = waiting.pop(0)
            connection.send(busy[connection])
        while busy:
            heard = wait(list(busy))
            for connection in [one for one in busy if one in heard]:
                job = busy[connection]
                finished = _hear(connection, job)
                if finished:
                    del busy[connection]
                    if waiting:
                        busy[connection] = waiting.pop(0)
                        connection.send(busy[connection])
                yield Progress(job, finished)


def _hear(connection: Connection, job: Any) -> bool:
    """One message of a worker: whether it finished its job. Raises what it reports."""
    try:
        kind, text = connection.recv()
    except (EOFError, ConnectionResetError):
        raise RuntimeError(f"the process that made {job} was killed; run the same command again") from None
    if kind == "mistake":
        raise UserError(text)
    if kind == "failure":
        raise RuntimeError(f"{job} failed: {text}")
    return bool(kind == "finished")


@contextmanager
def _processes(work: Work, count: int) -> Iterator[list[Connection]]:
    # Fresh interpreters: a fork would inherit this process's threads and their locks.
    context = multiprocessing.get_context("spawn")
    processes: list[SpawnProcess] = []
    connections: list[Connection] = []
    try:
        for _ in range(count):
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(work, there), daemon=True)
            process.start()
            # The worker alone holds its end now, so that its death is heard here.
            there.close()
            processes.append(process)
            connections.append(here)
        yield connections
    finally:
        for connection in connections:
            connection.close()
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()


def _serve(work: Work, connection: Connection) -> None:
    # An interrupt from the keyboard reaches every process; the parent alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        load_plugins()  # what the parent has registered is not known here
        loaded = work.load()
        while True:
            job = connection.recv()
            work.run(loaded, job, lambda: connection.send(("unit", "")))
            connection.send(("finished", ""))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent is gone or has no more to do
    except Exception as error:
        line = explain(error)
        connection.send(("failure", traceback.format_exc()) if line is None else ("mistake", line))

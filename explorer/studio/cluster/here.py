"""Jobs one after another in this process, yielding after every unit of them."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable
from contextlib import nullcontext
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any

from explorer.studio.cluster.threads import one_thread
from explorer.studio.cluster.work import Progress, Work
from explorer.studio.errors import Cancelled


def do_here(work: Work, jobs: Iterable[Any], threads: int | None) -> Generator[Progress, None, None]:
    """Do the jobs, each unit of them when the next step is asked for; closing the generator ends the unit under way.

    Args:
        threads: 1, or None for all that there are.

    Raises:
        Exception: whatever the work raises.
    """
    # The work tells of its units by a call, and is held there by a thread of its own: only one of the two ever runs.
    told: SimpleQueue[Progress | BaseException | None] = SimpleQueue()
    go_on: SimpleQueue[bool] = SimpleQueue()

    def say(progress: Progress) -> None:
        told.put(progress)
        if not go_on.get():
            raise Cancelled

    def do() -> None:
        try:
            with one_thread() if threads == 1 else nullcontext():
                loaded = work.load()
                for job in jobs:
                    result = work.run(loaded, job, lambda job=job: say(Progress(job, False)))  # type: ignore[misc]
                    say(Progress(job, True, result))
            told.put(None)
        except BaseException as error:  # raised where it is waited for
            told.put(error)

    thread = threading.Thread(target=copy_context().run, args=(do,), name="jobs")
    thread.start()
    try:
        while (step := told.get()) is not None:
            if isinstance(step, BaseException):
                raise step
            yield step
            go_on.put(True)
    finally:
        go_on.put(False)
        thread.join()

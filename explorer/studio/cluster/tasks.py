"""What a worker does: holds the work of a run, and does its jobs."""

from __future__ import annotations

import pickle
import signal
import threading
import traceback
from contextlib import suppress
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker
from distributed.utils import sync

from explorer import __version__
from explorer.studio import places
from explorer.studio.cluster.threads import use_one_thread
from explorer.studio.errors import Cancelled, explain
from explorer.studio.plugins.loading import load_plugins

# What came of a job: its word, and what is said with it.
DONE, UNIT, MISTAKE, FAILURE = "done", "unit", "mistake", "failure"


class HeldWork(WorkerPlugin):
    """Holds the work of one run on a worker, whichever joins; taken away, the run's jobs end at their next unit.

    Args:
        run: by which the run is known. work: pickled, so that a worker imports nothing before its first job.
    """

    def __init__(self, run: str, work: bytes) -> None:
        self.name, self.run, self._work, self._version = held_as(run), run, work, __version__

    def setup(self, worker: Worker) -> None:
        """Begin on a worker."""
        self._worker, self._stopped, self._of_thread = worker, threading.Event(), threading.local()
        # An interrupt from the keyboard reaches every process of the terminal; whoever asked decides what it means.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    def teardown(self, worker: Worker) -> None:
        """End on a worker."""
        self._stopped.set()

    def do(self, number: int, job: bytes) -> None:
        """Do a pickled job, and tell whoever asked of every unit and of what came of it."""
        told = 0

        def tell() -> None:
            nonlocal told
            if self._stopped.is_set():
                raise Cancelled
            told += 1
            self._say(number, UNIT, told)

        try:
            if self._version != __version__:
                raise RuntimeError(f"the worker's version is {__version__}, and {self._version} is needed")
            work, loaded = self._loaded()
            result = work.run(loaded, pickle.loads(job), tell)  # noqa: S301 - of whoever may run code here anyway
        except Cancelled:
            return
        except Exception as error:
            line = explain(error)
            self._say(number, *((FAILURE, traceback.format_exc()) if line is None else (MISTAKE, line)))
        else:
            self._say(number, DONE, pickle.dumps((told, result)))

    def _loaded(self) -> tuple[Any, Any]:
        if not hasattr(self._of_thread, "loaded"):
            use_one_thread()
            _know_what_is_the_users()
            work = pickle.loads(self._work)  # noqa: S301 - of whoever may run code here anyway
            use_one_thread()
            self._of_thread.loaded = work, work.load()
            use_one_thread()
        return self._of_thread.loaded  # type: ignore[no-any-return]

    def _say(self, number: int, word: str, said: object) -> None:
        if word == UNIT:
            self._worker.log_event(self.name, (number, word, said))
        else:
            # Waits until the scheduler has it: a worker that is lost a moment later was done with this job.
            sync(self._worker.loop, self._worker.scheduler.log_event, topic=self.name, msg=(number, word, said))


def held_as(run: str) -> str:
    """Under which name workers hold a run's work, and it is told of."""
    return f"likeness-{run}"


def do_job(run: str, number: int, job: bytes) -> None:
    """Do a job on the worker that this is called on.

    Raises:
        RuntimeError: the run has ended meanwhile.
    """
    held = get_worker().plugins.get(held_as(run))
    if not isinstance(held, HeldWork):
        raise RuntimeError("its run has ended")
    held.do(number, job)


def _know_what_is_the_users() -> None:
    """Register plug-ins, and generators and encoders that were brought: what the asking process has is not known
    here."""
    with suppress(places.NoHomeError):
        if (places.state() / "generators").is_dir():
            from explorer.studio.catalogue.generators import register_brought  # brings torch

            register_brought()
        if (places.state() / "networks").is_dir():
            from explorer.studio.catalogue.brought_encoders import register_brought_encoders  # brings torch

            register_brought_encoders()
    load_plugins()

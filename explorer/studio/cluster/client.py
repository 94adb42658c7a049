"""Hand jobs to Dask's workers, and hear of what they do."""

from __future__ import annotations

import math
import pickle
import time
import uuid
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Any

from distributed import Client, Future, KilledWorker, LocalCluster

from explorer.science.remarks import remark
from explorer.studio.cluster.access import PAGES, PATIENCE, quiet_dask, security_of
from explorer.studio.cluster.asked import Address, Local
from explorer.studio.cluster.nannies import PromptNanny
from explorer.studio.cluster.tasks import DONE, MISTAKE, UNIT, HeldWork, do_job, held_as
from explorer.studio.cluster.work import Progress, Work
from explorer.studio.errors import UserError

# Seconds to wait where all workers of this machine were lost: one that dies while it starts does not come back.
_ALONE = 120.0
_ENDED, _GONE = "ended", "the scheduler is gone: start it, and run the same command again"


def do_on_workers(work: Work, jobs: Sequence[Any], cluster: Local | Address) -> Generator[Progress, None, None]:
    """Do the jobs on workers, as `distribute` says."""
    with quiet_dask() as folder, _client(cluster, len(jobs), str(folder)) as client:
        run = _Run(client, work, comes_back=isinstance(cluster, Address))
        try:
            yield from run.do(jobs)
        finally:
            if isinstance(cluster, Address):  # others' work goes on there
                run.end()


@contextmanager
def _client(cluster: Local | Address, jobs: int, folder: str) -> Iterator[Client]:
    if isinstance(cluster, Address):
        try:
            client = Client(cluster.address, security=security_of(cluster), timeout=PATIENCE, set_as_default=False)
        except (OSError, TimeoutError) as error:
            why = " ".join(str(error.__cause__ or error).split())[:200]
            raise UserError(f"no scheduler that takes this certificate answers at {cluster.address}: {why}") from error
        with client:
            if not client.nthreads():
                remark(f"{cluster.address} has no worker yet: start some by `likeness cluster worker`")
            yield client
        return
    # Other users of this machine reach its ports, too: the peers know each other by a certificate of this run.
    with (
        LocalCluster(
            n_workers=min(cluster.workers, jobs),
            threads_per_worker=1,
            worker_class=PromptNanny,
            security=True,
            scheduler_kwargs=PAGES,
            local_directory=folder,
            memory_limit=0,
        ) as here,
        Client(here, set_as_default=False) as client,
    ):
        yield client


class _Run:
    """One run of a work on the workers of a client. comes_back: whether others may send workers where there is none."""

    def __init__(self, client: Client, work: Work, comes_back: bool) -> None:
        self._client, self._run = client, uuid.uuid4().hex
        self._comes_back, self._alone_since = comes_back, math.inf
        self._heard: SimpleQueue[tuple[int, str, Any]] = SimpleQueue()
        client.subscribe_topic(held_as(self._run), lambda event: self._heard.put(tuple(event[1])))
        client.register_plugin(HeldWork(self._run, pickle.dumps(work)))

    def do(self, jobs: Sequence[Any]) -> Generator[Progress, None, None]:
        """Do the jobs; raises as `distribute`."""
        waiting = iter(enumerate(jobs))
        futures: dict[int, Future[None]] = {}
        units: dict[int, int] = {}
        while True:
            # A worker gets the next job when its last is done: where one fails, nobody has begun another behind it, and
            # of a worker that is lost just one job is to blame.
            for number, job in islice(waiting, self._free(len(futures))):
                futures[number] = self._submitted(number, job)
            if not futures:
                return
            if (heard := self._next()) is None:
                self._look_for_workers()
                continue
            number, word, said = heard
            if number not in futures:  # what was on its way when the job was done, or was begun again just then
                continue
            if word == UNIT:
                # Whoever begins a job again tells again of the same units.
                if said > units.get(number, 0):
                    units[number] = said
                    yield Progress(jobs[number], False)
            elif word == DONE:
                many, result = pickle.loads(said)  # noqa: S301 - of a worker that was trusted with the work
                futures.pop(number).release()
                for _ in range(units.pop(number, 0), many):
                    yield Progress(jobs[number], False)
                yield Progress(jobs[number], True, result)
            else:
                raise _error(word, said, jobs[number])

    def _submitted(self, number: int, job: Any) -> Future[None]:
        future = self._client.submit(
            do_job,
            self._run,
            number,
            pickle.dumps(job),
            key=f"{held_as(self._run)}-{number}",
            pure=False,
        )
        future.add_done_callback(lambda ended: self._heard_of_end(number, ended))
        return future

    def _heard_of_end(self, number: int, future: Future[None]) -> None:
        """Whoever hears of it has heard before of a job that was done."""
        why: Any = future.exception() if future.status == "error" else future.status
        self._heard.put((number, _ENDED, why))

    def _free(self, busy: int) -> int:
        """How many more jobs workers can begin; the first waits with the scheduler where there is none yet."""
        try:
            threads: int = sum(self._client.nthreads().values())
        except (OSError, TimeoutError):
            raise UserError(_GONE) from None
        return max(0, max(1, threads) - busy)

    def _look_for_workers(self) -> None:
        """Wait no longer for workers of this machine of which none is left.

        Raises:
            RuntimeError: they are gone for good.
        """
        now = time.monotonic()
        self._alone_since = math.inf if self._client.nthreads() else min(self._alone_since, now)
        if not self._comes_back and now - self._alone_since >= _ALONE:
            raise RuntimeError("every worker was lost, and none came back: run the same command again")

    def _next(self) -> tuple[int, str, Any] | None:
        """What is heard next; None where a second brought nothing: meanwhile other workers may have joined.

        Raises:
            UserError: the scheduler is gone.
        """
        try:
            return self._heard.get(timeout=1)
        except Empty:
            if self._client.status != "running":
                raise UserError(_GONE) from None
            return None

    def end(self) -> None:
        """Have workers that stay do nothing more of it."""
        if self._client.status == "running":
            self._client.unregister_worker_plugin(held_as(self._run))


def _error(word: str, said: Any, job: Any) -> Exception:
    """The error of a job that was not done."""
    if word == MISTAKE:
        return UserError(said)
    if word == _ENDED and isinstance(said, KilledWorker):
        return RuntimeError(f"every process that made {job} was killed; run the same command again")
    if word == _ENDED and said in ("cancelled", "lost"):
        return UserError(_GONE)
    return RuntimeError(f"{job} failed: {said}")

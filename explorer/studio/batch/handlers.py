"""The handler of batches; window and command line do the same work."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping

from explorer.science.faces.walking import PassedOver
from explorer.science.inversion.step import InversionStep, StartsProgress
from explorer.science.iteration import Steps
from explorer.studio.batch.folder import ItemDone, Within, Work, items_in, run_batch
from explorer.studio.batch.job import Job
from explorer.studio.batch.requests import BatchEnded, BatchMoved, FileDone, RunBatch, RunSet, SetEnded
from explorer.studio.catalogue.networks import Networks
from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.inversion.several import MemberDone, MemberEvent


def _real_work(job: Job, networks: Networks) -> Work:
    from explorer.studio.batch.work import work_of  # brings the morphable model

    return work_of(job, networks)


def handlers(device: Device) -> Mapping[type[Request], Handler]:
    """The handlers by request."""
    return BatchHandlers(device).table()


class BatchHandlers:
    """Works on folders.

    Args:
        work_of: what a job does to a file.
    """

    def __init__(self, device: Device, work_of: Callable[[Job, Networks], Work] = _real_work) -> None:
        self._device = device
        self._work_of = work_of

    def table(self) -> Mapping[type[Request], Handler]:
        """The handlers by request."""
        return {RunBatch: self.run, RunSet: run_set}

    def run(self, request: RunBatch, control: Control) -> Generator[Report, None, BatchEnded]:
        """Work on one file after another; cancelled, the file under way is left undone."""
        yield Progress("loading networks")
        key = request.key
        passed = PassedOver()
        items = items_in(request.folder, request.job.kind, passed)
        work = self._work_of(request.job, self._device.networks(control))
        running = Steps(run_batch(items, request.job, request.out, work, again=request.again))
        try:
            for event in running:
                item = event.item
                if isinstance(event, ItemDone):
                    yield FileDone(key, event.entry, item.number, item.total)
                elif isinstance(event, Within):
                    words = _words(event.event, request.job.runs)
                    yield Progress(f"{item.name}: {words}", item.number, item.total, "files")
                    yield BatchMoved(key, item.name, item.number, item.total, words)
                # Others may have had their turn meanwhile: say again whose progress it is.
                self._device.networks(control)
            return BatchEnded(key, running.result.files, passed.words())
        finally:
            running.close()


def run_set(request: RunSet, control: Control) -> Generator[Report, None, SetEnded]:
    """Make a data set in processes of their own; left before its end, nothing of it is there."""
    from explorer.studio.batch.set_running import SetDone, run_set_job  # brings the morphable model

    yield Progress("starting processes")
    running = Steps(run_set_job(request.job.settings, request.out))
    try:
        for event in running:
            yield Progress(f"picture {event.done} of {event.total}", event.done, event.total, "pictures")
            yield BatchMoved(request.key, f"picture {event.done}", event.done, event.total, event.part)
        made: SetDone = running.result
        return SetEnded(request.key, made.place, made.words)
    finally:
        running.close()


def _words(event: object, runs: int) -> str:
    """Args: runs: how many inversions a file is read by, where it is."""
    if isinstance(event, str):
        return event
    if isinstance(event, MemberEvent | MemberDone):
        said = _words(event.event, runs) if isinstance(event, MemberEvent) else "reading the face"
        return f"run {event.number + 1} of {runs}: {said}" if runs > 1 else said
    if isinstance(event, StartsProgress):
        return event.in_words()
    if isinstance(event, InversionStep):
        return f"step {event.index} at {event.resolution} px, cosine {event.cosine:.2f}"
    return "drawing and scoring the result"

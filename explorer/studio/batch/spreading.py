"""A folder's files worked on by several workers; the journal is kept by whoever asked, and tells the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from explorer.science.iteration import Steps
from explorer.studio.batch.folder import (
    Batching,
    BatchResult,
    Item,
    ItemDone,
    Work,
    opened_batch,
    worked,
    write_tables,
)
from explorer.studio.batch.job import Entry, Job
from explorer.studio.catalogue.networks import Networks, best_device
from explorer.studio.cluster.asked import Cluster
from explorer.studio.cluster.distributing import distribute


@dataclass(frozen=True)
class BatchWork:
    """What one worker does: works on files. out: where results go. device: None for the best that the worker has."""

    job: Job
    out: Path
    device: str | None

    def load(self) -> Work:
        """Load what all files share."""
        from explorer.studio.batch.work import work_of  # brings the morphable model

        return work_of(self.job, Networks(best_device() if self.device is None else self.device))

    def run(self, loaded: Work, job: Item, tell: Callable[[], None]) -> Entry:
        """Work on one file; what came of it is put into the journal by whoever asked."""
        steps = Steps(worked(job, self.out, loaded))
        for _ in steps:
            tell()
        return steps.result


def run_batch_on(
    items: Sequence[Item], job: Job, out: Path, cluster: Cluster, device: str | None, *, again: bool = False
) -> Batching:
    """Work on every file that was not finished before, as `run_batch` does, but on workers.

    Args:
        device: of the workers; the best of each if None.

    Yields:
        `ItemDone` for each file: first those that were finished before, then the others as they are finished.

    Raises:
        UserError, RuntimeError: as `run_batch` and `distribute`.
    """
    with opened_batch(items, job, out) as journal:
        entries: dict[int, Entry] = {}
        missing: list[Item] = []
        for item in items:
            known = journal.finished(item, again=again)
            if known is None:
                missing.append(replace(item, path=item.path.absolute()))
            else:
                entries[item.number] = known
                yield ItemDone(item, known, before=True)
        work = BatchWork(job, out.absolute(), device)
        with closing(distribute(work, missing, cluster)) as steps:
            for step in steps:
                if step.finished:
                    journal.add(step.result)
                    entries[step.job.number] = step.result
                    yield ItemDone(step.job, step.result)
        ordered = [entries[item.number] for item in items]
        return BatchResult(tuple(ordered), write_tables(out, job, ordered))

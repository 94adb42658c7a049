"""Work on whole folders, as the window lists it. No Qt, no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from explorer.studio.batch.job import Entry, Job, SetJob
from explorer.studio.session.slices import Slice, holds_no_face

LISTED = 100  # so many finished files are kept in view
BatchStatus = Literal["waiting", "running", "paused", "interrupted", "finished", "failed", "cancelled"]


@dataclass(frozen=True, eq=False)
class BatchState:
    """One folder and how far the work on it has come; or a data set that is made, which has no folder but its own.

    done: files that are through, of total; 0 of 0 while it is not known. message: what happens now, or how it ended.
    failures: files that failed, with their reasons. finished: the newest of those that did not, newest first.
    tables: the files of its table, once it is finished.
    "interrupted" is what an earlier program did not finish.
    """

    key: str
    job: Job | SetJob
    folder: Path
    out: Path
    status: BatchStatus = "waiting"
    done: int = 0
    total: int = 0
    message: str = ""
    failures: tuple[Entry, ...] = ()
    finished: tuple[Entry, ...] = ()
    tables: tuple[Path, ...] = ()

    @property
    def active(self) -> bool:
        """Whether it holds the device, or rests there."""
        return self.status in ("running", "paused")

    @property
    def over(self) -> bool:
        """Whether nothing more comes of it by itself."""
        return self.status in ("finished", "failed", "cancelled", "interrupted")

    @property
    def remaining(self) -> float | None:
        """Seconds that the files to come will take, by what those took that are through; None while none is, and where
        nothing is under way."""
        through = (*self.finished, *self.failures)
        if not self.active or not through:
            return None
        return sum(entry.seconds for entry in through) / len(through) * (self.total - self.done)


BATCHES = Slice[tuple[BatchState, ...]](
    name="batches",
    default=lambda: (),
    without=holds_no_face("it names folders and files; what was made of these lies where the user wanted it"),
    mark=None,
    unsaved="the queue is of the program, not of a session, and has a file of its own",
)
"""Work on whole folders, in the order of the queue."""

SLICES = (BATCHES,)

"""What independent pieces of work are: how they are done, and how it is told that they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


class Work(Protocol):
    """How jobs are done: loaded once where they are, then called for each of them; it and the jobs can be pickled.

    A job that is done twice, because a worker was lost, writes the same files: whole, or not at all.
    """

    def load(self) -> Any:
        """Load whatever the jobs need."""

    def run(self, loaded: Any, job: Any, tell: Callable[[], None]) -> Any:
        """Do a job, calling `tell` after every unit of it; return what is handed to whoever asked, and is small."""


@dataclass(frozen=True)
class Progress:
    """Something was done: one unit of a job, or the job itself. result: of a job that is finished."""

    job: Any
    finished: bool
    result: Any = None

"""The request that works on a folder, and its reports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from explorer.studio.batch.job import Entry, Job, SetJob
from explorer.studio.engine.reports import Report
from explorer.studio.engine.requests import Request, Worker


@dataclass(frozen=True, eq=False)
class RunBatch(Request):
    """Work on every file of a folder. Reports `BatchMoved` and `FileDone`; result: `BatchEnded`.

    key: of the batch in the session. again: whether files that failed are tried again.
    """

    title: ClassVar[str] = "working on a folder"
    key: str
    job: Job
    folder: Path
    out: Path
    again: bool = False


@dataclass(frozen=True, eq=False)
class RunSet(Request):
    """Make a data set. Reports `BatchMoved` for every picture; result: `SetEnded`. key: of the batch in the session."""

    worker: ClassVar[Worker] = "people"
    title: ClassVar[str] = "making a data set"
    key: str
    job: SetJob
    out: Path


@dataclass(frozen=True, eq=False)
class SetEnded:
    """A data set is made. place: its folder, which is another where the one that was wanted held an earlier result.

    words: how many people and pictures it has, by split.
    """

    key: str
    place: Path
    words: str


@dataclass(frozen=True, eq=False)
class BatchMoved(Report):
    """A step of the work on a file was made; a paused batch rests here. number: of the file, from 0."""

    is_step: ClassVar[bool] = True
    key: str
    name: str
    number: int
    total: int
    words: str


@dataclass(frozen=True, eq=False)
class FileDone(Report):
    """A file was finished, failed, or had been finished before."""

    key: str
    entry: Entry
    number: int
    total: int


@dataclass(frozen=True, eq=False)
class BatchEnded:
    """All files are done. tables: the files of the table. passed_over: in words, what is no photograph."""

    key: str
    tables: tuple[Path, ...]
    passed_over: str = ""

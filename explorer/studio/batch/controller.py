"""The user's commands around batches: a queue of folders, of which one is worked on at a time."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator, RootModel

from explorer.science.names import kept_path, name_of, path_kept
from explorer.studio.batch.job import Entry, Job, Kind, SetJob
from explorer.studio.batch.requests import BatchEnded, BatchMoved, FileDone, RunBatch, RunSet, SetEnded
from explorer.studio.batch.state import BATCHES, LISTED, BatchState
from explorer.studio.engine.reports import Cancelled, Event, Failure, Report
from explorer.studio.engine.requests import Ticket
from explorer.studio.errors import UserError
from explorer.studio.faces.state import ENCODER
from explorer.studio.inversion.state import SETTINGS, WEIGHTS
from explorer.studio.json_store import JsonStore
from explorer.studio.populations.values import SetSettings
from explorer.studio.session.services import AppServices, Controller
from explorer.studio.session.state import Session

_LARGEST_LIST = 10_000_000
_NAMED = 3  # of the files that failed, in a line


def _path(given: object) -> Path:
    if isinstance(given, Path):
        return given
    if not isinstance(given, str):
        raise ValueError("it is no path")
    return path_kept(given)


# Names may be no UTF-8, and JSON is.
_KeptPath = Annotated[Path, PlainValidator(_path), PlainSerializer(kept_path)]


class _StoredBatch(BaseModel):
    """A batch as it outlives the program; what was finished of it, its own journal says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    job: Job | SetJob
    folder: _KeptPath
    out: _KeptPath


class _Queue(RootModel[list[_StoredBatch]]):
    root: list[_StoredBatch] = []


class BatchController(Controller):
    """Keeps `session[BATCHES]`."""

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        self._ticket: Ticket | None = None
        self._store = JsonStore(_Queue, _LARGEST_LIST, "a queue of folders", "")
        self._again: set[str] = set()

    # Commands.

    def persist_in(self, file: Path) -> None:
        """Keep the list of what is not finished in a file from now on, and list what an earlier program left there."""
        try:
            stored = self._store.open(file).root
        except UserError:
            return
        words = "the program ended before it was finished; go on where it was left"
        left = (BatchState(_key(), one.job, one.folder, one.out, "interrupted", message=words) for one in stored)
        self._session[BATCHES] = (*left, *self._session[BATCHES])

    def add(self, kind: Kind, folder: Path, out: Path, **more: Any) -> None:
        """Put a folder at the end of the queue, with the encoder, settings and weights as they are set now.

        Args:
            more: further fields of the `Job`, such as how embeddings are read.
        """
        session = self._session
        if out.resolve() == folder.resolve() or folder.resolve() in out.resolve().parents:
            text = f"{name_of(out)} lies in {name_of(folder)}: results would be taken for photographs"
            self._app.notify("warning", "Choose another folder for the results", text)
            return
        if any(one.out == out and not one.over for one in session[BATCHES]):
            self._app.notify("warning", "Choose another folder for the results", f"{name_of(out)} is in use already")
            return
        job = job_now(session, kind, **more)
        try:
            _refuse_unreadable(job)
        except UserError as error:
            self._app.notify("warning", "This folder cannot be read by reconstruction", str(error))
            return
        session[BATCHES] = (*session[BATCHES], BatchState(_key(), job, folder, out))
        self._next()

    def add_set(self, settings: SetSettings, out: Path) -> None:
        """Put a data set of people who never were at the end of the queue."""
        session = self._session
        if any(one.out == out and not one.over for one in session[BATCHES]):
            self._app.notify("warning", "Choose another folder for the set", f"{name_of(out)} is in use already")
            return
        session[BATCHES] = (*session[BATCHES], BatchState(_key(), SetJob(settings=settings), out, out))
        self._next()

    def pause(self, key: str) -> None:
        """Rest after the current step."""
        if self._active(key) and self._ticket is not None:
            self._app.engine.pause(self._ticket)
            self._set(key, status="paused")

    def resume(self, key: str, *, again: bool = False) -> None:
        """Go on: from a pause, or where a batch was cancelled, failed or interrupted.

        Args:
            again: whether files that failed are tried again.
        """
        one = self._find(key)
        if one is None:
            return
        if one.status == "paused" and self._ticket is not None:
            self._app.engine.resume(self._ticket)
            self._set(key, status="running")
        elif one.over:
            self._again |= {key} if again else set()
            self._set(key, status="waiting", message="", failures=(), finished=(), tables=())
            self._next()

    def cancel(self, key: str) -> None:
        """Leave it: the file under way is left undone, what is finished stays."""
        one = self._find(key)
        if one is None:
            return
        if one.active and self._ticket is not None:
            self._app.engine.cancel(self._ticket)
        elif one.status == "waiting":
            self._set(key, status="cancelled", message="")

    def remove(self, key: str) -> None:
        """Take a batch that is over out of the list; its files stay."""
        self._session[BATCHES] = tuple(one for one in self._session[BATCHES] if one.key != key or not one.over)
        self._keep()

    # The engine's answers.

    def reports(self) -> Mapping[type[Report], Callable[[Ticket, Any], None]]:
        """What is done with reports, by their type."""
        return {BatchMoved: self._moved, FileDone: self._file_done}

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """Where the results of requests go, by their type."""
        return {BatchEnded: self._finished, SetEnded: self._set_made}

    def on_final(self, event: Event) -> None:
        """Take note of a final event: the next batch begins."""
        request = event.ticket.request
        if not isinstance(request, RunBatch | RunSet):
            return
        self._ticket = None
        if isinstance(event.report, Failure):
            self._set(request.key, status="failed", message=event.report.message)
        elif isinstance(event.report, Cancelled):
            more = "begin anew" if isinstance(request, RunSet) else "go on where it was left"
            self._set(request.key, status="cancelled", message=f"cancelled; {more}")
        else:
            self._set(request.key, status="finished")
        self._next()

    def _moved(self, ticket: Ticket, report: BatchMoved) -> None:
        self._set(report.key, done=report.number, total=report.total, message=f"{report.name}: {report.words}")

    def _file_done(self, ticket: Ticket, report: FileDone) -> None:
        one = self._find(report.key)
        if one is not None:
            failures, finished = one.failures, one.finished
            if report.entry.status == "failed":
                failures += (report.entry,)
            else:
                finished = (report.entry, *finished[: LISTED - 1])
            self._set(report.key, done=report.number + 1, total=report.total, failures=failures, finished=finished)

    def _finished(self, ended: BatchEnded) -> None:
        one = self._find(ended.key)
        if one is None:
            return
        failed = _failed_words(one.failures)
        passed = f"; passed over: {ended.passed_over}" if ended.passed_over else ""
        said = f"{one.done} files{failed}{passed}"
        self._set(ended.key, status="finished", tables=ended.tables, message=said)
        # The folder does not come first: a message begins with a capital, and names are as they are.
        count = "1 file" if one.done == 1 else f"{one.done} files"
        text = f"{count} of {name_of(one.folder)}{failed}{passed}"
        self._app.notify("info", "A folder is finished", text, path=one.out)

    def _set_made(self, ended: SetEnded) -> None:
        self._set(ended.key, status="finished", out=ended.place, message=ended.words)
        self._app.notify("info", "A data set is made", ended.words, path=ended.place)

    # The queue.

    def _next(self) -> None:
        """Begin the first that waits, where none is under way."""
        waiting = next((one for one in self._session[BATCHES] if one.status == "waiting"), None)
        if self._ticket is None and waiting is not None:
            again = waiting.key in self._again
            self._again.discard(waiting.key)
            if isinstance(waiting.job, SetJob):
                self._set(waiting.key, status="running", message="starting processes", done=0)
                self._ticket = self._app.submit(RunSet(waiting.key, waiting.job, waiting.out))
            else:
                self._set(waiting.key, status="running", message="loading networks")
                request = RunBatch(waiting.key, waiting.job, waiting.folder, waiting.out, again)
                self._ticket = self._app.submit(request)
        self._keep()

    def _keep(self) -> None:
        """Note what is not finished where the next program finds it."""
        if self._store.path is None:
            return
        left = [
            _StoredBatch(job=batch.job, folder=batch.folder, out=batch.out)
            for batch in self._session[BATCHES]
            if batch.status not in ("finished", "cancelled")
        ]
        try:
            if left:
                self._store.write(_Queue(left))
            else:
                self._store.path.unlink(missing_ok=True)
        except (UserError, OSError) as error:
            self._app.notify("warning", "The queue of folders is not kept", str(error))

    def _find(self, key: str) -> BatchState | None:
        return next((one for one in self._session[BATCHES] if one.key == key), None)

    def _active(self, key: str) -> bool:
        one = self._find(key)
        return one is not None and one.status == "running"

    def _set(self, key: str, **changes: Any) -> None:
        self._session[BATCHES] = tuple(
            replace(one, **changes) if one.key == key else one for one in self._session[BATCHES]
        )


def job_now(session: Session, kind: Kind, **more: Any) -> Job:
    """What would be done to a folder that is added now."""
    settings = session[SETTINGS].model_copy(update={"encoder": session[ENCODER], "weights": dict(session[WEIGHTS])})
    return Job(kind=kind, encoder=session[ENCODER], settings=settings, **more)


def _refuse_unreadable(job: Job) -> None:
    """Refuse before a folder waits what its work would refuse once it begins."""
    if job.kind == "probe" and job.by == "reconstruction":
        from explorer.studio.leakage.reconstructing import settings_of_runs  # brings torch

        settings_of_runs(job.settings, job.runs)


def _failed_words(failures: tuple[Entry, ...]) -> str:
    """Such as ", 2 failed: a.jpg, b.jpg"; the first of many are named."""
    if not failures:
        return ""
    names = ", ".join(entry.file for entry in failures[:_NAMED])
    return f", {len(failures)} failed: {names}" + (" and others" if len(failures) > _NAMED else "")


def _key() -> str:
    return f"batch-{secrets.token_hex(6)}"

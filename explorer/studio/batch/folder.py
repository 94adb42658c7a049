"""A folder of photographs or vectors in, a folder of results and one table out; what is finished outlives a crash.

The journal, `batch.jsonl`, has a line that says what is done to all files, and a line for each file that was finished
or failed. A line is on the disk before the next file is begun; one that a kill cut short counts as not written. So a
batch that is begun again goes on where it was left, whatever ended it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from pydantic import ValidationError

from explorer.science.contents import open_file, read_bytes
from explorer.science.faces.walking import PassedOver, photographs_in
from explorer.science.generation.registry import GENERATORS, absence
from explorer.science.iteration import Steps
from explorer.science.names import shown
from explorer.studio import places
from explorer.studio.batch.job import Entry, Job, Kind
from explorer.studio.catalogue.faults import fault_of_file
from explorer.studio.errors import Cancelled, UserError
from explorer.studio.export.provenance import Provenance, bare_record
from explorer.studio.export.tables import Value, write_table
from explorer.studio.faces.vectors import SUFFIXES
from explorer.studio.files import fitting_name
from explorer.studio.origins import Group, Parts
from explorer.studio.outputs import alone_in, whole_folder

JOURNAL, TABLES = "batch.jsonl", ("table.csv", "table.parquet")
LARGEST_JOURNAL = 2**30
_FORMAT = "likeness-batch/1"


@dataclass(frozen=True)
class Item:
    """A file to be worked on. name: within its folder, as it is shown. number: from 0, of total."""

    path: Path
    name: str
    number: int
    total: int

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False)
class Within:
    """Something happened in the work on a file."""

    item: Item
    event: object


@dataclass(frozen=True, eq=False)
class ItemDone:
    """A file was finished, failed, or had been finished before."""

    item: Item
    entry: Entry
    before: bool = False


@dataclass(frozen=True, eq=False)
class BatchResult:
    """entries: of all files, in order. files: the tables and what lies beside them."""

    entries: tuple[Entry, ...]
    files: tuple[Path, ...]

    @property
    def failures(self) -> tuple[Entry, ...]:
        """Those that failed."""
        return tuple(one for one in self.entries if one.status == "failed")


# Does the work on a file and returns its row; the folder takes the results and is there.
Work = Callable[[Path, Path], Generator[object, None, dict[str, Value]]]
Batching = Generator[Within | ItemDone, None, BatchResult]


def items_in(folder: Path, kind: Kind, passed: PassedOver | None = None) -> list[Item]:
    """The files of a folder and the folders below that a kind of job can work on, by name; links to folders are not
    followed.

    Args:
        passed: counts what else lies there.

    Raises:
        UserError: there is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder: give one with photographs")
    vectors = kind in ("invert", "probe")
    passed = PassedOver() if passed is None else passed
    found = list(photographs_in(folder, passed, also=_is_vector if vectors else lambda path: False))
    if not found:
        what = "photographs or embeddings" if vectors else "photographs"
        besides = f" (passed over: {passed.words()})" if passed else ""
        raise UserError(f"there are no {what} in {folder}{besides}: choose another folder")
    named = sorted((shown(path.relative_to(folder).as_posix()), path) for path in found)
    return [Item(path, name, number, len(named)) for number, (name, path) in enumerate(named)]


def _is_vector(path: Path) -> bool:
    """Whether a file may hold an embedding; a text mostly does not, nor the JSON beside a figure or a table."""
    suffix = path.suffix.lower()
    return suffix in (*SUFFIXES, ".npz") and not (suffix == ".json" and Path(path.stem).suffix)


def run_batch(items: Sequence[Item], job: Job, out: Path, work: Work, *, again: bool = False) -> Batching:
    """Work on every file that was not finished before.

    Args:
        out: where results go; it holds the journal.
        again: whether files that failed before are tried again.

    Yields:
        `Within` for whatever the work yields: a batch rests and ends between two of these; `ItemDone` for each file.

    Raises:
        UserError: the folder holds a batch of another job or other files, or a table that is none of a batch; it is in
            use, or cannot be written to.
    """
    with opened_batch(items, job, out) as journal:
        entries: list[Entry] = []
        for item in items:
            known = journal.finished(item, again=again)
            if known is not None:
                entries.append(known)
                yield ItemDone(item, known, before=True)
                continue
            entry = yield from worked(item, out, work)
            journal.add(entry)
            entries.append(entry)
            yield ItemDone(item, entry)
        return BatchResult(tuple(entries), write_tables(out, job, entries))


@contextmanager
def opened_batch(items: Sequence[Item], job: Job, out: Path) -> Iterator[Journal]:
    """Open the folder that takes a batch's results, alone; raises as `run_batch`."""
    places.private_folder(out)
    with alone_in(out, ".batch.lock", "another batch"):
        _refuse_tables_of_others(out)
        journal = Journal(out / JOURNAL, job)
        _refuse_batch_of_others(out, journal, items)
        yield journal


def _refuse_tables_of_others(out: Path) -> None:
    table = next((out / name for name in TABLES if (out / name).exists()), None)
    if table is not None and not (out / JOURNAL).exists():
        raise UserError(f"{table} is of no batch, and would be overwritten: choose another folder for the results")


def _refuse_batch_of_others(out: Path, journal: Journal, items: Sequence[Item]) -> None:
    """One table is of one folder: of what is known, at least one file is among the items as it was."""
    known = ((item, journal.entry(item.name)) for item in items)
    if len(journal) and not any(entry is not None and entry.sha256 == _digest(item.path) for item, entry in known):
        raise UserError(f"{out.name} holds a batch of other files: choose another folder for the results of these")


def worked(item: Item, out: Path, work: Work) -> Generator[Within, None, Entry]:
    """Do the work on a file; what is the file's fault becomes its reason."""
    begun, digest = perf_counter(), _digest(item.path)
    *folders, name = Path(item.name).parts
    folder = Path(out, "files", *map(fitting_name, folders), fitting_name(name, f"-{digest[:8]}"))
    try:
        with whole_folder(folder):
            doing = Steps(work(item.path, folder))
            for event in doing:
                yield Within(item, event)
            row = {**doing.result, "folder": folder.relative_to(out).as_posix()}
        return Entry(file=item.name, sha256=digest, status="done", seconds=round(perf_counter() - begun, 3), row=row)
    except Cancelled:
        raise
    except Exception as error:
        reason = fault_of_file(error)
        if reason is None:  # it would befall the next one, too
            raise
        return Entry(
            file=item.name, sha256=digest, status="failed", reason=reason, seconds=round(perf_counter() - begun, 3)
        )


def _digest(path: Path) -> str:
    try:
        with open_file(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""  # the work itself says what is wrong with the file


class Journal:
    """What has been finished, on the disk.

    Raises:
        UserError: it belongs to another job, is damaged, or cannot be written.
    """

    def __init__(self, path: Path, job: Job) -> None:
        self._path = path
        self._entries: dict[str, Entry] = {}
        head = (json.dumps({"format": _FORMAT, "job": job.model_dump(mode="json")}, sort_keys=True) + "\n").encode()
        whole = self._whole_lines()
        try:
            if not whole:
                self._append(head, fresh=True)
                return
            if whole[0] != head and not _is_of(whole[0], job):
                raise UserError(
                    f"{path.parent.name} holds a batch with other settings: give the same ones, or another folder"
                    + _without_generator(whole[0])
                )
            for line in whole[1:]:
                entry = Entry.model_validate_json(line)
                self._entries[entry.file] = entry
            self._cut(sum(map(len, whole)))
        except ValidationError as error:
            raise UserError(f"{path} is damaged: remove it to begin anew, or choose another folder") from error

    def __len__(self) -> int:
        """Of how many files it is known what came of them."""
        return len(self._entries)

    def entry(self, name: str) -> Entry | None:
        """What came of a file, if that is known."""
        return self._entries.get(name)

    def finished(self, item: Item, *, again: bool) -> Entry | None:
        """What came of a file as it is now; None where it is to be done, as one that failed is where asked again."""
        known = self._entries.get(item.name)
        if known is None or known.sha256 != _digest(item.path) or (again and known.status == "failed"):
            return None
        return known

    def add(self, entry: Entry) -> None:
        """Note what came of a file; it is on the disk when this returns."""
        self._append(entry.model_dump_json().encode() + b"\n")
        self._entries[entry.file] = entry

    def _whole_lines(self) -> list[bytes]:
        try:
            if self._path.stat().st_size > LARGEST_JOURNAL:
                raise UserError(f"{self._path} is too large for a journal: remove it, or choose another folder")
            lines = read_bytes(self._path).splitlines(keepends=True)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UserError(f"cannot read {self._path}: {error.strerror or error}") from error
        return lines if not lines or lines[-1].endswith(b"\n") else lines[:-1]

    def _cut(self, size: int) -> None:
        """Take away a line that a kill cut short."""
        with self._path.open("rb+") as file:
            file.truncate(size)

    def _append(self, line: bytes, *, fresh: bool = False) -> None:
        try:
            flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if fresh else os.O_APPEND)
            handle = os.open(self._path, flags, 0o600)
            try:
                os.write(handle, line)
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise UserError(f"cannot write {self._path}: {error.strerror or error}") from error


def _is_of(head: bytes, job: Job) -> bool:
    """Whether a journal's first line is of a job; a line of an earlier version lacks what jobs can say since."""
    try:
        said = json.loads(head)
        return bool(said["format"] == _FORMAT) and Job.model_validate(said["job"]) == job
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _without_generator(head: bytes) -> str:
    """What else is to be said of a journal whose faces a generator drew that is not on this machine."""
    try:
        generator = Job.model_validate(json.loads(head)["job"]).settings.generator
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return "" if generator in GENERATORS else f" (its faces were drawn by another generator: {absence(generator)})"


def write_tables(out: Path, job: Job, entries: Iterable[Entry]) -> tuple[Path, ...]:
    """Write one row a file as CSV and Parquet; those that failed say why."""
    listed = list(entries)
    rows = [
        {
            "file": one.file,
            "sha256": one.sha256,
            "status": one.status,
            "reason": one.reason or None,
            "seconds": one.seconds,
            **one.row,
        }
        for one in listed
    ]
    record = batch_record(job, listed)
    return tuple(path for name in TABLES for path in write_table(out / name, rows, record))


def batch_record(job: Job, entries: Sequence[Entry]) -> Provenance:
    """How a table was made. Names of files are in the table itself."""
    from explorer.studio.versions import versions  # brings torch

    counts = {status: sum(one.status == status for one in entries) for status in ("done", "failed")}
    return bare_record(
        kind=f"batch {job.kind}",
        job=job.model_dump(mode="json"),
        files=len(entries),
        **counts,
        versions=versions(_parts(job, entries)),
    )


def _parts(job: Job, entries: Sequence[Entry]) -> Parts:
    """What took part in a table, by name. A probe's column is called as the probe is."""
    if job.kind == "fit":
        return {}
    if job.kind == "embed":
        return {"encoders": (job.encoder,)}
    from explorer.science.recognition.registry import ENCODERS  # brings torch

    inverts = job.kind == "invert" or job.by == "reconstruction"
    parts: dict[Group, Iterable[str]] = {
        # Results are judged by every encoder that there is.
        "encoders": (job.encoder, *(ENCODERS.names() if inverts else ())),
        "probes": {column for one in entries for column in one.row},
    }
    if inverts:
        parts["generators"] = (job.settings.generator,)
        parts["terms"] = [term for term, weight in job.settings.weights.items() if weight > 0]
    return parts


def summary(job: Job, result: BatchResult, passed: PassedOver) -> Mapping[str, Any]:
    """What `--json` prints."""
    return {
        "job": job.model_dump(mode="json"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": len(result.entries),
        "passed_over": passed.words(),
        "failed": [{"file": one.file, "reason": one.reason} for one in result.failures],
        "rows": [{"file": one.file, **one.row} for one in result.entries if one.status == "done"],
        "tables": [str(path) for path in result.files],
    }

"""Make a data set: which part each process writes, and what stands beside them at the end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from explorer.science.training.corpus import SPLITS
from explorer.science.training.folders.listing import split_by_hash
from explorer.studio.cluster.asked import Cluster, Here
from explorer.studio.cluster.distributing import distribute
from explorer.studio.files import TEMPORARY_PREFIX, atomic_write
from explorer.studio.populations.samples import Sample, SampleSource, load_samples, person_name
from explorer.studio.populations.set_layouts import write_samples, write_tables
from explorer.studio.populations.set_shards import labels_bytes, write_shard
from explorer.studio.populations.values import SetSettings

LABELS = "labels.jsonl"


@dataclass(frozen=True)
class SetPart:
    """What one process writes at once: a shard, or some people's folders. places: of its people in the set."""

    name: str
    places: tuple[int, ...]

    def __str__(self) -> str:
        return self.name


def parts_of(settings: SetSettings) -> list[SetPart]:
    """All parts of a set; every shard is of one split, by a hash of each person's name."""
    by_split = settings.layout == "webdataset"
    groups: dict[str, list[int]] = {name: [] for name in (SPLITS if by_split else ("people",))}
    for place in range(settings.people.count):
        groups[split_by_hash(person_name(place)) if by_split else "people"].append(place)
    return [
        SetPart(f"{name}-{number:06d}", tuple(people[first : first + settings.per_shard]))
        for name, people in groups.items()
        for number, first in enumerate(range(0, len(people), settings.per_shard))
    ]


@dataclass(frozen=True)
class SetWork:
    """What one worker does: writes a part. list_file, digest: of the list of photoreal people."""

    folder: Path
    settings: SetSettings
    list_file: Path
    digest: str
    device: str

    def load(self) -> SampleSource:
        """Load what draws the people."""
        return load_samples(self.settings, self.list_file, self.digest, self.device)

    def run(self, loaded: SampleSource, job: SetPart, tell: Callable[[], None]) -> None:
        """Write one part, and the labels of its pictures in a hidden file beside it."""
        samples = self._told(loaded, job, tell)
        if self.settings.layout == "webdataset":
            told: list[dict[str, Any]] = []

            def write(file: BinaryIO) -> None:
                told.extend(write_shard(samples, file))

            atomic_write(self.folder / f"{job}.tar", write)
        else:
            told = write_samples(samples, self.folder, self.settings.layout, self.settings.people.pictures)
        lines = b"".join(labels_bytes(one) + b"\n" for one in told)
        atomic_write(_labels_of(self.folder, job), lines, settled=False)

    def _told(self, loaded: SampleSource, job: SetPart, tell: Callable[[], None]) -> Iterator[Sample]:
        for place in job.places:
            for sample in loaded.samples(place):
                yield sample
                tell()


@dataclass(frozen=True)
class SetMade:
    """What a set holds. people, pictures: by split. keys: of the first pictures, in order, with the file of each."""

    people: dict[str, int]
    pictures: dict[str, int]
    first: tuple[dict[str, Any], ...]
    labels: tuple[str, ...]


def make_set(work: SetWork, cluster: Cluster, told: Callable[[], None] = lambda: None) -> SetMade:
    """Write all parts of a set into a folder that is empty, and what stands beside them; told of each picture.

    Raises:
        UserError: a network or the list is missing, or the disk is full.
        RuntimeError: a worker failed or was killed.
    """
    parts = parts_of(work.settings)
    with closing(distribute(work, parts, alike(cluster))) as steps:
        for step in steps:
            if not step.finished:
                told()
    return finish_set(work, parts)


def alike(cluster: Cluster) -> Cluster:
    """Where a set is made so that it is the same to the byte: with one thread in this process, as on workers."""
    return Here(threads=1) if isinstance(cluster, Here) else cluster


def finish_set(work: SetWork, parts: Sequence[SetPart]) -> SetMade:
    """Put the labels of all parts into one file, by the pictures' names, and write the tables of the layout."""
    lines: list[tuple[str, str]] = []
    people: dict[str, set[str]] = {split: set() for split in SPLITS}
    pictures: Counter[str] = Counter(dict.fromkeys(SPLITS, 0))
    kept: list[dict[str, Any]] = []
    names: dict[str, None] = {}
    for part in parts:
        place = _labels_of(work.folder, part)
        for line in place.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            people[one["split"]].add(one["identity"])
            pictures[one["split"]] += 1
            names |= dict.fromkeys(name for name, value in one.items() if value is not None)
            brief = {name: one.get(name) for name in ("key", "file", "split", "identity", "gender", "age", "group")}
            kept.append(brief | {"part": str(part)})
            lines.append((one["key"], line))
        place.unlink()
    if work.settings.layout != "webdataset":
        atomic_write(work.folder / LABELS, partial(_write_lines, sorted(lines)))
    kept.sort(key=lambda one: str(one["key"]))
    if work.settings.layout == "fairface":
        write_tables(kept, work.folder)
    counts = {split: len(found) for split, found in people.items()}
    return SetMade(counts, dict(pictures), tuple(kept), tuple(sorted(set(names) - {"key", "file", "labels"})))


def _write_lines(lines: Sequence[tuple[str, str]], file: BinaryIO) -> None:
    for _, line in lines:
        file.write(line.encode() + b"\n")


def _labels_of(folder: Path, part: SetPart) -> Path:
    return folder / f"{TEMPORARY_PREFIX}labels-{part}"

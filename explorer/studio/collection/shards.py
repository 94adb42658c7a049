"""Shards as WebDataset keeps them: tar files, in which the files of one sample have one name and several endings.

What is read comes from strangers: only plain files are taken, of limited size and number, and their names lead nowhere.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

from explorer.science.errors import LikenessError
from explorer.science.names import shown
from explorer.studio.export.provenance import bare_record, write_sidecar
from explorer.studio.places import private_folder

PER_SHARD = 10_000
LARGEST_FILE = 64 * 2**20
MOST_FILES = 10_000_000
_MOST_PARTS = 64
_RECORD = "json"


class ShardError(LikenessError, ValueError):
    """A shard that cannot be used; the message says what is wrong with it."""


@dataclass(frozen=True)
class Sample:
    """The files of one name. files: their bytes by ending, such as "jpg", "json", "vector.npy"."""

    key: str
    files: Mapping[str, bytes]

    def record(self) -> dict[str, Any]:
        """What its JSON says; nothing where there is none that can be read."""
        try:
            said = json.loads(self.files.get(_RECORD, b"{}"))
        except (ValueError, RecursionError):
            return {}
        return said if isinstance(said, dict) else {}


def read_samples(shards: Sequence[Path]) -> Iterator[Sample]:
    """The samples of shards, one after another.

    Raises:
        ShardError: a file is no tar file, or holds what no shard does.
    """
    for shard in shards:
        try:
            with tarfile.open(shard, "r:") as file:
                yield from _samples(file, shard)
        except (tarfile.TarError, OSError, EOFError) as error:
            raise ShardError(f"{shown(shard)} cannot be read as a shard: {error}") from error


def _samples(file: tarfile.TarFile, shard: Path) -> Iterator[Sample]:
    key, files = "", dict[str, bytes]()
    for number, member in enumerate(file):
        # The library would keep all members that it has seen.
        file.members = []  # type: ignore[attr-defined]
        if number >= MOST_FILES:
            raise ShardError(f"{shown(shard)} holds more than {MOST_FILES:,} files")
        if member.isdir():
            continue
        if not member.isreg():
            raise ShardError(f"{shown(shard)} holds {member.name[:80]!r}, which is no plain file")
        if member.size > LARGEST_FILE:
            raise ShardError(f"{shown(shard)} holds {member.name[:80]!r}, which is too large")
        folder, _, name = member.name.rpartition("/")
        stem, _, ending = name.partition(".")
        mine = f"{folder}/{stem}" if folder else stem
        if mine != key and files:
            yield Sample(key, files)
            files = {}
        key = mine
        content = file.extractfile(member)
        assert content is not None, "it is a plain file"
        files[ending.lower()] = content.read()
    if files:
        yield Sample(key, files)


class ShardWriter:
    """Writes samples into numbered shards of a folder, for their owner only.

    Args:
        folder: is made where it is missing. about: what the record beside them says.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any], per_shard: int = PER_SHARD) -> None:
        self._folder, self._about, self._per_shard = private_folder(folder), about, per_shard
        self._file: tarfile.TarFile | None = None
        self.samples = 0
        self.shards = 0

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write a sample. files: bytes by ending."""
        if self.samples % self._per_shard == 0:
            self._end()
            path = self._folder / f"shard-{self.shards:05d}.tar"
            path.touch(0o600, exist_ok=False)
            self._file = tarfile.open(path, "w", format=tarfile.PAX_FORMAT)  # noqa: SIM115
            self.shards += 1
        assert self._file is not None, "it was opened with the first sample"
        for ending, content in files.items():
            about = tarfile.TarInfo(f"{self.samples:09d}.{ending}")
            about.size, about.mode = len(content), 0o600
            self._file.addfile(about, BytesIO(content))
        self._file.members = []  # type: ignore[attr-defined]
        self.samples += 1

    def close(self) -> None:
        """End the last shard, and write the record."""
        self._end()
        record = bare_record(kind="shards", samples=self.samples, shards=self.shards, **self._about)
        write_sidecar(self._folder / "shards", record)

    def _end(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def pack(folder: Path, out: Path, per_shard: int = PER_SHARD) -> ShardWriter:
    """Write all files of a data set's folder into shards, so that `unpack` makes the same folder again.

    Each file is a sample: itself, by its ending, and a JSON that says its path within the folder and the folder it lay
    in, which in most sets is the person.

    Raises:
        ShardError: a file is too large.
    """
    writer = ShardWriter(out, {"set": folder.name}, per_shard)
    for path in sorted(one for one in folder.rglob("*") if one.is_file() and not one.is_symlink()):
        within = path.relative_to(folder)
        if path.is_relative_to(out):
            continue
        if path.stat().st_size > LARGEST_FILE:
            raise ShardError(f"{shown(path)} is larger than a shard's file may be")
        ending = path.suffix.lower().lstrip(".") or "bin"
        record = {"path": within.as_posix(), "person": within.parent.name}
        content = path.read_bytes()
        if ending == _RECORD:
            ending = "content.json"
        writer.write({ending: content, _RECORD: json.dumps(record).encode()})
    writer.close()
    return writer


def unpack(shards: Sequence[Path], out: Path) -> int:
    """Make a data set's folder of shards.

    A sample whose JSON says a path is put there; another goes into the folder of its person, by its name in the shard.

    Returns:
        How many files were written.

    Raises:
        ShardError: a path leads out of the folder, or two samples have one path.
    """
    written = 0
    for sample in read_samples(shards):
        said = sample.record()
        contents = {ending: content for ending, content in sample.files.items() if ending != _RECORD}
        for ending, content in contents.items():
            path = out / _within(said, sample.key, ending)
            private_folder(path.parent)
            try:
                with path.open("xb") as file:
                    path.chmod(0o600)
                    file.write(content)
            except OSError as error:
                raise ShardError(f"{shown(path)} cannot be written: {error.strerror or error}") from error
            written += 1
    return written


def _within(said: Mapping[str, Any], key: str, ending: str) -> PurePosixPath:
    """Where a file goes within the folder."""
    if isinstance(said.get("path"), str):
        place = PurePosixPath(said["path"])
    else:
        person = said.get("person")
        place = PurePosixPath(*([person] if isinstance(person, str) and person else []), f"{key}.{ending}")
    parts = place.parts
    plain = all(part not in {"..", "."} and "\\" not in part and "\0" not in part and ":" not in part for part in parts)
    if place.is_absolute() or not parts or len(parts) > _MOST_PARTS or not plain:
        raise ShardError(f"{shown(str(place)[:200])} leads out of the folder")
    return place

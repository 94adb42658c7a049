"""An open collection: rows that are looked up where they lie, and nothing of which is loaded."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.science.names import shown
from explorer.studio.arrays import Vector
from explorer.studio.collection.layout import (
    COLUMNS,
    LARGEST_THUMBNAIL,
    PEOPLE,
    VECTORS,
    CollectionError,
    Header,
    mapped,
    read_header,
    read_record,
)


@dataclass(frozen=True, eq=False)
class Collection:
    """Very many faces.

    vectors: (N, D) float16 or float32 raw embeddings. columns: by name, (N,) or (N, 32). names: UTF-8, one after
    another. people: the first is nobody. values: by name, (N,).
    """

    folder: Path
    header: Header
    vectors: NDArray[np.floating]
    columns: Mapping[str, NDArray[Any]]
    names: NDArray[np.uint8]
    people: tuple[str, ...]
    values: Mapping[str, NDArray[np.float32]]

    def __len__(self) -> int:
        return self.header.rows

    @cached_property
    def present(self) -> NDArray[np.bool_]:
        """(N,) whether a row is a face that is there, and none that was forgotten."""
        return np.asarray(self.columns["photograph"].any(1))

    def key(self, row: int) -> str:
        """The photograph's sha256 and the face's number, as a face's key is everywhere."""
        return f"{self.columns['photograph'][row].tobytes().hex()}/{int(self.columns['number'][row])}"

    def rows_of(self, sha256: str) -> list[int]:
        """Rows of the faces of a photograph."""
        try:
            wanted = bytes.fromhex(sha256)
        except ValueError:
            return []
        if len(wanted) != 32 or not any(wanted):
            return []
        order, prefixes = self._sorted
        prefix = np.frombuffer(wanted[:8], ">u8").astype(np.uint64)[0]
        first, behind = (int(np.searchsorted(prefixes, prefix, side)) for side in ("left", "right"))
        photographs = self.columns["photograph"]
        return sorted(int(row) for row in order[first:behind] if photographs[row].tobytes() == wanted)

    def row_of(self, key: str) -> int | None:
        """The row of a face; None where it is not here."""
        sha256, _, number = key.partition("/")
        numbers = self.columns["number"]
        return next((row for row in self.rows_of(sha256) if str(int(numbers[row])) == number), None)

    @cached_property
    def _sorted(self) -> tuple[NDArray[np.int32], NDArray[np.uint64]]:
        """Rows in the order of the first eight bytes of their photographs' hashes, and these."""
        prefixes = np.ascontiguousarray(self.columns["photograph"][:, :8]).view(">u8")[:, 0].astype(np.uint64)
        order = np.argsort(prefixes, kind="stable").astype(np.int32)
        return order, prefixes[order]

    def name(self, row: int) -> str:
        """As it is shown."""
        ends = self.columns["name_end"]
        begin = int(ends[row - 1]) if row else 0
        return self.names[begin : int(ends[row])].tobytes().decode(errors="replace")

    def person(self, row: int) -> str:
        """Who it is; empty where nobody knows."""
        return self.people[int(self.columns["person"][row])]

    def vector(self, row: int) -> Vector:
        """Its embedding, (D,) float32."""
        found: Vector = np.array(self.vectors[row], np.float32)
        return found

    def thumbnail(self, row: int) -> bytes:
        """A small JPEG, read from its shard; nothing where there is none."""
        length = int(self.columns["length"][row])
        if not length:
            return b""
        shard = self.header.shards[int(self.columns["shard"][row])]
        try:
            file = os.open(self.folder / shard.name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        except OSError:
            return b""
        try:
            os.lseek(file, int(self.columns["offset"][row]), os.SEEK_SET)
            return os.read(file, length)
        finally:
            os.close(file)

    def named(self, words: list[str]) -> NDArray[np.bool_]:
        """(N,) whether a row's name or person holds all of some words, in letters of either case."""
        import pyarrow as pa
        from pyarrow import compute

        ends = np.concatenate([np.zeros(1, np.int64), self.columns["name_end"]])
        names = pa.LargeStringArray.from_buffers(len(self), pa.py_buffer(ends), pa.py_buffer(self.names))
        codes = self.columns["person"]
        found = np.ones(len(self), bool)
        for word in words:
            with_it = np.array([word in person.casefold() for person in self.people], bool)
            match = compute.match_substring(names, word, ignore_case=True)
            found &= match.to_numpy(zero_copy_only=False) | with_it[codes]
        return found


def open_collection(folder: Path) -> Collection:
    """Map a collection.

    Raises:
        CollectionError: a file is missing, or is not what the header says.
    """
    header = read_header(folder)
    count = header.rows
    precision = {"float16": "<f2", "float32": "<f4"}[header.precision]
    vectors: Any = mapped(folder / f"{VECTORS}.npy", precision, (count, header.dimension))
    columns = {
        name: mapped(folder / f"{name}.npy", dtype, (count, width) if width else (count,))
        for name, (dtype, width) in COLUMNS.items()
    }
    names: Any = mapped(folder / "names.npy", "<u1", (header.names,))
    values: Any = {name: mapped(folder / f"value-{name}.npy", "<f4", (count,)) for name in header.values}
    found = Collection(folder, header, vectors, columns, names, _people(folder), values)
    _check(found)
    return found


def _people(folder: Path) -> tuple[str, ...]:
    try:
        people = json.loads(read_record(folder / PEOPLE))
    except (ValueError, RecursionError) as error:
        raise CollectionError(f"{shown(folder)}: its {PEOPLE} is no JSON") from error
    if not isinstance(people, list) or people[:1] != [""] or not all(isinstance(one, str) for one in people):
        raise CollectionError(f"{shown(folder)}: its {PEOPLE} is no list of names that begins with nobody")
    return tuple(people)


def _check(one: Collection) -> None:
    """Refuse what would lead out of the arrays, or out of the files of thumbnails."""
    columns, count = one.columns, len(one)
    ends, persons, shards = columns["name_end"], columns["person"], columns["shard"]
    if int(ends[0]) < 0 or int(ends[-1]) != len(one.names) or (np.diff(ends) < 0).any():
        raise CollectionError(f"{shown(one.folder)}: the ends of its names are not in order")
    if int(persons.min()) < 0 or int(persons.max()) >= len(one.people):
        raise CollectionError(f"{shown(one.folder)}: a face is of a person who is not among its people")
    if not (np.bincount(np.clip(columns["by_name"], 0, count - 1), minlength=count) == 1).all():
        raise CollectionError(f"{shown(one.folder)}: its order of names does not name each row once")
    pictured = np.flatnonzero(columns["length"])
    if not len(pictured):
        return
    for shard in one.header.shards:
        file = one.folder / shard.name
        if file.is_symlink() or not file.is_file() or file.stat().st_size != shard.bytes:
            raise CollectionError(
                f"{shown(file)} is not the file of thumbnails of {shard.bytes:,} bytes that it has to be"
            )
    if int(shards[pictured].min()) < 0 or int(shards[pictured].max()) >= len(one.header.shards):
        raise CollectionError(f"{shown(one.folder)}: a thumbnail lies in a file that there is not")
    sizes = np.array([shard.bytes for shard in one.header.shards], np.int64)[shards[pictured]]
    offsets, lengths = columns["offset"][pictured], columns["length"][pictured].astype(np.int64)
    lies = (offsets < 0) | (lengths < 0) | (lengths > LARGEST_THUMBNAIL) | (offsets > sizes - lengths)
    if lies.any():
        raise CollectionError(f"{shown(one.folder)}: a thumbnail leads out of its file, or is too large")

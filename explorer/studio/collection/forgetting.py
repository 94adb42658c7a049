"""Forgetting faces of a collection: what was kept of them is overwritten where it lies, in every file of it.

Whoever has the collection mapped sees noughts from then on, too: nothing of the faces outlives it in another file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from collections.abc import Collection as Some
from contextlib import suppress
from pathlib import Path

import numpy as np

from explorer.studio.collection.index import remove_from_cached_index
from explorer.studio.collection.layout import COLUMNS, HEADER, PEOPLE, VECTORS, mapped
from explorer.studio.collection.reading import Collection, open_collection
from explorer.studio.files import atomic_write
from explorer.studio.outputs import alone_in

_LOCK = ".lock"


def forget_faces(folder: Path, holds: Callable[[str], bool], keys: Some[str], photographs: Some[str]) -> int:
    """Leave nothing of some faces in a collection, nor in its index.

    Args:
        holds: whether a face goes, by its key. keys, photographs: all that it can hold true of.

    Returns:
        How many faces have gone.

    Raises:
        CollectionError: it is none. UserError: another process is changing it, or it cannot be written.
    """
    one = open_collection(folder)
    named = {key.partition("/")[0] for key in keys} | set(photographs)
    rows = sorted({row for sha256 in named for row in one.rows_of(sha256) if holds(one.key(row))})
    if rows:
        with alone_in(folder, _LOCK, "another process, which changes this collection"):
            _overwrite(one, rows)
    return len(rows)


def _overwrite(one: Collection, rows: list[int]) -> None:
    folder, header = one.folder, one.header
    remove_from_cached_index(header, np.array(rows, np.int64))
    for row in rows:
        length = int(one.columns["length"][row])
        if length:
            shard = folder / header.shards[int(one.columns["shard"][row])].name
            with shard.open("rb+") as file:
                file.seek(int(one.columns["offset"][row]))
                file.write(bytes(length))
                os.fsync(file.fileno())
    precision = {"float16": "<f2", "float32": "<f4"}[header.precision]
    files = {VECTORS: (precision, header.dimension), **{f"value-{name}": ("<f4", 0) for name in header.values}}
    for name, (dtype, width) in files.items():
        _blank(folder, name, dtype, (len(one), width) if width else (len(one),), rows)
    names = mapped(folder / "names.npy", "<u1", (header.names,), writable=True)
    for row in rows:
        begin = int(one.columns["name_end"][row - 1]) if row else 0
        names[begin : int(one.columns["name_end"][row])] = ord(" ")
    _flush(names)
    codes = {int(one.columns["person"][row]) for row in rows}
    for name in ("person", "number", "length", "offset", "shard", "photograph"):
        dtype, width = COLUMNS[name]
        _blank(folder, name, dtype, (len(one), width) if width else (len(one),), rows)
    # A person of whom no face is left goes by name, too; the others keep their numbers.
    left = np.isin(np.array(sorted(codes)), one.columns["person"])
    gone = {code for code, stays in zip(sorted(codes), left.tolist(), strict=True) if not stays and code}
    if gone:
        people = ["" if code in gone else person for code, person in enumerate(one.people)]
        atomic_write(folder / PEOPLE, json.dumps(people).encode())
    newer = header.model_copy(update={"generation": header.generation + 1})
    atomic_write(folder / HEADER, newer.model_dump_json(indent=1).encode())


def _blank(folder: Path, name: str, dtype: str, shape: tuple[int, ...], rows: list[int]) -> None:
    numbers = mapped(folder / f"{name}.npy", dtype, shape, writable=True)
    numbers[rows] = 0
    _flush(numbers)


def _flush(numbers: object) -> None:
    with suppress(AttributeError):  # an array of nothing is not mapped
        numbers.flush()  # type: ignore[attr-defined]

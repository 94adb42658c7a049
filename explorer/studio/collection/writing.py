"""Making a collection, face by face: vectors and thumbnails go to their files at once, columns when all are there."""

from __future__ import annotations

import json
import re
import secrets
import tarfile
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from explorer.studio.arrays import Vector
from explorer.studio.collection.layout import (
    COLUMNS,
    HEADER,
    LARGEST_THUMBNAIL,
    MOST_ROWS,
    PEOPLE,
    VECTORS,
    CollectionError,
    Header,
    Precision,
    Shard,
    npy_header,
)
from explorer.studio.files import atomic_write, flush_to_disk
from explorer.studio.places import private_folder

PER_SHARD = 10_000
_DIGITS = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, eq=False)
class Row:
    """A face that is to be kept.

    vector: (D,), raw. photograph: sha256, of which not all may be noughts. number: which face of it. thumbnail: a small
    JPEG, or nothing. values: the same names for every face.
    """

    vector: Vector
    photograph: str
    number: int = 0
    name: str = ""
    person: str = ""
    thumbnail: bytes = b""
    values: Mapping[str, float] = field(default_factory=dict)


class CollectionWriter:
    """Writes a collection into an empty folder; it is one when the writer is closed without an error.

    Args:
        folder: is made where it is missing, for its owner only.
        encoder: whose embeddings these are. network: sha256 of its file. precision: of the vectors as they are kept.
    """

    def __init__(
        self,
        folder: Path,
        encoder: str,
        dimension: int,
        precision: Precision = "float16",
        network: str = "",
        per_shard: int = PER_SHARD,
    ) -> None:
        self._folder = private_folder(folder)
        self._encoder, self._network, self._dimension = encoder, network, dimension
        self._precision: Precision = precision
        self._kind = {"float16": "<f2", "float32": "<f4"}[precision]
        self._vectors = self._new(f"{VECTORS}.npy")
        self._vectors.write(npy_header(self._kind, (0, dimension)))
        self._photographs, self._names = bytearray(), bytearray()
        self._columns = {name: array("q") for name in COLUMNS if name not in {"photograph", "by_name"}}
        self._values: dict[str, array[float]] = {}
        self._people = {"": 0}
        self._keys: list[bytes] = []
        self._per_shard, self._in_shard = per_shard, 0
        self._shards: list[Shard] = []
        self._shard: BinaryIO | None = None
        self.rows = 0

    def add(self, row: Row) -> None:
        """Keep a face.

        Raises:
            CollectionError: its vector has another length, or numbers that are not finite; its thumbnail is too large.
        """
        vector = np.asarray(row.vector, np.float32)
        if vector.shape != (self._dimension,) or not np.isfinite(vector).all():
            raise CollectionError(f"{row.name or 'a face'}: {self._dimension} finite numbers are kept of each face")
        photograph = bytes.fromhex(row.photograph)
        if len(photograph) != 32 or not any(photograph):
            raise CollectionError(f"{row.name or 'a face'} needs the sha256 of a photograph to be known by")
        if self.rows >= MOST_ROWS:
            raise CollectionError(f"a collection holds {MOST_ROWS:,} faces at most")
        if len(row.thumbnail) > LARGEST_THUMBNAIL:
            raise CollectionError(f"the thumbnail of {row.name or 'a face'} is too large")
        if self.rows and row.values.keys() != self._values.keys():
            raise CollectionError("every face of a collection has the same values")
        self._vectors.write(vector.astype(self._kind).tobytes())
        self._photographs += photograph
        self._names += row.name.encode(errors="replace")
        self._keys.append(_sorting(row.name))
        shard, offset = self._pictured(row.thumbnail)
        said = {
            "number": row.number,
            "name_end": len(self._names),
            "person": self._people.setdefault(row.person, len(self._people)),
            "shard": shard,
            "offset": offset,
            "length": len(row.thumbnail),
        }
        for name, value in said.items():
            self._columns[name].append(value)
        for name, number in row.values.items():
            self._values.setdefault(name, array("d")).append(number)
        self.rows += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self._finish()
        self._vectors.close()
        if self._shard is not None:
            self._shard.close()

    def _finish(self) -> None:
        if not self.rows:
            raise CollectionError("a collection of no faces is not made")
        self._end_shard()
        self._vectors.seek(0)
        self._vectors.write(npy_header(self._kind, (self.rows, self._dimension)))
        self._vectors.flush()
        flush_to_disk(self._folder / f"{VECTORS}.npy")
        columns = {name: np.array(values, COLUMNS[name][0]) for name, values in self._columns.items()}
        columns["photograph"] = np.frombuffer(bytes(self._photographs), np.uint8).reshape(-1, 32)
        people = sorted(self._people, key=_sorting)
        ranks = np.empty(len(people), np.int32)
        ranks[[self._people[person] for person in people]] = np.arange(len(people))
        columns["person"] = ranks[columns["person"]]
        columns["by_name"] = np.argsort(np.array(self._keys, bytes), kind="stable").astype("<i4")
        columns["names"] = np.frombuffer(bytes(self._names), np.uint8)
        columns.update({f"value-{name}": np.array(numbers, "<f4") for name, numbers in self._values.items()})
        for name, numbers in columns.items():
            _write(self._folder / f"{name}.npy", numbers)
        atomic_write(self._folder / PEOPLE, json.dumps(people).encode())
        header = Header(
            id=secrets.token_hex(16),
            encoder=self._encoder,
            network=self._network,
            dimension=self._dimension,
            precision=self._precision,
            rows=self.rows,
            names=len(self._names),
            values=tuple(self._values),
            shards=tuple(self._shards),
        )
        atomic_write(self._folder / HEADER, header.model_dump_json(indent=1).encode())

    def _pictured(self, thumbnail: bytes) -> tuple[int, int]:
        """Put a thumbnail into the shard that is being written; which that is, and where it lies in it."""
        if not thumbnail:
            return -1, 0
        if self._shard is None:
            self._shard = self._new(f"thumbnails-{len(self._shards):05d}.tar")
        about = tarfile.TarInfo(f"{self.rows:09d}.jpg")
        about.size, about.mode = len(thumbnail), 0o600
        head = about.tobuf(tarfile.USTAR_FORMAT)
        offset = self._shard.tell() + len(head)
        self._shard.write(head + thumbnail + bytes(-len(thumbnail) % tarfile.BLOCKSIZE))
        self._in_shard += 1
        number = len(self._shards)
        if self._in_shard == self._per_shard:
            self._end_shard()
        return number, offset

    def _end_shard(self) -> None:
        if self._shard is not None:
            self._shard.write(bytes(2 * tarfile.BLOCKSIZE))
            name = f"thumbnails-{len(self._shards):05d}.tar"
            self._shards.append(Shard(name=name, bytes=self._shard.tell()))
            self._shard.close()
            self._shard, self._in_shard = None, 0

    def _new(self, name: str) -> BinaryIO:
        path = self._folder / name
        path.touch(0o600, exist_ok=False)
        return path.open("wb", buffering=2**20)


def _write(path: Path, numbers: NDArray[np.generic]) -> None:
    buffer = BytesIO(npy_header(numbers.dtype.str.replace("|", "<"), numbers.shape))
    head = buffer.getvalue()

    def fill(file: BinaryIO) -> None:
        file.write(head)
        numbers.tofile(file)

    atomic_write(path, fill, settled=False)


def _sorting(name: str) -> bytes:
    """What names are sorted by: numbers by their value, letters in either case; of long names the beginning."""
    return _DIGITS.sub(lambda found: found.group().zfill(18), name.casefold()).encode(errors="replace")[:96]

"""What a collection's folder holds, and what is believed of it before any of it is mapped.

A collection is many faces' embeddings of one encoder, their names and people, and thumbnails: biometric data, in files
that their owner alone may read. Each column is a plain array of numpy's own format, which is mapped and never loaded:

    collection.json       what it is of: encoder, dimension, precision, rows, shards
    vectors.npy           (N, D) float16 or float32 raw embeddings
    photograph.npy        (N, 32) uint8, sha256 of the photograph; noughts where the face was forgotten
    number.npy            (N,) int32, which face of it
    name_end.npy          (N,) int64, where its name ends in names.npy, which is UTF-8
    person.npy            (N,) int32, which of the people of people.json; 0 is nobody
    by_name.npy           (N,) int32, rows in the order of their names
    shard.npy, offset.npy, length.npy     where its thumbnail lies: int32, int64, int32; length 0 for none
    value-NAME.npy        (N,) float32, of any number of values
    thumbnails-00000.tar  JPEGs, as WebDataset keeps them

It may come from a stranger: every file's length is held against what the header says before it is mapped.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.science.errors import LikenessError
from explorer.science.names import shown

HEADER = "collection.json"
PEOPLE = "people.json"
VECTORS = "vectors"
SUFFIX = ".faces"
MOST_ROWS = 50_000_000
MOST_NAMES = 8 * 2**30
MOST_SHARDS = 100_000
LARGEST_THUMBNAIL = 2**18
_LARGEST_RECORD = 512 * 2**20
_LARGEST_NPY_HEADER = 4096

# Columns but for the vectors and the names: type, and width where there are several numbers a row.
COLUMNS: dict[str, tuple[str, int]] = {
    "photograph": ("<u1", 32),
    "number": ("<i4", 0),
    "name_end": ("<i8", 0),
    "person": ("<i4", 0),
    "by_name": ("<i4", 0),
    "shard": ("<i4", 0),
    "offset": ("<i8", 0),
    "length": ("<i4", 0),
}
Precision = Literal["float16", "float32"]


class CollectionError(LikenessError, ValueError):
    """A collection that cannot be used; the message says what is wrong with it."""


class Shard(BaseModel):
    """A file of thumbnails, and how long it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Annotated[str, Field(pattern=r"^thumbnails-\d{5}\.tar$")]
    bytes: Annotated[int, Field(ge=0)]


class Header(BaseModel):
    """What a collection is of.

    id: told apart by it. generation: one more whenever something of it goes. network: sha256 of the encoder's file;
    empty where nobody knows. values: names of what is known of each face besides.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["likeness collection"] = "likeness collection"
    version: Literal[1] = 1
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    generation: Annotated[int, Field(ge=0)] = 0
    encoder: Annotated[str, Field(min_length=1, max_length=100)]
    network: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    dimension: Annotated[int, Field(ge=1, le=65_536)]
    precision: Precision
    rows: Annotated[int, Field(ge=1, le=MOST_ROWS)]
    names: Annotated[int, Field(ge=0, le=MOST_NAMES)]
    values: Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")], ...], Field(max_length=200)] = ()
    shards: Annotated[tuple[Shard, ...], Field(max_length=MOST_SHARDS)] = ()


def read_header(folder: Path) -> Header:
    """Read what a collection is of.

    Raises:
        CollectionError: there is none, or it says what cannot be.
    """
    try:
        return Header.model_validate_json(read_record(folder / HEADER))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise CollectionError(f"{shown(folder)}: its header cannot be used: {where}: {first['msg']}") from error


def read_record(path: Path) -> bytes:
    """The bytes of a JSON file.

    Raises:
        CollectionError: it is not there, no plain file, or too large.
    """
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST_RECORD:
            raise CollectionError(f"{shown(path.parent)} is no collection: it has no {path.name} that can be read")
        return path.read_bytes()
    except OSError as error:
        raise CollectionError(f"{shown(path)} cannot be read: {error.strerror or error}") from error


def mapped(path: Path, dtype: str, shape: tuple[int, ...], *, writable: bool = False) -> NDArray[np.generic]:
    """Map an array of numpy's format, once its header and its length are what they have to be.

    Args:
        writable: whether what is written to the array goes into the file.

    Raises:
        CollectionError: its header says something else than is expected, or its file is longer or shorter than that.
    """
    try:
        if path.is_symlink() or not path.is_file():
            raise CollectionError(f"{shown(path.parent)} is no whole collection: {path.name} is missing")
        with path.open("rb") as file:
            version = npy.read_magic(file)
            if version not in {(1, 0), (2, 0)}:
                raise ValueError(f"its format is {version}")
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            said, fortran, kind = read(file, max_header_size=_LARGEST_NPY_HEADER)
            begin = file.tell()
        wanted = np.dtype(dtype)
        if fortran or kind != wanted or said != shape:
            raise CollectionError(f"{shown(path)} holds {said} {kind}, where the collection has {shape} {wanted}")
        length = begin + math.prod(shape) * wanted.itemsize
        if path.stat().st_size != length:
            raise CollectionError(f"{shown(path)} is {path.stat().st_size:,} bytes long, and has to be {length:,}")
        if not math.prod(shape):
            return np.zeros(shape, wanted)
        return np.memmap(path, wanted, "r+" if writable else "r", begin, shape)
    except (OSError, ValueError) as error:
        if isinstance(error, CollectionError):
            raise
        raise CollectionError(f"{shown(path)} cannot be mapped: {error}") from error


def npy_header(dtype: str, shape: tuple[int, ...]) -> bytes:
    """What stands before an array's numbers; of one length, however many rows there turn out to be."""
    text = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape!r}, }}"
    return b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") + text.ljust(117).encode() + b"\n"

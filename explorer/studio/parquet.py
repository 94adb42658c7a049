"""A table as a Parquet file: the few parts of the format that a table of numbers and words needs.

pyarrow would do it in two lines and 170 MB, fastparquet brings pandas. Here: one row group, a page a column, plain
encoding, no compression, every column optional (https://parquet.apache.org/docs/file-format/). Readers of all kinds
(pandas, polars, DuckDB, R) take it.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Value = str | int | float | bool | None

_MAGIC = b"PAR1"
# Types, encodings and the like by their number in parquet.thrift.
_BOOLEAN, _INT64, _DOUBLE, _BYTES = 0, 2, 5, 6
_PLAIN, _RLE = 0, 3
_OPTIONAL, _UTF8, _DATA_PAGE, _UNCOMPRESSED = 1, 0, 0, 0


def parquet_bytes(columns: Sequence[str], rows: Sequence[Mapping[str, Value]], about: Mapping[str, str]) -> bytes:
    """Encode a table.

    Args:
        columns: their names, in order. rows: a missing value is null. A column is of truth values, whole numbers or
            numbers where all of its values are, else of words.
        about: goes into the file's own metadata.
    """
    parts = [_MAGIC]
    chunks: list[_Chunk] = []
    for name in columns:
        values = [row.get(name) for row in rows]
        kind = _kind_of(values)
        page = _page(values, kind)
        chunks.append(_Chunk(name, kind, sum(map(len, parts)), len(page), len(values)))
        parts.append(page)
    footer = _footer(chunks, len(rows), about)
    return b"".join([*parts, footer, struct.pack("<I", len(footer)), _MAGIC])


@dataclass(frozen=True)
class _Chunk:
    name: str
    kind: int
    offset: int
    size: int
    values: int


def _kind_of(values: Sequence[Value]) -> int:
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, bool) for value in known):
        return _BOOLEAN
    if known and all(isinstance(value, int) and not isinstance(value, bool) for value in known):
        return _INT64
    if known and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known):
        return _DOUBLE
    return _BYTES


def _page(values: Sequence[Value], kind: int) -> bytes:
    """A page's header, which values there are, and the values."""
    known = [value for value in values if value is not None]
    levels = _bits([value is not None for value in values])
    groups = _varint(len(levels) << 1 | 1) + levels
    content = struct.pack("<I", len(groups)) + groups + _plain(known, kind)
    header = _struct(
        (1, _number(_DATA_PAGE)),
        (2, _number(len(content))),
        (3, _number(len(content))),
        (5, _struct((1, _number(len(values))), (2, _number(_PLAIN)), (3, _number(_RLE)), (4, _number(_RLE)))),
    )
    return header.data + content


def _plain(values: Sequence[Value], kind: int) -> bytes:
    if kind == _BOOLEAN:
        return _bits([bool(value) for value in values])
    if kind == _INT64:
        return struct.pack(f"<{len(values)}q", *values)
    if kind == _DOUBLE:
        return struct.pack(f"<{len(values)}d", *map(float, (value for value in values if value is not None)))
    words = [str(value).encode() for value in values]
    return b"".join(struct.pack("<I", len(word)) + word for word in words)


def _bits(flags: Sequence[bool]) -> bytes:
    """Eight to a byte, the first in the lowest bit."""
    found = bytearray((len(flags) + 7) // 8)
    for place, flag in enumerate(flags):
        found[place // 8] |= flag << place % 8
    return bytes(found)


def _footer(chunks: Sequence[_Chunk], rows: int, about: Mapping[str, str]) -> bytes:
    root = _struct((4, _text("table")), (5, _number(len(chunks))))
    leaves = [
        _struct(
            (1, _number(one.kind)),
            (3, _number(_OPTIONAL)),
            (4, _text(one.name)),
            *(((6, _number(_UTF8)),) if one.kind == _BYTES else ()),
        )
        for one in chunks
    ]
    group = _struct(
        (1, _list([_chunk(one) for one in chunks])),
        (2, _number(sum(one.size for one in chunks), wide=True)),
        (3, _number(rows, wide=True)),
    )
    pairs = [_struct((1, _text(key)), (2, _text(value))) for key, value in about.items()]
    return _struct(
        (1, _number(1)),
        (2, _list([root, *leaves])),
        (3, _number(rows, wide=True)),
        (4, _list([group])),
        *(((5, _list(pairs)),) if pairs else ()),
        (6, _text("likeness")),
    ).data


def _chunk(one: _Chunk) -> _Field:
    about = _struct(
        (1, _number(one.kind)),
        (2, _list([_number(_PLAIN), _number(_RLE)])),
        (3, _list([_text(one.name)])),
        (4, _number(_UNCOMPRESSED)),
        (5, _number(one.values, wide=True)),
        (6, _number(one.size, wide=True)),
        (7, _number(one.size, wide=True)),
        (9, _number(one.offset, wide=True)),
    )
    return _struct((2, _number(one.offset, wide=True)), (3, about))


# Thrift's compact protocol: what a field holds, and the number of its type.


@dataclass(frozen=True)
class _Field:
    type: int
    data: bytes


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def _number(value: int, *, wide: bool = False) -> _Field:
    return _Field(6 if wide else 5, _varint(value << 1 ^ value >> 63))


def _text(value: str) -> _Field:
    data = value.encode()
    return _Field(8, _varint(len(data)) + data)


def _list(fields: Sequence[_Field]) -> _Field:
    kind = fields[0].type if fields else 12
    head = bytes([len(fields) << 4 | kind]) if len(fields) < 15 else bytes([0xF0 | kind]) + _varint(len(fields))
    return _Field(9, head + b"".join(field.data for field in fields))


def _struct(*fields: tuple[int, _Field]) -> _Field:
    found, last = b"", 0
    for number, field in fields:
        found += bytes([(number - last) << 4 | field.type]) + field.data
        last = number
    return _Field(12, found + b"\x00")

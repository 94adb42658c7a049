"""MS1MV3 and others as InsightFace packs them: aligned pictures in one file, `train.rec`, with `train.idx` beside it.

The file is a row of records (MXNet's RecordIO): a mark, a length, and so many bytes, of which the first say whose
picture it is. Nothing of it is run, and no record is read that is larger than a picture can be.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from explorer.science.training.folders.listing import FolderError

NAME = "train.rec"
_MARK, _LENGTH = 0xCED7230A, (1 << 29) - 1
# Flag, label, number, second number; as many labels more as the flag says.
_HEADER = struct.Struct("<IfQQ")
_LARGEST, _MOST_LABELS = 4_000_000, 64
_LARGEST_INDEX = 400_000_000


@dataclass(frozen=True)
class Record:
    """A picture as it lies in the file. person: by number. data: JPEG or PNG."""

    person: int
    data: bytes


def read_offsets(folder: Path) -> list[int]:
    """Where the records of pictures begin, in the order of their numbers.

    Raises:
        FolderError: the index is missing, or no index of such a file.
    """
    file = folder / "train.idx"
    try:
        if file.stat().st_size > _LARGEST_INDEX:
            raise FolderError(f"{file} is larger than the index of any set of faces")
        rows = [line.split() for line in file.read_text(encoding="ascii").splitlines() if line.strip()]
        offsets = {int(number): int(offset) for number, offset in rows}
    except (OSError, ValueError) as error:
        raise FolderError(f"{file} cannot be read: {NAME} needs its index beside it, NUMBER OFFSET a line") from error
    first = _labels(_read(folder / NAME, [offsets[0]])[0])[0] if 0 in offsets else []
    # Record 0 says from which number on people follow the pictures, who have records of their own.
    last = int(first[0]) if first else max(offsets, default=-1) + 1
    found = [offset for number, offset in sorted(offsets.items()) if 0 < number < last or not first]
    if not found:
        raise FolderError(f"{folder / NAME} holds no pictures by its index")
    return found


def read_records(folder: Path, offsets: Sequence[int]) -> Iterator[Record]:
    """The pictures at some offsets.

    Raises:
        FolderError: the file is missing, or damaged there.
    """
    for data in _read(folder / NAME, offsets):
        labels, rest = _labels(data)
        yield Record(int(labels[0]), rest)


def _read(file: Path, offsets: Sequence[int]) -> list[bytes]:
    found = []
    try:
        with file.open("rb") as stream:
            for offset in offsets:
                stream.seek(offset)
                mark, length = struct.unpack("<II", stream.read(8))
                # The upper bits say that a record is one part of several, as no picture's is.
                if mark != _MARK or length > _LENGTH or length > _LARGEST:
                    raise FolderError(f"{file} has no record of a picture at {offset}: get file and index again")
                data = stream.read(length)
                if len(data) != length:
                    raise FolderError(f"{file} ends within a record: get the file again")
                found.append(data)
    except (OSError, struct.error, ValueError) as error:
        raise FolderError(f"{file} cannot be read at its index's places: get file and index again") from error
    return found


def _labels(data: bytes) -> tuple[list[float], bytes]:
    """The labels at the head of a record, and what follows them."""
    if len(data) < _HEADER.size:
        raise FolderError("a record says of nobody whose picture it is")
    flag, label, _, _ = _HEADER.unpack_from(data)
    if not flag:
        return [label], data[_HEADER.size :]
    if flag > _MOST_LABELS or len(data) < _HEADER.size + 4 * flag:
        raise FolderError("a record has more labels than it has room for")
    return list(struct.unpack_from(f"<{flag}f", data, _HEADER.size)), data[_HEADER.size + 4 * flag :]

"""Tables: CSV that no spreadsheet runs, and Parquet that an independent reading of the format gives back."""

import csv
import io
import struct

import pytest

from explorer.studio.errors import UserError
from explorer.studio.figures.provenance import bare_record, read_provenance
from explorer.studio.parquet import parquet_bytes
from explorer.studio.tables import csv_bytes, write_table

ROWS = [
    {"file": f"ä{number}.jpg", "n": number - 9 if number % 7 else None, "x": number / 3 if number % 3 else None,
     "ok": number % 2 == 0, "mixed": number if number % 2 else number + 0.25}
    for number in range(203)
]  # fmt: skip


class Thrift:
    """Reads Thrift's compact protocol into dicts of numbered fields, by its specification alone."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def varint(self) -> int:
        value = shift = 0
        while (byte := self.byte()) & 128:
            value, shift = value | (byte & 127) << shift, shift + 7
        return value | byte << shift

    def value(self, kind: int):
        if kind in (5, 6):
            number = self.varint()
            return number >> 1 ^ -(number & 1)
        if kind == 8:
            size = self.varint()
            self.at += size
            return self.data[self.at - size : self.at].decode()
        if kind == 9:
            head = self.byte()
            size = self.varint() if head >> 4 == 15 else head >> 4
            return [self.value(head & 15) for _ in range(size)]
        assert kind == 12, kind
        return self.struct()

    def struct(self) -> dict:
        found, number = {}, 0
        while head := self.byte():
            number += head >> 4
            found[number] = self.value(head & 15)
        return found


def column(data: bytes, about: dict, schema: dict) -> list:
    meta = about[3]
    page = Thrift(data, meta[9])
    header = page.struct()
    count, at = header[5][1], page.at
    (size,) = struct.unpack_from("<I", data, at)
    run = Thrift(data, at + 4)
    assert run.varint() & 1, "bit-packed"
    levels = data[run.at : at + 4 + size]
    there = [levels[place // 8] >> place % 8 & 1 for place in range(count)]
    at += 4 + size
    values = []
    for _ in range(sum(there)):
        if schema[1] == 6:
            (length,) = struct.unpack_from("<I", data, at)
            values.append(data[at + 4 : at + 4 + length].decode())
            at += 4 + length
        elif schema[1] == 0:
            values.append(bool(data[at + len(values) // 8] >> len(values) % 8 & 1))
        else:
            values.append(struct.unpack_from("<q" if schema[1] == 2 else "<d", data, at)[0])
            at += 8
    left = iter(values)
    return [next(left) if flag else None for flag in there]


def read(data: bytes) -> tuple[list[dict], dict]:
    assert data[:4] == data[-4:] == b"PAR1"
    (size,) = struct.unpack("<I", data[-8:-4])
    footer = Thrift(data, len(data) - 8 - size).struct()
    leaves, (group,) = footer[2][1:], footer[4]
    columns = {leaf[4]: column(data, chunk, leaf) for leaf, chunk in zip(leaves, group[1], strict=True)}
    rows = [{name: values[place] for name, values in columns.items()} for place in range(footer[3])]
    return rows, {pair[1]: pair[2] for pair in footer.get(5, [])}


def test_a_parquet_file_holds_every_value_and_every_gap():
    names = [*ROWS[0], *(f"empty {number}" for number in range(20))]
    rows, about = read(parquet_bytes(names, ROWS, {"likeness": "{}"}))
    assert rows == [{**dict.fromkeys(names), **row} for row in ROWS]
    assert about == {"likeness": "{}"}
    assert read(parquet_bytes(["a"], [], {}))[0] == []


def test_a_csv_file_keeps_numbers_to_the_last_bit():
    (first, *_) = list(csv.DictReader(io.StringIO(csv_bytes([{"x": 0.1 + 0.2, "ok": True, "none": None}]).decode())))
    assert float(first["x"]) == 0.1 + 0.2
    assert (first["ok"], first["none"]) == ("true", "")


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "@SUM(1)", "+1", "-1"])
def test_a_file_name_is_no_formula_for_a_spreadsheet(name):
    assert csv_bytes([{"file": name}]).decode().splitlines()[1].strip('"').startswith("'")


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_table_has_its_provenance_beside_it(tmp_path, suffix):
    record = bare_record(kind="batch")
    path, beside = write_table(tmp_path / f"table{suffix}", ROWS, record)
    assert read_provenance(path) == record
    assert path.stat().st_mode & 0o077 == beside.stat().st_mode & 0o077 == 0


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"\.csv, \.parquet"):
        write_table(tmp_path / "table.xlsx", ROWS, {})

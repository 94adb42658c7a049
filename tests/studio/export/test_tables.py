"""Tables: CSV that no spreadsheet runs, and Parquet that is read as it was written."""

import csv
import io
import json

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from explorer.studio.errors import UserError
from explorer.studio.export.provenance import bare_record, read_provenance
from explorer.studio.export.tables import csv_bytes, parquet_bytes, write_table

ROWS = [
    {"file": f"ä{number}.jpg", "n": number - 9 if number % 7 else None, "x": number / 3 if number % 3 else None,
     "ok": number % 2 == 0, "mixed": number if number % 2 else number + 0.25}
    for number in range(203)
]  # fmt: skip


def read(data: bytes) -> pyarrow.Table:
    return parquet.read_table(io.BytesIO(data))


def test_a_parquet_file_holds_every_value_and_every_gap():
    names = [*ROWS[0], "nothing known"]
    table = read(parquet_bytes(names, ROWS, {}))
    assert table.to_pylist() == [{**dict.fromkeys(names), **row} for row in ROWS]
    assert read(parquet_bytes(["a"], [], {})).to_pylist() == []


def test_a_parquet_column_is_of_the_narrowest_type_that_holds_all_of_its_values():
    types = {field.name: str(field.type) for field in read(parquet_bytes([*ROWS[0], "nothing known"], ROWS, {})).schema}
    assert types == {"file": "string", "n": "int64", "x": "double", "ok": "bool", "mixed": "double",
                     "nothing known": "string"}  # fmt: skip
    words = read(parquet_bytes(["a", "b"], [{"a": 1, "b": True}, {"a": "one", "b": 2}], {}))
    assert words.to_pydict() == {"a": ["1", "one"], "b": ["True", "2"]}
    (number,) = read(parquet_bytes(["a"], [{"a": np.float64(0.1)}], {}))["a"].to_pylist()
    assert number == 0.1


def test_a_parquet_file_carries_its_provenance(tmp_path):
    record = bare_record(kind="batch")
    path, _ = write_table(tmp_path / "table.parquet", ROWS, record)
    assert json.loads(parquet.read_schema(path).metadata[b"likeness"]) == record


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

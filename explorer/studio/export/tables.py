"""Tables in files: CSV for whoever looks, Parquet for whoever computes, each with the provenance beside it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from explorer.studio.errors import UserError
from explorer.studio.export.provenance import write_sidecar
from explorer.studio.files import atomic_write

Value = str | int | float | bool | None
Row = Mapping[str, Value]
KINDS = (".csv", ".parquet")

# A spreadsheet takes what begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def columns_of(rows: Sequence[Row]) -> list[str]:
    """The columns of all rows, in the order in which they first come."""
    return list(dict.fromkeys(name for row in rows for name in row))


def csv_bytes(rows: Sequence[Row]) -> bytes:
    """A line of titles, then a line a row; what is not known stays empty."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    columns = columns_of(rows)
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return file.getvalue().encode()


def parquet_bytes(columns: Sequence[str], rows: Sequence[Row], about: Mapping[str, str]) -> bytes:
    """Encode a table as Parquet.

    Args:
        columns: their names, in order. rows: a missing value is null. A column is of truth values, whole numbers or
            numbers where all of its values are, else of words.
        about: goes into the schema's metadata.
    """
    import pyarrow
    from pyarrow import parquet

    arrays = [_array([row.get(name) for row in rows]) for name in columns]
    fields = [pyarrow.field(name, array.type) for name, array in zip(columns, arrays, strict=True)]
    table = pyarrow.Table.from_arrays(arrays, schema=pyarrow.schema(fields, metadata=dict(about)))
    file = io.BytesIO()
    parquet.write_table(table, file)
    return file.getvalue()


def _array(values: Sequence[Value]) -> Any:
    import pyarrow

    known = [value for value in values if value is not None]
    truth = [isinstance(value, bool) for value in known]
    if known and all(truth):
        return pyarrow.array(values, pyarrow.bool_())
    if known and not any(truth) and all(isinstance(value, int) for value in known):
        return pyarrow.array(values, pyarrow.int64())
    if known and not any(truth) and all(isinstance(value, int | float) for value in known):
        return pyarrow.array([None if value is None else float(value) for value in values], pyarrow.float64())
    return pyarrow.array([None if value is None else str(value) for value in values], pyarrow.string())


def write_table(path: Path, rows: Sequence[Row], record: Mapping[str, Any]) -> tuple[Path, Path]:
    """Write a table as CSV or Parquet, by its suffix, with its provenance beside it; in a Parquet file also inside.

    Raises:
        UserError: another suffix, or the file cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise UserError(f"{path.name}: a table is written as {', '.join(KINDS)}; choose one of these endings")
    about = {"likeness": json.dumps(record, sort_keys=True)}
    content = csv_bytes(rows) if kind == ".csv" else parquet_bytes(columns_of(rows), rows, about)
    return atomic_write(path, content), write_sidecar(path, record)


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        # File names come from strangers, and the table from us.
        return f"'{value}" if value.startswith(_FORMULA) else value
    return str(value).lower() if isinstance(value, bool) else repr(value)
